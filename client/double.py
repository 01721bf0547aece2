"""A double: started for a test, or running already."""

from __future__ import annotations

import atexit
import os
import time
from copy import copy
from typing import TYPE_CHECKING, Any, Literal, get_args

from messaging_double.models import system_clock
from messaging_double.models.control.about import Health
from messaging_double.models.control.messages import Deleted
from messaging_double.models.control.simulation import Fault, Faults, MagicRecipients, Profiles
from messaging_double.models.control.tenants import Tenant as TenantState
from messaging_double.models.control.tenants import Tenants

from .api import Api
from .connections import check_url
from .errors import ControlError, Unreachable
from .starting import StartedProcess, server_is_here, start_in_thread
from .tenant import DEFAULT, Tenant
from .values import checked_seconds

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from typing_extensions import Self

    from .starting import Started
    from .values import Json, Time

__tracebackhide__ = True

_INTERVAL_SECONDS = 0.05
_PROBE_SECONDS = 5.0
"""How long a double may take to say that it is ready."""
_REFUSED = range(400, 500)

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
