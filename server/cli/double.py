"""The running double that a command asks: found by flags, environment and settings; asked by the Python client."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any, NoReturn

from messaging_double.client.api import Api, part
from messaging_double.client.connections import check_url
from messaging_double.models import variables
from messaging_double.server.settings import Settings, SettingsError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Collection, Sequence

    from messaging_double.client.connections import Answer

    from .output import Json


DEFAULT_TENANT = "default"
_DONE = range(200, 300)


class Double:
    """A running double, and the tenant that a command is about."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        """Find the double that the flags, the variable or else the settings mean; ask it nothing yet.

        Raises ``SettingsError``, and ``NotReadyError`` where the settings do not say which port was free.
        """
        url = where(arguments)
        settings = Settings() if url else Settings.from_sources({}, os.environ, arguments.config)
        token = arguments.token or settings.control_token or os.environ.get(variables.CONTROL_TOKEN) or None
        tenant: str = arguments.tenant or os.environ.get(variables.TENANT) or DEFAULT_TENANT
        self.tenant = tenant
        self.is_tenant_given = bool(arguments.tenant)
        self._api = Api(token, verify_tls=not arguments.insecure)
        self._api.open(url or url_of(settings))
        self._path = f"tenants/{part(tenant)}"

    def ask(
        self,
        method: str,
        resource: str,
        *members: str,
        body: Any = None,  # noqa: ANN401 (JSON)
        query: Sequence[tuple[str, str]] = (),
        seconds: float = 0.0,
    ) -> Json:
        """Return the object that the double answers, which has these ``members``; empty where it answers none.

        ``resource`` is below ``/_mock/v1/``; ``T`` at its beginning stands for the tenant. ``seconds`` is how long the
        double is asked to wait. Raises ``ControlError`` with the double's own words, and ``Unreachable``.
        """
        answer = self.answer(method, resource, body=body, query=query, seconds=seconds)
        return self.read(answer, *members) if answer.body or members else {}

    def answer(  # noqa: PLR0913 (what a request has)
        self,
        method: str,
        resource: str,
        *,
        body: Any = None,  # noqa: ANN401 (JSON)
        query: Sequence[tuple[str, str]] = (),
        seconds: float = 0.0,
        outcomes: Collection[int] = (),
    ) -> Answer:
        """Return the answer as it is; ``outcomes`` are statuses that are no errors here."""
        path = self._path + resource[1:] if resource.startswith("T") else resource
        answer = self._api.ask(method, path, body, query, wait=seconds, outcomes=outcomes)
        if answer.status not in _DONE and answer.status not in outcomes:
            self._refuse(answer)
        return answer

    def read(self, answer: Answer, *members: str) -> Json:
        """Return the object of an answer. Raises ``Unreachable`` where it lacks ``members``: no double gave it."""
        value = self._api.read(answer)
        if not isinstance(value, dict) or not value.keys() >= set(members):
            self._refuse(answer)
        return value

    def status_names(self) -> dict[int, str]:
        """Return what the numbers of statuses mean; where two names have one number, the first."""
        numbers = self.ask("GET", "profiles", "statuses")["statuses"]
        return {number: name for name, number in reversed(numbers.items())}

    def other_tenants(self, *boxes: str) -> list[tuple[str, int]]:
        """Return the other tenants that have something in one of these boxes, and how much."""
        tenants = self.ask("GET", "tenants", "tenants")["tenants"]
        counted = [(str(each["tenant"]), sum(int(each.get(box, 0)) for box in boxes)) for each in tenants]
        return [(name, total) for name, total in counted if total and name != self.tenant]

    def _refuse(self, answer: Answer) -> NoReturn:
        raise self._api.no_double(answer)


def where(arguments: argparse.Namespace) -> str | None:
    """Return the URL that the flag says, else the variable; ``None``: the settings do. Raises ``SettingsError``."""
    if arguments.url:
        return str(arguments.url)
    url = os.environ.get(variables.URL) or None
    try:
        return None if url is None else check_url(url)
    except ValueError as error:
        raise SettingsError(f"The environment variable {variables.URL} is wrong: {error}") from None


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
        raise NotReadyError(f"Not ready: {str(error)[0].lower()}{str(error)[1:]}") from None
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
        raise NotReadyError(f"Not ready: process {pid} has ended; its log says why.") from None
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

    The URL is looked up each time, since the port file may be written meanwhile. With a ``pid`` no other process will
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
