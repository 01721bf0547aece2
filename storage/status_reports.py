"""Status reports that match no message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging_double.models.fields import STATUS_REPORTS
from messaging_double.models.records import StatusReport

from .collection import Collection
from .schema import STATUS_REPORT
from .tenants import Counter
from .values import microseconds, moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .connections import Row

_ids = Counter("next_status_report_id", STATUS_REPORT, "messages")
_ADD = STATUS_REPORT.insert()


class StatusReports(Collection[StatusReport]):
    """The SetDeliveryStatus calls whose pair of plugin and external id no message has (ours)."""

    table = STATUS_REPORT
    fields = STATUS_REPORTS
    columns = ("id", "plugin", "external_message_id", "status", "status_description", "services", "at")

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
        number = _ids.take(self._transaction, tenant)
        report = (plugin, external_message_id, status, status_description, services, microseconds(at))
        self._transaction.change(_ADD, (tenant, number, *report))
        self._transaction.touch(tenant)
        return number

    def _records(self, tenant: str, rows: Sequence[Row]) -> list[StatusReport]:  # noqa: ARG002 - as every collection
        return [StatusReport(*(*report, moment(at))) for *report, at in rows]
