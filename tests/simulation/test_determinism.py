"""Same seed, frozen clock, same script: byte for byte the same outbox, inbox, threads, statuses and journal order."""

from __future__ import annotations

from support.envelopes import outgoing
from support.logins import ticket
from support.simulated import BEGIN, advance, steer

RECIPIENTS = (
    "+447700900008", "+447700900009", "slow@sim.test", "expires@sim.test", "1", "fails@sim.test", "by-hand@sim.test",
)  # fmt: skip

OF_THE_PROCESS = {"requestId", "received", "durationMs"}


def play(double, tenant: str = "Cust1") -> None:
    """Send, ask, answer, let time pass, set by hand; some of it by chance."""
    for number in range(4):
        double.send(*[outgoing(To=each, Content=f"{number}") for each in RECIPIENTS], tenant=tenant)
        double.get_status(*range(1, 10), tenant=tenant)
        steer(double, "POST", f"outbox/{number + 1}/reply", {"content": "Takk"}, tenant=tenant)
        double.send(outgoing(Content="answer", ParentMessagingId=number + 1), config=[("a", "b")], tenant=tenant)
        advance(double, "PT2H", tenant=tenant)
        double.send(outgoing(To="http-503@sim.test"), tenant=tenant)
        double.post(b"<broken", tenant=tenant)
    steer(double, "POST", "outbox/5/status", {"status": "delivered"}, tenant=tenant)
    steer(double, "POST", "outbox/7/step", tenant=tenant)


def seen(double, tenant: str = "Cust1") -> list[bytes]:
    """Return what the control API shows of a tenant, as it stands in the answers."""
    keys = sorted({message["sessionKey"] for message in double.outbox(tenant)})
    urls = ["outbox?limit=1000", "inbox?limit=1000", "tickets", *(f"threads/{key}" for key in keys)]
    return [double.steer("GET", url, tenant=tenant).body for url in urls]


def journal(double, tenant: str = "Cust1") -> list[tuple[object, ...]]:
    """Return the exchanges but for what is of the process and the machine."""
    exchanges = steer(double, "GET", "journal?limit=1000", tenant=tenant)["exchanges"]
    return [tuple(value for name, value in each.items() if name not in OF_THE_PROCESS) for each in exchanges]


def test_the_same_script_makes_the_same_bytes(start_double):
    ours, theirs, strict = (
        start_double(clock=BEGIN, seed="a", profile="flaky", strict=each) for each in (False, False, True)
    )
    for double in (ours, theirs, strict):
        play(double)
    assert seen(ours) == seen(theirs) == seen(strict)
    assert journal(ours) == journal(theirs)
    assert len(journal(ours)) == 4 * 5


def test_another_seed_makes_other_keys_and_other_fates(start_double):
    ours, theirs = (start_double(clock=BEGIN, seed=seed) for seed in "ab")
    for double in (ours, theirs):
        play(double)
    fates = [
        [each["profile"] for each in double.outbox("Cust1") if each["to"] == RECIPIENTS[0]] for double in (ours, theirs)
    ]
    assert fates[0] != fates[1]
    made_up = [
        {each[name] for each in double.outbox("Cust1") for name in ("externalMessageId", "sessionKey")}
        for double in (ours, theirs)
    ]
    assert not made_up[0] & made_up[1]


def test_what_other_tenants_do_meanwhile_makes_no_difference(start_double):
    alone, crowded = (start_double(clock=BEGIN, profile="flaky") for _ in range(2))
    play(crowded, "Cust2")
    play(alone)
    play(crowded)
    assert seen(alone) == seen(crowded)


def test_after_a_reset_it_is_the_same_again(start_double):
    double = start_double(clock=BEGIN, profile="flaky")
    play(double)
    first = seen(double)
    double.reset("Cust1")
    play(double)
    assert seen(double) == first


def test_a_tenants_own_seed_makes_the_same_as_that_of_the_settings(start_double):
    by_setting, by_tenant = start_double(clock=BEGIN, seed="a"), start_double(clock=BEGIN)
    assert by_tenant.steer("PUT", "", {"seed": "a"}, tenant="Cust1").status == 200
    for double in (by_setting, by_tenant):
        play(double)
    assert seen(by_setting) == seen(by_tenant)


def tickets(double):
    """Return the tickets of two tenants, of which one has a seed of its own."""
    double.steer("PUT", "", {"seed": "mine"}, tenant="Cust1")
    return [ticket(double, tenant=each) for each in ("", "Cust1")]


def test_equal_seeds_clocks_and_calls_give_equal_tickets_also_after_a_reset(start_double) -> None:
    double, same = start_double(clock=BEGIN), start_double(clock=BEGIN, auth="onsite")
    first = tickets(double)
    assert tickets(same) == first
    double.reset()
    assert tickets(double) == first


def test_another_seed_of_the_settings_or_of_the_tenant_gives_other_tickets(start_double) -> None:
    first, second = tickets(start_double(clock=BEGIN)), tickets(start_double(clock=BEGIN, seed="another"))
    assert (first[0] == second[0], first[1] == second[1]) == (False, True)
