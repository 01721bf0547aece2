"""The journal as the control API shows it: what is told of an exchange, what is masked, what had to leave.

That its bytes are those on the wire is tested with real sockets, in tests/process.
"""

from __future__ import annotations

from urllib.parse import quote
from urllib.request import urlopen

import pytest
from support.control import assert_problem
from support.double import control_url, url_of
from support.envelopes import action_of, credentials, envelope, operation, outgoing
from support.logins import HandClock, ticket
from support.soap_calls import send

from messaging_double.client import MessagingDouble

JOURNAL = control_url("default", "journal")


def exchanges(double, query: str = "") -> list[dict]:
    answer = double.get(f"{JOURNAL}?{query}")
    assert answer.status == 200, answer
    return answer.json["exchanges"]


@pytest.mark.parametrize(
    ("trusted", "forwarded", "peer"),
    [
        (True, "203.0.113.7", "203.0.113.7"),
        (True, "198.51.100.1, 2001:db8::1", "2001:db8::1"),
        (True, None, "127.0.0.1:35080"),
        (False, "203.0.113.7", "127.0.0.1:35080"),
    ],
)
def test_a_forwarded_address_has_no_port(start_double, trusted, forwarded, peer) -> None:
    double = start_double(trust_proxy=trusted)
    headers = {"X-Forwarded-For": forwarded}
    double.request("GET", url_of(), headers=headers, REMOTE_ADDR="127.0.0.1", REMOTE_PORT="35080")
    assert [each["peer"] for each in exchanges(double)] == [peer]


def test_the_latest_exchange_is_shown_as_by_its_id(double) -> None:
    double.send(outgoing())
    double.get("/nowhere", Authorization="Bearer secret")
    for query, number in (("", 2), ("?operation=SendMessages", 1)):
        latest = double.get(f"{JOURNAL}/latest{query}").json
        assert latest == double.get(f"{JOURNAL}/{number}").json
        assert latest["request"]["headers"]


def test_an_exchange_shows_the_call_and_its_outcome(start_double) -> None:
    double = start_double(clock=HandClock())
    sent = double.send(outgoing(), outgoing(), services=85)
    (exchange,) = exchanges(double)
    assert exchange.pop("durationMs") >= 0
    assert exchange.pop("requestId")
    size = {way: exchange.pop(way)["bytes"] for way in ("request", "response")}
    assert exchange == {
        "id": 1,
        "at": "2026-11-21T08:04:57.120000Z",
        "received": "2026-11-21T08:04:57.120000Z",
        "peer": None,
        "method": "POST",
        "target": "/Remote/Services85/Messaging.svc",
        "status": 200,
        "services": "Services85",
        "operation": "SendMessages",
        "messages": 2,
        "notes": [],
        "refused": None,
        "rule": None,
        "fault": None,
    }
    assert size["response"] > len(sent.body)


def test_one_is_shown_with_its_headers_in_their_order_and_where_its_bytes_are(double) -> None:
    double.send(outgoing())
    one = double.get(f"{JOURNAL}/1").json
    assert one["request"]["line"] == "POST /Remote/Services88/Messaging.svc HTTP/1.1"
    assert {"name": "Content-Type", "value": "text/xml; charset=utf-8"} in one["request"]["headers"]
    assert one["response"]["line"] == "HTTP/1.1 200 OK"
    assert [each["name"] for each in one["response"]["headers"]] == ["Content-Type", "Content-Length"]
    for way in ("request", "response"):
        raw, body = double.get(one[way]["raw"]), double.get(one[way]["body"])
        assert (raw.content_type, body.content_type) == ("message/http", "text/xml")
        assert raw.body.endswith(body.body)
        assert raw.body.startswith(one[way]["line"].encode())
        assert len(raw.body) == one[way]["bytes"]
        assert body.body.startswith(b"<s:Envelope")
        assert raw.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        pytest.param(lambda double: double.post(b"no XML"), "XML", id="no XML"),
        pytest.param(lambda double: double.get("/nowhere?x=1"), "nothing is there", id="an unknown URL"),
        pytest.param(lambda double: double.request("POST", "/"), "nothing is there", id="the root"),
        pytest.param(lambda double: double.get(url_of(services=12)), "Services12", id="an unknown version"),
        pytest.param(lambda double: double.post(b"<a/>", content_type="image/png"), "send text/xml", id="another type"),
        pytest.param(lambda double: double.request("DELETE", url_of()), "POST a SOAP envelope", id="another method"),
        pytest.param(lambda double: double.post(b"<a/>"), "the root is a", id="no envelope"),
    ],
)
def test_a_request_that_was_not_served_says_why(double, ask, words) -> None:
    answer = ask(double)
    (exchange,) = exchanges(double)
    assert exchange["status"] == answer.status >= 400
    assert words in str(exchange["refused"])
    assert [each["id"] for each in exchanges(double, "refused.any=true")] == [1]


def test_an_in_band_error_is_an_answer_and_says_why(start_double) -> None:
    double = start_double(auth="onsite")
    double.send(outgoing())
    double.send(outgoing(), headers=credentials(ticket(double)))
    (exchange,) = exchanges(double, "refused.any=true&status=200")
    assert (exchange["status"], exchange["operation"]) == (200, "SendMessages")
    for said in (exchange["refused"], exchange["notes"][0]):
        assert said.startswith("refused in-band: Authentication failed! The call carries no ticket")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("notes.any=true", [4, 3, 1]),
        ("notes.any=false", [2]),
        ("notes.contains=400", [1]),
        ("notes.contains=letter%20case", [4, 3]),
        ("notes.contains=nowhere", []),
        ("notes.pattern=SOAPAction*", [4, 3]),
        ("notes.pattern=SOAPAction", []),
        ("notes=SOAPAction", []),
        ("notes.contains=letter%20case&notes.any=true&id=3", [3]),
    ],
)
def test_notes_are_asked_for_one_by_one(double, query, found) -> None:
    action = action_of("GetPlugins")
    body = envelope(operation("GetPlugins"))
    double.post(b"<?xml version='1.0' encoding='latin1'?>" + body, action)
    double.post(body, action)
    double.post(body, action.upper())
    double.post(body, action.lower(), "application/xml")
    assert [each["id"] for each in exchanges(double, query)] == found


def test_a_note_is_asked_for_as_it_stands(double) -> None:
    double.post(envelope(operation("GetPlugins")), action_of("GetPlugins").upper())
    (exchange,) = exchanges(double)
    assert exchanges(double, f"notes={quote(exchange['notes'][0])}") == [exchange]
    assert double.request("DELETE", f"{JOURNAL}?notes.any=true").json == {"deleted": 1}


def test_what_was_forgiven_is_noted_with_what_the_real_service_answers(double) -> None:
    double.post(envelope(operation("SendMessages", OutgoingMessages=[outgoing()])), content_type="application/xml")
    (exchange,) = exchanges(double)
    assert exchange["status"] == 200
    assert any("415" in note for note in exchange["notes"])


def test_tickets_and_tokens_are_masked_everywhere_but_in_the_raw_bytes(double) -> None:
    secret = ticket(double)
    double.request(
        "POST",
        f"{url_of()}?ticket={secret}",
        b"",
        {"Authorization": f"SOTicket {secret}", "Cookie": "session=abc", "X-Other": f"a {secret} b"},
    )
    double.plugins(headers=credentials(secret))
    for number in (1, 2, 3):
        shown = double.get(f"{JOURNAL}/{number}").body + double.get(f"{JOURNAL}?id={number}").body
        assert secret.encode() not in shown
        assert b"session=abc" not in shown
    assert b"***" in double.get(f"{JOURNAL}/2").body
    assert secret.encode() in double.get(f"{JOURNAL}/2/request").body
    assert secret.encode() in double.get(f"{JOURNAL}/3/request.xml").body


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("SO-AppToken", True),
        ("X-Api-Key", True),
        ("X-ApiKey", True),
        ("Ocp-Apim-Subscription-Key", True),
        ("Proxy-Authorization", True),
        ("X-Client-Secret", True),
        ("X-Password", True),
        ("Idempotency-Key", False),
        ("User-Agent", False),
    ],
)
def test_headers_that_commonly_carry_secrets_are_masked_by_their_names(double, name, masked) -> None:
    double.request("POST", url_of(), b"", {name: "correct-horse"})
    headers = double.get(f"{JOURNAL}/1").json["request"]["headers"]
    (value,) = (each["value"] for each in headers if each["name"].lower() == name.lower())
    assert value == ("***" if masked else "correct-horse")
    assert b"correct-horse" in double.get(f"{JOURNAL}/1/request").body


@pytest.mark.parametrize("bounds", [{"journal_entries": 20}, {"journal_bytes": 64 * 1024}])
def test_the_oldest_leave_and_it_is_said_how_many(start_double, bounds) -> None:
    double = start_double(**bounds)
    for number in range(60):
        double.send(outgoing(Content=f"{number} {'x' * 1000}"))
    found = double.get(f"{JOURNAL}?limit=1000").json
    kept = [each["id"] for each in found["exchanges"]]
    assert kept == list(range(60, 60 - len(kept), -1))
    assert 10 < len(kept) < 40
    assert found["evicted"] == 60 - len(kept)
    gone = double.get(f"{JOURNAL}/1")
    assert_problem(gone, 404, "no exchange 1", f"{found['evicted']} older ones were dropped", "journal-entries")


def test_a_large_exchange_is_cut_and_says_so(start_double) -> None:
    double = start_double(journal_bytes=64 * 1024)
    double.send(outgoing(Content="x" * 100_000))
    (exchange,) = exchanges(double)
    assert exchange["request"]["cut"] is True
    assert exchange["request"]["bytes"] > 100_000
    assert len(double.get(f"{JOURNAL}/1/request").body) == 16 * 1024
    assert exchange["response"]["cut"] is False


def test_each_tenant_has_a_journal_with_ids_and_bounds_of_its_own(start_double) -> None:
    double = start_double(journal_entries=5)
    for _ in range(9):
        double.plugins(tenant="Cust1")
    double.plugins(tenant="Cust2")
    assert [each["evicted"] for each in _pages(double, "Cust1", "Cust2", "Cust3")] == [4, 0, 0]
    assert [each["total"] for each in _pages(double, "Cust1", "Cust2", "Cust3")] == [5, 1, 0]


def _pages(double, *tenants: str) -> list[dict]:
    return [double.get(control_url(tenant, "journal")).json for tenant in tenants]


def test_an_exchange_is_read_as_soon_as_its_call_was_answered() -> None:
    with MessagingDouble() as served:
        tenant = served.tenant("Cust1")
        for number, part in enumerate(("", "/request", "/request.xml", "/response", "/response.xml", "/rules"), 1):
            send(tenant.soap_url())
            with urlopen(f"{served.url}{control_url('Cust1', f'journal/{number}{part}')}", timeout=10) as answer:
                assert answer.status == 200


def test_the_control_api_and_the_probes_are_not_in_it(double) -> None:
    for path in ("/livez", "/readyz", "/_mock/v1/tenants", JOURNAL, "/_mock/nowhere"):
        double.get(path)
    double.steer("POST", "verify", {"never": True})
    assert exchanges(double) == []


def test_it_can_be_turned_off(start_double) -> None:
    double = start_double(journal_entries=0)
    double.send(outgoing())
    double.get("/nowhere")
    assert double.get(JOURNAL).json == {"exchanges": [], "total": 0, "next": None, "evicted": 0, "lost": 0}
    assert_problem(double.get(f"{JOURNAL}/1"), 404, "no exchange 1")


def test_a_deleted_exchange_is_gone_and_not_counted_as_evicted(double) -> None:
    for _ in range(3):
        double.plugins()
    assert double.request("DELETE", f"{JOURNAL}?id=2").json == {"deleted": 1}
    found = double.get(JOURNAL).json
    assert ([each["id"] for each in found["exchanges"]], found["evicted"]) == ([3, 1], 0)
    assert double.request("DELETE", JOURNAL).json == {"deleted": 2}


def test_a_body_that_was_compressed_or_is_none_is_given_as_it_came(double) -> None:
    double.post(b"\x1f\x8b\0\xff", headers={"Content-Encoding": "gzip"})
    double.get(f"{url_of()}?wsdl")
    assert double.get(f"{JOURNAL}/1/request.xml").body == b"\x1f\x8b\0\xff"
    assert double.get(f"{JOURNAL}/2/request.xml").body == b""
