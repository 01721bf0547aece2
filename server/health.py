"""Whether a double is ready: the health check of images and of scripts that wait for it."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import http.client
    from collections.abc import Callable

    from .settings import Settings

_INTERVAL_SECONDS = 0.05
_PROBE_SECONDS = 5.0
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - looked up, not bound
_URL = re.compile(r"[!-~]+")
_OK = 200
_SHOWN = 200
_LONGEST = 1000


class NotReadyError(Exception):
    """The double is not ready; its text is a sentence that says why."""


def is_url(text: str) -> bool:
    """Whether it is the URL of a double, as far as can be seen."""
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.port != 0
            and _URL.fullmatch(text) is not None
        )
    except ValueError:
        return False


def url_of(settings: Settings) -> str:
    """Return where a double with these settings answers; its port file tells the port that was free.

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
    """Ask the double at the URL once, and raise ``NotReadyError`` unless it is ready, and the process ``pid``."""
    import http.client  # noqa: PLC0415 - the other commands do without it

    try:
        connection = connect(url, timeout)
        try:
            connection.request("GET", urlsplit(url).path.rstrip("/") + "/readyz", headers={"Connection": "close"})
            answer = connection.getresponse()
            said = answer.read(_LONGEST).decode("utf-8", "replace")
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        problem = f"Not ready: nothing that answers at {url} ({error or type(error).__name__})."
        raise NotReadyError(problem) from None
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


def connect(url: str, timeout: float, *, verified: bool = False) -> http.client.HTTPConnection:
    """Return a connection to the double at the URL, not open yet; ``timeout`` is in seconds.

    Its certificate is looked at only if it is to be ``verified``: who asks whether our own double lives, often with a
    throw-away certificate, sends it nothing secret.
    """
    import http.client  # noqa: PLC0415

    parts = urlsplit(url)
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    import ssl  # noqa: PLC0415

    context = ssl.create_default_context()
    if not verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=timeout, context=context)


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
