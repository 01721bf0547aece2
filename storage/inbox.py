"""The inbox: what came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from messaging_double.models.records import InboxEntry, IncomingMessage

from .paging import Pages, is_id
from .schema import inbox
from .tenants import Counter

if TYPE_CHECKING:
    from datetime import datetime

    from .transaction import Row, Transaction

_i = inbox.c
_counter = Counter("next_inbox_id")

_ADD = inbox.insert()
_ENTRIES = select(
    _i.id,
    _i.to,
    _i.from_,
    _i.content,
    _i.format,
    _i.session_key,
    _i.plugin,
    _i.origin,
    _i.services,
    _i.registered,
).where(_i.tenant == bindparam("of_tenant"))
_GET = _ENTRIES.where(_i.id == bindparam("of_id"))
_PAGES = Pages(_ENTRIES, _i.id)


class Inbox:
    """The messages of CreateMessage and the replies that the double makes (the real service's table ``inbox``)."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    def add(
        self, tenant: str, message: IncomingMessage, *, origin: str, services: str | None, registered: datetime
    ) -> int:
        """Keep the message and give its id, from 1 for each tenant.  Raises StorageError."""
        number = _counter.take(self._transaction, tenant)
        row = {
            "tenant": tenant,
            "id": number,
            "to": message.to,
            "from_": message.from_,
            "content": message.content,
            "format": message.format,
            "session_key": message.session_key,
            "plugin": message.plugin,
            "origin": origin,
            "services": services,
            "registered": registered,
        }
        self._transaction.change(_ADD, row)
        return number

    def get(self, tenant: str, number: int) -> InboxEntry | None:
        """Give the message of that id, or None.  Raises StorageError."""
        if not is_id(number):
            return None
        row = self._transaction.row(_GET, {"of_tenant": tenant, "of_id": number})
        return None if row is None else _entry(row)

    def page(self, tenant: str, *, limit: int, before: int | None = None) -> tuple[list[InboxEntry], int]:
        """Give at most ``limit`` messages with ids below ``before``, newest first; and the tenant's total."""
        rows, total = _PAGES.read(self._transaction, tenant, limit, before)
        return [_entry(row) for row in rows], total


def _entry(row: Row) -> InboxEntry:
    number, *message = row[:7]
    return InboxEntry(number, IncomingMessage(*message), *row[7:])
