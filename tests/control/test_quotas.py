"""What goes beyond a bound is refused with what to do, in the way that its client understands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.control import assert_problem
from support.double import control_url
from support.envelopes import outgoing
from support.logins import HandClock, log_in
from support.processes import eventually

from messaging_double.models.profiles import Profile, Step

LIST = "/_mock/v1/tenants"


def names(double) -> list[str]:
    return [each["tenant"] for each in double.get(LIST).json["tenants"]]


def refused(double, bound: str) -> int:
    return double.app._counters.events[f"refused_{bound}"]  # noqa: SLF001 - /metrics shows it


CALLS = {
    "messages": lambda double: double.send(outgoing(), outgoing()),
    "config": lambda double: double.send(outgoing(), outgoing(), config=[("a", "b")]),
    "incoming": lambda double: double.create(Content="x"),
    "reports": lambda double: double.set_status("CM", "unknown", 1),
    "tickets": log_in,
}


@pytest.mark.parametrize("what", CALLS)
def test_a_call_beyond_a_bound_fails_as_the_service_fails_and_keeps_nothing(start_double, what) -> None:
    bound = "tickets" if what == "tickets" else "messages"
    double = start_double(**{f"max_{bound}": 4})
    use = CALLS[what]
    answers = [use(double) for _ in range(6)]
    fit = 2 if what in ("messages", "config") else 4
    assert [answer.succeeded for answer in answers] == [True] * fit + [False] * (6 - fit)
    assert f"max-{bound} allows 4" in answers[-1].exception["Message"]
    assert f"raise max-{bound}" in answers[-1].exception["Message"]
    assert len(double.outbox()) + len(double.inbox()) + len(double.reports()) in (0, 4)
    assert refused(double, bound) == 6 - fit


def test_a_reply_without_room_is_lost_and_nothing_else(start_double, caplog) -> None:
    answering = Profile("answering", steps=(Step("delivered", after=timedelta(seconds=5), reply="Takk"),))
    clock = HandClock()
    double = start_double(clock=clock, max_messages=2, profiles=(answering,), profile="answering")
    assert double.send(outgoing(), outgoing()).succeeded
    assert double.create(Content="x").succeeded
    clock.advance(days=1)
    assert double.get_status(1, 2).succeeded
    assert [each["origin"] for each in double.inbox()] == ["reply", "CreateMessage"]
    assert "a reply to message 2 is lost: Tenant default would have 3 messages in its inbox" in caplog.text
    assert refused(double, "messages") == 1
    assert double.request("DELETE", control_url("default", "inbox")).status == 200


def test_what_is_deleted_makes_room(start_double) -> None:
    double = start_double(max_messages=3)
    for _ in range(5):
        assert double.send(outgoing(), outgoing(), outgoing()).succeeded
        assert not double.send(outgoing()).succeeded
        assert double.request("DELETE", control_url("default", "outbox")).status == 200
    assert double.send(outgoing(), outgoing()).messaging_ids == [16, 17]
    newest = control_url("default", "outbox/17")
    assert double.request("DELETE", newest).status in (204, 405)


def test_sparse_ids_are_counted_and_not_measured(start_double) -> None:
    double = start_double(max_messages=3)
    assert double.steer("PUT", "", {"outbox": [{"messagingId": 1}, {"messagingId": 1_000_000}]}).status == 200
    assert double.send(outgoing()).succeeded
    assert not double.send(outgoing()).succeeded


CONTROL = {
    "snapshots": lambda double, n, tenant="t": double.steer("POST", "snapshots", {"name": f"s{n}"}, tenant=tenant),
    "rules": lambda double, n, tenant="t": double.steer(
        "POST", "rules", {"name": f"r{n}", "then": {"http": 503}}, tenant=tenant
    ),
    "tickets": lambda double, _, tenant="t": double.steer("POST", "tickets", {"user": "ole"}, tenant=tenant),
    "tenants": lambda double, n: double.steer("PUT", "auth", {"auth": "none"}, tenant=f"Cust{n}"),
}


@pytest.mark.parametrize("bound", CONTROL)
def test_the_control_api_says_507_what_is_allowed_and_what_to_do(start_double, bound) -> None:
    double = start_double(**{f"max_{bound}": 2})
    use = CONTROL[bound]
    assert [use(double, number).status < 300 for number in range(2)] == [True, True]
    for _ in range(2):
        assert_problem(use(double, 3), 507, f"max-{bound} allows 2", f"raise max-{bound}")
    assert refused(double, bound) == 2


ADVICE = {
    "snapshots": "Delete some, or raise max-snapshots.",
    "tickets": "Reset the tenant, or raise max-tickets.",
    "rules": "Delete some, reset {0.real}, or raise max-rules.",
}


@pytest.mark.parametrize("bound", ADVICE)
def test_a_bound_advises_what_makes_room_to_a_tenant_of_any_name(start_double, bound) -> None:
    double = start_double(**{f"max_{bound}": 1})
    assert CONTROL[bound](double, 1, "{0.real}").status == 201
    error = f"Tenant {{0.real}} would have 2 {bound}, and max-{bound} allows 1"
    assert CONTROL[bound](double, 2, "{0.real}").json == {"error": error, "hint": ADVICE[bound]}


def test_a_snapshot_or_rule_can_be_replaced_at_the_bound(start_double) -> None:
    double = start_double(max_snapshots=1, max_rules=1)
    for _ in range(3):
        assert double.steer("POST", "snapshots", {"name": "s"}).status == 201
        assert double.steer("PUT", "rules/r", {"then": {"http": 503}}).status in (200, 201)


@pytest.mark.parametrize(
    ("settings", "body", "words"),
    [
        ({"max_fixture_messages": 1}, {"outbox": [{}, {}]}, ("The outbox has 2 messages", "max-fixture-messages")),
        ({"max_fixture_messages": 1}, {"inbox": [{}, {}]}, ("The inbox has 2 messages", "max-fixture-messages")),
        ({"max_messages": 1}, {"inbox": [{}, {}]}, ("would have 2 messages in its inbox", "raise max-messages")),
    ],
)
def test_fixtures_beyond_a_bound_leave_the_tenant_as_it_was(start_double, settings, body, words) -> None:
    double = start_double(**settings)
    double.send(outgoing())
    assert_problem(double.steer("PUT", "", body), 507, *words)
    assert len(double.outbox()) == 1


def test_a_tenant_too_many_is_refused_and_leaves_no_journal(start_double) -> None:
    double = start_double(max_tenants=2)
    for tenant in ("Cust1", "Cust2"):
        assert double.send(outgoing(), tenant=tenant).succeeded
    answer = double.send(outgoing(), tenant="Cust3")
    assert not answer.succeeded
    assert "max-tenants allows 2" in answer.exception["Message"]
    double.get("/Cust4/nowhere")
    assert names(double) == ["Cust1", "Cust2"]
    assert double.steer("GET", "journal", tenant="Cust3").json["total"] == 0
    assert double.send(outgoing(), tenant="Cust2").succeeded
    double.request("DELETE", control_url("Cust1", ""))
    assert double.send(outgoing(), tenant="Cust3").succeeded


def test_a_reply_that_has_no_room_stops_no_call(start_double) -> None:
    double = start_double(max_messages=1)
    double.create(Content="x")
    sent = double.send(outgoing())
    assert sent.succeeded
    assert_problem(double.steer("POST", "outbox/1/reply", {"content": "y"}), 507, "max-messages allows 1")


@pytest.mark.parametrize(("size", "most", "calls"), [(5_000, 12, 1), (1_500, 20, 2)])
def test_journals_keep_a_bound_together_and_those_not_used_go_first(start_double, size, most, calls) -> None:
    clock = HandClock()
    double = start_double(clock=clock, journal_bytes_total=65_536)

    def kept() -> list[int]:
        return [each["journal"] for each in double.get(LIST).json["tenants"]]

    for number in range(24):
        clock.advance(minutes=2)
        double.send(outgoing(Content="x" * size), tenant=f"Cust{number // calls:02}")
        assert eventually(lambda: sum(kept()) <= most)
    assert kept()[-1] == calls
    assert sum(kept()) > most / 2
    assert kept()[0] == 0
    assert len(double.outbox("Cust00")) == calls
    events = double.app._counters.events  # noqa: SLF001
    assert eventually(lambda: events["journal_evicted"] == 24 - sum(kept()))
    assert double.steer("GET", "journal", tenant="Cust00").json["evicted"] == calls


def test_unused_tenants_are_deleted(start_double) -> None:
    clock = HandClock()
    double = start_double(clock=clock, forget_tenants_after=timedelta(days=7))
    for tenant in ("called", "idle", "looked-at", "reset"):
        double.send(outgoing(), tenant=tenant)
    for tenant in ("reset", "snapshot"):
        double.steer("POST", "snapshots", tenant=tenant)
    double.reset("reset")
    assert names(double) == ["called", "idle", "looked-at", "reset", "snapshot"]
    for _ in range(4):
        clock.advance(days=2)
        double.plugins(tenant="called")
        double.steer("GET", "outbox", tenant="looked-at")
    assert names(double) == ["called", "looked-at"]
    for tenant in ("reset", "snapshot"):
        assert double.steer("GET", "snapshots", tenant=tenant).json == {"snapshots": []}
    assert len(double.outbox("called")) == 1
    assert double.send(outgoing(), tenant="idle").messaging_ids == [1]
    assert double.app._counters.events["tenants_forgotten"] == 3  # noqa: SLF001


@pytest.mark.sqlite
def test_a_month_of_tenants_keeps_the_file_and_the_list_bounded(start_double, tmp_path) -> None:
    clock = HandClock()
    path = tmp_path / "month.sqlite"
    double = start_double(clock=clock, database=str(path), forget_tenants_after=timedelta(days=2))
    sizes, listed = [], []
    for day in range(12):
        for number in range(5):
            double.send(*[outgoing(Content="x" * 10_000)] * 5, tenant=f"ci{day}-{number}")
        clock.advance(days=1)
        listed.append(len(names(double)))
        sizes.append(path.stat().st_size)
    assert max(listed) <= 20
    assert max(sizes[5:]) <= 1.2 * max(sizes[:5])


@pytest.mark.sqlite
def test_the_file_is_given_back_to_the_disk(start_double, tmp_path) -> None:
    path = tmp_path / "large.sqlite"
    double = start_double(database=str(path), journal_entries=0)
    double.steer("PUT", "", {"outbox": [{"content": "x" * 1_000_000}] * 5})
    double.steer("PUT", "", {"outbox": [{"content": "y" * 1_000_000}] * 5}, tenant="Cust2")
    assert path.stat().st_size > 10_000_000
    double.reset()
    double.request("DELETE", control_url("Cust2", ""))
    double.close()
    assert path.stat().st_size < 5_000_000
