"""Tickets: kept for each tenant apart, ended, counted; and the tenant's way of checking them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from messaging_double.models.tickets import BY_HAND, Ticket
from messaging_double.storage import Storage

LIFE = timedelta(hours=6)


@pytest.fixture(scope="session")
def issue(noon):
    """Issue so many tickets in one transaction each; give the last."""

    def issue(storage, tenant="Cust1", count=1, **members):
        for _ in range(count):
            with storage.writing() as unit:
                number = unit.tickets.reserve(tenant)
                usual = {"origin": "AuthenticateImplicit", "issued": noon, "renewed": noon, "expires": noon + LIFE}
                ticket = Ticket(number, f"secret {number}", "Åse", **(usual | members))
                unit.tickets.add(tenant, ticket)
        return ticket

    return issue


def get(storage, number=1, tenant="Cust1"):
    with storage.reading() as unit:
        return unit.tickets.get(tenant, number)


def test_a_ticket_comes_back_as_it_was_kept(storage, issue):
    kept = issue(storage, revoked=True, uses=7)
    assert get(storage) == kept
    assert get(storage, 2) is None
    assert get(storage, tenant="Cust2") is None


@pytest.mark.parametrize("number", [0, -1, 2**31, 10**30, -(10**30)])
def test_a_number_that_no_ticket_has_gives_none(storage, issue, noon, number):
    kept = issue(storage)
    with storage.writing() as unit:
        assert unit.tickets.get("Cust1", number) is None
        assert unit.tickets.revoke("Cust1", number) is False
        unit.tickets.expire("Cust1", number, at=noon)
    assert get(storage) == kept


def test_numbers_begin_at_1_for_each_tenant_and_pages_are_newest_first(storage, issue):
    issue(storage, count=5)
    issue(storage, "Cust2", 2)
    with storage.reading() as unit:
        assert [each.number for each in unit.tickets.search("Cust1", (), limit=3)[0]] == [5, 4, 3]
        assert [each.number for each in unit.tickets.search("Cust1", (), limit=3, before=3)[0]] == [2, 1]
        assert [unit.tickets.search(tenant, (), limit=0)[1] for tenant in ("Cust1", "Cust2", "Cust3")] == [5, 2, 0]


def test_a_use_is_counted_and_renews(storage, issue, noon):
    issue(storage, count=2)
    later = noon + timedelta(hours=1)
    for _ in range(3):
        with storage.writing() as unit:
            unit.tickets.use("Cust1", 1, at=later, until=later + LIFE)
    used = get(storage)
    assert (used.uses, used.renewed, used.expires, used.issued) == (3, later, later + LIFE, noon)
    assert get(storage, 2).uses == 0


def test_the_counts_are_of_logins_and_of_uses(storage, issue):
    issue(storage, count=2, uses=3)
    issue(storage, uses=4, origin=BY_HAND)
    with storage.reading() as unit:
        assert unit.tickets.counts("Cust1") == (2, 10)
        assert unit.tickets.counts("Cust2") == (0, 0)


def test_expiring_ends_what_is_alive_and_nothing_else(storage, issue, noon):
    early = noon + timedelta(hours=1)
    issue(storage, count=2)
    issue(storage, expires=early - timedelta(seconds=1))
    issue(storage, revoked=True)
    issue(storage, "Cust2")
    with storage.writing() as unit:
        unit.tickets.expire("Cust1", 1, at=early)
        assert unit.tickets.expire_all("Cust1", at=early) == 1
        for number in (3, 4):
            unit.tickets.expire("Cust1", number, at=early)
    assert [get(storage, number).expires for number in (1, 2, 3, 4)] == [
        early,
        early,
        early - timedelta(seconds=1),
        noon + LIFE,
    ]
    assert get(storage, tenant="Cust2").expires == noon + LIFE


def test_a_state_is_of_a_moment(noon):
    ticket = Ticket(1, "s", "u", "o", noon, noon, noon + LIFE)
    moments = (timedelta(), LIFE - timedelta(microseconds=1), LIFE)
    assert [ticket.state(noon + each) for each in moments] == ["active", "active", "expired"]
    assert Ticket(1, "s", "u", "o", noon, noon, noon, revoked=True).state(noon) == "revoked"


def test_a_ticket_that_is_printed_keeps_its_secret(noon):
    assert "hidden" not in repr(Ticket(1, "hidden", "u", "o", noon, noon, noon))


def test_the_way_is_seen_by_others_at_once_and_rolled_back_with_its_transaction(storage, database):
    other = Storage.open(database)
    assert storage.state("Cust1").auth is None
    with storage.writing() as unit:
        unit.tenants.set("Cust1", auth="online")
        assert other.state("Cust1").auth is None
    for each in (storage, other):
        assert [each.state(tenant).auth for tenant in ("Cust1", "Cust2")] == ["online", None]
    with pytest.raises(KeyError), other.writing() as unit:  # noqa: PT012 - what is rolled back is the point
        unit.tenants.set("Cust1", auth=None)
        raise KeyError
    assert storage.state("Cust1").auth == "online"
    with other.writing() as unit:
        unit.tenants.set("Cust1", auth=None)
    assert storage.state("Cust1").auth is None
    other.close()


def test_asking_for_the_way_holds_nothing_open(storage, database):
    for _ in range(3):
        storage.state("Cust1")
    other = Storage.open(database, busy_timeout=0.01)
    with other.writing() as unit:
        unit.tenants.set("Cust1", auth="none")
    assert storage.state("Cust1").auth == "none"
    other.close()


def test_a_reset_forgets_tickets_and_way(storage, issue):
    issue(storage, count=2)
    issue(storage, "Cust2")
    with storage.writing() as unit:
        unit.tenants.set("Cust1", auth="online")
    with storage.writing() as unit:
        unit.tenants.reset("Cust1")
    assert storage.state("Cust1").auth is None
    assert get(storage) is None
    assert get(storage, tenant="Cust2") is not None
    assert issue(storage).number == 1
