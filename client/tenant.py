"""One tenant of a double: what an application has of it, and what a test sees and decides."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from messaging_double.models.control.messages import IncomingMessage, OutgoingMessage, StatusReport
from messaging_double.models.control.simulation import Advanced, ChosenProfiles, Event
from messaging_double.models.control.simulation import Clock as ClockState
from messaging_double.models.control.tenants import Auth, Snapshot, Snapshots
from messaging_double.models.control.tenants import Tenant as TenantState
from messaging_double.models.control.values import convert

from .api import part
from .criteria import to_pairs
from .errors import NotArrived
from .lists import EXCHANGES, INCOMING, OUTGOING, REPORTS, Deletable, Journal, Messages, Tickets, verify
from .rules import Rules
from .values import camel, length_of, written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typing_extensions import Unpack

    from messaging_double.models.control.values import AuthMode, Box, StatusName
    from messaging_double.models.control.verification import Report

    from .api import Api
    from .criteria import Criteria
    from .values import ClockMode, Json, Profile, Time

__tracebackhide__ = True

T = TypeVar("T")


class Clock:
    """The clock of a tenant; moving it forward applies what becomes due: statuses, replies, expiry."""

    def __init__(self, api: Api, tenant: str) -> None:
        """``tenant`` is the path of its resources."""
        self._api = api
        self._tenant = tenant
        self._path = f"{tenant}/clock"

    def __repr__(self) -> str:
        return f"<clock of {self._tenant.partition('/')[2]}>"

    @property
    def now(self) -> datetime:
        """What time it is, in UTC."""
        return self._state().now

    @property
    def mode(self) -> ClockMode:
        """``real``, ``frozen`` or ``shifted``."""
        return self._state().mode

    def freeze(self, at: datetime | str | None = None) -> datetime:
        """Stop it, at this moment or where it is; return where."""
        return self._set({"mode": "frozen"} if at is None else {"mode": "frozen", "now": _moment(at)})

    def shift(self, offset: Time) -> datetime:
        """Let it run this far ahead of the machine's clock, or behind it (``"-6h"``); return what time it is then."""
        return self._set({"mode": "shifted", "offset": length_of(offset)})

    def run_from(self, moment: datetime | str) -> datetime:
        """Let it run from this moment on."""
        return self._set({"mode": "shifted", "now": _moment(moment)})

    def real(self) -> datetime:
        """Let it be the machine's clock."""
        return self._set({"mode": "real"})

    def advance(self, by: Time) -> list[Event]:
        """Move it forward; return what became due, in its order."""
        return self._advance({"by": length_of(by)})

    def advance_to(self, moment: datetime | str) -> list[Event]:
        """Move it forward to this moment; return what became due, in its order."""
        return self._advance({"to": _moment(moment)})

    def _state(self) -> ClockState:
        return self._api.get(self._path, ClockState)

    def _set(self, clock: Json) -> datetime:
        return self._api.put(self._path, ClockState, clock).now

    def _advance(self, how: Json) -> list[Event]:
        return self._api.post(f"{self._path}/advance", Advanced, how).events


def _moment(moment: datetime | str) -> str:
    return written(moment) if isinstance(moment, datetime) else moment


DEFAULT = "default"
_NOTHING = type(None)
_NOWHERE = ("", ".", "..")
"""What URLs pass over (RFC 3986, 5.2.4)."""


class Tenant:
    """The ``CustNNNNN`` of the URL; ``default`` is what there is without one.

    Nothing is kept here: two objects for one tenant are equivalent.
    """

    def __init__(self, api: Api, name: str) -> None:
        """``api`` is that of the double. Raises ``ValueError`` for a name that no URL can have."""
        if not isinstance(name, str) or name in _NOWHERE or "/" in name:
            raise ValueError(f"{name!r} can be no tenant: expected one part of a path; for example Cust12345")
        self._api = api
        self.name = name
        self._path = f"tenants/{part(name)}"

    def __repr__(self) -> str:
        return f"<Tenant {self.name}>"

    @property
    def base_url(self) -> str:
        """What an application gets instead of ``https://online.superoffice.com/Cust12345``."""
        return self._api.url if self.name == DEFAULT else f"{self._api.url}/{part(self.name)}"

    @property
    def wsdl_url(self) -> str:
        """Where the WSDL of Messaging in Services88 is."""
        return f"{self.soap_url()}?wsdl"

    def soap_url(self, services: int = 88, agent: str = "Messaging") -> str:
        """Return where the SOAP calls of an agent go."""
        return f"{self.base_url}/Remote/Services{services}/{agent}.svc"

    @property
    def outbox(self) -> Messages[OutgoingMessage]:
        """What clients sent."""
        return Messages(self._api, self._path, OUTGOING)

    @property
    def inbox(self) -> Messages[IncomingMessage]:
        """What came in, by CreateMessage or as a reply."""
        return Messages(self._api, self._path, INCOMING)

    @property
    def status_reports(self) -> Deletable[StatusReport]:
        """SetDeliveryStatus calls whose plugin and id no message has."""
        return Deletable(self._api, self._path, REPORTS)

    @property
    def journal(self) -> Journal:
        """Requests and their answers, byte for byte."""
        return Journal(self._api, self._path, EXCHANGES)

    @property
    def clock(self) -> Clock:
        """Its clock."""
        return Clock(self._api, self._path)

    @property
    def rules(self) -> Rules:
        """The rules: which calls are answered otherwise than usual."""
        return Rules(self._api, self._path)

    @property
    def tickets(self) -> Tickets:
        """Its tickets: who logged in."""
        return Tickets(self._api, self._path)

    def wait_for(self, within: Time = 5.0, **criteria: Unpack[Criteria]) -> OutgoingMessage:
        """Wait for a message in the outbox that meets the criteria; return the newest that does.

        Raises ``NotArrived``, whose text has the nearest misses, if none has come ``within`` this time.
        """
        report = verify(
            self._api, self._path, "outbox", criteria=criteria, counts={"atLeast": 1}, within=within, failure=NotArrived
        )
        return self.outbox.get(report.matched[0])

    def verify(  # noqa: PLR0913 (what an expectation has)
        self,
        *,
        count: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        never: bool = False,
        within: Time | None = None,
        in_: Box = "outbox",
        **criteria: Unpack[Criteria],
    ) -> Report:
        """Verify how many messages meet the criteria: at least one by default; ``within`` waits for them.

        ``count`` and ``at_least`` are met as soon as there are enough; ``at_most`` and ``never`` hold for the whole
        time, ``at_least`` beside ``at_most`` too.

        Raises ``ExpectationFailed``, an AssertionError whose text is the double's report.
        """
        counts = {"count": count, "atLeast": at_least, "atMost": at_most, "never": never or None}
        wanted = {name: value for name, value in counts.items() if value is not None}
        return verify(self._api, self._path, in_, criteria=criteria, counts=wanted, within=within)

    async def async_wait_for(self, within: Time = 5.0, **criteria: Unpack[Criteria]) -> OutgoingMessage:
        """Do the same as ``wait_for`` while the event loop goes on."""
        return await _beside_the_loop(partial(self.wait_for, within, **criteria))

    async def async_verify(  # noqa: PLR0913 (what an expectation has)
        self,
        *,
        count: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        never: bool = False,
        within: Time | None = None,
        in_: Box = "outbox",
        **criteria: Unpack[Criteria],
    ) -> Report:
        """Do the same as ``verify`` while the event loop goes on."""
        counts: Any = {"count": count, "at_least": at_least, "at_most": at_most, "never": never}
        return await _beside_the_loop(partial(self.verify, **counts, within=within, in_=in_, **criteria))

    def reply(
        self,
        message: OutgoingMessage | int,
        content: str | None,
        *,
        from_: str | None = None,
        to: str | None = None,
        format: str | None = None,  # noqa: A002 (the contract's name)
    ) -> IncomingMessage:
        """Answer a message of the outbox as its recipient would.

        The answer is in the inbox of the double; no operation of the contract shows it to an application.
        """
        other = {name: value for name, value in (("from", from_), ("to", to), ("format", format)) if value is not None}
        return self._api.post(self._of(message, "reply"), IncomingMessage, {"content": content, **other})

    def set_status(
        self, message: OutgoingMessage | int, status: int | StatusName, description: str | None = None
    ) -> OutgoingMessage:
        """Set a message's status, by its number or its name; its simulated delivery ends with that."""
        given = {"status": status} if description is None else {"status": status, "description": description}
        return self._api.post(self._of(message, "status"), OutgoingMessage, given)

    def step(self, message: OutgoingMessage | int) -> OutgoingMessage:
        """Take the next step of a message's profile now, whatever it waits for."""
        return self._api.post(self._of(message, "step"), OutgoingMessage)

    def thread(self, session_key: str) -> list[OutgoingMessage | IncomingMessage]:
        """Return a conversation, both directions, oldest first."""
        shown = self._api.get(f"{self._path}/threads/{part(session_key)}", dict[str, Any])
        kinds = {"out": OutgoingMessage, "in": IncomingMessage}
        return [convert(each, kinds[each["direction"]]) for each in shown["messages"]]

    @property
    def profile(self) -> str | None:
        """The profile by which messages are delivered; ``None``: as the settings say. Set it for those to come."""
        return self._profiles().profile

    @profile.setter
    def profile(self, name: Profile | None) -> None:
        self._set_profiles(name, self._profiles().plugins)

    @property
    def plugin_profiles(self) -> dict[str, str]:
        """The profiles of single plugins; set it to other ones."""
        return self._profiles().plugins

    @plugin_profiles.setter
    def plugin_profiles(self, profiles: Mapping[str, Profile]) -> None:
        self._set_profiles(self._profiles().profile, profiles)

    @property
    def auth(self) -> AuthMode:
        """How tickets are checked; set it, ``None`` for that of the settings."""
        return self._api.get(f"{self._path}/auth", Auth).auth

    @auth.setter
    def auth(self, mode: AuthMode | None) -> None:
        self._api.put(f"{self._path}/auth", _NOTHING, {"auth": mode})

    def state(self) -> TenantState:
        """Return how much it has."""
        return self._api.get(self._path, TenantState)

    def load(
        self,
        outbox: Sequence[OutgoingMessage | Mapping[str, Any]] = (),
        inbox: Sequence[IncomingMessage | Mapping[str, Any]] = (),
        *,
        seed: str | None = None,
        auth: AuthMode | None = None,
    ) -> TenantState:
        """Reset it, then load these messages, oldest first: records, or mappings with some of their members.

        ``seed`` is what its ids and session keys are made from.
        """
        fixtures = {"outbox": [_fixture(each) for each in outbox], "inbox": [_fixture(each) for each in inbox]}
        return self._api.put(self._path, TenantState, {**fixtures, "seed": seed, "auth": auth})

    def reset(self) -> None:
        """Empty it; its ids begin again."""
        self._api.post(f"{self._path}/reset", _NOTHING)

    def delete(self) -> None:
        """Delete it, its snapshots included."""
        self._api.delete(self._path, _NOTHING)

    def snapshot(self, name: str = "default") -> Snapshot:
        """Keep what it has, except the journal; a snapshot of that name is replaced."""
        return self._api.post(f"{self._path}/snapshots", Snapshot, {"name": name})

    def snapshots(self) -> list[Snapshot]:
        """Return its snapshots, the earliest first."""
        return self._api.get(f"{self._path}/snapshots", Snapshots).snapshots

    def restore(self, name: str = "default") -> None:
        """Return to a snapshot: what it has now, except the journal, is gone."""
        self._api.post(f"{self._path}/snapshots/{part(name)}/restore", _NOTHING)

    def delete_snapshot(self, name: str = "default") -> None:
        """Delete a snapshot."""
        self._api.delete(f"{self._path}/snapshots/{part(name)}", _NOTHING)

    def _of(self, message: OutgoingMessage | int, what: str) -> str:
        number = message if isinstance(message, int) else message.messaging_id
        return f"{self._path}/outbox/{number}/{what}"

    def _profiles(self) -> ChosenProfiles:
        return self._api.get(f"{self._path}/profile", ChosenProfiles)

    def _set_profiles(self, profile: str | None, plugins: Mapping[str, str]) -> None:
        self._api.put(f"{self._path}/profile", _NOTHING, {"profile": profile, "plugins": dict(plugins)})


async def _beside_the_loop(wait: Callable[[], T]) -> T:
    """Return what a function returns that waits, while the event loop goes on.

    It has a thread of its own: the loop's pool is small, an application in the same loop needs it too, and the end of
    the loop would wait for a wait that was cancelled.
    """
    import asyncio  # noqa: PLC0415 (heavy, and for this only)
    from concurrent.futures import Future  # noqa: PLC0415

    waited: Future[T] = Future()

    def run() -> None:
        if waited.set_running_or_notify_cancel():
            try:
                waited.set_result(wait())
            except BaseException as error:  # noqa: BLE001 - the coroutine that awaits it gets it
                waited.set_exception(error)

    threading.Thread(target=run, name="messaging-double-wait", daemon=True).start()
    return await asyncio.wrap_future(waited)


def _fixture(message: msgspec.Struct | Mapping[str, Any]) -> Json:
    """Return a message as the control API takes it."""
    if isinstance(message, msgspec.Struct):
        return msgspec.to_builtins(message)
    shown = {camel(name): _plain(value) for name, value in message.items()}
    return {**shown, "config": to_pairs(message["config"])} if shown.get("config") is not None else shown


def _plain(value: Any) -> Json:  # noqa: ANN401 (a member of a message)
    if isinstance(value, datetime):
        return written(value)
    if isinstance(value, (list, tuple)):
        return [_fixture(each) if isinstance(each, (Mapping, msgspec.Struct)) else _plain(each) for each in value]
    return value
