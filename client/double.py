"""A double: one that is started for a test, or one that runs already."""

from __future__ import annotations

import atexit
import os
import time
from typing import TYPE_CHECKING, Any, Literal, get_args

from messaging_double.models import system_clock

from .api import Api, part
from .connections import no_url
from .errors import ControlError, Unreachable
from .names import checked_seconds
from .reading import record_of
from .records import TenantState
from .starting import StartedProcess, server_is_here, start_in_thread
from .tenant import DEFAULT, Tenant

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from typing_extensions import Self

    from .names import Json, Time
    from .starting import Started

__tracebackhide__ = True

_INTERVAL_SECONDS = 0.05
_PROBE_SECONDS = 5.0
"""How long a double may take to say that it is ready."""
_REFUSED = range(400, 500)

Way = Literal["thread", "process"]


class MessagingDouble(Tenant):
    """A double, and one of its tenants: all that a ``Tenant`` offers is meant of the one named ``tenant``.

    It runs while its ``with`` block does, or from ``start`` to ``stop``::

        with MessagingDouble(strict=True) as double:
            send_with(double.soap_url())
            double.verify(to="+447700900001")

    ``start`` says how: in a ``thread`` of this process, or the command in a ``process`` of its own; in a thread where
    the server is installed.  Settings are keywords named as in docs/settings.md, ``ticket_seconds=60``; it listens on
    any free port of 127.0.0.1 unless they say otherwise.  ``wait`` is how long a process may take to be ready.
    """

    def __init__(
        self,
        *,
        start: Way | None = None,
        tenant: str = DEFAULT,
        wait: Time = 30.0,
        **settings: Any,  # noqa: ANN401
    ) -> None:
        """Start nothing yet.  Raises ``ValueError`` for another ``start``, and a ``wait`` that is no length of time."""
        if start not in (None, *get_args(Way)):
            msg = f"start is {start!r}; expected one of {', '.join(map(repr, get_args(Way)))}"
            raise ValueError(msg)
        super().__init__(Api(settings.get("control_token")), tenant)
        self._way = start
        self._settings: Mapping[str, Any] = settings
        self._wait = checked_seconds(wait)
        self._started: Started | None = None
        self._attached: str | None = None
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

        ``token`` is its control-token, ``tls`` for a certificate that is not verified as usual.  Raises ``Unreachable``
        if it is not there in time, ``ControlError`` if it refuses the token, ``ValueError`` if that is no URL.
        """
        if not isinstance(url, str):  # what a variable that is not set gives
            raise no_url(url)
        double = cls(tenant=tenant, wait=wait)
        double._api = Api(token, tls)
        double._attached = url
        double.start()
        return double

    def __enter__(self) -> Self:
        if self._attached is None:
            self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        where = f" at {self.url}" if self._started or self._attached else ", not running"
        return f"<MessagingDouble{where}>" if self.name == DEFAULT else f"<MessagingDouble{where}, tenant {self.name}>"

    @property
    def url(self) -> str:
        """Where it is."""
        return self._api.url

    def start(self) -> None:
        """Start it.  Raises ``StartFailed`` with the last lines of its log."""
        if self._attached is not None:
            self._api.open(self._attached)
            self._wait_until_ready()
        elif self._started is None:
            self._process = os.getpid()
            self._started = self._new()
            self._api.open(self._started.url)
            atexit.register(self.stop)

    def stop(self) -> None:
        """Stop what was started; let go of what was attached to, and, in a forked process, of its parent's double."""
        if self._process != os.getpid():
            return
        self._api.close()
        if self._started is not None:
            atexit.unregister(self.stop)
            started, self._started = self._started, None
            started.stop()
            self._api.forget()

    def tenant(self, name: str) -> Tenant:
        """Return one of its tenants: the ``Cust12345`` of the URL.  There is none to be made before."""
        return Tenant(self._api, name)

    def tenants(self) -> list[TenantState]:
        """Return those that have been used."""
        return [record_of(TenantState, each) for each in self._api.get("tenants")["tenants"]]

    def health(self) -> dict[str, Json]:
        """Return how it is, and what it is."""
        return self._told("health")

    def settings(self) -> dict[str, Json]:
        """Return the settings that it runs with; passwords and tokens are masked."""
        return self._told("settings")

    def profiles(self) -> dict[str, Json]:
        """Return the profiles of deliveries, and the numbers of their statuses."""
        return self._told("profiles")

    def magic(self) -> dict[str, Json]:
        """Return the magic recipients."""
        return self._told("magic")

    def faults(self) -> list[dict[str, Json]]:
        """Return what can go wrong on purpose, and how a rule says it."""
        faults: list[dict[str, Json]] = self._told("faults")["faults"]
        return faults

    def openapi(self) -> dict[str, Json]:
        """Return the description of the control API."""
        return self._told("openapi.json")

    def _new(self) -> Started:
        if (self._way or ("thread" if server_is_here() else "process")) == "thread":
            return start_in_thread(self._settings)
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

    def _told(self, what: str) -> dict[str, Json]:
        told: dict[str, Json] = self._api.get(part(what))
        return told
