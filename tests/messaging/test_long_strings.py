"""Strings over 255 characters, the length of the real columns."""

from __future__ import annotations

import pytest
from support.answers import Status
from support.envelopes import outgoing

LONG = "æ" * 256
FITS = "😀" * 255


def test_strings_of_the_columns_length_are_kept_without_a_note(either_double) -> None:
    answer = either_double.send(outgoing(SuggestedSessionKey=FITS), plugin=FITS)
    assert answer.notes == ""
    (message,) = either_double.outbox()
    assert (message["sessionKey"], message["plugin"]) == (FITS, FITS)


def test_long_strings_are_kept_whole_and_noted(double) -> None:
    answer = double.send(outgoing(SuggestedSessionKey=LONG, Content=LONG), plugin=LONG)
    (message,) = double.outbox()
    assert (message["sessionKey"], message["plugin"], message["content"]) == (LONG, LONG, LONG)
    for name in ("SuggestedSessionKey", "Plugin"):
        assert f"{name} has 256 characters, the real column 255: kept whole" in answer.notes


def test_long_strings_are_truncated_where_set_so(start_double) -> None:
    double = start_double(long_strings="truncate")
    answer = double.send(outgoing(SuggestedSessionKey=LONG, Content=LONG), plugin=LONG)
    assert answer.succeeded
    (message,) = double.outbox()
    assert (message["sessionKey"], message["plugin"], message["content"]) == (LONG[:255], LONG[:255], LONG)
    assert "SuggestedSessionKey has 256 characters, the real column 255: truncated" in answer.notes
    double.create(SessionKey=LONG, Plugin=LONG, Format=LONG, Content=LONG)
    (message,) = double.inbox()
    assert [message[name] for name in ("sessionKey", "plugin", "format", "content")] == [LONG[:255]] * 3 + [LONG]
    external_id = double.outbox()[0]["externalMessageId"]
    double.set_status(LONG, external_id, 1, LONG)
    assert double.get_status(1).statuses == [Status(1, LONG[:255], 1)]


def test_long_strings_are_an_error_where_set_so(start_double) -> None:
    double = start_double(long_strings="error")
    for answer in (
        double.send(outgoing(), plugin=LONG),
        double.send(outgoing(), outgoing(SuggestedSessionKey=LONG)),
        double.create(SessionKey=LONG),
        double.create(Plugin=LONG),
        double.create(Format=LONG),
        double.set_status("CM", "x", 1, LONG),
        double.set_status(LONG, "x", 1),
    ):
        assert not answer.succeeded
        assert "has 256 characters, the real column 255" in answer.exception["Message"]
    assert double.is_empty()
    assert double.send(outgoing(Content=LONG, To=LONG), plugin=FITS).messaging_ids == [1]


@pytest.mark.parametrize("long_strings", ["keep", "truncate", "error"])
def test_what_has_no_known_column_is_kept_whole_without_a_note(start_double, long_strings) -> None:
    double = start_double(long_strings=long_strings)
    message = {"To": LONG, "From": LONG, "Content": LONG}
    answers = [double.send(outgoing(**message, Format=LONG), config=[(LONG, LONG)]), double.create(**message)]
    assert [(answer.succeeded, answer.notes) for answer in answers] == [(True, "")] * 2
    ((sent,), (received,)) = double.outbox(), double.inbox()
    assert [each[name] for each in (sent, received) for name in ("to", "from", "content")] == [LONG] * 6
    assert (sent["format"], sent["config"]) == (LONG, [{"key": LONG, "value": LONG}])


def test_an_error_does_not_repeat_a_megabyte(start_double) -> None:
    """.NET's default quotas are 64 KiB a message and 8,192 characters a string."""
    double = start_double(unknown_plugin="error")
    answer = double.send(outgoing(), plugin="x" * 1_000_000)
    assert not answer.succeeded
    assert len(answer.exception["Message"]) <= 8192
