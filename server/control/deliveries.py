"""What a test does to single messages by hand: statuses, steps, replies; and the threads that come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messaging_double.models.records import IncomingMessage, OutboxEntry, StatusChange
from messaging_double.server.control import shapes
from messaging_double.server.control.answers import json_answer
from messaging_double.server.control.operations import PROBLEM, TENANT, Ask, Operation
from messaging_double.server.control.problems import Problem
from messaging_double.server.shapes.objects import Either, ListOf, Member, Nullable, Object
from messaging_double.server.shapes.statuses import status_of
from messaging_double.server.shapes.values import Address, Text, Word

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from messaging_double.server.simulation import Simulation
    from messaging_double.storage import Storage, UnitOfWork

BY_HAND = "control API"
"""Who set a status that a test set."""

_REPLY = Object(
    "Reply",
    (
        Member("content", Nullable(Text("Takk!")), required=True),
        Member("from", Nullable(Address()), "Who answers: the recipient of the message, if it is not said."),
        Member("to", Nullable(Address()), "To whom: the sender of the message, if it is not said."),
        Member("format", Nullable(Text("sms/text")), "That of the message, if it is not said."),
    ),
    {"content": "Takk!"},
)
_DIRECTION = Member("direction", Word(("out", "in")), "out: of the outbox; in: of the inbox.")
_THREAD = Object(
    "Thread",
    (
        Member("sessionKey", Text()),
        Member(
            "messages",
            ListOf(
                Either(
                    (
                        Object("ThreadOutgoing", (_DIRECTION, *shapes.OUTBOX_MESSAGE.members), shown=True),
                        Object("ThreadIncoming", (_DIRECTION, *shapes.INBOX_MESSAGE.members), shown=True),
                    )
                )
            ),
            "Both directions, oldest first.",
        ),
    ),
    shown=True,
)


class DeliveryResources:
    """``T/outbox/{messagingId}/status``, ``…/step``, ``…/reply`` and ``T/threads/{sessionKey}``."""

    def __init__(self, storage: Storage, simulation: Simulation) -> None:
        """Let ``simulation`` do what a test says."""
        self._storage = storage
        self._simulation = simulation
        self._status = Object(
            "NewStatus",
            (
                Member("status", status_of(simulation.profiles.numbers), "A number or a name.", required=True),
                Member("description", Nullable(Text("Delivered"))),
            ),
            {"status": "delivered", "description": "Delivered at last"},
        )

    def operations(self) -> list[Operation]:
        """Return what can be asked."""
        one = f"{TENANT}/outbox/{{messagingId}}"
        out, came = shapes.OUTBOX_MESSAGE, shapes.INBOX_MESSAGE
        status = "Set its status; its simulated delivery ends with that."
        step = "Take the next step of its profile now, whatever it waits for."
        reply = "Let somebody answer it: a message in the inbox, with its session key."
        thread = "Show a conversation."
        return [
            Operation("POST", f"{one}/status", "setStatus", status, self._set_status, {200: out}, body=self._status),
            Operation("POST", f"{one}/step", "takeStep", step, self._take_step, {200: out, 409: PROBLEM}),
            Operation("POST", f"{one}/reply", "reply", reply, self._reply, {201: came}, body=_REPLY),
            Operation("GET", f"{TENANT}/threads/{{sessionKey}}", "getThread", thread, self._thread, {200: _THREAD}),
        ]

    def _set_status(self, ask: Ask) -> Response:
        now = self._simulation.now(ask.tenant)
        with self._storage.writing() as work:
            entry = _entry(work, ask)
            change = StatusChange(ask.body["status"], ask.body.get("description"), now, BY_HAND)
            work.outbox.change_status(ask.tenant, entry.messaging_id, change)
            return json_answer(shapes.OUTBOX_MESSAGE.show(_entry(work, ask)))

    def _take_step(self, ask: Ask) -> Response:
        now = self._simulation.now(ask.tenant)
        with self._storage.writing() as work:
            entry = _entry(work, ask)
            if not self._simulation.deliveries.step(work, ask.tenant, entry.messaging_id, now):
                profile = "none" if entry.delivery is None else entry.delivery.profile
                error = f"the delivery of message {entry.messaging_id} has no further step (its profile: {profile})"
                raise Problem(409, error, f"POST {ask.request.path.removesuffix('step')}status sets any status")
            return json_answer(shapes.OUTBOX_MESSAGE.show(_entry(work, ask)))

    def _reply(self, ask: Ask) -> Response:
        now = self._simulation.now(ask.tenant)
        with self._storage.writing() as work:
            entry = _entry(work, ask)
            number = self._simulation.deliveries.put_reply(work, ask.tenant, _answer_to(entry, ask.body), now)
            came = work.inbox.get(ask.tenant, number)
        return json_answer(shapes.INBOX_MESSAGE.show(came), status=201)

    def _thread(self, ask: Ask) -> Response:
        key = ask.path["sessionKey"]
        with self._storage.reading() as work:
            messages = work.threads.messages(ask.tenant, key)
        if not messages:
            hint = f"the sessionKey of a message of /_mock/v1/tenants/{ask.tenant}/outbox, percent-encoded"
            raise Problem(404, f"tenant '{ask.tenant}' has no message of the session key '{key}'", f"expected {hint}")
        shown = [_shown(each) for each in messages]
        return json_answer({"sessionKey": key, "messages": shown})


def _entry(work: UnitOfWork, ask: Ask) -> OutboxEntry:
    number = ask.path["messagingId"]
    entry = work.outbox.get(ask.tenant, number)
    if entry is None:
        hint = f"those that it has are at /_mock/v1/tenants/{ask.tenant}/outbox"
        raise Problem(404, f"the outbox of tenant '{ask.tenant}' has no messagingId {number}", hint)
    return entry


def _answer_to(entry: OutboxEntry, given: dict[str, Any]) -> IncomingMessage:
    message = entry.message
    return IncomingMessage(
        to=given.get("to", message.from_),
        from_=given.get("from", message.to),
        content=given["content"],
        format=given.get("format", message.format),
        session_key=entry.session_key,
        plugin=entry.plugin,
    )


def _shown(message: Any) -> dict[str, Any]:
    if isinstance(message, OutboxEntry):
        return {"direction": "out", **shapes.OUTBOX_MESSAGE.show(message)}
    return {"direction": "in", **shapes.INBOX_MESSAGE.show(message)}
