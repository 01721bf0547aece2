"""Threads: what was sent and what came in under one session key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging_double.models.identifiers import id_in

from .ids import is_id

if TYPE_CHECKING:
    from messaging_double.models.records import InboxEntry, OutboxEntry

    from .inbox import Inbox
    from .outbox import Outbox
    from .transaction import Transaction

_THREAD = (
    "SELECT 'out', messaging_id, arrival FROM outgoing_message "
    "WHERE tenant = ? AND messaging_id = ? AND session_key = ? AND NOT has_shared_session_key "
    "UNION ALL SELECT 'out', messaging_id, arrival FROM outgoing_message "
    "WHERE tenant = ? AND session_key = ? AND has_shared_session_key "
    "UNION ALL SELECT 'in', id, arrival FROM inbox WHERE tenant = ? AND session_key = ? ORDER BY 3, 1 DESC"
)
_NO_ID = 0


class Threads:
    """The conversations of a tenant."""

    def __init__(self, transaction: Transaction, outbox: Outbox, inbox: Inbox) -> None:
        """Work in this transaction."""
        self._transaction = transaction
        self._outbox = outbox
        self._inbox = inbox

    def messages(self, tenant: str, session_key: str) -> list[OutboxEntry | InboxEntry]:
        """Return what was sent and what came in under the key, in the order in which it did."""
        first = id_in(session_key)
        number = first if first is not None and is_id(first) else _NO_ID
        parameters = (tenant, number, session_key, tenant, session_key, tenant, session_key)
        boxes: dict[str, Outbox | Inbox] = {"out": self._outbox, "in": self._inbox}
        found = [boxes[way].get(tenant, each) for way, each, _ in self._transaction.rows(_THREAD, parameters)]
        return [each for each in found if each is not None]
