"""What came in: the inbox, status reports that match no message; and threads, which have both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging_double.models.criteria import INBOX as FIELDS
from messaging_double.models.criteria import STATUS_REPORTS
from messaging_double.models.identifiers import id_in
from messaging_double.models.records import InboxEntry, IncomingMessage, StatusReport

from .collection import Collection
from .schema import INBOX, STATUS_REPORT
from .tenants import Counter
from .values import is_id, microseconds, moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from messaging_double.models.records import OutboxEntry

    from .connections import Row
    from .outbox import Outbox
    from .transaction import Transaction

_ids = Counter("next_inbox_id", INBOX, "messages")
_ADD = INBOX.insert()


class Inbox(Collection[InboxEntry]):
    """The messages of CreateMessage and the replies that the double makes (the real service's table ``inbox``)."""

    table = INBOX
    fields = FIELDS
    columns = INBOX.others("tenant", "arrival")

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


_report_ids = Counter("next_status_report_id", STATUS_REPORT, "messages")
_ADD_REPORT = STATUS_REPORT.insert()


class StatusReports(Collection[StatusReport]):
    """The SetDeliveryStatus calls whose pair of plugin and external id no message has (ours)."""

    table = STATUS_REPORT
    fields = STATUS_REPORTS
    columns = STATUS_REPORT.others("tenant")

    def add(  # noqa: PLR0913 - the members of a SetDeliveryStatus
        self,
        tenant: str,
        plugin: str,
        external_message_id: str | None,
        status: int,
        status_description: str | None,
        *,
        services: str,
        at: datetime,
    ) -> int:
        """Keep the report and return its id, from 1 for each tenant. Raises StorageError."""
        number = _report_ids.take(self._transaction, tenant)
        report = (plugin, external_message_id, status, status_description, services, microseconds(at))
        self._transaction.change(_ADD_REPORT, (tenant, number, *report))
        self._transaction.touch(tenant)
        return number

    def _records(self, tenant: str, rows: Sequence[Row]) -> list[StatusReport]:  # noqa: ARG002 - as every collection
        return [StatusReport(*(*report, moment(at))) for *report, at in rows]


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
