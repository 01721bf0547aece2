"""The vendor's npm package, unchanged."""

from __future__ import annotations

import urllib.request

import pytest
from support import soap_calls


@pytest.mark.parametrize(
    ("base", "tls"), [("/Cust12345", False), ("/Cust12345/api/", True), ("/SuperOffice/Cust12345", False)]
)
def test_the_vendor_s_package_does_all_six_operations(request, node, tls, base):
    double = request.getfixturevalue("serve")(tls=True) if tls else request.getfixturevalue("served")
    double.steer("PUT", "auth", {"auth": "online"})
    ticket = double.steer("POST", "tickets", {"user": "ole"})["ticket"]
    result = node.run("webapi.cjs", double.url + base, ticket, "client-secret", ca=double.ca)
    assert result["receipt"] == {
        "tableRight": None,
        "fieldProperties": {},
        "status": 1,
        "statusDescription": "Handed over to the gateway",
        "messagingId": 1,
    }, result
    assert [(each["messagingId"], each["status"]) for each in result["statuses"]] == [(2, 2), (1, 2), (8, -1)]
    assert result["plugins"][0]["name"] == "CM"
    second, first = double.steer("GET", "outbox")["messages"]
    assert (first["to"], first["from"], first["content"], first["services"]) == (
        "+4799999999",
        "Me",
        "Hei æ 😀",
        "REST",
    )
    assert (second["config"], second["parentMessagingId"]) == ([{"key": "cm_username", "value": "u"}], 1)
    assert second["sessionKey"] == first["sessionKey"]
    assert double.steer("GET", "inbox")["messages"][0]["content"] == "in"
    assert double.steer("GET", "status-reports")["statusReports"][0]["externalMessageId"] == "ext-1"


@pytest.mark.parametrize(
    ("auth", "credentials", "application"),
    [("onsite", "ole:a password", ""), ("online", "8A:Cust12345.abc", ""), ("none", "7T:abc==", "")],
)
def test_each_of_its_ways_to_authenticate_is_taken(served, node, auth, credentials, application):
    served.steer("PUT", "auth", {"auth": auth})
    assert node.run("webapi.cjs", f"{served.url}/Cust12345", credentials, application)["receipt"]["messagingId"] == 1


def test_it_reports_a_refused_call_with_status_and_error_object(served, node):
    served.steer("PUT", "auth", {"auth": "online"})
    refused = node.run("webapi.cjs", f"{served.url}/Cust12345", "7T:abc==", "client-secret")
    assert (refused["status"], refused["data"]["ErrorType"]) == (401, "SoSessionException")
    served.steer("POST", "rules", {"when": {"transport": "rest"}, "then": {"http": 503}})
    assert node.run("webapi.cjs", f"{served.url}/Cust12345", "7T:abc==", "client-secret")["status"] == 503
    assert served.steer("GET", "outbox")["total"] == 0


def test_what_it_sent_stands_beside_what_came_by_soap(served, node):
    node.run("webapi.cjs", f"{served.url}/Cust12345", "7T:abc==")
    soap_calls.send(f"{served.url}/Cust12345/Remote/Services88/Messaging.svc", To="+4711", Content="by SOAP")
    kept = [(each["messagingId"], each["services"]) for each in served.steer("GET", "outbox")["messages"]]
    assert kept == [(3, "Services88"), (2, "REST"), (1, "REST")]
    expectation = {"match": {"content": "Hei æ 😀", "services": "REST"}, "count": 1}
    assert served.steer("POST", "verify", expectation)["found"] == 1


def test_raw_bytes_of_its_requests_are_in_the_journal(served, node):
    node.run("webapi.cjs", f"{served.url}/Cust12345", "7T:abc==")
    entries = served.steer("GET", "journal")["exchanges"]
    assert [each["operation"] for each in entries][::-1] == [
        "SendMessages",
        "SendMessagesWithConfig",
        "GetDeliveryStatus",
        "SetDeliveryStatus",
        "CreateMessage",
        "GetPlugins",
    ]
    assert {each["services"] for each in entries} == {"REST"}


def test_a_double_serves_the_first_rest_call_of_its_life(serve):
    double = serve()
    request = urllib.request.Request(f"{double.url}/api/v1/Agents/Messaging/GetPlugins", b"", method="POST")
    with urllib.request.urlopen(request, timeout=30) as response:
        assert response.status == 200
