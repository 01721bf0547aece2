"""The outbox: what clients sent, how its delivery stands, and which messages wait for what."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from msgspec.structs import astuple

from messaging_double.models.criteria import OUTBOX
from messaging_double.models.identifiers import id_digits, id_in
from messaging_double.models.records import (
    ENDED,
    Delivery,
    MessageDeliveryStatus,
    OutboxEntry,
    OutgoingMessage,
    PendingDelivery,
    StatusChange,
)

from .collection import Collection
from .errors import UnknownMessage
from .schema import HIDDEN, OUTGOING_MESSAGE, STATUS_HISTORY
from .tenants import IS_EMPTIED, Counter, add_tenant, checked
from .values import chunks, is_id, microseconds, microseconds_or_none, moment, moment_or_none, pairs, pairs_text, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from messaging_double.models.criteria import Criterion
    from messaging_double.models.records import DeliveryUpdate

    from .connections import Row
    from .transaction import Transaction

_BOOLEANS = {False: "FALSE", True: "TRUE"}
_ids = Counter("next_messaging_id", OUTGOING_MESSAGE, "messages")
_NEXT = (
    "SELECT next_messaging_id, (SELECT max(messaging_id) FROM outgoing_message AS o WHERE o.tenant = t.tenant) "
    "FROM tenants AS t WHERE tenant = ?"
)
_ADD = OUTGOING_MESSAGE.insert()
_ADD_USUAL = {
    (own, shared): OUTGOING_MESSAGE.insert(
        config="NULL", due="NULL", has_own_external_id=_BOOLEANS[own], has_shared_session_key=_BOOLEANS[shared]
    )
    for own in _BOOLEANS
    for shared in _BOOLEANS
}
_NO_DELIVERY = (None, 0, None, None)
_CONFIG, _DUE = (list(OUTGOING_MESSAGE.columns).index(name) for name in ("config", "due"))
_ADD_STATUS = STATUS_HISTORY.insert()
_STATUSES = (
    "SELECT status, status_description, messaging_id, polls_left FROM outgoing_message "
    "WHERE tenant = ? AND messaging_id "
)
_SESSION_KEYS = "SELECT messaging_id, session_key FROM outgoing_message WHERE tenant = ? AND messaging_id "
_HISTORIES = (
    'SELECT messaging_id, status, status_description, "at", "by" FROM status_history '
    "WHERE tenant = ? AND messaging_id IN {} ORDER BY messaging_id, step"
)
_FIND_BY_ID = (
    "SELECT messaging_id FROM outgoing_message "
    "WHERE tenant = ? AND messaging_id = ? AND plugin = ? AND external_message_id = ?"
)
_FIND_OWN = (
    "SELECT max(messaging_id) FROM outgoing_message "
    "WHERE tenant = ? AND external_message_id = ? AND plugin = ? AND has_own_external_id"
)
_TAKE_BACK = [
    f"DELETE FROM {table.name} WHERE tenant = ? AND messaging_id BETWEEN ? AND ? AND NOT EXISTS ({IS_EMPTIED})"  # noqa: S608
    for table in (OUTGOING_MESSAGE, STATUS_HISTORY)
]
_TAKE_BACK_REPLIES = f"DELETE FROM inbox WHERE tenant = ? AND id IN {{}} AND NOT EXISTS ({IS_EMPTIED})"  # noqa: S608
_CURRENT = (
    "SELECT status, status_description, updated, status_by, "
    "(SELECT count(*) FROM status_history AS h WHERE h.tenant = o.tenant AND h.messaging_id = o.messaging_id) "
    "FROM outgoing_message AS o WHERE tenant = ? AND messaging_id = ?"
)
_END = (
    "UPDATE outgoing_message SET status = ?, status_description = ?, updated = ?, status_by = ?, "
    "done = ?, polls_left = NULL, due = NULL WHERE tenant = ? AND messaging_id = ?"
)


class Outbox(Collection[OutboxEntry]):
    """The messages of SendMessages and SendMessagesWithConfig (the real service's table ``outgoing_message``)."""

    table = OUTGOING_MESSAGE
    fields = OUTBOX
    columns = OUTGOING_MESSAGE.others("tenant", "arrival", "has_own_external_id", "has_shared_session_key")

    def reserve(self, tenant: str, count: int, *, first: int = 1) -> int:
        """Take ``count`` rising MessagingIds of the tenant and return the lowest, which is ``first`` or higher.

        Raises StorageError, also when the ids of 32 bits are used up.
        """
        if count < 0:
            raise ValueError(f"Cannot reserve {count} MessagingIds: expected 0 or more.")
        start = self.next_ids(tenant, count, first=first)
        if count:
            self.advance_past(tenant, start + count - 1)
        return start

    def expect_ids(self, tenant: str) -> None:
        """Read what ``next_ids`` needs with what is read next, at the begin of a transaction."""
        if tenant not in self._transaction.next_ids:
            self._transaction.begin()
            self._transaction.expect(_NEXT, (tenant,))

    def next_ids(self, tenant: str, count: int, *, first: int = 1) -> int:
        """Do as ``reserve``, for ids that are added within this transaction: those that are not are given out again."""
        self._transaction.begin()
        row = self._transaction.next_ids.get(tenant)
        if row is None:
            row = self._transaction.next_ids[tenant] = self._transaction.row(_NEXT, (tenant,)) or self._first(tenant)
        reserved, highest = row
        start: int = first if first > reserved else reserved  # noqa: FURB136 - every call asks, and max() takes longer
        if highest is not None and highest >= start:
            start = highest + 1
        last = checked(self._transaction, tenant, start + count - 1)
        self._transaction.quotas.check_list(self._transaction, OUTGOING_MESSAGE, "messages", tenant, last, count)
        return start

    def _first(self, tenant: str) -> Row:
        add_tenant(self._transaction, tenant)
        return 1, None

    def advance_past(self, tenant: str, number: int) -> None:
        """Give out neither ``number`` nor an id below it any more. Raises StorageError."""
        self._transaction.next_ids.pop(tenant, None)
        _ids.advance_past(self._transaction, tenant, number)

    def add(self, tenant: str, entries: Sequence[OutboxEntry]) -> None:
        """Keep the entries with their histories; their ids, and those below, are not given out afterwards.

        Raises StorageError when an id is taken, ValueError for an entry without a status.
        """
        if not entries:
            return
        transaction = self._transaction
        known = transaction.next_ids.get(tenant)
        if known is None:
            add_tenant(transaction, tenant)
        arrival = transaction.arrivals(len(entries))
        if len(entries) > 1:
            entries = sorted(entries, key=attrgetter("messaging_id"))
        if known is not None:
            reserved, highest = known
            last = entries[-1].messaging_id
            transaction.next_ids[tenant] = reserved, last if highest is None or last > highest else highest
        rows, histories = [], []
        for number, entry in enumerate(entries, arrival):
            rows.append(_row(tenant, entry, number))
            delivery, statuses = entry.delivery, entry.statuses
            if delivery is not None and delivery.due is not None:
                transaction.changes_state = True  # the next moment at which something is due
            if len(statuses) > 1 or statuses[0].at != entry.updated:
                histories += [
                    _status_row(tenant, entry.messaging_id, step, change) for step, change in enumerate(statuses)
                ]
        if len(rows) == 1:
            add, row = _insert_of(rows[0])
            transaction.change_many(add, (row,))
        else:
            transaction.change_many(_ADD, rows)
        if histories:
            transaction.change_many(_ADD_STATUS, histories)
        transaction.touch(tenant)

    def take_back(self, tenant: str, first: int, last: int, replies: Sequence[int], since: int) -> None:
        """Delete what was added with ids from ``first`` to ``last``, and these replies to it. Raises StorageError.

        It may come late: once the tenant is emptied, after ``since`` resets, others may have these ids.
        """
        unless = (tenant, HIDDEN + tenant, since)
        changes: list[tuple[str, tuple[object, ...]]]
        changes = [(statement, (tenant, first, last, *unless)) for statement in _TAKE_BACK]
        changes += [(_TAKE_BACK_REPLIES.format(places(ids)), (tenant, *ids, *unless)) for ids in chunks(replies)]
        self._transaction.next_ids.pop(tenant, None)
        self._transaction.change_for_sure(changes)

    def statuses(self, tenant: str, messaging_ids: Sequence[int]) -> tuple[dict[int, MessageDeliveryStatus], bool]:
        """Return the current statuses of those messages that exist, by MessagingId. Raises StorageError.

        And whether any of them waits for being polled.
        """
        rows = list(self._of_ids(_STATUSES, tenant, messaging_ids))
        statuses = {row[2]: MessageDeliveryStatus(row[0], row[1], row[2]) for row in rows}
        return statuses, any(row[3] is not None for row in rows)

    def session_keys(self, tenant: str, messaging_ids: Iterable[int]) -> dict[int, str]:
        """Return the session keys of those messages that exist, by MessagingId. Raises StorageError."""
        return {row[0]: row[1] for row in self._of_ids(_SESSION_KEYS, tenant, messaging_ids)}

    def find(self, tenant: str, plugin: str, external_message_id: str) -> int | None:
        """Return the MessagingId of SetDeliveryStatus's pair, the newest of several, or None. Raises StorageError."""
        found = [self._transaction.row(_FIND_OWN, (tenant, external_message_id, plugin))]
        number = id_in(external_message_id)
        if number is not None and is_id(number):
            found.append(self._transaction.row(_FIND_BY_ID, (tenant, number, plugin, external_message_id)))
        numbers = [row[0] for row in found if row is not None and row[0] is not None]
        return max(numbers, default=None)

    def change_status(self, tenant: str, messaging_id: int, change: StatusChange) -> None:
        """Set the current status and add it to the history; the simulated delivery ends.

        Raises UnknownMessage, StorageError.
        """
        row = self._transaction.row(_CURRENT, (tenant, messaging_id)) if is_id(messaging_id) else None
        if row is None:
            raise UnknownMessage(f"Tenant {tenant} has no message {messaging_id} in its outbox.")
        *current, steps = row
        if not steps:  # the first one was in the message's row only
            self._transaction.change(_ADD_STATUS, (tenant, messaging_id, 0, *current))
        self._transaction.change(_ADD_STATUS, _status_row(tenant, messaging_id, steps or 1, change))
        now = (change.status, change.status_description, microseconds(change.at), change.by)
        self._transaction.change(_END, (*now, ENDED, tenant, messaging_id))
        self._transaction.touch(tenant)
        self._transaction.changes_state = True

    def delete(self, tenant: str, criteria: Sequence[Criterion]) -> int:
        """Delete the messages that meet all criteria with their histories, and return how many messages."""
        newest = self._transaction.row(_NEXT, (tenant,))
        if newest is not None and newest[1] is not None:
            self.advance_past(tenant, newest[1])  # which may be deleted now
        numbers, parameters = self._search(self._transaction.dialect).numbers(self._transaction, tenant, criteria)
        statement = f"DELETE FROM status_history WHERE tenant = ? AND messaging_id IN ({numbers})"  # noqa: S608
        self._transaction.change(statement, (tenant, *parameters))
        self._transaction.changes_state = True
        return super().delete(tenant, criteria)

    def _of_ids(self, statement: str, tenant: str, messaging_ids: Iterable[int]) -> Iterator[Row]:
        for ids in chunks(messaging_ids):
            if ids == list(range(ids[0], ids[0] + len(ids))):  # a range is read faster than each of its ids
                yield from self._transaction.rows(f"{statement}BETWEEN ? AND ?", (tenant, ids[0], ids[-1]))
            else:
                yield from self._transaction.rows(f"{statement}IN {places(ids)}", (tenant, *ids))

    def _records(self, tenant: str, rows: Sequence[Row]) -> list[OutboxEntry]:
        """Join the rows with their histories."""
        histories: dict[int, list[StatusChange]] = {row[0]: [] for row in rows}
        for ids in chunks(histories):
            found = self._transaction.rows(_HISTORIES.format(places(ids)), (tenant, *ids))
            for number, status, description, at, by in found:
                histories[number].append(StatusChange(status, description, moment(at), by))
        return [_entry(row, histories[row[0]]) for row in rows]


def _entry(row: Row, history: list[StatusChange]) -> OutboxEntry:
    (
        number, session_key, external_id, status, description, plugin, registered, updated, by, from_, to, content,
        format_, parent, suggested, config, operation, services, position, profile, done, polls_left, due,
    ) = row  # fmt: skip
    return OutboxEntry(
        number,
        external_id,
        plugin,
        OutgoingMessage(from_, to, content, format_, parent, suggested),
        session_key,
        pairs(config),
        operation,
        services,
        moment(registered),
        moment(updated),
        tuple(history) or (StatusChange(status, description, moment(updated), by),),
        Delivery(profile, done, polls_left, moment_or_none(due)) if profile else None,
        position,
    )


def _row(tenant: str, entry: OutboxEntry, arrival: int) -> tuple[object, ...]:
    """Return an entry in the order of the table's columns."""
    if not entry.statuses:
        raise ValueError(
            f"Message {entry.messaging_id} has no status: expected at least the one it got when it was sent."
        )
    message, now, number, delivery = entry.message, entry.statuses[-1], entry.messaging_id, entry.delivery
    external_id, session_key, suffix = entry.external_message_id, entry.session_key, id_digits(number)
    registered = microseconds(entry.registered)
    profile, done, polls_left, due = _NO_DELIVERY if delivery is None else astuple(delivery)
    return (
        tenant,
        number,
        session_key,
        external_id,
        now.status,
        now.status_description,
        entry.plugin,
        registered,
        registered if entry.updated is entry.registered else microseconds(entry.updated),
        now.by,
        message.from_,
        message.to,
        message.content,
        message.format,
        message.parent_messaging_id,
        message.suggested_session_key,
        None if entry.config is None else pairs_text(entry.config),
        entry.operation,
        entry.services,
        entry.position,
        arrival,
        profile,
        done,
        polls_left,
        None if due is None else microseconds(due),
        external_id is not None and not external_id.endswith(suffix),
        not session_key.endswith(suffix),
    )


def _insert_of(row: tuple[object, ...]) -> tuple[str, tuple[object, ...]]:
    """Return the statement that adds a row, and its parameters.

    For None and bools sqlite3 looks for an adapter: each of them would take it as long as four texts.
    """
    if row[_CONFIG] is not None or row[_DUE] is not None:
        return _ADD, row
    return _ADD_USUAL[row[-2:]], row[:_CONFIG] + row[_CONFIG + 1 : _DUE]  # type: ignore[index]  # the last ones are bools


def _status_row(tenant: str, messaging_id: int, step: int, change: StatusChange) -> tuple[object, ...]:
    """Return a change as a row of ``status_history``, in the order of its columns."""
    at = microseconds(change.at)
    return tenant, messaging_id, step, change.status, change.status_description, at, change.by


_PENDING = (
    'SELECT messaging_id, plugin, "from", "to", content, format, session_key, services, '
    "status, status_description, updated, status_by, "
    "(SELECT count(*) FROM status_history AS h WHERE h.tenant = o.tenant AND h.messaging_id = o.messaging_id), "
    "profile, done, polls_left, due FROM outgoing_message AS o WHERE tenant = ? AND profile IS NOT NULL"
)
_DUE_UNTIL = f"{_PENDING} AND due IS NOT NULL AND due <= ? ORDER BY due, messaging_id"
_POLLED = f"{_PENDING} AND polls_left IS NOT NULL AND messaging_id IN {{}} ORDER BY messaging_id"
_WITH_PROFILE = f"{_PENDING} AND messaging_id = ?"
_MOVE = (
    "UPDATE outgoing_message SET status = ?, status_description = ?, updated = ?, status_by = ?, "
    "done = ?, polls_left = ?, due = ? WHERE tenant = ? AND messaging_id = ?"
)


class Deliveries:
    """How far the messages of the outbox have come by their profiles (ours). All methods raise StorageError."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    def due(self, tenant: str, until: datetime) -> list[PendingDelivery]:
        """Return the messages whose next step comes by itself at this moment or before, the earliest first."""
        return [_pending(row) for row in self._transaction.rows(_DUE_UNTIL, (tenant, microseconds(until)))]

    def polled(self, tenant: str, messaging_ids: Iterable[int]) -> list[PendingDelivery]:
        """Return those of the messages whose next step comes by being polled."""
        return [
            _pending(row)
            for ids in chunks(sorted(set(messaging_ids)))
            for row in self._transaction.rows(_POLLED.format(places(ids)), (tenant, *ids))
        ]

    def get(self, tenant: str, messaging_id: int) -> PendingDelivery | None:
        """Return one message, if there is one that has a profile."""
        row = self._transaction.row(_WITH_PROFILE, (tenant, messaging_id)) if is_id(messaging_id) else None
        return None if row is None else _pending(row)

    def keep(self, tenant: str, moved: Sequence[DeliveryUpdate]) -> None:
        """Keep how messages went on."""
        if not moved:
            return
        histories: list[tuple[object, ...]] = []
        rows = []
        for each in moved:
            pending, number = each.pending, each.pending.messaging_id
            changes = (pending.current, *each.changes) if each.changes and not pending.steps else each.changes
            histories += [
                _status_row(tenant, number, step, change) for step, change in enumerate(changes, pending.steps)
            ]
            now, next_ = (changes or (pending.current,))[-1], each.delivery
            due = microseconds_or_none(next_.due)
            current = (now.status, now.status_description, microseconds(now.at), now.by)
            rows.append((*current, next_.done, next_.polls_left, due, tenant, number))
        if histories:
            self._transaction.change_many(_ADD_STATUS, histories)
            self._transaction.touch(tenant)
        self._transaction.change_many(_MOVE, rows)
        self._transaction.changes_state = True  # the next moment at which something is due


def _pending(row: Row) -> PendingDelivery:
    number, plugin, from_, to, content, format_, session_key, services, *others = row
    status, description, updated, by, steps, profile, done, polls_left, due = others
    return PendingDelivery(
        number,
        plugin,
        OutgoingMessage(from_, to, content, format_),
        session_key,
        services,
        StatusChange(status, description, moment(updated), by),
        steps,
        Delivery(profile, done, polls_left, moment_or_none(due)),
    )
