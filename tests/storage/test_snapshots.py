"""Snapshots: what is kept of a tenant, what comes back, and that no client sees where."""

from __future__ import annotations

from datetime import timedelta

import pytest

from messaging_double.models.records import Exchange, IncomingMessage
from messaging_double.models.rules import StoredRule
from messaging_double.models.tickets import Ticket
from messaging_double.storage.schema import JOURNAL, JOURNAL_STATE, SNAPSHOT, TABLES, TENANT_RESET


@pytest.fixture
def do(storage):
    def do(act):
        with storage.writing() as unit:
            return act(unit)

    return do


@pytest.fixture
def fill(do, noon, entry, change):
    """Put a row into every table for the tenant."""

    def fill(tenant="Cust1", first=1):
        def act(unit):
            unit.outbox.reserve(tenant, 2, first=first)
            unit.outbox.add(tenant, [entry(first), entry(first + 1)])
            unit.outbox.change_status(tenant, first, change(3))
            unit.inbox.add(tenant, IncomingMessage("to"), origin="reply", services=None, registered=noon)
            unit.status_reports.add(tenant, "p", "x", 1, None, services="Services88", at=noon)
            unit.tenants.set(tenant, auth="online")
            number = unit.tickets.reserve(tenant)
            unit.tickets.add(tenant, Ticket(number, "s", "u", "o", noon, noon, noon + timedelta(hours=6)))
            unit.rules.add(tenant, [StoredRule("r", 1, "{}", noon, None, "API")])
            unit.journal.add(tenant, [Exchange(0, noon, "GET", "/", 200, 0)], most_entries=9, most_bytes=9)

        do(act)

    return fill


_UNLIKE = ("last_used",)  # restoring is a use
_SELECT = "SELECT {} FROM {} WHERE tenant = ?"


def everything(do, tenant):
    """Give all rows of the tenant, by table."""

    def act(unit):
        transaction = unit.outbox._transaction  # noqa: SLF001 - no door shows all tables
        return {
            table.name: transaction.rows(_SELECT.format(table.names(without=_UNLIKE), table.name), (tenant,))
            for table in TABLES
            if table not in (JOURNAL, JOURNAL_STATE, SNAPSHOT, TENANT_RESET)
        }

    return do(act)


def rows_in_all(do):
    def act(unit):
        transaction = unit.outbox._transaction  # noqa: SLF001 - as above
        return sum(
            transaction.rows(f"SELECT count(*) FROM {table.name}")[0][0]  # noqa: S608
            for table in TABLES
            if table is not TENANT_RESET  # which has a row for each tenant that was ever reset
        )

    return do(act)


def test_what_was_there_comes_back_whole_after_whatever_happened(do, fill, noon, entry):
    fill()
    before = everything(do, "Cust1")
    assert all(before.values()), "a table without a row shows nothing"
    do(lambda unit: unit.snapshots.take("Cust1", "s", noon))
    assert do(lambda unit: unit.tenants.names()) == ["Cust1"], "where it is kept is no tenant"
    do(lambda unit: unit.outbox.add("Cust1", [entry(7)]))
    do(lambda unit: unit.inbox.delete("Cust1", ()))
    assert do(lambda unit: unit.snapshots.restore("Cust1", "s"))
    assert everything(do, "Cust1") == before
    do(lambda unit: unit.tenants.reset("Cust1"))
    assert do(lambda unit: unit.snapshots.restore("Cust1", "s"))
    assert everything(do, "Cust1") == before
    assert do(lambda unit: unit.outbox.reserve("Cust1", 1)) == 3, "ids go on where they stood"


def test_a_snapshot_of_nothing_is_one(do, fill, noon):
    do(lambda unit: unit.snapshots.take("Cust1", "empty", noon))
    fill()
    assert do(lambda unit: unit.snapshots.restore("Cust1", "empty"))
    kept = everything(do, "Cust1")
    assert kept.pop("tenants"), "it has a journal"
    assert not any(kept.values())
    assert do(lambda unit: unit.outbox.reserve("Cust1", 1)) == 1


def test_tenants_and_names_are_kept_apart(do, fill, noon):
    names = ["", "s", "s2", "S", "é", "a/b", "x" * 300]
    for first, tenant in enumerate(("", "Cust1", "Cust11", "cust1"), 1):
        fill(tenant, first * 100)
        for name in names:
            do(lambda unit, tenant=tenant, name=name: unit.snapshots.take(tenant, name, noon))
    whole = everything(do, "Cust11")
    do(lambda unit: unit.tenants.delete("Cust1"))
    assert do(lambda unit: unit.snapshots.list("Cust1")) == []
    for tenant in ("", "Cust11", "cust1"):
        assert [each.name for each in do(lambda unit, t=tenant: unit.snapshots.list(t))] == sorted(names)
    do(lambda unit: unit.tenants.reset("Cust11"))
    do(lambda unit: unit.snapshots.restore("Cust11", "é"))
    assert everything(do, "Cust11") == whole


def test_deleting_leaves_not_a_row_behind(do, fill, noon):
    fill("Cust2")
    others = rows_in_all(do)
    fill()
    for name in ("a", "b"):
        do(lambda unit, name=name: unit.snapshots.take("Cust1", name, noon))
    do(lambda unit: unit.tenants.delete("Cust1"))
    assert rows_in_all(do) == others
    fill()
    with_one = rows_in_all(do)
    do(lambda unit: unit.snapshots.take("Cust1", "a", noon))
    assert do(lambda unit: unit.snapshots.delete("Cust1", "a"))
    assert rows_in_all(do) == with_one


@pytest.mark.parametrize(("tenant", "name"), [("Cust1", "a\x1fb"), ("Cust1\x1fa", "b"), ("\x1f", ""), ("", "\x1f")])
def test_names_that_could_be_mistaken_are_refused(do, noon, tenant, name):
    for act in (
        lambda unit: unit.snapshots.take(tenant, name, noon),
        lambda unit: unit.snapshots.restore(tenant, name),
        lambda unit: unit.snapshots.delete(tenant, name),
    ):
        with pytest.raises(ValueError, match=r"may have the character U\+001F"):
            do(act)
