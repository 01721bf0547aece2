"""Tickets, tokens and passwords are in no log and in no answer but that of the login, whatever goes wrong."""

from __future__ import annotations

import io
import logging
import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from support.envelopes import SENDING, Xml, element, envelope
from support.logins import BEGIN, carrying, log_in, send_with, ticket

from messaging_double.models.records import Application, User
from messaging_double.models.tickets import Ticket
from messaging_double.server import logs
from messaging_double.server.agents.access import Credentials
from messaging_double.server.agents.principal import Login
from messaging_double.server.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "correct-horse-battery"  # noqa: S105 - of no real account
TOKEN = "client-secret-of-an-app"  # noqa: S105
ACCESS_TOKEN = "8A:Cust1.access-token-of-somebody"  # noqa: S105


@pytest.fixture
def log(monkeypatch) -> Iterator[io.StringIO]:
    """Listen as the process of a double would, at its most talkative."""
    loggers = [logging.getLogger(name) for name in (None, "messaging_double", "spyne", "sqlalchemy")]
    former = [(each, each.level, each.handlers[:], each.propagate) for each in loggers]
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure(Settings(log_level="debug"))
    logging.getLogger().setLevel(logging.DEBUG)
    logging.getLogger("sqlalchemy").setLevel(logging.DEBUG)
    yield stream
    for each, level, handlers, propagate in former:
        each.setLevel(level)
        each.handlers[:] = handlers
        each.propagate = propagate


def broken_calls(double, carried: str) -> list[bytes]:
    """Send what can go wrong around a ticket, and what came back."""
    headers = carrying(carried, TOKEN)
    broken = [
        envelope(SENDING, headers=f"<Credentials>{carried}</Credentials>"),
        envelope(SENDING, headers=f"<Credentials><Ticket><x>{carried}</x></Ticket></Credentials>"),
        envelope(
            SENDING, headers=f"<Credentials>{element('Ticket', carried)}{element('Ticket', carried)}</Credentials>"
        ),
        envelope(SENDING, headers=element("Ticket", carried)),
        envelope(SENDING, beside=headers),
        envelope(SENDING, Xml("<another/>"), headers=headers),
        envelope(SENDING, headers=headers)[:-40],
        envelope(SENDING, headers=headers).replace(b"<SendMessages", b"<SendMassages"),
        envelope(SENDING, headers=headers.replace("<Credentials", '<Credentials xmlns="urn:x" s:mustUnderstand="1"')),
    ]
    return [double.post(each, '"x"').body for each in broken] + [
        double.post(each, '"http://www.superoffice.net/ws/crm/NetServer/Services88/Messaging/SendMessages"').body
        for each in broken
    ]


@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
@pytest.mark.parametrize("way", ["none", "onsite", "online"])
def test_no_log_and_no_answer_repeats_them(start_double, log, way, strict) -> None:
    double = start_double(auth=way, strict=strict, users=(User("ole", PASSWORD),), applications=(Application(TOKEN),))
    carried = ticket(double, "ole", PASSWORD, headers=carrying(application=TOKEN), tenant="Cust1")
    answers = [
        log_in(double, "ole", PASSWORD + "x", headers=carrying(application=TOKEN)).body,
        log_in(double, PASSWORD, carried, headers=carrying(application=TOKEN)).body,
        double.call("AuthenticateWithAccessToken", AccessToken=ACCESS_TOKEN, headers=carrying(application=TOKEN)).body,
        send_with(double, carried, TOKEN, tenant="Cust2").body,
        send_with(double, ACCESS_TOKEN, TOKEN, tenant="Cust2", services=84).body,
        send_with(double, carried, TOKEN, tenant="Cust1").body,
        send_with(double, carried[:-1], TOKEN + "x", tenant="Cust1").body,
        double.steer("GET", "tickets", tenant="Cust1").body,
        double.steer("POST", "tickets/1/expire", tenant="Cust1").body,
        send_with(double, carried, TOKEN, tenant="Cust1").body,
        *broken_calls(double, carried),
    ]
    assert "operation=SendMessages" in log.getvalue()
    for secret in (PASSWORD, TOKEN, ACCESS_TOKEN, carried, carried[:-1], carried[3:40]):
        assert secret not in log.getvalue()
        assert not any(secret.encode() in answer for answer in answers)


@pytest.mark.parametrize("written", ["a&{};b", "a<{}>b", "x<y:{}/>", 'a="{}" <'])
def test_no_log_and_no_hint_repeats_what_a_client_forgot_to_escape(double, log, written) -> None:
    secret = "Z7SECRETZ"  # noqa: S105
    password = f"<Password>{written.format(secret)}</Password>"
    body = f"<AuthenticateUsernamePassword><UserName>ole</UserName>{password}</AuthenticateUsernamePassword>"
    answers = [
        double.call_xml("AuthenticateUsernamePassword", body),
        double.call_xml("GetPlugins", "<GetPlugins/>", headers=f"<ApplicationToken>{written.format(secret)}"),
    ]
    for answer in answers:
        assert answer.status in (400, 500)
        assert "breaks in line 1" in answer.headers["x-messaging-double-hint"]
        assert secret not in answer.headers["x-messaging-double-hint"]
    assert secret not in log.getvalue()


def test_the_control_api_lists_and_repeats_no_ticket(double) -> None:
    carried = ticket(double)
    for method, url, value in (
        ("POST", "tickets", {"user": carried}),
        ("POST", "tickets", {"user": "8A:Cust1.abc"}),
        ("PUT", "auth", {"auth": carried}),
        ("DELETE", f"tickets/{carried}", None),
    ):
        answer = double.steer(method, url, value)
        assert answer.status in (400, 404)
        assert carried not in answer.body.decode()


def test_a_traceback_of_ours_does_not_repeat_them_either(start_double, log, tmp_path) -> None:
    database = tmp_path / "messages.sqlite"
    double = start_double(auth="onsite", users=(User("ole", PASSWORD),), database=str(database))
    carried = ticket(double, "ole", PASSWORD)
    with closing(sqlite3.connect(database)) as breaking:
        breaking.execute("DROP TABLE ticket")
    for answer in (send_with(double, carried, TOKEN), log_in(double, "ole", PASSWORD), log_in(double, carried, "")):
        assert answer.fault.code[1] == "InternalServiceFault"
    assert "no such table: ticket" in log.getvalue()
    for secret in (PASSWORD, TOKEN, carried, carried[3:40]):
        assert secret not in log.getvalue()


def test_nobody_who_prints_what_holds_them_prints_them() -> None:
    issued = Ticket(1, PASSWORD, "ole", "o", BEGIN, BEGIN, BEGIN)
    printed = repr((issued, Login(User("ole", PASSWORD), ACCESS_TOKEN), Credentials(TOKEN, ACCESS_TOKEN)))
    assert printed.count("ole") == 2
    assert not any(secret in printed for secret in (PASSWORD, TOKEN, ACCESS_TOKEN))
