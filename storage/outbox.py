"""The outbox: what clients sent, and how its delivery stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from messaging_double.models.fields import OUTBOX
from messaging_double.models.records import (
    ENDED,
    Delivery,
    MessageDeliveryStatus,
    OutboxEntry,
    OutgoingMessage,
    StatusChange,
)

from .collection import Collection
from .errors import UnknownMessage
from .ids import chunks, is_id
from .schema import outgoing_message, status_history
from .searching import Search
from .tenants import Counter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Select

    from messaging_double.models.criteria import Criterion

    from .transaction import Row, Rows, Transaction

_o = outgoing_message.c
_h = status_history.c
_counter = Counter("next_messaging_id", arrivals=True)

_OURS = _o.tenant == bindparam("of_tenant")
_ENTRIES = select(
    _o.messaging_id,
    _o.external_message_id,
    _o.plugin,
    _o.from_,
    _o.to,
    _o.content,
    _o.format,
    _o.parent_messaging_id,
    _o.suggested_session_key,
    _o.session_key,
    _o.config,
    _o.operation,
    _o.services,
    _o.registered,
    _o.updated,
    _o.position,
    _o.outcome,
    _o.done,
    _o.polls_left,
    _o.due,
).where(_OURS)

_HISTORY_OURS = _h.tenant == bindparam("of_tenant")
_HISTORY = (
    select(_h.messaging_id, _h.status, _h.status_description, _h.at, _h.by)
    .where(_HISTORY_OURS, _h.messaging_id.in_(bindparam("ids", expanding=True)))
    .order_by(_h.messaging_id, _h.step)
)
_STEPS = select(func.count()).where(_HISTORY_OURS, _h.messaging_id == bindparam("id"))

_IS_ASKED_FOR = _o.messaging_id.in_(bindparam("ids", expanding=True))
_STATUSES = select(_o.status, _o.status_description, _o.messaging_id, _o.polls_left).where(_OURS, _IS_ASKED_FOR)
_SESSION_KEYS = select(_o.messaging_id, _o.session_key).where(_OURS, _IS_ASKED_FOR)

_FIND = (
    select(_o.messaging_id)
    .where(_OURS, _o.plugin == bindparam("of_plugin"), _o.external_message_id == bindparam("external_id"))
    .order_by(_o.messaging_id.desc())
    .limit(1)
)

_NONE = Delivery("", 0)
_ADD = outgoing_message.insert()
ADD_STATUSES = status_history.insert()
_CHANGE = (
    outgoing_message.update()
    .where(_OURS, _o.messaging_id == bindparam("id"))
    .values(
        {
            _o.status: bindparam("new_status"),
            _o.status_description: bindparam("new_description"),
            _o.updated: bindparam("at"),
            # whoever sets a status from outside ends the simulated delivery
            _o.done: ENDED,
            _o.polls_left: None,
            _o.due: None,
        }
    )
)


class Outbox(Collection[OutboxEntry]):
    """The messages of SendMessages and SendMessagesWithConfig (the real service's table ``outgoing_message``)."""

    _search = Search(_ENTRIES, _o.messaging_id, OUTBOX)

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        super().__init__(transaction)
        self._reserved: dict[str, tuple[int, int]] = {}  # up to which id, and how far its arrival is ahead of an id

    def reserve(self, tenant: str, count: int, *, first: int = 1) -> int:
        """Take ``count`` rising MessagingIds of the tenant and give the first; a new tenant begins with ``first``.

        Raises StorageError, also when the ids of 32 bits are used up.
        """
        if count < 0:
            msg = f"Cannot reserve {count} MessagingIds: expected 0 or more."
            raise ValueError(msg)
        start, arrival = _counter.take_both(self._transaction, tenant, count, first=first)
        self._reserved[tenant] = start + count, arrival - start
        return start

    def pass_by(self, tenant: str, number: int) -> None:
        """Give out neither ``number`` nor an id below it any more.  Raises StorageError."""
        _counter.pass_by(self._transaction, tenant, number)

    def add(self, tenant: str, entries: Sequence[OutboxEntry]) -> None:
        """Keep the entries with their histories.  Ids that were not reserved are never given out afterwards.

        Raises StorageError when an id is taken, ValueError for an entry without a status.
        """
        if not entries:
            return
        highest = max(entry.messaging_id for entry in entries)
        below, ahead = self._reserved.get(tenant, (highest, 0))
        if highest >= below:
            _counter.pass_by(self._transaction, tenant, highest)
            ahead = 0
        messages = [_message_row(tenant, entry, entry.messaging_id + ahead) for entry in entries]
        statuses = [
            status_row(tenant, entry.messaging_id, step, change)
            for entry in entries
            for step, change in enumerate(entry.statuses)
        ]
        self._transaction.change(_ADD, messages)
        self._transaction.change(ADD_STATUSES, statuses)
        self._transaction.touch(tenant)

    def statuses(self, tenant: str, messaging_ids: Sequence[int]) -> tuple[dict[int, MessageDeliveryStatus], bool]:
        """Give the current statuses of those messages that exist, by MessagingId.  Raises StorageError.

        And whether any of them waits for being asked for.
        """
        rows = list(self._of_ids(_STATUSES, tenant, messaging_ids))
        return {row[2]: MessageDeliveryStatus(*row[:3]) for row in rows}, any(row[3] is not None for row in rows)

    def session_keys(self, tenant: str, messaging_ids: Iterable[int]) -> dict[int, str]:
        """Give the session keys of those messages that exist, by MessagingId.  Raises StorageError."""
        return {row[0]: row[1] for row in self._of_ids(_SESSION_KEYS, tenant, messaging_ids)}

    def find(self, tenant: str, plugin: str, external_message_id: str) -> int | None:
        """Give the MessagingId of SetDeliveryStatus's pair, the newest of several, or None.  Raises StorageError."""
        parameters = {"of_tenant": tenant, "of_plugin": plugin, "external_id": external_message_id}
        row = self._transaction.row(_FIND, parameters)
        return None if row is None else row[0]

    def change_status(self, tenant: str, messaging_id: int, change: StatusChange) -> None:
        """Set the current status and add it to the history.  Raises UnknownMessage, StorageError."""
        which = {"of_tenant": tenant, "id": messaging_id}
        steps = self._transaction.rows(_STEPS, which)[0][0] if is_id(messaging_id) else 0
        if not steps:
            msg = f"Tenant {tenant} has no message {messaging_id} in its outbox."
            raise UnknownMessage(msg)
        self._transaction.change(ADD_STATUSES, status_row(tenant, messaging_id, steps, change))
        now = {"new_status": change.status, "new_description": change.status_description, "at": change.at}
        self._transaction.change(_CHANGE, which | now)
        self._transaction.touch(tenant)

    def delete(self, tenant: str, criteria: Sequence[Criterion]) -> int:
        """Delete the messages that meet all criteria with their histories, and give how many messages."""
        theirs = _h.messaging_id.in_(self._search.numbers(criteria))
        self._transaction.change(status_history.delete().where(_HISTORY_OURS, theirs), {"of_tenant": tenant})
        return super().delete(tenant, criteria)

    def _of_ids(self, statement: Select[Any], tenant: str, messaging_ids: Iterable[int]) -> Iterator[Row]:
        for ids in chunks(messaging_ids):
            yield from self._transaction.rows(statement, {"of_tenant": tenant, "ids": ids})

    def _records(self, tenant: str, rows: Rows) -> list[OutboxEntry]:
        """Join the rows with their histories."""
        histories: dict[int, list[StatusChange]] = {row[0]: [] for row in rows}
        for messaging_id, *change in self._of_ids(_HISTORY, tenant, histories):
            histories[messaging_id].append(StatusChange(*change))
        return [_entry(row, histories[row[0]]) for row in rows]


def _entry(row: Row, statuses: list[StatusChange]) -> OutboxEntry:
    messaging_id, external_message_id, plugin, *sent = row[:9]
    session_key, config, operation, services, registered, updated, position, *delivery = row[9:]
    return OutboxEntry(
        messaging_id,
        external_message_id,
        plugin,
        OutgoingMessage(*sent),
        session_key,
        config,
        operation,
        services,
        registered,
        updated,
        tuple(statuses),
        Delivery(*delivery) if delivery[0] else None,
        position,
    )


def _message_row(tenant: str, entry: OutboxEntry, arrival: int) -> dict[str, object]:
    if not entry.statuses:
        msg = f"Message {entry.messaging_id} has no status: expected at least the one it got when it was sent."
        raise ValueError(msg)
    message, now = entry.message, entry.current
    delivery = entry.delivery or _NONE
    return {
        "tenant": tenant,
        "messaging_id": entry.messaging_id,
        "session_key": entry.session_key,
        "external_message_id": entry.external_message_id,
        "status": now.status,
        "status_description": now.status_description,
        "plugin": entry.plugin,
        "registered": entry.registered,
        "updated": entry.updated,
        "from_": message.from_,
        "to": message.to,
        "content": message.content,
        "format": message.format,
        "parent_messaging_id": message.parent_messaging_id,
        "suggested_session_key": message.suggested_session_key,
        "config": entry.config,
        "operation": entry.operation,
        "services": entry.services,
        "position": entry.position,
        "arrival": arrival,
        "outcome": delivery.profile or None,
        "done": delivery.done,
        "polls_left": delivery.polls_left,
        "due": delivery.due,
    }


def status_row(tenant: str, messaging_id: int, step: int, change: StatusChange) -> dict[str, object]:
    """Write a change as the row of ``status_history`` that it is, the so-manieth of its message."""
    return {
        "tenant": tenant,
        "messaging_id": messaging_id,
        "step": step,
        "status": change.status,
        "status_description": change.status_description,
        "at": change.at,
        "by": change.by,
    }
