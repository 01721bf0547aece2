"""The inbox: what came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from messaging_double.models.fields import INBOX
from messaging_double.models.records import InboxEntry, IncomingMessage

from .collection import Collection
from .schema import inbox
from .searching import Search
from .tenants import Counter

if TYPE_CHECKING:
    from datetime import datetime

    from .transaction import Row, Rows

_i = inbox.c
_counter = Counter("next_inbox_id", arrivals=True)

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


class Inbox(Collection[InboxEntry]):
    """The messages of CreateMessage and the replies that the double makes (the real service's table ``inbox``)."""

    _search = Search(_ENTRIES, _i.id, INBOX)

    def pass_by(self, tenant: str, number: int) -> None:
        """Give out neither ``number`` nor an id below it any more.  Raises StorageError."""
        _counter.pass_by(self._transaction, tenant, number)

    def add(
        self, tenant: str, message: IncomingMessage, *, origin: str, services: str | None, registered: datetime
    ) -> int:
        """Keep the message and give its id, from 1 for each tenant.  Raises StorageError."""
        number, arrival = _counter.take_both(self._transaction, tenant, 1)
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
            "arrival": arrival,
        }
        self._transaction.change(_ADD, row)
        self._transaction.touch(tenant)
        return number

    def _records(self, tenant: str, rows: Rows) -> list[InboxEntry]:  # noqa: ARG002 - as every collection
        return [_entry(row) for row in rows]


def _entry(row: Row) -> InboxEntry:
    number, *message = row[:7]
    return InboxEntry(number, IncomingMessage(*message), *row[7:])
