"""What is refused says why, where WCF's own words do not."""

from __future__ import annotations

import pytest
from support.envelopes import action_of

REFUSED = {
    "another operation's wrapper": ("GetPlugins", "<SendMessages/>", "SendMessages"),
    "a number that is none": (
        "SetDeliveryStatus",
        "<SetDeliveryStatus><Status>x</Status></SetDeliveryStatus>",
        "Status cannot be read as System.Int32",
    ),
    "text in the Body": ("SendMessages", "hello", "the Body has text"),
    "two elements in the Body": ("GetPlugins", "<GetPlugins/><GetPlugins/>", "Found element 'GetPlugins'"),
}


@pytest.mark.parametrize(("name", "body", "hint"), REFUSED.values(), ids=REFUSED)
def test_a_fault_says_in_a_header_and_in_the_log_what_was_found(either_double, name, body, hint) -> None:
    answer = either_double.call_xml(name, body)
    assert answer.status == 500
    assert hint in answer.headers["x-messaging-double-hint"]
    assert hint in answer.notes
    assert either_double.is_empty()


def test_a_bare_refusal_says_so_too(either_double) -> None:
    answer = either_double.post(b"", action_of("GetPlugins"))
    assert (answer.status, answer.body) == (400, b"")
    assert "empty" in answer.headers["x-messaging-double-hint"]


def test_an_answer_that_is_none_of_these_has_no_hint(either_double) -> None:
    assert "x-messaging-double-hint" not in either_double.plugins().headers


def test_a_second_body_is_refused(either_double) -> None:
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    document = f'<s:Envelope xmlns:s="{soap}"><s:Body/><s:Body/></s:Envelope>'
    answer = either_double.post(document.encode(), f'"{action_of("GetPlugins")}"')
    assert (answer.status, answer.body) == (400, b"")
