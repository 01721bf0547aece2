"""SendMessages and SendMessagesWithConfig: what gets into the outbox, under which ids and plugins."""

from __future__ import annotations

import pytest
from support.answers import Status
from support.envelopes import NIL, VERSIONS, Xml, element, outgoing

INVALID = "SuperOffice.Exceptions.SoInvalidArgumentException"
MANY = 300


def test_a_status_comes_back_for_each_message_in_their_order(either_double) -> None:
    """As documented: "Length of the array is equal to the number of outgoing messages"."""
    answer = either_double.send(*[outgoing(To=str(number)) for number in range(1, MANY + 1)])
    assert answer.messaging_ids == list(range(1, MANY + 1))
    assert answer.call.messages == MANY
    sent = {message["messagingId"]: message["to"] for message in either_double.outbox()}
    assert sent == {number: str(number) for number in range(1, MANY + 1)}


def test_ids_are_one_row_of_numbers_for_all_versions_and_both_operations(either_double) -> None:
    for number, services in enumerate(VERSIONS, 1):
        config = [] if number == 2 else None
        assert either_double.send(outgoing(), config=config, services=services).messaging_ids == [number]
    assert [message["services"] for message in either_double.outbox()] == [f"Services{n}" for n in reversed(VERSIONS)]


@pytest.mark.parametrize("first", [1, 2, 1000, 2**31 - 3])
def test_the_first_messaging_id_is_a_setting(start_double, first) -> None:
    double = start_double(first_messaging_id=first)
    for tenant in ("Cust1", "Cust2"):
        assert double.send(outgoing(), tenant=tenant).messaging_ids == [first]
        assert double.send(outgoing(), tenant=tenant).messaging_ids == [first + 1]
    double.reset("Cust1")
    assert double.send(outgoing(), tenant="Cust1").messaging_ids == [first]


@pytest.mark.parametrize("status", [0, 7, -1, -(2**31), 2**31 - 1])
def test_the_status_of_what_is_sent_is_a_setting(start_double, status) -> None:
    double = start_double(statuses=(("sent", status),), profile="never")
    sent = Status(status, "Handed over to the gateway", 1)
    assert double.send(outgoing()).statuses == double.get_status(1).statuses == [sent]
    (message,) = double.outbox()
    assert (message["status"], message["statusDescription"]) == sent[:2]
    (change,) = message["statuses"]
    assert (change["status"], change["statusDescription"], change["by"]) == (*sent[:2], "SendMessages")


@pytest.mark.parametrize("config", [None, []], ids=["SendMessages", "WithConfig"])
@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_batch_with_a_nil_in_it_is_not_sent_at_all(either_double, config, position) -> None:
    messages = [outgoing(To="1"), outgoing(To="2")]
    messages.insert(position, element("OutgoingMessage", NIL))
    answer = either_double.send(*messages, config=config)
    assert (answer.succeeded, answer.statuses) == (False, None)
    assert answer.exception["Message"] == "OutgoingMessages has 1 nil among 3: none was sent."
    assert answer.exception["ExceptionType"] == INVALID
    assert either_double.is_empty()
    assert either_double.send(outgoing()).messaging_ids == [1]


@pytest.mark.parametrize("messages", [[], NIL, None], ids=["empty", "nil", "left out"])
def test_no_messages_are_no_error(either_double, messages) -> None:
    for answer in (
        either_double.call("SendMessages", Plugin="CM", OutgoingMessages=messages),
        either_double.call("SendMessagesWithConfig", Plugin="CM", OutgoingMessages=messages, Config=[]),
    ):
        assert (answer.succeeded, answer.statuses) == (True, [])
        assert answer.call.messages == 0
    assert either_double.is_empty()


@pytest.mark.parametrize("plugin", ["", NIL, None], ids=["empty", "nil", "left out"])
def test_an_empty_plugin_is_the_first_of_the_catalogue(either_double, plugin) -> None:
    assert either_double.send(outgoing(), plugin=plugin).succeeded
    assert either_double.outbox()[0]["plugin"] == "CM"


@pytest.mark.parametrize("plugin", ["", NIL, None], ids=["empty", "nil", "left out"])
def test_an_empty_plugin_is_an_error_where_set_so(start_double, plugin) -> None:
    double = start_double(empty_plugin="error")
    for answer in (double.send(outgoing(), plugin=plugin), double.set_status(plugin, "x", 1)):
        assert not answer.succeeded
        assert answer.exception["Message"] == "Plugin is empty: name one of GetPlugins."
    assert double.is_empty()


def test_an_empty_plugin_is_an_error_where_the_catalogue_is_empty(start_double) -> None:
    double = start_double(plugins=())
    assert not double.send(outgoing(), plugin="").succeeded
    assert double.is_empty()
    assert double.send(outgoing(), plugin="any").succeeded


@pytest.mark.parametrize("plugin", ["Unknown", "cm", "CM ", " ", "CM\n", "Twilio"])
def test_an_unknown_plugin_is_accepted_under_its_name(either_double, plugin) -> None:
    assert either_double.send(outgoing(), plugin=plugin).succeeded
    assert either_double.outbox()[0]["plugin"] == plugin


@pytest.mark.parametrize("plugin", ["Unknown", "cm", "CM ", " "])
def test_an_unknown_plugin_is_an_error_where_set_so(start_double, plugin) -> None:
    double = start_double(unknown_plugin="error")
    for answer in (double.send(outgoing(), plugin=plugin), double.set_status(plugin, "x", 1)):
        assert not answer.succeeded
        assert answer.exception["ExceptionType"] == INVALID
        assert answer.exception["Message"].startswith(f"Plugin '{plugin}' is unknown; GetPlugins has 'CM', ")
    assert double.is_empty()
    assert double.send(outgoing(), plugin="Twilio SMS").succeeded


@pytest.mark.parametrize(
    "config",
    [
        [],
        [("a", "1")],
        [("b", "1"), ("a", "2"), ("c", "3")],
        [("a", "1"), ("a", "1"), ("a", "2")],
        [(NIL, "1"), ("a", NIL), (NIL, NIL)],
        [("", ""), (" ", " ")],
        [(None, "1"), ("a", None)],
    ],
    ids=["none", "one", "their order", "repeated", "nil", "empty", "left out"],
)
def test_pairs_of_config_are_kept_as_sent(either_double, config) -> None:
    either_double.send(outgoing(), outgoing(), config=config)
    expected = [{"key": None if key is NIL else key, "value": None if value is NIL else value} for key, value in config]
    kept = [(message["config"], message["operation"]) for message in either_double.outbox()]
    assert kept == [(expected, "SendMessagesWithConfig")] * 2


@pytest.mark.parametrize("config", [NIL, None], ids=["nil", "left out"])
def test_no_config_is_null(either_double, config) -> None:
    answer = either_double.call("SendMessagesWithConfig", Plugin="CM", OutgoingMessages=[outgoing()], Config=config)
    assert answer.succeeded
    assert either_double.outbox()[0]["config"] is None


def test_a_nil_pair_is_no_pair(either_double) -> None:
    config = [element("StringKeyValuePair", NIL), Xml("<StringKeyValuePair><Key>a</Key></StringKeyValuePair>")]
    either_double.call("SendMessagesWithConfig", Plugin="CM", OutgoingMessages=[outgoing()], Config=config)
    assert either_double.outbox()[0]["config"] == [{"key": "a", "value": None}]


def test_what_is_refused_in_band_says_why_in_the_log(either_double) -> None:
    answer = either_double.call_xml(
        "SendMessages",
        '<SendMessages><OutgoingMessages><OutgoingMessage i:nil="true" '
        'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"/></OutgoingMessages></SendMessages>',
    )
    assert not answer.succeeded
    assert "refused in-band: OutgoingMessages has 1 nil among 1" in answer.notes
