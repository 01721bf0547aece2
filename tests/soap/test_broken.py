"""Law: no request, however broken, gets a traceback, HTML, an empty 200 or half of a batch kept.

``Double`` checks each answer; what is left to say here is which requests.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.double import SOAP_XML, TEXT_XML, Double, url_of
from support.envelopes import (
    OPERATIONS,
    SOAP11,
    SOAP12,
    action_of,
    credentials,
    envelope,
    ids,
    operation,
    outgoing,
    pairs,
)

GOOD = [
    envelope(
        operation(
            "SendMessagesWithConfig",
            Plugin="CM",
            OutgoingMessages=[outgoing(To="1", Content="a", ParentMessagingId=0), outgoing(To="2", Content="&")],
            Config=pairs(("k", "v")),
        ),
        headers=credentials(),
    ),
    envelope(operation("GetDeliveryStatus", MessagingIds=ids(1, 2)), soap=SOAP12),
    envelope(operation("SetDeliveryStatus", Plugin="CM", ExternalMessageId="x", Status=1)),
]
PIECES = st.sampled_from(
    [
        b"", b"<", b">", b"/", b"&", b'"', b"\0", b"\xff", b"\xef\xbb\xbf", b"<a>", b"</a>", b"<!--", b"-->",
        b"<![CDATA[", b"]]>", b"<?x ?>", b"<!DOCTYPE a>", b"&#0;", b"&lt;", b"s:", b"xmlns", b"i:nil='true'",
        b"i:type='x'", b"1", b"-", b"9" * 12, b"Header", b"Body", b"Envelope", b"Plugin", b"<s:Body>", b"</s:Body>",
        b"\xd8\x00", SOAP11.encode(), SOAP12.encode(),
    ]
)  # fmt: skip
CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), PIECES), min_size=1, max_size=4)
CONTENT_TYPES = st.sampled_from(
    [
        TEXT_XML, "text/xml", SOAP_XML, "application/xml", "text/xml; charset=utf-16", "text/xml; charset=iso-8859-1",
        "", None,
    ]
)  # fmt: skip
ACTIONS = st.sampled_from([None, '""', "x", *(action_of(name) for name in OPERATIONS)])


@pytest.fixture(scope="module", params=[False, True], ids=["lenient", "strict"])
def kept(request):
    with Double(strict=request.param) as double:
        yield double


def assert_all_or_nothing(double, answer) -> None:
    """What was answered with 200 is kept whole; of everything else nothing is."""
    sent = (
        answer.status == 200
        and answer.succeeded
        and answer.call.operation in ("SendMessages", "SendMessagesWithConfig")
    )
    assert len(double.outbox()) == (len(answer.statuses) if sent else 0)
    assert answer.status in (200, 400, 415, 500)
    if answer.status != 200:
        assert double.is_empty()
    double.reset()


@settings(max_examples=80)
@given(st.sampled_from(GOOD), CHANGES, ACTIONS, CONTENT_TYPES)
def test_an_envelope_that_was_bent_anywhere(kept, document, changes, action, content_type) -> None:
    for place, length, piece in changes:
        start = int(place * len(document))
        document = document[:start] + piece + document[start + length :]
    assert_all_or_nothing(kept, kept.post(document, action, content_type))


LATIN_1 = st.text(st.characters(max_codepoint=255), max_size=60)


@given(LATIN_1 | LATIN_1.map(lambda text: f"text/xml; {text}"), LATIN_1)
def test_any_content_type_and_any_action(kept, content_type, action) -> None:
    assert_all_or_nothing(kept, kept.post(GOOD[0], action, content_type))


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12),
    LATIN_1,
    st.dictionaries(
        st.sampled_from(["Host", "Content-Length", "Content-Type", "SOAPAction", "X-Forwarded-Host", "Expect"]), LATIN_1
    ),
)
def test_any_method_query_and_headers(kept, method, query, headers) -> None:
    answer = kept.request(method, url_of(), GOOD[0], headers, QUERY_STRING=query)
    assert answer.status in (200, 400, 405, 413, 415, 500)
    kept.reset()


def branches(inner):
    names = st.sampled_from(["OutgoingMessage", "To", "ParentMessagingId", "Nonsense"])
    return st.lists(st.tuples(names, inner), max_size=3).map(
        lambda parts: "".join(f"<{name}>{part}</{name}>" for name, part in parts)
    )


@given(st.recursive(st.sampled_from(["", "1", " "]), branches, max_leaves=12))
def test_any_tree_where_the_messages_belong(kept, inside) -> None:
    body = f"<SendMessages><Plugin>CM</Plugin><OutgoingMessages>{inside}</OutgoingMessages></SendMessages>"
    assert_all_or_nothing(kept, kept.call_xml("SendMessages", body))
