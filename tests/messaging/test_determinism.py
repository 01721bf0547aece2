"""The same seed and the same calls, the same ids; and which tenant a URL means."""

from __future__ import annotations

import pytest
from support.envelopes import action_of, envelope, operation, outgoing
from support.logins import BEGIN, ticket


def story(double):
    """Return all that a double made up in a few calls."""
    for tenant in ("", "Cust1"):
        double.send(outgoing(), outgoing(), tenant=tenant)
        double.send(outgoing(), config=[("a", "b")], tenant=tenant, services=84)
    return [
        [
            (message["messagingId"], message["externalMessageId"], message["sessionKey"])
            for message in double.outbox(tenant)
        ]
        for tenant in ("default", "Cust1")
    ]


def test_equal_seeds_and_calls_give_equal_ids_and_keys(start_double) -> None:
    assert story(start_double()) == story(start_double())
    assert story(start_double(seed="a")) == story(start_double(seed="a", strict=True))


def test_another_seed_gives_other_ids_and_keys(start_double) -> None:
    first, second = story(start_double(seed="a")), story(start_double(seed="b"))
    made_up = [{name for box in told for entry in box for name in entry[1:]} for told in (first, second)]
    assert len(made_up[0]) == len(made_up[1]) == 12
    assert not made_up[0] & made_up[1]


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


def test_after_a_reset_the_same_calls_give_the_same_ids_and_keys(double) -> None:
    first = story(double)
    for tenant in ("default", "Cust1"):
        double.reset(tenant)
    assert story(double) == first


@pytest.mark.parametrize(
    ("path", "tenant"),
    [
        ("/Remote/Services88/Messaging.svc", "default"),
        ("/Default/Remote/Services88/Messaging.svc", "default"),
        ("/Cust12345/Remote/Services88/Messaging.svc", "Cust12345"),
        ("/CUST12345/Remote/Services88/Messaging.svc", "Cust12345"),
        ("/cust12345/remote/services88/messaging.svc", "Cust12345"),
        ("/any/Cust12345/Remote/Services88/Messaging.svc", "Cust12345"),
        ("/Cust1/Cust12345/Remote/Services88/Messaging.svc", "Cust12345"),
        ("/Cust12345/Sales/Remote/Services88/Messaging.svc", "sales"),
        ("/Sales/Remote/Services88/Messaging.svc", "sales"),
        ("/CustABC/Remote/Services88/Messaging.svc", "custabc"),
        ("/Remote/Remote/Services88/Messaging.svc", "remote"),
        ("/a%20b%26%C3%86/Remote/Services88/Messaging.svc", "a b&æ"),
    ],
)
def test_the_tenant_is_the_last_segment_before_remote_its_case_folded(either_double, path, tenant) -> None:
    document = envelope(operation("SendMessages", Plugin="CM", OutgoingMessages=[outgoing()]))
    action = {"Content-Type": "text/xml", "SOAPAction": action_of("SendMessages")}
    answer = either_double.request("POST", path, document, action)
    assert answer.succeeded
    assert answer.call.tenant == tenant
    assert len(either_double.outbox(tenant)) == 1
    assert len(either_double.outbox(tenant.upper())) == 1
