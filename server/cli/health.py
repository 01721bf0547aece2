"""Whether a double is ready: the health check of images and of scripts that wait for it."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from messaging_double.server.settings import Settings

_INTERVAL_SECONDS = 0.05
_PROBE_SECONDS = 5.0
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - looked up, not bound
_OK = 200
_SHOWN = 200
_LONGEST = 1000


class NotReadyError(Exception):
    """The double is not ready; the text says why in one sentence."""


def url_of(settings: Settings) -> str:
    """Return where a double with these settings answers; its port file has the port that was free.

    ``NotReadyError`` if there is no such file yet.
    """
    host = _ANY_ADDRESS.get(settings.host, settings.host)
    scheme = "https" if settings.tls != "off" or settings.tls_cert else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.port or _port_in_file(settings)}"


def _port_in_file(settings: Settings) -> int:
    if settings.port_file is None:
        problem = "Which port was free is not known: say it with --url, or have it written and read with port-file."
        raise NotReadyError(problem)
    try:
        return int(settings.port_file.read_text("ascii"))
    except FileNotFoundError:
        problem = f"Not ready: there is no port file {settings.port_file} yet."
    except (OSError, ValueError) as error:
        problem = f"Not ready: the port file {settings.port_file} cannot be read ({error})."
    raise NotReadyError(problem)


def probe(url: str, timeout: float = _PROBE_SECONDS, *, pid: int | None = None) -> None:
    """Ask the double at the URL once, and raise ``NotReadyError`` unless it is ready, and the process ``pid``.

    Any certificate will do: nothing secret is sent.
    """
    from messaging_double.client.connections import Connections  # noqa: PLC0415 - only where something is asked
    from messaging_double.client.errors import Unreachable  # noqa: PLC0415

    connections = Connections(url, verify_tls=False)
    try:
        answer = connections.exchange("GET", "/readyz", None, {"Connection": "close"}, timeout)
    except Unreachable as error:
        problem = f"Not ready: {str(error)[0].lower()}{str(error)[1:]}"
        raise NotReadyError(problem) from None
    finally:
        connections.close()
    said = answer.body[:_LONGEST].decode("utf-8", "replace")
    if answer.status != _OK:
        problem = f"Not ready: {url} answers {answer.status} {' '.join(said[:_SHOWN].split())}".rstrip() + "."
        raise NotReadyError(problem)
    if pid is not None and (found := _pid_in(said)) != pid:
        problem = f"Not ready: {url} is answered by process {found or 'unknown'}, not by {pid}: end that one first."
        raise NotReadyError(problem)


def _pid_in(said: str) -> object:
    try:
        return json.loads(said).get("pid")
    except (ValueError, AttributeError):
        return None


def _check_lives(pid: int) -> None:
    """Raise ``NotReadyError`` if the process has ended."""
    if sys.platform == "win32":  # where this would end it
        return
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        problem = f"Not ready: process {pid} has ended; its log says why."
        raise NotReadyError(problem) from None
    except PermissionError:
        return


def wait_until_ready(
    find_url: Callable[[], str],
    seconds: float,
    *,
    pid: int | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Ask again and again until the double is ready or the time is up, once at least; return its URL.

    The URL is looked up each time, since the port file may be written meanwhile.  With a ``pid`` no other process will
    do, and the waiting ends with it.
    """
    end = clock() + seconds
    while True:
        if pid is not None:
            _check_lives(pid)
        left = end - clock()
        try:
            url = find_url()
            timeout = min(max(left, _INTERVAL_SECONDS), _PROBE_SECONDS) if seconds else _PROBE_SECONDS
            probe(url, timeout, pid=pid)
        except NotReadyError:
            left = end - clock()
            if left <= 0:
                raise
            sleep(min(_INTERVAL_SECONDS, left))
        else:
            return url
