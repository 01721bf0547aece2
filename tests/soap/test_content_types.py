"""Content types that WCF does not take: 415, and no body."""

import pytest
from support.envelopes import ACTION, SEND
from support.outcomes import assert_refused, unexpected_type


def test_no_content_type_is_415(either_double) -> None:
    for missing in (None, ""):
        answer = either_double.post(SEND, ACTION, missing)
        assert answer.reason == "Missing Content Type"
        assert_refused(either_double, answer, 415)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain", "text/html; charset=utf-8", "application/json", "multipart/related; type=text/xml", "text/xmlx",
        "text", ";", "text/xml; charset=bogus", "text/xml; charset=utf-7", "text/xml; charset=idna",
        "text/xml; charset=zlib", "text/xml; charset=utf-32", "text/xml; charset=utf-8\xe9",
    ],
)  # fmt: skip
def test_another_content_type_is_415(either_double, content_type) -> None:
    answer = either_double.post(SEND, ACTION, content_type)
    assert answer.reason == unexpected_type(content_type).replace("\xe9", "?")
    assert_refused(either_double, answer, 415)


@pytest.mark.parametrize("content_type", [None, "text/plain", "text/xml; charset=bogus"])
def test_the_content_type_of_an_empty_body_is_not_looked_at(either_double, content_type) -> None:
    assert_refused(either_double, either_double.post(b"", ACTION, content_type), 400, "the body is empty")


def test_no_content_type_can_write_a_header_of_its_own(either_double) -> None:
    answer = either_double.post(SEND, ACTION, "text/x\r\nX-Forged: 1\x00")
    assert "x-forged" not in answer.headers
    assert "\r" not in answer.reason + "".join(answer.headers.values())
    assert_refused(either_double, answer, 415)
    assert len(either_double.post(SEND, ACTION, "x" * 100_000).reason) < 2000
