"""The tenants: listing, filling, resetting and deleting them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging_double.server.control.answers import json_answer, no_content
from messaging_double.server.control.contents import contents_shape, record_of
from messaging_double.server.control.operations import TENANT, Ask, Operation
from messaging_double.server.control.problems import Problem
from messaging_double.server.control.tickets import WAYS
from messaging_double.server.seeding import Contents, SeedError
from messaging_double.server.shapes.objects import ListOf, Member, Object
from messaging_double.server.shapes.values import Number, Text, Word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

    from messaging_double.server.access import Access
    from messaging_double.server.seeding import Seeding
    from messaging_double.server.shapes.values import Json
    from messaging_double.storage import Storage, UnitOfWork

_TENANT = Object(
    "Tenant",
    (
        Member("tenant", Text("Cust12345")),
        Member("auth", Word(WAYS), "How its tickets are checked."),
        Member("outbox", Number(0), "How many messages clients sent."),
        Member("inbox", Number(0), "How many came in."),
        Member("statusReports", Number(0), "How many reports match no message."),
        Member("journal", Number(0), "How many exchanges are kept."),
    ),
    shown=True,
)
_TENANTS = Object("Tenants", (Member("tenants", ListOf(_TENANT), "In alphabetical order."),), shown=True)


class TenantResources:
    """``/_mock/v1/tenants``, ``T`` and ``T/reset``."""

    def __init__(self, storage: Storage, access: Access, seeding: Seeding, statuses: Mapping[str, int]) -> None:
        """Show and empty what ``storage`` keeps; what is filled in may have statuses by these names."""
        self._contents = contents_shape(statuses)
        self._storage = storage
        self._access = access
        self._seeding = seeding

    def operations(self) -> list[Operation]:
        """Return what can be asked."""
        fill = "Reset the tenant, then fill it with this."
        reset = (
            "Make it a new tenant: no messages, journal, tickets or rules, ids that begin again, and the seed, clock, "
            "profile and way of checking tickets that the settings say. Its snapshots stay."
        )
        return [
            Operation(
                "GET",
                "/_mock/v1/tenants",
                "listTenants",
                "List those that have been used.",
                self._list,
                {200: _TENANTS},
            ),
            Operation("GET", TENANT, "getTenant", "Tell what the tenant has.", self._show, {200: _TENANT}),
            Operation("PUT", TENANT, "fillTenant", fill, self._fill, {200: _TENANT}, body=self._contents),
            Operation(
                "DELETE", TENANT, "deleteTenant", "Delete it, its snapshots included.", self._delete, {204: None}
            ),
            Operation("POST", f"{TENANT}/reset", "reset", reset, self._reset, {204: None}),
        ]

    def _list(self, _: Ask) -> Response:
        with self._storage.reading() as work:
            tenants = [self._counted(work, name) for name in work.tenants.names()]
        return json_answer({"tenants": tenants})

    def _show(self, ask: Ask) -> Response:
        with self._storage.reading() as work:
            return json_answer(self._counted(work, ask.tenant))

    def _counted(self, work: UnitOfWork, tenant: str) -> Json:
        return {
            "tenant": tenant,
            "auth": self._access.way_of(tenant),
            "outbox": work.outbox.count(tenant, ()),
            "inbox": work.inbox.count(tenant, ()),
            "statusReports": work.status_reports.count(tenant, ()),
            "journal": work.journal.count(tenant, ()),
        }

    def _fill(self, ask: Ask) -> Response:
        given = ask.body
        contents = Contents(
            given.get("seed"),
            given.get("auth"),
            [record_of(each, f"outbox[{index}]") for index, each in enumerate(given.get("outbox", ()))],
            [record_of(each, f"inbox[{index}]") for index, each in enumerate(given.get("inbox", ()))],
        )
        try:
            self._seeding.replace(ask.tenant, contents)
        except SeedError as error:
            raise Problem(400, str(error), "leave it out, or give each message one of its own") from None
        return self._show(ask)

    def _delete(self, ask: Ask) -> Response:
        self._seeding.delete(ask.tenant)
        return no_content()

    def _reset(self, ask: Ask) -> Response:
        self._seeding.reset(ask.tenant)
        return no_content()
