"""The vendor's npm package, unchanged."""

from __future__ import annotations

import pytest
from support.processes import ServedDouble
from support.sockets import Client


@pytest.mark.parametrize(
    ("base", "tls", "auth", "credentials", "application"),
    [
        ("/Cust12345", False, "online", None, "client-secret"),
        ("/Cust12345/api/", True, "online", "8A:Cust12345.abc", ""),
        ("/SuperOffice/Cust12345", False, "onsite", "ole:a password", ""),
        ("/Cust12345", False, "none", "7T:abc==", ""),
    ],
)
def test_the_vendor_s_package_does_all_six_operations(serve, node, tls, base, auth, credentials, application):  # noqa: PLR0917 - a table
    double = serve(tls=tls)
    double.steer("PUT", "auth", {"auth": auth})
    credentials = credentials or double.steer("POST", "tickets", {"user": "ole"})["ticket"]
    result = node.run("webapi.cjs", double.url + base, credentials, application, ca=double.ca)
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
    exchanges = double.steer("GET", "journal")["exchanges"]
    assert [(each["operation"], each["services"]) for each in exchanges[::-1]] == [
        ("SendMessages", "REST"),
        ("SendMessagesWithConfig", "REST"),
        ("GetDeliveryStatus", "REST"),
        ("SetDeliveryStatus", "REST"),
        ("CreateMessage", "REST"),
        ("GetPlugins", "REST"),
    ]


def test_it_reports_a_refused_call_with_status_and_error_object(served, node):
    served.steer("PUT", "auth", {"auth": "online"})
    refused = node.run("webapi.cjs", f"{served.url}/Cust12345", "7T:abc==", "client-secret")
    assert (refused["status"], refused["data"]["ErrorType"]) == (401, "SoSessionException")
    served.steer("POST", "rules", {"when": {"transport": "rest"}, "then": {"http": 503}})
    assert node.run("webapi.cjs", f"{served.url}/Cust12345", "7T:abc==", "client-secret")["status"] == 503
    assert served.steer("GET", "outbox")["total"] == 0


def test_a_double_serves_the_first_rest_call_of_its_life(tmp_path):
    with ServedDouble(tmp_path) as double, Client(double.url) as client:
        assert client.ask("POST", "/api/v1/Agents/Messaging/GetPlugins").status == 200
