"""Texts are exact both ways: what is sent is kept, what is kept is shown."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.answers import Status, text_of
from support.double import Double
from support.envelopes import INCOMING, NIL, Xml, element, outgoing
from support.texts import xml_texts

TEXTS = ("From", "To", "Content", "Format", "SuggestedSessionKey")
MAYBE = st.none() | st.just(NIL) | xml_texts()


@pytest.fixture(scope="module")
def kept():
    """Return one double for many examples; each example resets it."""
    with Double() as double:
        yield double


@pytest.fixture
def refusing(start_double):
    """Return a double without plugins."""
    return start_double(unknown_plugin="error", plugins=())


def in_json(name: str) -> str:
    return name[0].lower() + name[1:]


def shown(value):
    return None if value is NIL else value


@settings(max_examples=50)
@given(st.fixed_dictionaries(dict.fromkeys(TEXTS, MAYBE)), xml_texts(), st.lists(st.tuples(MAYBE, MAYBE), max_size=3))
def test_every_text_of_an_outgoing_message_is_in_the_outbox_unchanged(kept, members, plugin, config) -> None:
    kept.reset()
    answer = kept.send(outgoing(**members), plugin=plugin, config=config)
    assert (answer.status, answer.succeeded) == (200, True)
    (message,) = kept.outbox()
    assert {name: message[in_json(name)] for name in TEXTS} == {name: shown(text) for name, text in members.items()}
    assert message["plugin"] == (plugin or "CM")
    assert message["config"] == [{"key": shown(key), "value": shown(value)} for key, value in config]
    assert message["operation"] == "SendMessagesWithConfig"
    if shown(members["SuggestedSessionKey"]):
        assert message["sessionKey"] == members["SuggestedSessionKey"]


@settings(max_examples=50)
@given(st.fixed_dictionaries(dict.fromkeys(INCOMING, MAYBE)))
def test_every_text_of_an_incoming_message_is_in_the_inbox_unchanged(kept, members) -> None:
    kept.reset()
    assert kept.create(**members).succeeded
    (message,) = kept.inbox()
    assert {name: message[in_json(name)] for name in INCOMING} == {name: shown(text) for name, text in members.items()}


@settings(max_examples=60)
@given(xml_texts(), MAYBE, MAYBE)
def test_every_text_of_a_status_report_is_shown_unchanged(kept, plugin, external_id, description) -> None:
    kept.reset()
    assert kept.set_status(plugin, external_id, 1, description).succeeded
    (report,) = kept.reports()
    assert (report["plugin"], report["externalMessageId"]) == (plugin or "CM", shown(external_id))
    assert report["statusDescription"] == shown(description)


@settings(max_examples=50)
@given(MAYBE, st.integers(-(2**31), 2**31 - 1))
def test_a_description_comes_back_through_soap_and_json_unchanged(kept, description, status) -> None:
    kept.reset()
    kept.send(outgoing(To="1"))
    (message,) = kept.outbox()
    kept.set_status("CM", message["externalMessageId"], status, description)
    assert kept.get_status(1).statuses == [Status(status, shown(description), 1)]
    (message,) = kept.outbox()
    assert (message["status"], message["statusDescription"]) == (status, shown(description))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(xml_texts())
def test_a_text_in_an_error_is_a_text_in_the_answer(refusing, text) -> None:
    answer = refusing.send(outgoing(To="1"), plugin=f"x{text}")
    assert not answer.succeeded
    assert f"x{text}" in answer.exception["Message"]


@settings(max_examples=40)
@given(xml_texts())
def test_the_location_of_a_time_zone_is_echoed_unchanged(kept, text) -> None:
    zone = [element("SoTimeZoneId", 1), element("SoTimeZoneLocationCode", text)]
    answer = kept.call("GetPlugins", headers=element("TimeZone", zone))
    assert text_of(answer.header_block("TimeZone")[1]) == text


@pytest.mark.parametrize("member", TEXTS)
def test_left_out_nil_and_empty_are_told_apart(either_double, member) -> None:
    either_double.send(outgoing(), outgoing(**{member: NIL}), outgoing(**{member: ""}), outgoing(**{member: " "}))
    empty = [message[in_json(member)] for message in reversed(either_double.outbox())]
    assert empty == [None, None, "", " "]


@pytest.mark.parametrize("inside", [None, "", "<!-- x -->", "<![CDATA[]]>"])
def test_an_empty_string_is_empty_in_any_spelling(either_double, inside) -> None:
    spelling = "<Content/>" if inside is None else f"<Content>{inside}</Content>"
    either_double.send(Xml(f"<OutgoingMessage>{spelling}</OutgoingMessage>"))
    assert either_double.outbox()[0]["content"] == ""


def test_a_content_of_megabytes_is_kept_whole(either_double) -> None:
    content = "æ€😀 \n<&>" * 250_000
    assert either_double.send(outgoing(Content=content)).succeeded
    assert either_double.outbox()[0]["content"] == content


def test_a_content_of_more_than_libxml2s_ten_megabytes_is_kept_where_the_limit_allows_it(start_double) -> None:
    double = start_double(max_body_bytes=32 * 1024**2)
    content = "x" * 11_000_000
    assert double.send(outgoing(Content=content)).succeeded
    assert double.outbox()[0]["content"] == content


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("a\r\nb", "a\nb"),
        ("a\rb", "a\nb"),
        ("a\nb", "a\nb"),
        ("a\tb", "a\tb"),
        ("a&#13;&#10;b", "a\r\nb"),
        ("a&#xD;b", "a\rb"),
        ("a&#xA;b", "a\nb"),
        ("a&#9;b", "a\tb"),
        ("  a  b  ", "  a  b  "),
        ("\n  a\n", "\n  a\n"),
        ("a<![CDATA[<b>&amp;]]>c", "a<b>&amp;c"),
        ("a<!-- b -->c", "ac"),
        ("a<?b c?>d<![CDATA[]]>", "ad"),
        ("a]]&gt;b", "a]]>b"),
        ("&amp;lt;", "&lt;"),
        ("&quot;&apos;", "\"'"),
        ("&#x1F600;", "\U0001f600"),
        ("a\u0085b\u2028c", "a\u0085b\u2028c"),
    ],
)
def test_white_space_and_references_are_read_as_xml_says(either_double, sent, read) -> None:
    """A literal CR LF is a LF to every XML 1.0 parser; who wants the CR writes ``&#13;``."""
    either_double.send(outgoing(Content=Xml(sent)))
    assert either_double.outbox()[0]["content"] == read
