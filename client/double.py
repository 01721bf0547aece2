"""A double: started in a thread of this process, or as the command in a process of its own; or running already."""

from __future__ import annotations

import atexit
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from copy import copy
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, Protocol, get_args

from messaging_double.models import system_clock
from messaging_double.models.control.about import Health
from messaging_double.models.control.messages import Deleted
from messaging_double.models.control.simulation import Fault, Faults, MagicRecipients, Profiles
from messaging_double.models.control.tenants import Tenant as TenantState
from messaging_double.models.control.tenants import Tenants

from .api import Api
from .connections import check_url
from .errors import ControlError, StartFailed, Unreachable
from .tenant import DEFAULT, Tenant
from .values import checked_seconds, written

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from typing_extensions import Self

    from .values import Json, Time

__tracebackhide__ = True

_INTERVAL_SECONDS = 0.05
_PROBE_SECONDS = 5.0
"""How long a double may take to say that it is ready."""
_REFUSED = range(400, 500)
_READY = "READY url="
_LAST_LINES = 20
_STOP_SECONDS = 5.0
_VARIABLES = "MESSAGING_DOUBLE_"

StartMode = Literal["thread", "process"]


class MessagingDouble(Tenant):
    """A double, and one of its tenants, named ``tenant``: the members of ``Tenant`` are about that one.

    It runs while its ``with`` block does, or from ``start`` to ``stop``::

        with MessagingDouble(strict=True) as double:
            send_with(double.soap_url())
            double.verify(to="+447700900001")

    ``start`` says how: in a ``thread`` of this process, or the command in a ``process`` of its own; in a thread where
    the server is installed. Settings are keywords named as in docs/settings.md, ``ticket_seconds=60``; it listens on
    any free port of 127.0.0.1 unless they say otherwise. ``wait`` is how long a process may take to be ready.
    """

    def __init__(
        self,
        *,
        start: StartMode | None = None,
        tenant: str = DEFAULT,
        wait: Time = 30.0,
        **settings: Any,  # noqa: ANN401
    ) -> None:
        """Start nothing yet. Raises ``ValueError`` for another ``start``, and a ``wait`` that is no length of time."""
        if start not in (None, *get_args(StartMode)):
            raise ValueError(f"start is {start!r}; expected one of {', '.join(map(repr, get_args(StartMode)))}")
        super().__init__(Api(settings.get("control_token")), tenant)
        self._way = start
        self._settings: Mapping[str, Any] = settings
        self._wait = checked_seconds(wait)
        self._started: Started | None = None
        self._attached: str | None = None
        self._owner: MessagingDouble | None = None
        """The double that was started or attached to, where this is another of its tenants."""
        self._process = os.getpid()

    @classmethod
    def at(
        cls,
        url: str,
        token: str | None = None,
        *,
        tenant: str = DEFAULT,
        wait: Time = 10.0,
        tls: ssl.SSLContext | None = None,
    ) -> Self:
        """Return the double that runs at ``url``; wait until it is ready, at most ``wait``.

        ``token`` is its control-token or that of the ``tenant``, ``tls`` for a certificate that is not verified as
        usual. Raises ``Unreachable`` if it is not there in time, ``ControlError`` if it refuses the token,
        ``ValueError`` if that is no URL.
        """
        double = cls(tenant=tenant, wait=wait)
        double._api = Api(token, tls)
        double._attached = check_url(url)
        double.start()
        return double

    def __enter__(self) -> Self:
        if self._attached is None:
            self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        where = f" at {self.url}" if self._api.is_open else ", not running"
        return f"<MessagingDouble{where}>" if self.name == DEFAULT else f"<MessagingDouble{where}, tenant {self.name}>"

    @property
    def url(self) -> str:
        """Where it is."""
        return self._api.url

    def start(self) -> None:
        """Start it. Raises ``StartFailed`` with the last lines of its log."""
        if self._owner is not None:
            self._owner.start()
        elif self._attached is not None:
            self._api.open(self._attached)
            self._wait_until_ready()
        elif self._started is None:
            self._process = os.getpid()
            self._started = self._new()
            self._api.open(self._started.url)
            atexit.register(self.stop)

    def stop(self) -> None:
        """Stop it if it was started here, and not by the parent of a forked process; close the connections to it."""
        if self._process != os.getpid() or self._owner is not None:
            return
        self._api.close()
        if self._started is not None:
            atexit.unregister(self.stop)
            started, self._started = self._started, None
            started.stop()
            self._api.forget()

    def tenant(self, name: str) -> Self:
        """Return the double with another of its tenants: the ``Cust12345`` of the URL, which need not be created."""
        same = copy(self)
        Tenant.__init__(same, self._api, name)
        same._owner = self._owner or self  # noqa: SLF001 (its own class)
        return same

    def tenants(self) -> list[TenantState]:
        """Return those that have been used, and how much each has."""
        return self._api.get("tenants", Tenants).tenants

    def reset_all(self) -> None:
        """Empty all tenants."""
        self._api.post("reset", type(None))

    def delete_all(self) -> int:
        """Delete all tenants, their snapshots included; return how many there were."""
        return self._api.delete("tenants", Deleted).deleted

    def health(self) -> Health:
        """Return its state, version and process."""
        return self._api.get("health", Health)

    def settings(self) -> dict[str, Json]:
        """Return the settings that it runs with; passwords and tokens are masked."""
        return self._api.get("settings", dict)

    def profiles(self) -> Profiles:
        """Return the delivery profiles, and the numbers of the statuses."""
        return self._api.get("profiles", Profiles)

    def magic(self) -> MagicRecipients:
        """Return the magic recipients."""
        return self._api.get("magic", MagicRecipients)

    def faults(self) -> list[Fault]:
        """Return what can go wrong on purpose, and how a rule asks for it."""
        return self._api.get("faults", Faults).faults

    def openapi(self) -> dict[str, Json]:
        """Return the description of the control API."""
        return self._api.get("openapi.json", dict)

    def _new(self) -> Started:
        if (self._way or ("thread" if _server_is_here() else "process")) == "thread":
            return _start_in_thread(self._settings)
        return StartedProcess(self._settings, self._wait)

    def _wait_until_ready(self) -> None:
        end = system_clock.monotonic() + self._wait
        patience = min(self._wait or _PROBE_SECONDS, _PROBE_SECONDS)
        while (problem := self._not_ready(patience)) is not None:
            refused = isinstance(problem, ControlError) and problem.status in _REFUSED
            if refused or system_clock.monotonic() >= end:
                self._api.close()
                raise problem
            time.sleep(_INTERVAL_SECONDS)
            patience = min(max(end - system_clock.monotonic(), _INTERVAL_SECONDS), _PROBE_SECONDS)

    def _not_ready(self, patience: float) -> ControlError | Unreachable | None:
        try:
            self._api.read(self._api.ask("GET", "health", patience=patience))
        except (ControlError, Unreachable) as error:
            return error
        return None


class Started(Protocol):
    """A double that runs."""

    url: str

    def stop(self) -> None:
        """End it."""


def _server_is_here() -> bool:
    """Whether the server is installed beside the client."""
    return find_spec("messaging_double.server") is not None


def _start_in_thread(settings: Mapping[str, Any]) -> Started:
    """Start a double in a thread of this process. Raises ``StartFailed``."""
    from messaging_double.server.running.background import BackgroundDouble, StartError  # noqa: PLC0415 (heavy)

    try:
        return BackgroundDouble({name: _to_json(value) for name, value in settings.items()})
    except StartError as error:
        raise StartFailed(str(error)) from None


def _to_json(value: Any) -> Any:  # noqa: ANN401 (any setting)
    """Return a value of Python's as the configuration file has it: texts, numbers, lists, tables."""
    if isinstance(value, datetime):
        return written(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [_to_json(each) for each in value]
    return {key: _to_json(each) for key, each in value.items()} if isinstance(value, dict) else value


class StartedProcess:
    """The command in a process of its own, on a free port."""

    def __init__(self, settings: Mapping[str, Any], seconds: float) -> None:
        """Start it, and wait at most so many ``seconds`` until it is ready. Raises ``StartFailed``.

        The environment's ``MESSAGING_DOUBLE_…`` do not reach it.
        """
        with ExitStack() as if_it_fails:
            # Not a TemporaryDirectory: any forked process that ends would remove it.
            folder = Path(tempfile.mkdtemp(prefix="messaging-double-"))
            if_it_fails.callback(shutil.rmtree, folder, ignore_errors=True)
            config = folder / "settings.toml"
            config.write_text(_configuration({"port": 0, **settings}), "utf-8")
            self._log: IO[bytes] = if_it_fails.enter_context((folder / "log.txt").open("w+b"))
            self._process = self._begin(config)
            if_it_fails.callback(self._end)
            self.url = self._ready(seconds)
            self._at_the_end = if_it_fails.pop_all()

    def stop(self) -> None:
        """End it, and what it has left behind."""
        self._at_the_end.close()

    def _begin(self, config: Path) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_VARIABLES)}
        try:
            return subprocess.Popen(  # noqa: S603 (our own command)
                [*_command(), "serve", "--config", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env=environment,
            )
        except OSError as error:
            raise StartFailed(f"The command messaging-double cannot be run ({error}).") from None

    def _ready(self, seconds: float) -> str:
        lines: queue.Queue[bytes] = queue.Queue()
        out = self._process.stdout
        reader = threading.Thread(target=lambda: lines.put(out.readline() if out else b""), daemon=True)
        reader.start()
        try:
            line = lines.get(timeout=seconds).decode()
        except queue.Empty:
            raise StartFailed(f"The double was not ready within {seconds:g} seconds.{self._last_lines()}") from None
        if not line.startswith(_READY):
            status = self._process.wait(_STOP_SECONDS)
            raise StartFailed(f"The double ended with exit status {status}.{self._last_lines()}")
        return line.removeprefix(_READY).strip()

    def _last_lines(self) -> str:
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", "replace").splitlines()[-_LAST_LINES:]
        return "".join(f"\n  {line}" for line in lines)

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()


def _configuration(settings: Mapping[str, Any]) -> str:
    """Write settings as a configuration file."""
    return "".join(f"{name.replace('_', '-')} = {_toml(_to_json(value))}\n" for name, value in settings.items())


def _toml(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items() if each is not None)
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, (str, bool, int, float)):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    raise StartFailed(f"{value!r} is no value that a setting can have")


def _command() -> list[str]:
    if _server_is_here():
        return [sys.executable, "-m", "messaging_double.server"]
    return [shutil.which("messaging-double") or "messaging-double"]
