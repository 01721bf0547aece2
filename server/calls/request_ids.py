"""Ids of requests, which the log, the journal and refusals share: a prefix that each process draws, and a number."""

from __future__ import annotations

import os
from itertools import count

_numbers = count(1)
_prefix = ""


def new_request_id() -> str:
    """Return an id that no other request of any process has: ``9f3a1c07-15``."""
    return f"{_prefix}-{next(_numbers)}"


def _draw_prefix() -> None:
    global _prefix  # noqa: PLW0603 - one for the process
    _prefix = os.urandom(4).hex()


_draw_prefix()
if hasattr(os, "register_at_fork"):  # gunicorn forks workers from a process that may have loaded this
    os.register_at_fork(after_in_child=_draw_prefix)
