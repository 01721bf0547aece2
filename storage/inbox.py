"""The inbox: what came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging_double.models.fields import INBOX as FIELDS
from messaging_double.models.records import InboxEntry, IncomingMessage

from .collection import Collection
from .schema import INBOX
from .tenants import Counter
from .values import microseconds, moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .connections import Row

_ids = Counter("next_inbox_id", INBOX, "messages")
_ADD = INBOX.insert()


class Inbox(Collection[InboxEntry]):
    """The messages of CreateMessage and the replies that the double makes (the real service's table ``inbox``)."""

    table = INBOX
    fields = FIELDS
    columns = (
        "id",
        "to",
        "from",
        "content",
        "format",
        "session_key",
        "plugin",
        "origin",
        "services",
        "registered",
    )

    def advance_past(self, tenant: str, number: int) -> None:
        """Give out neither ``number`` nor an id below it any more. Raises StorageError."""
        _ids.advance_past(self._transaction, tenant, number)

    def add(
        self, tenant: str, message: IncomingMessage, *, origin: str, services: str | None, registered: datetime
    ) -> int:
        """Keep the message and return its id, from 1 for each tenant. Raises StorageError."""
        number = _ids.take(self._transaction, tenant)
        arrival = self._transaction.arrivals(1)
        received = (message.to, message.from_, message.content, message.format, message.session_key, message.plugin)
        row = (tenant, number, *received, origin, services, microseconds(registered), arrival)
        self._transaction.change(_ADD, row)
        self._transaction.touch(tenant)
        return number

    def _records(self, tenant: str, rows: Sequence[Row]) -> list[InboxEntry]:  # noqa: ARG002 - as every collection
        return [InboxEntry(row[0], IncomingMessage(*row[1:7]), row[7], row[8], moment(row[9])) for row in rows]
