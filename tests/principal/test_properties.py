"""Laws: what is issued comes back, tenants never meet, and no text as a ticket breaks anything."""

from __future__ import annotations

import base64
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.envelopes import SOAP11, SOAP12, VERSIONS
from support.logins import authenticated, carrying, log_in, made, refusal, send_with, ticket, ticket_in
from support.texts import xml_texts

from messaging_double.models import errors
from messaging_double.models.tickets import TicketText, decode_ticket, tenant_of_access_token

ONE_DOUBLE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
FEW = settings(ONE_DOUBLE, max_examples=25)
_ALMOST = st.builds(
    lambda prefix, text, end: prefix + base64.b64encode(text).decode() + end,
    st.sampled_from(["7T:", "8A:", "7T", ""]),
    st.binary(max_size=80),
    st.sampled_from(["", "=", "\n", "A"]),
)
_PARTS = st.builds(
    lambda *parts: made(";".join(parts)),
    xml_texts(5),
    st.sampled_from(["", "0", "1", "2", "01", "+1", "1 ", "\u0661", "1_0", "9" * 10, "9" * 30]),
    st.sampled_from(["", "default", "Default", "Cust1", "CUST1", "default;", "\x00", "../default"]),
)
TICKETS = xml_texts() | _ALMOST.filter(lambda text: text.isprintable()) | _PARTS
SURROGATES = st.characters(categories=["Cs"])


@given(
    secret=st.text(st.characters(exclude_categories=["Cs"], exclude_characters=";")),
    number=st.integers(0, 2**31 - 1),
    tenant=st.text(st.characters(exclude_categories=["Cs"])),
)
def test_a_ticket_that_is_encoded_is_decoded_unchanged(secret, number, tenant) -> None:
    said = TicketText(secret, number, tenant)
    assert decode_ticket(said.encode()) == said


@given(st.text() | st.text(SURROGATES) | TICKETS)
def test_any_text_is_a_ticket_or_none(text) -> None:
    said = decode_ticket(text)
    assert said is None or text.startswith("7T:")
    tenant = tenant_of_access_token(text)
    assert tenant is None or text.startswith(f"8A:{tenant}.")


@ONE_DOUBLE
@given(text=TICKETS, services=st.sampled_from(VERSIONS), soap=st.sampled_from([SOAP11, SOAP12]))
@pytest.mark.parametrize("way", ["onsite", "online"])
def test_any_text_as_ticket_is_refused_in_band(shared_double, way, text, services, soap) -> None:
    shared_double.steer("PUT", "auth", {"auth": way})
    answer = send_with(shared_double, text, "x", services=services, soap=soap)
    passes = text.startswith("8A:") and services >= 86 and tenant_of_access_token(text) is not None
    assert (answer.status, answer.soap) == (200, soap)
    if not passes:
        assert refusal(answer)
        assert (answer.exception or {})["FriendlyText"] == errors.AUTHENTICATION_FAILED


@ONE_DOUBLE
@given(name=xml_texts() | TICKETS, password=st.none() | xml_texts(3))
def test_any_texts_log_in_or_fail_in_band(shared_double, name, password) -> None:
    shared_double.steer("PUT", "auth", {"auth": "onsite"})
    answer = log_in(shared_double, name, password)
    assert answer.status == 200
    if answer.succeeded:
        assert (ticket_in(answer) is not None) is authenticated(answer)
    else:
        assert (name, refusal(answer)) == ("exception", errors.LOGIN_BREAKS.message)


_SPELLINGS = ["Cust1", "CUST1", "cust1", "Cust2", "Cust12", "cust", "1", "default", "", "a;b", "b", "Æ", "a\x01b"]
TENANTS = st.sampled_from(_SPELLINGS) | xml_texts(4).filter(lambda text: text.strip("/.") and "/" not in text)


@FEW
@given(one=TENANTS, other=TENANTS)
def test_online_two_tenants_never_meet(shared_double, one, other) -> None:
    """What a tenant issued passes there in every spelling, and in no other one."""
    for tenant in (one, other):
        shared_double.steer("PUT", "auth", {"auth": "online"}, tenant=tenant or "default")
    carried = ticket(shared_double, tenant=one, headers=carrying(application="x"))
    answer = send_with(shared_double, carried, "x", tenant=other)
    ways = [shared_double.steer("GET", "tickets?limit=1", tenant=each or "default").json for each in (one, other)]
    if _same(shared_double, one, other):
        assert answer.succeeded
        assert ways[0] == ways[1]
    else:
        assert refusal(answer) == errors.TICKET_OF_ANOTHER_TENANT.message
        assert ticket_in(log_in(shared_double, carried, "", tenant=other, headers=carrying(application="x"))) is None
    token = f"8A:{one or 'default'}.x"
    if "." not in one and "\x01" not in one:  # which no XML can carry
        assert send_with(shared_double, token, "x", tenant=other).succeeded is _same(shared_double, one, other)


def test_spellings_of_tenants_are_told_apart_by_their_outboxes(shared_double) -> None:
    """What the law above goes by."""
    same = [pair for pair in itertools.combinations(_SPELLINGS, 2) if _same(shared_double, *pair)]
    assert same == [*itertools.combinations(["Cust1", "CUST1", "cust1"], 2), ("default", "")]


def _same(double, one: str, other: str) -> bool:
    """Say whether two spellings mean one tenant: what is written under one is there under the other."""
    double.steer("POST", "reset", tenant=other or "default")
    double.steer("POST", "reset", tenant=one or "default")
    double.steer("PUT", "auth", {"auth": "none"}, tenant=one or "default")
    double.steer("PUT", "auth", {"auth": "onsite"}, tenant=other or "default")
    found = double.steer("GET", "auth", tenant=one or "default").json["auth"] == "onsite"
    for each in (one, other):
        double.steer("PUT", "auth", {"auth": "online"}, tenant=each or "default")
    return found
