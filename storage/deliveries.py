"""The simulated deliveries: which messages wait for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging_double.models.records import Delivery, OutgoingMessage, PendingDelivery, StatusChange

from .outbox import ADD_STATUS, status_row
from .values import chunks, is_id, microseconds, microseconds_or_none, moment, moment_or_none, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from messaging_double.models.records import DeliveryUpdate

    from .connections import Row
    from .transaction import Transaction

_PENDING = (
    'SELECT messaging_id, plugin, "from", "to", content, format, session_key, services, '
    "status, status_description, updated, status_by, "
    "(SELECT count(*) FROM status_history AS h WHERE h.tenant = o.tenant AND h.messaging_id = o.messaging_id), "
    "profile, done, polls_left, due FROM outgoing_message AS o WHERE tenant = ? AND profile IS NOT NULL"
)
_DUE = f"{_PENDING} AND due IS NOT NULL AND due <= ? ORDER BY due, messaging_id"
_POLLED = f"{_PENDING} AND polls_left IS NOT NULL AND messaging_id IN {{}} ORDER BY messaging_id"
_ONE = f"{_PENDING} AND messaging_id = ?"
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
        return [_pending(row) for row in self._transaction.rows(_DUE, (tenant, microseconds(until)))]

    def polled(self, tenant: str, messaging_ids: Iterable[int]) -> list[PendingDelivery]:
        """Return those of the messages whose next step comes by being polled."""
        return [
            _pending(row)
            for ids in chunks(sorted(set(messaging_ids)))
            for row in self._transaction.rows(_POLLED.format(places(ids)), (tenant, *ids))
        ]

    def get(self, tenant: str, messaging_id: int) -> PendingDelivery | None:
        """Return one message, if there is one that has a profile."""
        row = self._transaction.row(_ONE, (tenant, messaging_id)) if is_id(messaging_id) else None
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
                status_row(tenant, number, step, change) for step, change in enumerate(changes, pending.steps)
            ]
            now, next_ = (changes or (pending.current,))[-1], each.delivery
            due = microseconds_or_none(next_.due)
            current = (now.status, now.status_description, microseconds(now.at), now.by)
            rows.append((*current, next_.done, next_.polls_left, due, tenant, number))
        if histories:
            self._transaction.change_many(ADD_STATUS, histories)
            self._transaction.touch(tenant)
        self._transaction.change_many(_MOVE, rows)
        self._transaction.changes_state = True  # the next moment at which something is due


def _pending(row: Row) -> PendingDelivery:
    number, plugin, from_, to, content, format_, session_key, services, *rest = row
    status, description, updated, by, steps, profile, done, polls_left, due = rest
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
