"""CreateMessage and GetPlugins."""

from __future__ import annotations

import pytest
from support.answers import text_of
from support.envelopes import INCOMING, NIL, VERSIONS, operation, outgoing

from messaging_double.models.records import Plugin

VENDORS = [
    "CM", "Compaya SMS (cpsms.dk)", "Intelecom SMS", "Link Mobility SMS", "PSWinCom SMS", "SMS Teknik", "TXTLocal",
    "Twilio SMS",
]  # fmt: skip


@pytest.mark.parametrize("services", VERSIONS)
def test_a_message_that_is_created_is_in_the_inbox(either_double, services) -> None:
    members = {name: f"<{name} of {services}>" for name in INCOMING}
    answer = either_double.create(services=services, **members)
    assert (answer.succeeded, answer.notes, answer.call.messages) == (True, "", 1)
    (message,) = either_double.inbox()
    assert message.pop("registered").endswith("Z")
    assert message == {
        "id": 1,
        "to": members["To"],
        "from": members["From"],
        "content": members["Content"],
        "format": members["Format"],
        "sessionKey": members["SessionKey"],
        "plugin": members["Plugin"],
        "origin": "CreateMessage",
        "services": f"Services{services}",
    }
    assert either_double.outbox() == []


def test_messages_of_the_inbox_are_numbered_from_1_for_each_tenant(either_double) -> None:
    for tenant in ("Cust1", "Cust2", "Cust1"):
        either_double.create(tenant=tenant, Content=f"of {tenant}")
    assert [message["id"] for message in either_double.inbox("Cust1")] == [2, 1]
    assert [message["content"] for message in either_double.inbox("Cust2")] == ["of Cust2"]


def test_an_empty_message_is_a_message(either_double) -> None:
    assert either_double.create().succeeded
    (message,) = either_double.inbox()
    assert [message[name] for name in ("to", "from", "content", "format", "sessionKey", "plugin")] == [None] * 6


@pytest.mark.parametrize("message", [None, NIL], ids=["left out", "nil"])
def test_no_message_is_an_error(either_double, message) -> None:
    answer = either_double.call("CreateMessage", IncomingMessage=message)
    assert not answer.succeeded
    assert answer.exception["Message"] == "IncomingMessage is missing: there is nothing to create."
    assert answer.exception["ExceptionType"] == "SuperOffice.Exceptions.SoInvalidArgumentException"
    assert either_double.is_empty()


@pytest.mark.parametrize("setting", [{}, {"unknown_plugin": "error", "empty_plugin": "error"}])
def test_a_message_may_come_from_any_plugin_or_none(start_double, setting) -> None:
    """Unknown by documentation; the settings are about sending."""
    double = start_double(**setting)
    for plugin in ("unknown", "", NIL):
        assert double.create(Plugin=plugin).succeeded
    assert [message["plugin"] for message in double.inbox()] == [None, "", "unknown"]


def catalogue(answer):
    return [(text_of(each[2]), [text_of(text) for text in each[3]], each[4].text == "true") for each in answer.response]


@pytest.mark.parametrize("services", VERSIONS)
def test_the_catalogue_has_the_vendors_names(either_double, services) -> None:
    answer = either_double.call_xml("GetPlugins", operation("GetPlugins"), services=services)
    assert catalogue(answer) == [(name, ["sms/text"], True) for name in VENDORS]


@pytest.mark.parametrize(
    "plugins",
    [
        (),
        (Plugin("One"),),
        (Plugin("æ <&>", ("sms/160", "sms/mms", "smtp/rfc822"), supports_config=True), Plugin("B", ("x",))),
    ],
    ids=["none", "one", "two"],
)
def test_the_catalogue_is_a_setting(start_double, plugins) -> None:
    double = start_double(plugins=plugins)
    expected = [(each.name, list(each.supported_messaging_formats), each.supports_config) for each in plugins]
    assert catalogue(double.plugins()) == expected


def test_get_plugins_does_not_show_whether_a_plugin_gives_external_ids(start_double) -> None:
    doubles = [start_double(plugins=(Plugin("One", external_ids=each),)) for each in (True, False)]
    assert len({double.plugins().body for double in doubles}) == 1


def test_a_plugin_of_the_catalogue_need_not_support_config(start_double) -> None:
    """Whether the real service refuses the config is unknown."""
    double = start_double(plugins=(Plugin("One"),))
    assert double.send(outgoing(), plugin="One", config=[("a", "b")]).succeeded
