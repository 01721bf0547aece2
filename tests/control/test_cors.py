"""Pages of other origins: those of the setting may use the control API from a browser, others may not."""

from __future__ import annotations

import pytest
from support.control import OUTBOX, assert_problem, fill
from support.double import url_of
from support.envelopes import sending

from messaging_double.server.settings import Settings

pytestmark = pytest.mark.no_database

ORIGINS = ("https://qa.example.com", "http://LOCALHOST:5173")
RESET = "/_mock/v1/tenants/default/reset"
ALLOWED = ["https://qa.example.com", "https://QA.example.com:443", "http://localhost:5173"]
OTHERS = [
    "https://evil.example",
    "http://qa.example.com",
    "https://qa.example.com:8443",
    "https://a.qa.example.com",
    "null",
    "",
]


def cors(answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


@pytest.fixture
def double(start_double):
    return start_double(cors_origins=ORIGINS)


@pytest.mark.parametrize("origin", ALLOWED)
def test_a_page_of_a_listed_origin_reads_and_writes(double, origin):
    fill(double, 1)
    read = double.get(OUTBOX, Origin=origin)
    assert (read.status, cors(read)) == (200, {"access-control-allow-origin": origin})
    assert "Origin" in read.headers["vary"]
    write = double.request("POST", RESET, headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"})
    assert (write.status, cors(write)) == (204, {"access-control-allow-origin": origin})
    assert double.is_empty()


def test_such_a_page_reads_errors_too(start_double):
    double = start_double(cors_origins=ORIGINS, control_token="sesame")  # noqa: S106
    for url, status in ((OUTBOX, 401), ("/_mock/v1/nothing", 401), ("/readyz", 200)):
        answer = double.get(url, Origin=ORIGINS[0])
        assert (answer.status, cors(answer)) == (status, {"access-control-allow-origin": ORIGINS[0]})


@pytest.mark.parametrize("origin", OTHERS)
def test_other_pages_are_kept_out_as_without_the_setting(double, origin):
    read = double.get(OUTBOX, Origin=origin)
    assert (read.status, cors(read)) == (200, {})
    assert "Origin" in read.headers["vary"]
    write = double.request("POST", RESET, headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"})
    assert_problem(write, 403, "came from a page of another site")
    assert cors(write) == {}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_preflight_says_what_a_listed_page_may_do_and_needs_no_token(start_double, method):
    double = start_double(cors_origins=ORIGINS, control_token="sesame")  # noqa: S106
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization,content-type"}
    answer = double.request("OPTIONS", OUTBOX, headers={"Origin": ORIGINS[0], **asked})
    assert answer.status == 204
    assert cors(answer) == {
        "access-control-allow-origin": ORIGINS[0],
        "access-control-allow-methods": "DELETE, GET, HEAD, POST, PUT",
        "access-control-allow-headers": "Authorization, Content-Type",
        "access-control-max-age": "600",
    }
    other = double.request("OPTIONS", OUTBOX, headers={"Origin": "https://evil.example", **asked})
    assert (other.status, cors(other)) == (401, {})


def test_a_listed_page_cannot_use_a_foreign_name_of_the_double(double):
    asked = {"Origin": ORIGINS[0], "Host": "evil.example", "Access-Control-Request-Method": "GET"}
    assert double.request("OPTIONS", OUTBOX, headers=asked).status == 403
    assert double.get(OUTBOX, Origin=ORIGINS[0], Host="evil.example").status == 403


def test_soap_calls_are_for_no_page(double):
    answer = double.request("POST", url_of(), sending("x"), {"Origin": ORIGINS[0], "Content-Type": "text/xml"})
    assert (answer.status, cors(answer)) == (403, {})


@pytest.mark.parametrize(
    ("given", "read"),
    [("", ()), ("https://a", ("https://a",)), ("http://a:1, https://[::1]", ("http://a:1", "https://[::1]"))],
)
def test_origins_are_read_from_a_list(given, read):
    assert Settings.from_sources({"cors_origins": given}, {}).cors_origins == read
