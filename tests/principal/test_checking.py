"""The three ways of checking tickets, and the life of a ticket."""

from __future__ import annotations

import base64
import sqlite3
from contextlib import closing

import pytest
from support.envelopes import EVERYTHING, NIL, SENDING, VERSIONS, Xml, action_of, credentials, element, envelope
from support.logins import HandClock, carrying, inside, log_in, made, refusal, send_with, ticket, ticket_in

from messaging_double.models import errors
from messaging_double.models.records import Application

ANY_OPERATION = pytest.mark.parametrize("name", EVERYTHING)
MALFORMED = {
    "no prefix": "bogus",
    "prefix alone": "7T:",
    "another prefix": "7t:MQAyADMA",
    "not base64": "7T:***",
    "not ASCII": "7T:MQ\u00e5A",
    "white space in it": "7T:MQAy ADMA",
    "white space around it": " 7T:MQAyADMA ",
    "no padding": "7T:MQA",
    "an odd number of bytes": "7T:" + base64.b64encode(b"a;1;b").decode(),
    "no UTF-16": "7T:" + base64.b64encode(b"\x00\xd8a\x00").decode(),
    "nothing in it": made(""),
    "no number": made("secret;x;default"),
    "a number that is none": made("secret;\u0661;default"),
    "a negative number": made("secret;-1;default"),
    "a number too long": made("secret;12345678901;default"),
    "two parts": made("secret;1"),
    "1 MB": "7T:" + "A" * 2**20,
    "1 MB of anything": "x" * 2**20,
    "an access token without a tenant": "8A:.x",
    "an access token without a rest": "8A:default",
    "an access token without anything": "8A:",
}


@ANY_OPERATION
def test_by_default_any_ticket_or_none_passes(either_double, name) -> None:
    assert either_double.call_xml(name, EVERYTHING[name]).succeeded
    for carried in (None, "", NIL, "bogus", "7T:MQA=", "8A:Cust9.x", "8A:", made("x;1;default")):
        headers = credentials(carried, None)
        assert either_double.call_xml(name, EVERYTHING[name], headers=headers).succeeded, carried


@ANY_OPERATION
def test_onsite_every_operation_asks_for_a_ticket_and_keeps_nothing_of_a_refused_call(start_double, name) -> None:
    double = start_double(auth="onsite")
    refused = double.call_xml(name, EVERYTHING[name])
    assert refusal(refused) == errors.TICKET_MISSING.message
    assert len(refused.soap_body) == (0 if name in ("CreateMessage", "SetDeliveryStatus") else 1)
    assert double.call_xml(name, EVERYTHING[name], headers=carrying("bogus")).succeeded is False
    assert double.is_empty()
    assert double.call_xml(name, EVERYTHING[name], headers=carrying(ticket(double))).succeeded


def test_onsite_asks_for_no_application(start_double) -> None:
    double = start_double(auth="onsite")
    for application in (None, "unknown-application", "ungranted-application"):
        assert send_with(double, ticket(double, headers=carrying(application=application)), application).succeeded


@pytest.mark.parametrize("services", VERSIONS)
def test_a_ticket_of_one_version_passes_in_all(start_double, services) -> None:
    double = start_double(auth="online")
    carried = ticket(double, services=services, headers=carrying(application="x"))
    for other in VERSIONS:
        assert send_with(double, carried, "x", services=other).succeeded


def test_sessions_may_share_a_ticket(start_double) -> None:
    """Documented."""
    double = start_double(auth="onsite")
    carried = ticket(double)
    assert all(send_with(double, carried).succeeded for _ in range(3))


@pytest.mark.parametrize("way", ["onsite", "online"])
@pytest.mark.parametrize("carried", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_ticket_is_malformed(shared_double, carried, way) -> None:
    shared_double.steer("PUT", "auth", {"auth": way})
    assert refusal(send_with(shared_double, carried, "x")) == errors.TICKET_MALFORMED.message
    assert shared_double.is_empty()


def changed(carried: str, number: str = "1", tenant: str = "Cust12", secret: str | None = None) -> str:
    return made(f"{inside(carried).split(';')[0] if secret is None else secret};{number};{tenant}")


FORGERIES = {
    "another secret": lambda carried: changed(carried, secret="0" * 40),
    "no secret": lambda carried: changed(carried, secret=""),
    "a shorter secret": lambda carried: changed(carried, secret=inside(carried)[:39]),
    "another number": lambda carried: changed(carried, number="7"),
    "a number in another spelling": lambda carried: changed(carried, number="01"),
    "a number that no ticket can have": lambda carried: changed(carried, number="9999999999"),
    "number 0": lambda carried: changed(carried, number="0"),
    "the tenant in another spelling": lambda carried: changed(carried, tenant="CUST12"),
    "more behind it": lambda carried: made(inside(carried) + ";"),
    "other bits at the end of the base64": lambda carried: carried[:-2] + chr(ord(carried[-2]) + 1) + "=",
}


@pytest.mark.parametrize("way", ["onsite", "online"])
@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_ticket_was_never_issued(start_double, forge, way) -> None:
    double = start_double(auth=way)
    carried = ticket(double, tenant="Cust12", headers=carrying(application="x"))
    forged = forge(carried)
    assert forged != carried
    of_another = way == "online" and inside(forged).endswith(";")
    reason = errors.TICKET_OF_ANOTHER_TENANT if of_another else errors.TICKET_UNKNOWN
    assert refusal(send_with(double, forged, "x", tenant="Cust12")) == reason.message
    assert double.is_empty("Cust12")
    assert double.steer("GET", "tickets", tenant="Cust12").json["uses"] == 0


def test_a_truncated_ticket_is_refused_wherever_it_ends(start_double) -> None:
    double = start_double(auth="onsite")
    carried = ticket(double)
    for end in range(len(carried)):
        assert not send_with(double, carried[:end]).succeeded
    assert double.is_empty()
    assert send_with(double, carried).succeeded


def test_a_ticket_from_before_a_reset_is_unknown_even_when_its_number_is_given_out_again(start_double) -> None:
    clock = HandClock()
    double = start_double(auth="onsite", clock=clock)
    former = ticket(double)
    double.reset()
    assert refusal(send_with(double, former)) == errors.TICKET_UNKNOWN.message
    clock.advance(microseconds=1)
    anew = ticket(double)
    assert inside(anew).split(";")[1] == inside(former).split(";")[1] == "1"
    assert refusal(send_with(double, former)) == errors.TICKET_UNKNOWN.message
    assert send_with(double, anew).succeeded


@pytest.mark.parametrize(("settings", "life"), [({}, 6 * 3600), ({"ticket_seconds": 60.0}, 60)], ids=["usual", "set"])
def test_a_ticket_lives_six_hours_or_as_long_as_is_set_after_its_last_use(start_double, settings, life) -> None:
    """Documented: six hours, sliding, each use renews."""
    clock = HandClock()
    double = start_double(auth="onsite", clock=clock, **settings)
    carried = ticket(double)
    for _ in range(5):
        clock.advance(seconds=life - 1)
        assert send_with(double, carried).succeeded
    clock.advance(seconds=life)
    assert refusal(send_with(double, carried)) == errors.TICKET_EXPIRED.message
    clock.advance(seconds=-1)
    assert send_with(double, carried).succeeded, "only time had ended it"


def test_an_expired_ticket_cannot_be_renewed(start_double) -> None:
    """Documented."""
    clock = HandClock()
    double = start_double(auth="onsite", clock=clock)
    carried = ticket(double)
    clock.advance(hours=7)
    for _ in range(2):
        assert refusal(send_with(double, carried)) == errors.TICKET_EXPIRED.message
        assert ticket_in(log_in(double, carried, "")) is None
    assert send_with(double, ticket(double)).succeeded


def test_a_refused_call_does_not_renew(start_double) -> None:
    clock = HandClock()
    double = start_double(auth="online", clock=clock)
    carried = ticket(double, headers=carrying(application="x"))
    clock.advance(hours=4)
    assert refusal(send_with(double, carried, "ungranted-application")) == errors.AGENT_NOT_GRANTED.message
    clock.advance(hours=4)
    assert refusal(send_with(double, carried, "x")) == errors.TICKET_EXPIRED.message


def test_each_tenant_has_its_own_time_and_tickets(start_double) -> None:
    clock = HandClock()
    double = start_double(auth="onsite", clock=clock)
    first, second = (ticket(double, tenant=each) for each in ("Cust1", "Cust2"))
    assert double.steer("POST", "tickets/expire", tenant="Cust3").json == {"expired": 0}
    assert send_with(double, first, tenant="Cust1").succeeded
    assert double.steer("GET", "tickets/1", tenant="Cust2").json["uses"] == 0
    clock.advance("Cust1", hours=7)
    assert refusal(send_with(double, first, tenant="Cust1")) == errors.TICKET_EXPIRED.message
    assert double.steer("DELETE", "tickets/1", tenant="Cust1").status == 204
    assert send_with(double, second, tenant="Cust2").succeeded


def test_onsite_has_one_installation_so_a_ticket_passes_in_every_tenant(start_double) -> None:
    """It lives by the clock of its own."""
    clock = HandClock()
    double = start_double(auth="onsite", clock=clock)
    carried = ticket(double, tenant="Cust1")
    clock.advance("Cust2", hours=7)
    assert send_with(double, carried, tenant="Cust2").succeeded
    assert [each["uses"] for each in double.steer("GET", "tickets", tenant="Cust1").json["tickets"]] == [1]
    clock.advance("Cust1", hours=7)
    assert refusal(send_with(double, carried, tenant="Cust3")) == errors.TICKET_EXPIRED.message


def test_named_applications_alone_are_known(start_double) -> None:
    """And their agents in any letter case."""
    granted = Application("a"), Application("b", ("Contact",)), Application("c", ()), Application("m", ("messaging",))
    double = start_double(auth="online", applications=granted)
    carried = ticket(double, headers=carrying(application="b"))
    for application in ("a", "m"):
        assert send_with(double, carried, application).succeeded
    for application in ("b", "c"):
        assert refusal(send_with(double, carried, application)) == errors.AGENT_NOT_GRANTED.message
    for application in ("A", "d", "ungranted-application", "aa"):
        assert refusal(send_with(double, carried, application)) == errors.APPLICATION_TOKEN_UNKNOWN.message


@pytest.mark.parametrize("way", ["onsite", "online"])
@pytest.mark.parametrize("services", VERSIONS)
def test_access_tokens_are_tickets_from_86_on(start_double, services, way) -> None:
    double = start_double(auth=way)
    answer = send_with(double, "8A:Cust1.abc", "x", services=services, tenant="Cust1")
    if services < 86:
        assert refusal(answer) == errors.ACCESS_TOKEN_TOO_EARLY.message
    else:
        assert answer.succeeded


def test_the_caller_is_checked_before_the_messages_are(start_double) -> None:
    double = start_double(auth="onsite")
    nothing = element("OutgoingMessage", NIL)
    assert refusal(double.send(nothing, headers=carrying("bogus"))) == errors.TICKET_MALFORMED.message
    assert refusal(double.send(nothing)) == errors.TICKET_MISSING.message
    assert "nil" in refusal(double.send(nothing, headers=carrying(ticket(double))))


def test_every_reason_has_texts_of_its_own() -> None:
    reasons = [each for each in vars(errors).values() if isinstance(each, errors.Reason)]
    assert len(reasons) == 17
    assert len({each.message for each in reasons}) == len(reasons)
    for each in reasons:
        denied = errors.AccessDenied(each)
        assert denied.message == each.message, "whole"
        assert each.exception_type.startswith("SuperOffice.Exceptions.So")


def test_nil_credentials_do_not_hide_those_beside_the_body(start_double) -> None:
    double = start_double(auth="onsite")
    nil = Xml('<Credentials i:nil="true" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"/>')
    body = envelope(SENDING, headers=nil, beside=carrying(ticket(double)))
    assert double.post(body, action_of("SendMessages")).succeeded


def test_counting_a_forged_ticket_takes_no_turn_to_write(start_double, tmp_path) -> None:
    database = tmp_path / "messages.sqlite"
    double = start_double(database=str(database))
    forged = ticket(double)[:-6] + "AAAA=="
    with closing(sqlite3.connect(database, isolation_level=None)) as writing:
        writing.execute("BEGIN IMMEDIATE")
        assert double.plugins(headers=carrying(forged)).succeeded
