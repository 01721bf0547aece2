"""The journal against a witness: its bytes are those that a proxy saw."""

import re
from itertools import islice
from urllib.parse import quote

import pytest
from support.envelopes import sending
from support.hostile import TENANT, bodies, post, requests
from support.proxy import RecordingProxy
from support.sockets import Client, converse, path_of

FLAGS = ("--journal-bytes", "1GiB")
BODY = sending("God morgen! Blåbær € 😀")
POST = post(BODY)
CHUNKED_HEAD = post(b"", "Transfer-Encoding: chunked", length=False)
PATH = path_of(TENANT).encode()


def chunked(body: bytes, size: int, extension: bytes = b"", trailer: bytes = b"") -> bytes:
    parts = (body[start : start + size] for start in range(0, len(body), size))
    framed = b"".join(b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts)
    return CHUNKED_HEAD + framed + b"0\r\n" + trailer + b"\r\n"


def journal(client: Client, tenant: str = TENANT) -> list[dict]:
    """Return the exchanges, the first one first, with their raw bytes."""
    url = f"{quote(tenant, safe='')}/journal"
    exchanges = client.control(f"{url}?limit=1000")["exchanges"][::-1]
    for each in exchanges:
        for way in ("request", "response"):
            raw = client.ask("GET", f"/_mock/v1/tenants/{url}/{each['id']}/{way}").body
            assert (each[way]["bytes"], each[way]["cut"]) == (len(raw), False)
            each[way] = raw
    return exchanges


@pytest.fixture
def proxy(double):
    with RecordingProxy(double.address) as proxy:
        yield proxy


@pytest.mark.parametrize(
    ("pieces", "statuses"),
    [
        pytest.param([POST], [200], id="plain"),
        pytest.param([bytes([each]) for each in POST], [200], id="byte by byte"),
        pytest.param([chunked(BODY, 7)], [200], id="chunked"),
        pytest.param([chunked(BODY, 100, b";a=b", b"X-After: 1\r\n")], [200], id="chunked with extensions and trailer"),
        pytest.param([POST * 3], [200] * 3, id="pipelined"),
        pytest.param([POST + chunked(BODY, 50) + POST + b"GET %s?wsdl HTTP/1.1\r\nHost: a\r\n\r\n" % PATH], [200] * 4,
                     id="pipelined, of all kinds"),
        pytest.param([post(BODY, "Expect: 100-continue")], [200], id="100-continue, the body at once"),
        pytest.param([post(BODY, "Expect: 100-continue").removesuffix(BODY), BODY], [200], id="100-continue"),
        pytest.param([b"HEAD %s?wsdl HTTP/1.1\r\nhost: a\r\nx-Odd:  1 \r\n\r\n" % PATH], [200], id="HEAD"),
        pytest.param([b"GET %s?wsdl HTTP/1.1\r\nHost: a\r\n\r\n" % PATH], [200], id="GET of the WSDL"),
        pytest.param([POST.replace(b"HTTP/1.1", b"HTTP/1.0")], [200], id="HTTP/1.0"),
        pytest.param([post(BODY, "Connection: close")], [200], id="close"),
        pytest.param([post(b"no XML")], [400], id="no XML"),
        pytest.param([post(BODY, content_type="image/png")], [415], id="another type"),
        pytest.param([b"DELETE %s HTTP/1.1\r\nHost: a\r\n\r\n" % PATH], [405], id="another method"),
        pytest.param([b"GET /%s/nowhere?x=%%20 HTTP/1.1\r\nHost: a\r\n\r\n" % TENANT.encode()], [404], id="nowhere"),
        pytest.param([post(BODY, "Content-Length: 5")], [400], id="two lengths"),
        pytest.param([POST + b"GET %s HTTP/9.9\r\n\r\n" % PATH], [200, 505], id="another HTTP behind a good one"),
        pytest.param([POST[:-10]], [400], id="cut"),
    ],
)  # fmt: skip
def test_its_bytes_are_those_on_the_wire(proxy, double, connect, pieces, statuses):
    converse(proxy.address, pieces, half_close=True)
    exchanges = journal(connect(double))
    (seen,) = proxy.seen
    assert [each["status"] for each in exchanges] == statuses
    assert b"".join(each["request"] for each in exchanges) == seen.from_client
    assert b"".join(each["response"] for each in exchanges) == seen.from_server


def test_empty_lines_before_a_request_are_none_of_its_bytes(double, connect):
    converse(double.address, [b"\r\n\r\n" + POST])
    assert [each["request"] for each in journal(connect(double))] == [POST]


def test_one_connection_of_many_calls(proxy, double, connect):
    with Client(proxy.address) as through:
        for number in range(20):
            through.send_messages(TENANT, f"call {number}")
    exchanges = journal(connect(double))
    (seen,) = proxy.seen
    assert b"".join(each["request"] for each in exchanges) == seen.from_client
    assert b"".join(each["response"] for each in exchanges) == seen.from_server
    assert [each["id"] for each in exchanges] == list(range(1, 21))
    assert {each["operation"] for each in exchanges} == {"SendMessages"}


_OF_THE_CONTROL_API = re.compile(r"_mock|^GET outbox|^POST '/(\?wsdl)?'$")
FAMILIES = {
    "lengths": requests.lengths,
    "chunks": requests.chunks,
    "smuggling": requests.smuggling,
    "heads": requests.heads,
    "actions and types": requests.actions_and_types,
    "protocols": requests.protocols,
    "urls": lambda: (each for each in requests.urls() if not _OF_THE_CONTROL_API.search(each.name)),
    "noise": bodies.noise,
}


@pytest.mark.parametrize("family", FAMILIES)
def test_what_was_refused_is_in_it_with_the_bytes_that_came(double, connect, family):
    looker = connect(double)
    problems = []
    with RecordingProxy(double.address) as proxy:
        for case in islice(FAMILIES[family](), 0, None, 10):  # all of them are in test_hostile_requests
            converse(proxy.address, case.pieces(), half_close=case.half_close)
            seen = proxy.seen[-1]
            problem = _problem_with(looker, bytes(seen.from_client), bytes(seen.from_server))
            if problem:
                problems.append(f"{case.name}: {problem}")
    assert not problems, "\n".join(each[:300] for each in problems)


def _problem_with(looker: Client, asked: bytes, answered: bytes) -> str | None:
    tenants = [each["tenant"] for each in looker.ask("GET", "/_mock/v1/tenants").json["tenants"]]
    exchanges = [each for tenant in tenants for each in journal(looker, tenant)]
    for tenant in tenants:
        looker.control(f"{quote(tenant, safe='')}/reset", "POST")
    if sum(len(each["response"]) for each in exchanges) != len(answered):
        return f"{[each['response'] for each in exchanges]} instead of {answered!r}"
    for each in exchanges:
        if each["response"] not in answered or each["request"] not in asked:
            return f"{each} instead of {asked!r} and {answered!r}"
        if (each["status"] or 400) >= 400 and not (each["refused"] or each["operation"]):
            return f"{each} does not say why"
    return None


def test_it_keeps_its_bounds_and_the_process_its_memory(serve, connect):
    double = serve("--journal-entries", "200", "--log-level", "warning")
    one = connect(double)

    def send(count):
        for number in range(count):
            one.send_messages("Cust1", f"call {number}")

    send(500)
    before = double.resident_mib
    send(1000)
    assert double.resident_mib - before < 10
    found = one.control("Cust1/journal?limit=1")
    assert found["total"] <= 200
    assert found["total"] + found["evicted"] == 1500
    assert found["exchanges"][0]["id"] == 1500


def test_two_processes_keep_one_journal(pair, connect):
    doubles = [connect(each) for each in pair]
    for number in range(1, 11):
        for each in doubles:
            each.send_messages("Cust1", f"call {number}")
        for each in doubles:
            # Another process may be asked before this one has written what it answered.
            assert each.control(f"Cust1/journal?wait=20s&count={2 * number}")["total"] == 2 * number
    assert [each["id"] for each in journal(doubles[0], "Cust1")] == list(range(1, 21))


def test_what_was_answered_is_kept_when_the_double_stops(serve, connect, tmp_path):
    flags = ("--database", tmp_path / "kept.sqlite")
    first = serve(*flags)
    connect(first).send_messages("Cust1", "before")
    first.stop()
    assert connect(serve(*flags)).control("Cust1/journal")["total"] == 1
