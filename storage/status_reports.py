"""Status reports for messages that nobody sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from messaging_double.models.fields import STATUS_REPORTS
from messaging_double.models.records import StatusReport

from .collection import Collection
from .schema import status_report
from .searching import Search
from .tenants import Counter

if TYPE_CHECKING:
    from datetime import datetime

    from .transaction import Rows

_r = status_report.c
_counter = Counter("next_status_report_id")

_ADD = status_report.insert()
_REPORTS = select(
    _r.id,
    _r.plugin,
    _r.external_message_id,
    _r.status,
    _r.status_description,
    _r.services,
    _r.at,
).where(_r.tenant == bindparam("of_tenant"))


class StatusReports(Collection[StatusReport]):
    """The SetDeliveryStatus calls whose pair of plugin and external id no message has (ours)."""

    _search = Search(_REPORTS, _r.id, STATUS_REPORTS)

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
        """Keep the report and give its id, from 1 for each tenant.  Raises StorageError."""
        number = _counter.take(self._transaction, tenant)
        row = {
            "tenant": tenant,
            "id": number,
            "plugin": plugin,
            "external_message_id": external_message_id,
            "status": status,
            "status_description": status_description,
            "services": services,
            "at": at,
        }
        self._transaction.change(_ADD, row)
        self._transaction.touch(tenant)
        return number

    def _records(self, tenant: str, rows: Rows) -> list[StatusReport]:  # noqa: ARG002 - as every collection
        return [StatusReport(*row) for row in rows]
