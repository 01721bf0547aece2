"""One tenant of a double: what an application has of it, and what a test sees and steers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .api import part
from .boxes import Deletable, Journal, Messages
from .clock import Clock
from .matching import match_of, pairs_of
from .names import camel, written
from .reading import record_of
from .records import IncomingMessage, OutgoingMessage, Snapshot, StatusReport, TenantState
from .rules import Rules
from .tickets import Tickets
from .verifying import arrived, verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .api import Api
    from .matching import Criterion
    from .names import Json, Time
    from .records import Report
    from .verifying import BoxName

__tracebackhide__ = True

DEFAULT = "default"
_MORE = "more"
_NOWHERE = ("", ".", "..")
"""What URLs pass over (RFC 3986, 5.2.4)."""


class Tenant:
    """The ``CustNNNNN`` of the URL; ``default`` is what there is without one.

    Nothing is asked before something is wanted, and nothing is kept here: two objects for one tenant are as good.
    """

    def __init__(self, api: Api, name: str) -> None:
        """``api`` is that of the double.  Raises ``ValueError`` for a name that no URL has: calls went elsewhere."""
        if not isinstance(name, str) or name in _NOWHERE or "/" in name:
            msg = f"{name!r} can be no tenant: expected one part of a path; for example Cust12345"
            raise ValueError(msg)
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
        return Messages(self._api, self._path, "outbox", OutgoingMessage)

    @property
    def inbox(self) -> Messages[IncomingMessage]:
        """What came in, by CreateMessage or as a reply."""
        return Messages(self._api, self._path, "inbox", IncomingMessage)

    @property
    def status_reports(self) -> Deletable[StatusReport]:
        """SetDeliveryStatus calls whose plugin and id no message has."""
        return Deletable(self._api, self._path, "status-reports", StatusReport, "statusReports")

    @property
    def journal(self) -> Journal:
        """Requests and their answers, byte for byte."""
        return Journal(self._api, self._path)

    @property
    def clock(self) -> Clock:
        """What time it is."""
        return Clock(self._api, self._path)

    @property
    def rules(self) -> Rules:
        """Which calls are answered otherwise than usual."""
        return Rules(self._api, self._path)

    @property
    def tickets(self) -> Tickets:
        """Who logged in."""
        return Tickets(self._api, self._path)

    def wait_for(self, timeout: Time = 5.0, **filters: Criterion) -> OutgoingMessage:
        """Wait for a message in the outbox that meets the filters; return the newest that does.

        Raises ``NotArrived``, whose text has the nearest misses, if none has come within ``timeout``.
        """
        expected = {"match": match_of(filters), "atLeast": 1}
        report = arrived(self._api, self._path, expected, timeout)
        return self.outbox.get(report.matched[0])

    def verify(  # noqa: PLR0913 (what an expectation has)
        self,
        *,
        count: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        never: bool = False,
        within: Time | None = None,
        in_: BoxName = "outbox",
        **match: Criterion,
    ) -> Report:
        """Verify that so many messages meet ``match``, at least one unless something is said; ``within`` waits for it.

        ``count`` and ``at_least`` are met as soon as there are enough; ``at_most`` and ``never`` hold for the whole
        time, ``at_least`` beside ``at_most`` too.

        Raises ``ExpectationFailed``, an AssertionError whose text is the double's report.
        """
        said = {"count": count, "atLeast": at_least, "atMost": at_most, "never": never or None}
        expectation = {name: value for name, value in said.items() if value is not None}
        return verify(self._api, self._path, {"in": in_, "match": match_of(match), **expectation}, within)

    def reply(self, message: OutgoingMessage | int, content: str | None, **members: str | None) -> IncomingMessage:
        """Let somebody answer a message of the outbox; ``members`` are ``from_``, ``to`` and ``format``.

        The answer is in the inbox of the double; no operation of the contract shows it to an application.
        """
        told = {camel(name): value for name, value in members.items()}
        return record_of(IncomingMessage, self._api.post(self._of(message, "reply"), {"content": content, **told}))

    def set_status(
        self, message: OutgoingMessage | int, status: int | str, description: str | None = None
    ) -> OutgoingMessage:
        """Set a message's status, by its number or its name; its simulated delivery ends with that."""
        given = {"status": status} if description is None else {"status": status, "description": description}
        return record_of(OutgoingMessage, self._api.post(self._of(message, "status"), given))

    def step(self, message: OutgoingMessage | int) -> OutgoingMessage:
        """Take the next step of a message's profile now, whatever it waits for."""
        return record_of(OutgoingMessage, self._api.post(self._of(message, "step")))

    def thread(self, session_key: str) -> list[OutgoingMessage | IncomingMessage]:
        """Return a conversation, both directions, oldest first."""
        shown = self._api.get(f"{self._path}/threads/{part(session_key)}")
        kinds: dict[str, type[OutgoingMessage | IncomingMessage]] = {"out": OutgoingMessage, "in": IncomingMessage}
        return [record_of(kinds[each.pop("direction")], each) for each in shown["messages"]]

    @property
    def profile(self) -> str | None:
        """By which profile messages are delivered; ``None``: as the settings say.  Set it for those to come."""
        profile: str | None = self._profiles()["profile"]
        return profile

    @profile.setter
    def profile(self, name: str | None) -> None:
        self._api.put(f"{self._path}/profile", {**self._profiles(), "profile": name})

    @property
    def plugin_profiles(self) -> dict[str, str]:
        """The profiles of single plugins; set it to other ones."""
        return dict(self._profiles()["plugins"])

    @plugin_profiles.setter
    def plugin_profiles(self, profiles: Mapping[str, str]) -> None:
        self._api.put(f"{self._path}/profile", {**self._profiles(), "plugins": dict(profiles)})

    @property
    def auth(self) -> str:
        """How tickets are checked: ``none``, ``onsite`` or ``online``; set it, ``None`` for the setting's."""
        return str(self._api.get(f"{self._path}/auth")["auth"])

    @auth.setter
    def auth(self, way: str | None) -> None:
        self._api.put(f"{self._path}/auth", {"auth": way})

    def state(self) -> TenantState:
        """Return how much there is."""
        return record_of(TenantState, self._api.get(self._path))

    def fill(
        self,
        outbox: Sequence[Mapping[str, Any]] = (),
        inbox: Sequence[Mapping[str, Any]] = (),
        *,
        seed: str | None = None,
        auth: str | None = None,
    ) -> TenantState:
        """Replace what there is by these messages, oldest first; their members are those of the records.

        What ``dataclasses.asdict`` makes of one is one.
        """
        boxes = {"outbox": [_filled(each) for each in outbox], "inbox": [_filled(each) for each in inbox]}
        return record_of(TenantState, self._api.put(self._path, {**boxes, "seed": seed, "auth": auth}))

    def reset(self) -> None:
        """Empty it; its ids begin again."""
        self._api.post(f"{self._path}/reset")

    def delete(self) -> None:
        """Delete it, its snapshots included."""
        self._api.delete(self._path)

    def snapshot(self, name: str = "default") -> Snapshot:
        """Put by what there is, but for the journal; a snapshot of that name is replaced."""
        return record_of(Snapshot, self._api.post(f"{self._path}/snapshots", {"name": name}))

    def snapshots(self) -> list[Snapshot]:
        """Return what was put by, the earliest first."""
        return [record_of(Snapshot, each) for each in self._api.get(f"{self._path}/snapshots")["snapshots"]]

    def restore(self, name: str = "default") -> None:
        """Go back to a snapshot: what there is now, but for the journal, is gone."""
        self._api.post(f"{self._path}/snapshots/{part(name)}/restore")

    def delete_snapshot(self, name: str = "default") -> None:
        """Delete a snapshot."""
        self._api.delete(f"{self._path}/snapshots/{part(name)}")

    def _of(self, message: OutgoingMessage | int, what: str) -> str:
        number = message if isinstance(message, int) else message.messaging_id
        return f"{self._path}/outbox/{number}/{what}"

    def _profiles(self) -> Json:
        return self._api.get(f"{self._path}/profile")


def _filled(message: Mapping[str, Any]) -> Json:
    """Return a message as the control API takes it; what a newer double told besides goes back to it."""
    members = {**message, **message.get(_MORE, {})}
    shown = {camel(name): _plain(value) for name, value in members.items() if name != _MORE}
    return {**shown, "config": pairs_of(members["config"])} if shown.get("config") is not None else shown


def _plain(value: Any) -> Json:  # noqa: ANN401 (a member of a record)
    if isinstance(value, datetime):
        return written(value)
    if isinstance(value, (list, tuple)):
        return [_filled(each) if isinstance(each, Mapping) else _plain(each) for each in value]
    return value
