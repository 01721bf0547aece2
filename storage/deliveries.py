"""The simulated deliveries: which messages wait for what, and how they went on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from messaging_double.models.records import Delivery, OutgoingMessage, Pending

from .ids import chunks, is_id
from .outbox import ADD_STATUSES, status_row
from .schema import outgoing_message, status_history

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from messaging_double.models.records import Moved

    from .transaction import Row, Transaction

_o = outgoing_message.c
_h = status_history.c
_ours = _o.tenant == bindparam("of_tenant")
_changes = (
    select(func.count())
    .where(_h.tenant == _o.tenant, _h.messaging_id == _o.messaging_id)
    .correlate(outgoing_message)
    .scalar_subquery()
)
_PENDING = select(
    _o.messaging_id,
    _o.plugin,
    _o.from_,
    _o.to,
    _o.content,
    _o.format,
    _o.session_key,
    _o.services,
    _changes,
    _o.outcome,
    _o.done,
    _o.polls_left,
    _o.due,
).where(_ours, _o.outcome.is_not(None))
_DUE = _PENDING.where(_o.due.is_not(None), _o.due <= bindparam("until")).order_by(_o.due, _o.messaging_id)
_POLLED = _PENDING.where(_o.polls_left.is_not(None), _o.messaging_id.in_(bindparam("ids", expanding=True))).order_by(
    _o.messaging_id
)
_ONE = _PENDING.where(_o.messaging_id == bindparam("id"))
_this = outgoing_message.update().where(_ours, _o.messaging_id == bindparam("id"))
_SET_STATUS = _this.values(
    {
        _o.status: bindparam("new_status"),
        _o.status_description: bindparam("new_description"),
        _o.updated: bindparam("new_updated"),
    }
)
_SET_DELIVERY = _this.values(
    {_o.done: bindparam("new_done"), _o.polls_left: bindparam("new_polls_left"), _o.due: bindparam("new_due")}
)


class Deliveries:
    """How far the messages of the outbox have come by their profiles (ours)."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    def due(self, tenant: str, until: datetime) -> list[Pending]:
        """Give the messages whose next step comes by itself at this moment or before, the earliest first."""
        return [_pending(row) for row in self._transaction.rows(_DUE, {"of_tenant": tenant, "until": until})]

    def polled(self, tenant: str, messaging_ids: Iterable[int]) -> list[Pending]:
        """Give those of the messages whose next step comes by being asked for."""
        return [
            _pending(row)
            for ids in chunks(sorted(set(messaging_ids)))
            for row in self._transaction.rows(_POLLED, {"of_tenant": tenant, "ids": ids})
        ]

    def get(self, tenant: str, messaging_id: int) -> Pending | None:
        """Give one message, if there is one that has a profile."""
        if not is_id(messaging_id):
            return None
        row = self._transaction.row(_ONE, {"of_tenant": tenant, "id": messaging_id})
        return None if row is None else _pending(row)

    def keep(self, tenant: str, moved: Sequence[Moved]) -> None:
        """Keep how messages went on."""
        histories = [
            status_row(tenant, each.pending.messaging_id, step, change)
            for each in moved
            for step, change in enumerate(each.changes, each.pending.changes)
        ]
        statuses = [
            {
                "of_tenant": tenant,
                "id": each.pending.messaging_id,
                "new_status": each.changes[-1].status,
                "new_description": each.changes[-1].status_description,
                "new_updated": each.changes[-1].at,
            }
            for each in moved
            if each.changes
        ]
        if histories:
            self._transaction.change(ADD_STATUSES, histories)
            self._transaction.change(_SET_STATUS, statuses)
            self._transaction.touch(tenant)
        if moved:
            self._transaction.change(_SET_DELIVERY, [_delivery_row(tenant, each) for each in moved])


def _delivery_row(tenant: str, moved: Moved) -> dict[str, object]:
    return {
        "of_tenant": tenant,
        "id": moved.pending.messaging_id,
        "new_done": moved.delivery.done,
        "new_polls_left": moved.delivery.polls_left,
        "new_due": moved.delivery.due,
    }


def _pending(row: Row) -> Pending:
    number, plugin, from_, to, content, format_, session_key, services, changes, *delivery = row
    message = OutgoingMessage(from_, to, content, format_)
    return Pending(number, plugin, message, session_key, services, changes, Delivery(*delivery))
