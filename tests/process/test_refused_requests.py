"""Requests that never reach the application, or get no answer: where they are seen, and what their senders are told."""

import contextlib
import json
import socket
import sqlite3
from http import HTTPStatus

import pytest
from support.envelopes import sending
from support.processes import eventually
from support.sockets import SENDING, converse, path_of

FLAGS = ("--header-seconds", "1", "--log-format", "json")
LENGTH = "Content-Length: 99999999"
TOO_LONG = "POST {} HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\nx"
TENANTS = {
    "a call": ("/team-b/Remote/Services88/Messaging.svc", "team-b"),
    "a call in other letters": ("/Team-B/REMOTE/services88/messaging.SVC", "team-b"),
    "a call behind a proxy": ("/soap/team-b/Remote/Services88/Messaging.svc", "team-b"),
    "a call with two slashes": ("/team-b//Remote/Services88/Messaging.svc", "team-b"),
    "a call of a percent-encoded name": ("/bl%C3%A5/Remote/Services88/Messaging.svc?wsdl", "blå"),
    "a whole URL": ("http://a/team-b/Remote/Services88/Messaging.svc", "team-b"),
    "a call of nobody": ("/Remote/Services88/Messaging.svc", "default"),
    "a typo": ("/team-b/Remote/Service88/Messaging.svc", "team-b"),
    "a customer anywhere": ("/x/Cust7/Services88", "Cust7"),
    "nothing of ours": ("/x/y?/team-b/Remote/Services88/Messaging.svc", "default"),
    "the control API": ("/_mock/v1/tenants/team-b/verify", "team-b"),
}


def journal(looker, tenant: str) -> list[dict]:
    return looker.control(f"{tenant}/journal")["exchanges"]


@pytest.mark.parametrize(("target", "tenant"), TENANTS.values(), ids=TENANTS)
def test_a_refused_request_is_in_the_journal_of_its_tenant(double, connect, target, tenant):
    (reply,) = converse(double.address, [TOO_LONG.format(target).encode()]).replies
    assert reply.status == 413
    (exchange,) = journal(connect(double), tenant.replace("å", "%C3%A5"))
    assert (exchange["status"], exchange["target"]) == (413, target)


def test_an_unmatched_request_is_in_the_journal_of_its_tenant(double, connect):
    looker = connect(double)
    assert looker.ask("POST", "/team-b/Remote/Service88/Messaging.svc", b"x").status == 404
    assert [each["status"] for each in journal(looker, "team-b")] == [404]


HOST = "\r\nHost: a\r\n"
REFUSED = {
    "raw letters": (400, "GET /_mock/v1/tenants/a/outbox?contains=på HTTP/1.1" + HOST, "%C3%A5"),
    "a raw space": (400, "GET /_mock/v1/tenants/a/outbox?contains=a b HTTP/1.1" + HOST, "percent-encoded"),
    "a long body": (413, "POST /_mock/v1/tenants/a/verify HTTP/1.1\r\n" + LENGTH + HOST, "max-body-bytes"),
    "a long URL": (431, "GET /_mock/v1/tenants/a/outbox?contains=" + 70_000 * "x" + " HTTP/1.1" + HOST, "verify"),
    "a slow head": (408, "GET /_mock/v1/tenants/a/outbox HT", "header-seconds"),
    "a probe": (400, "GET /livez HTTP/1.1\r\n", "Host"),
}


@pytest.mark.parametrize(("status", "sent", "hint"), REFUSED.values(), ids=REFUSED)
def test_below_the_control_api_a_refusal_is_json_that_teaches(double, connect, status, sent, hint):
    (reply,) = converse(double.address, [sent.encode() + (b"" if status == 408 else b"\r\n")]).replies
    assert (reply.status, reply.content_type) == (status, "application/json")
    problem = json.loads(reply.body)
    assert set(problem) == {"error", "hint"}
    assert hint in problem["hint"]
    document = connect(double).ask("GET", "/_mock/v1/openapi.json").json
    documented = document["paths"]["/livez"]["get"]["responses"][str(status)]
    assert documented["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Problem"}


PHRASES = {
    "200 of the control API": b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n",
    "404 of the control API": b"GET /_mock/v1/nowhere HTTP/1.1\r\nHost: a\r\n\r\n",
    "404 of no API": b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n",
    "405 of the control API": b"POST /livez HTTP/1.1\r\nHost: a\r\n\r\n",
    "405 of SOAP": b"DELETE /Remote/Services88/Messaging.svc HTTP/1.1\r\nHost: a\r\n\r\n",
    "400 of HTTP": b"GET /_mock/v1/nowhere HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("sent", PHRASES.values(), ids=PHRASES)
def test_the_reason_phrase_is_the_usual_one_whichever_layer_answers(double, sent):
    (reply,) = converse(double.address, [sent]).replies
    assert reply.reason == HTTPStatus(reply.status).phrase


def test_how_long_a_broken_request_took_is_in_the_journal(double, connect):
    converse(double.address, [b"POST /Cust7/Remote/Services88/Messaging.svc HT"])
    (exchange,) = journal(connect(double), "Cust7")
    assert exchange["status"] == 408
    assert exchange["durationMs"] >= 1000


@pytest.mark.parametrize(
    ("tenant", "expectation"), [("Cust8", ""), ("Cust9", "Expect: 100-continue\r\n")], ids=["", "after 100 Continue"]
)
def test_a_call_without_an_answer_has_no_status_in_the_log(double, connect, tenant, expectation):
    looker = connect(double)
    looker.control(f"{tenant}/rules/r", "PUT", {"then": {"wire": "garbage"}})
    with socket.create_connection(double.address) as sock:
        body = sending("x")
        head = "".join(f"{name}: {value}\r\n" for name, value in {**SENDING, "Content-Length": len(body)}.items())
        sock.sendall(f"POST {path_of(tenant)} HTTP/1.1\r\nHost: a\r\n{head}{expectation}\r\n".encode())
        assert not expectation or sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)
        while sock.recv(65536):
            pass
    assert eventually(lambda: f'"tenant": "{tenant}"' in double.stderr)
    (line,) = [json.loads(each) for each in double.stderr.splitlines() if f'"tenant": "{tenant}"' in each]
    assert line["status"] is None
    assert [each["status"] for each in journal(looker, tenant)] == [None]


def test_what_a_locked_database_takes_from_the_journal_is_counted(serve, connect, tmp_path):
    path = tmp_path / "shared.sqlite"
    double = serve("--database", path, "--journal-entries", "2")
    looker = connect(double)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(5):
            assert looker.ask("GET", path_of("Cust7") + "?wsdl").status == 200
        assert eventually(lambda: "exchanges to write" in double.stderr)
        other.execute("ROLLBACK")
    found = looker.control("Cust7/journal")
    assert (found["total"], found["evicted"] + found["lost"]) == (2, 3)
    assert found["lost"] >= 1
    looker.control("Cust7/reset", "POST")
    assert looker.control("Cust7/journal")["lost"] == 0
