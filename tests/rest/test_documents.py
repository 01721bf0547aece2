"""What a client reads before it calls: the API's own description and the tenant's state, with the double's own URLs."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from support.rest import assert_invalid

ORIGIN = "http://double.test:8080"
NOON = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("/api/state/Cust12345", ORIGIN),
        ("/api/state/CUST12345/", ORIGIN),
        ("/crm/API/State/cust12345", f"{ORIGIN}/crm"),
    ],
)
def test_the_state_of_a_tenant_sends_its_reader_here(start_double, url, root):
    answer = start_double(clock=NOON, auth="online").get(url)
    assert answer.json == {
        "ContextIdentifier": "Cust12345",
        "Endpoint": f"{root}/Cust12345",
        "State": "Running",
        "IsRunning": True,
        "ValidUntil": "2026-11-21T12:05:00.000000Z",
        "Api": f"{root}/Cust12345/api",
        "Version": answer.json["Version"],
    }


def test_the_api_of_the_state_is_where_messages_are_sent(double):
    api = double.get("/api/state/Cust12345").json["Api"].removeprefix(ORIGIN)
    answer = double.request(
        "POST",
        f"{api}/v1/Agents/Messaging/SendMessages",
        b'{"OutgoingMessages":[{}]}',
        {"Content-Type": "application/json"},
    )
    assert answer.status == 200
    assert len(double.outbox("Cust12345")) == 1


def test_the_description_is_json_where_it_is_accepted_and_else_a_page(start_double):
    double = start_double(auth="online")
    answer = double.get("/Cust12345/api", Accept="Application/JSON")
    assert answer.json["v1"] == f"{ORIGIN}/Cust12345/api/v1/"
    assert (answer.json["Version"], answer.json["Services"]) == ("v1", "Services87")
    page = double.get("/Cust12345/api/", Accept="text/html")
    assert page.content_type == "text/html; charset=utf-8"
    assert f"<dd>{ORIGIN}/Cust12345/api/v1/</dd>" in page.body.decode()


@pytest.mark.parametrize("url", ["//Cust12345//api/v1", "/Cust12345/api//v1//"])
def test_slashes_of_a_base_url_that_ends_in_one_count_once(double, url):
    assert double.get(url).body == double.get("/Cust12345/api/v1").body


def test_version_1_lists_every_url(double):
    urls = double.get("/Cust12345/api/v1").json
    assert urls[f"{ORIGIN}/Cust12345/api/v1/Agents/Messaging/SendMessages"] == {"POST": "SendMessages"}
    for url, methods in urls.items():
        (method,) = methods
        path = url.removeprefix(ORIGIN)
        assert double.request(method, path, b"{}", {"Content-Type": "application/json"}).status != 404


@pytest.mark.parametrize("url", ["/api", "/api/v1", "/api/state/Cust1"])
def test_documents_are_read_only(double, url):
    assert double.request("HEAD", url).status == 200
    answer = double.request("POST", url)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("url", ["/api/state/Cust1", "/api", "/login/.well-known/openid-configuration"])
def test_a_host_that_is_none_is_a_bad_request(double, url):
    assert_invalid(double.get(url, Host="a\xffb"), 400, "The Host header has characters that no host has")


def test_the_addresses_are_those_that_were_asked_at(double):
    answer = double.get("/api/state/Cust1", Host="sod.superoffice.com")
    assert answer.json["Api"] == "http://sod.superoffice.com/Cust1/api"
    answer = double.request("GET", "/api/state/Cust1", **{"wsgi.url_scheme": "https", "SCRIPT_NAME": "/proxy"})
    assert answer.json["Api"] == f"https{ORIGIN[4:]}/proxy/Cust1/api"
