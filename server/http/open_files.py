"""The number of files, and so of connections, that the system lets the process open."""

from __future__ import annotations

import sys

from .pool import LEAVING_AT_ONCE

RESERVED = 64 + LEAVING_AT_ONCE
"""Open files beside the connections: the database, the listening sockets, the interpreter's, those that are refused."""


def room_for_connections(wanted: int) -> int:
    """Raise the soft limit of open files, up to the hard one, for so many connections; gives how many will fit."""
    if sys.platform == "win32":
        return wanted  # no such limit there
    import resource  # noqa: PLC0415 - does not exist everywhere

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + RESERVED
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    target = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))
    except (OSError, ValueError):
        target = soft
    return max(1, min(wanted, target - RESERVED))
