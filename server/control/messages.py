"""``T/outbox``, ``T/inbox``, ``T/status-reports``, ``T/threads``, ``T/verify``: what a test does with messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from messaging_double.models import criteria, records
from messaging_double.models.control import about
from messaging_double.models.control.messages import (
    IncomingMessage,
    IncomingMessagePage,
    NewStatus,
    OutgoingMessage,
    OutgoingMessagePage,
    Pair,
    Reply,
    StatusChange,
    StatusReport,
    StatusReportPage,
    Thread,
    ThreadIncoming,
    ThreadOutgoing,
)
from messaging_double.models.control.verification import Expectation as ExpectationBody
from messaging_double.models.control.verification import FailedReport, Report
from messaging_double.models.criteria import snake
from messaging_double.server.control import lists
from messaging_double.server.control.lists import Listing, ListResources, absent_item
from messaging_double.server.control.operation import TENANT, ControlRequest, operation
from messaging_double.server.control.responses import LongPoll, Problem, json_response
from messaging_double.server.validation import decode
from messaging_double.server.verification import Expectation, report, verify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

    from messaging_double.models.criteria import Field
    from messaging_double.models.records import InboxEntry, OutboxEntry
    from messaging_double.server.simulation import Simulation
    from messaging_double.storage import Storage, UnitOfWork

_ONE = f"{TENANT}/outbox/{{messagingId}}"
_BY_HAND = "control API"
"""Who set a status that a test set."""
_OUTBOX = Listing(
    "outbox",
    "outbox",
    "Outbox",
    "the messages that clients sent",
    lists.OUTBOX,
    OutgoingMessagePage,
    "messages",
    OutgoingMessage,
    number="messagingId",
)
_INBOX = Listing(
    "inbox",
    "inbox",
    "Inbox",
    "the messages that came in",
    lists.INBOX,
    IncomingMessagePage,
    "messages",
    IncomingMessage,
)
STATUS_REPORTS = Listing(
    "status-reports",
    "status_reports",
    "StatusReports",
    "the SetDeliveryStatus calls whose plugin and id no message has",
    lists.STATUS_REPORTS,
    StatusReportPage,
    "status_reports",
    StatusReport,
)
_FILTERS = {"outbox": lists.OUTBOX, "inbox": lists.INBOX}
_COUNTS = {"count": "count", "never": "never", "at_least": "atLeast", "at_most": "atMost"}


def _members(table: tuple[Field, ...]) -> list[tuple[str, Any]]:
    """Return the members of a message, and what takes them off its record."""
    return [(snake(each.name), each.of) for each in table]


_OUTBOX_MEMBERS = _members(criteria.OUTBOX)
_INBOX_MEMBERS = _members(criteria.INBOX)


def outgoing(entry: OutboxEntry, kind: type[OutgoingMessage] = OutgoingMessage) -> OutgoingMessage:
    """Return a message of the outbox as the control API shows it."""
    members = {name: of(entry) for name, of in _OUTBOX_MEMBERS}
    if entry.config is not None:
        members["config"] = [Pair(key, value) for key, value in entry.config]
    statuses = [StatusChange(each.status, each.status_description, each.at, each.by) for each in entry.statuses]
    return kind(**members, statuses=statuses)


def incoming(entry: InboxEntry, kind: type[IncomingMessage] = IncomingMessage) -> IncomingMessage:
    """Return a message of the inbox as the control API shows it."""
    return kind(**{name: of(entry) for name, of in _INBOX_MEMBERS})


class OutboxResources(ListResources):
    """``T/outbox``."""

    def __init__(self, storage: Storage, simulation: Simulation) -> None:
        """Let ``simulation`` carry out what a test says."""
        super().__init__(storage, simulation.profiles.numbers, _OUTBOX)
        self._simulation = simulation

    def show(self, record: Any) -> OutgoingMessage:
        """Return a message."""
        return outgoing(record)

    @operation(
        f"POST {_ONE}/status",
        "setStatus",
        "Set the status of a message. Its simulated delivery ends.",
        OutgoingMessage,
        body=NewStatus,
    )
    def _set_status(self, request: ControlRequest) -> OutgoingMessage:
        now = self._simulation.now(request.tenant)
        new: NewStatus = request.body
        status = self._simulation.profiles.number(new.status)
        with self._storage.writing(request.tenant) as work:
            entry = _entry(work, request)
            change = records.StatusChange(status, new.description, now, _BY_HAND)
            work.outbox.change_status(request.tenant, entry.messaging_id, change)
            return outgoing(_entry(work, request))

    @operation(
        f"POST {_ONE}/step",
        "takeStep",
        "Take the next step of a message's delivery now, whatever it waits for.",
        OutgoingMessage,
        others={409: about.Problem},
    )
    def _take_step(self, request: ControlRequest) -> OutgoingMessage:
        now = self._simulation.now(request.tenant)
        with self._storage.writing(request.tenant) as work:
            entry = _entry(work, request)
            if not self._simulation.deliveries.step(work, request.tenant, entry.messaging_id, now):
                profile = "none" if entry.delivery is None else entry.delivery.profile
                error = f"the delivery of message {entry.messaging_id} has no further step (its profile: {profile})"
                raise Problem(409, error, f"POST {request.request.path.removesuffix('step')}status sets any status")
            return outgoing(_entry(work, request))

    @operation(
        f"POST {_ONE}/reply",
        "reply",
        "Simulate the recipient's reply: a message in the inbox with the session key of this one.",
        IncomingMessage,
        status=201,
        body=Reply,
    )
    def _reply(self, request: ControlRequest) -> IncomingMessage:
        now = self._simulation.now(request.tenant)
        with self._storage.writing(request.tenant) as work:
            reply = _reply_to(_entry(work, request), request.body)
            number = self._simulation.deliveries.put_reply(work, request.tenant, reply, now)
            entry: Any = work.inbox.get(request.tenant, number)
        return incoming(entry)


class InboxResources(ListResources):
    """``T/inbox`` and ``T/threads``."""

    def __init__(self, storage: Storage, statuses: Mapping[str, int]) -> None:
        """Show what ``storage`` keeps."""
        super().__init__(storage, statuses, _INBOX)

    def show(self, record: Any) -> IncomingMessage:
        """Return a message."""
        return incoming(record)

    @operation(f"GET {TENANT}/threads/{{sessionKey}}", "getThread", "Show a conversation.", Thread)
    def _thread(self, request: ControlRequest) -> Thread:
        key = request.path["sessionKey"]
        with self._storage.reading_threads() as work:
            messages = work.threads.messages(request.tenant, key)
        if not messages:
            hint = f"the sessionKey of a message of /_mock/v1/tenants/{request.tenant}/outbox, percent-encoded"
            error = f"tenant '{request.tenant}' has no message of the session key '{key}'"
            raise Problem(404, error, f"expected {hint}")
        return Thread(key, [_in_thread(each) for each in messages])


class VerifyResources:
    """``T/verify``."""

    def __init__(self, storage: Storage, statuses: Mapping[str, int]) -> None:
        """Look into ``storage``; an expectation may use the names of ``statuses``."""
        self._storage = storage
        self._statuses = statuses

    @operation(
        f"POST {TENANT}/verify",
        "verify",
        "Verify an expectation: 200 if it is met, else 422 with the nearest misses.",
        Report,
        body=ExpectationBody,
        others={422: FailedReport, 501: about.Problem},
        needs_journal=True,
    )
    def _verify(self, request: ControlRequest) -> Response | LongPoll:
        body: ExpectationBody = request.body
        matching = _FILTERS[body.in_]
        criteria = matching.of_match(decode(body.match, matching.match, "match"), self._statuses)
        minimum, maximum = _bounds(body)
        expectation = Expectation(body.in_, criteria, minimum, maximum, waited=body.within is not UNSET)

        def respond() -> Response:
            with self._storage.reading() as work:
                verdict = verify(work, request.tenant, expectation, tells_of_others=request.admitted is None)
            return json_response(report(verdict), 200 if verdict.passed else 422)

        if body.within is UNSET:
            return respond()
        decisive = _decisive(body, minimum, maximum)

        def ready() -> bool:
            with self._storage.reading() as work:
                collection = getattr(work, body.in_)
                return bool(collection.count(request.tenant, criteria, at_most=decisive) >= decisive)

        return LongPoll(request.tenant, ready, body.within, respond, is_verdict=True)


def _entry(work: UnitOfWork, request: ControlRequest) -> OutboxEntry:
    entry = work.outbox.get(request.tenant, request.path["messagingId"])
    if entry is None:
        raise absent_item(_OUTBOX, request)
    return entry


def _reply_to(entry: OutboxEntry, reply: Reply) -> records.IncomingMessage:
    message = entry.message
    return records.IncomingMessage(
        to=message.from_ if reply.to is UNSET else reply.to,
        from_=message.to if reply.from_ is UNSET else reply.from_,
        content=reply.content,
        format=message.format if reply.format is UNSET else reply.format,
        session_key=entry.session_key,
        plugin=entry.plugin,
    )


def _in_thread(entry: OutboxEntry | InboxEntry) -> Any:
    return incoming(entry, ThreadIncoming) if isinstance(entry, records.InboxEntry) else outgoing(entry, ThreadOutgoing)


def _bounds(body: ExpectationBody) -> tuple[int, int | None]:
    """Return the minimum and the maximum. Raise ``Problem`` (400) for members that contradict each other."""
    given = {name: getattr(body, name) for name in _COUNTS if getattr(body, name) is not UNSET}
    if len(given) > 1 and given.keys() != {"at_least", "at_most"}:
        said = " and ".join(_COUNTS[name] for name in given)
        hint = 'say one: {"count": 1}, {"atLeast": 1, "atMost": 3} or {"never": true}'
        raise Problem(400, f"{said} do not go together", hint)
    if given.get("never"):
        return 0, 0
    if "count" in given:
        return given["count"], given["count"]
    maximum: int | None = given.get("at_most")
    minimum: int = given.get("at_least", 1 if maximum is None else 0)
    if maximum is not None and minimum > maximum:
        hint = 'say for example {"atLeast": 1, "atMost": 3}'
        raise Problem(400, f"atLeast is {minimum}, atMost {maximum}", hint)
    return minimum, maximum


def _decisive(body: Any, minimum: int, maximum: int | None) -> int:
    """Return how many messages end the waiting: one too many if there is a maximum, else enough.

    ``count`` is a maximum only if it is 0: a test that passes does not wait for a second message all the time.
    """
    if maximum is not None and (body.at_most is not UNSET or not maximum):
        return maximum + 1
    return minimum
