"""A body that is taken without being counted is within the quotas."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from messaging_double.server.calls.call import Refusal
from messaging_double.server.soap import envelope
from messaging_double.server.soap.envelope import BrokenBody, check_quotas, is_plain

LONG = "a-name-that-is-long-for-this"
NAMES = st.sampled_from(["a", "b", "p:a", "q:a", LONG, f"p:{LONG}", "\u00e5", "xmlns"])
VALUES = st.sampled_from(["", "u", "urn:1", "urn:2", "a>b", "a<b", "&#65;", "'", '"', "xmlns=", "\u00e5"])
DECLARED = st.sampled_from(["xmlns", "xmlns:p", "xmlns:q", "x", "p:x", "xml:lang"])
ATTRIBUTE = st.builds("{}{}={}{}{}".format, DECLARED, st.sampled_from(["", " "]), st.just('"'), VALUES, st.just('"'))
ODD = st.sampled_from(
    ["<?x <a> ?>", "<!-- <a> -->", "<![CDATA[<a>]]>", "<?x <a b=' ?>", "text", "&amp;", "<!DOCTYPE r>", "<a", "<a/ >"]
)


@st.composite
def trees(draw, depth=4):
    """Elements in elements, and what is hard to tell from them."""
    name = draw(NAMES)
    attributes = "".join(
        f"{draw(st.sampled_from([' ', chr(10)]))}{each}" for each in draw(st.lists(ATTRIBUTE, max_size=2))
    )
    if not depth or draw(st.booleans()):
        return f"<{name}{attributes}/>"
    inside = "".join(draw(st.lists(trees(depth - 1) | ODD, max_size=4)))
    return f"<{name}{attributes}>{inside}</{name}>"


@pytest.fixture(scope="module", autouse=True)
def small_quotas():
    """Let small bodies be too much."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(envelope, "MOST_ELEMENTS", 8)
        patch.setattr(envelope, "MOST_NAME_CHARACTERS", 90)
        yield


@settings(max_examples=100)
@given(st.lists(trees(), min_size=1, max_size=3).map(lambda each: f"<r xmlns:p='u' xmlns:q='v'>{''.join(each)}</r>"))
@example("<r>" + "".join(f'<a xmlns="{each}"><{LONG}/></a>' for each in (1, 2, 3)) + "</r>")
def test_nothing_beyond_a_quota_is_plain(text) -> None:
    data = text.encode()
    is_too_much = False
    try:
        check_quotas(data, "utf-8")
    except (BrokenBody, Refusal) as refused:  # it may be broken as well
        is_too_much = "more than" in refused.hint or "DTD" in refused.hint
    assert not (is_plain(data) and is_too_much)


def test_a_usual_body_is_plain() -> None:
    assert is_plain(b"<a:b xmlns:a='c'>" + b"<d/>" * 7 + b"</a:b>")
    assert not is_plain(b"<a>" + b"<d/>" * 8 + b"</a>")
