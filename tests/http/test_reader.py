"""The reader alone: the same requests however the bytes are cut."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging_double.server.http import Limits, Refusal
from messaging_double.server.http.request import RequestReader

token = st.text("ABCxyz-!#$%&'*+.^`|~019", min_size=1, max_size=8)
value = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=12)
body = st.binary(max_size=60) | st.text("\r\n0;", max_size=40).map(str.encode)


@st.composite
def requests(draw):
    """A request's bytes and its body."""
    content = draw(body)
    headers = [(f"X-{name}", text) for name, text in draw(st.lists(st.tuples(token, value), max_size=3))]
    framing = draw(st.sampled_from(["none", "length", "chunked"]))
    version = "1.1" if framing == "chunked" else draw(st.sampled_from(["1.0", "1.1"]))
    if framing == "none":
        content = wire = b""
    elif framing == "length":
        wire = content
        headers.append(("Content-Length", str(len(content))))
    else:
        wire = chunked(draw, content)
        headers.append(("Transfer-Encoding", "chunked"))
    method = draw(st.sampled_from(["GET", "POST", "M-SEARCH"]))
    head = f"{method} /{draw(token.filter(lambda text: '#' not in text))} HTTP/{version}\r\nHost: a\r\n"
    head += "".join(f"{name}: {text}\r\n" for name, text in draw(st.permutations(headers)))
    return head.encode("latin-1") + b"\r\n" + wire, content


def chunked(draw, content):
    wire = b""
    while content:
        size = draw(st.integers(1, len(content)))
        extension = draw(st.sampled_from([b"", b";a=b", b';a="b"']))
        wire += b"%x%b\r\n%b\r\n" % (size, extension, content[:size])
        content = content[size:]
    return wire + b"0\r\n" + draw(st.sampled_from([b"", b"X-T: y\r\n"])) + b"\r\n"


def read(pieces):
    reader, found = RequestReader(Limits(), {}), []
    for piece in pieces:
        reader.feed(piece)
        while request := reader.next_request():
            head, environ = request
            body, raw = environ.pop("wsgi.input").read(), environ.pop("messaging_double.raw_request")
            found.append((raw, body, head, environ))
    assert (reader.buffer, reader.head) == (b"", None)
    return found


@settings(deadline=None)
@given(st.lists(requests(), min_size=1, max_size=4), st.data())
def test_requests_are_the_same_whole_byte_by_byte_and_cut_anywhere(sent, data):
    wire = b"".join(raw for raw, _ in sent)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(wire)), max_size=10)))
    whole = read([wire])
    assert [(raw, body) for raw, body, *_ in whole] == sent
    assert read(wire[at : at + 1] for at in range(len(wire))) == whole
    assert read(wire[start:end] for start, end in zip([0, *cuts], [*cuts, len(wire)], strict=True)) == whole


def outcome(pieces):
    reader, found = RequestReader(Limits(max_header_bytes=64, max_header_fields=3, max_body_bytes=16), {}), []
    try:
        for piece in pieces:
            reader.feed(piece)
            while request := reader.next_request():
                environ = request[1]
                found.append((environ["messaging_double.raw_request"], environ["wsgi.input"].read()))
    except Refusal as refusal:
        found.append(refusal.status)
    return found


CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
MOLECULES = [
    b"GET ", b"POST ", b"/ ", b"* ", b"http://h/ ", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.2",
    b"PRI * HTTP/2.0",     b"\r\n", b"\r\n\r\n", b"\r", b"\n", b" ", b":", b"\x00", b"\x16\x03\x01",
    b"Host: a", b"Content-Length: 3", b"Content-Length: +3", b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip",
    b"Expect: x", b"Upgrade: h2c", b"Connection: upgrade", b"abc", b"3\r\nabc\r\n", b"0\r\n\r\n", b"ffffffff\r\n",
]  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(MOLECULES) | st.binary(max_size=3), max_size=14), st.data())
def test_any_bytes_are_judged_the_same_however_they_are_cut(parts, data):
    wire = b"".join(parts)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(wire)), max_size=6)))
    whole = outcome([wire])
    assert outcome(wire[at : at + 1] for at in range(len(wire))) == whole
    assert outcome(wire[start:end] for start, end in zip([0, *cuts], [*cuts, len(wire)], strict=True)) == whole


def test_what_is_dropped_is_bounded():
    reader = RequestReader(Limits(), {})
    reader.feed(b"x" * 100_000)
    assert len(reader.drop()) == 65536
    assert reader.buffer == b""


@pytest.mark.parametrize("size", [16, 17])
@pytest.mark.parametrize("chunk", [1, 17])
def test_a_chunked_body_is_counted_without_its_framing(size, chunk):
    content = b"x" * size
    pieces = [content[at : at + chunk] for at in range(0, size, chunk)]
    reader = RequestReader(Limits(max_body_bytes=16), {})
    reader.feed(CHUNKED + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n")
    if size == 16:
        assert reader.next_request()[1]["wsgi.input"].read() == content
    else:
        with pytest.raises(Refusal):
            reader.next_request()


@pytest.mark.parametrize(("size", "body"), [(1020, b"a"), (1021, None), (5000, None)])
def test_chunk_extensions_are_no_way_around_the_limit(size, body):
    reader = RequestReader(Limits(max_body_bytes=10, max_header_bytes=1000), {})
    reader.feed((CHUNKED + b"1;" + b"x" * (size - 12) + b"\r\na\r\n0\r\n\r\n")[:2000])
    if body:
        assert reader.next_request()[1]["wsgi.input"].read() == body
    else:
        with pytest.raises(Refusal) as refused:
            reader.next_request()
        assert refused.value.status == 413


def test_a_chunked_body_ends_at_its_end_wherever_it_is_cut_in_two():
    wire = 2 * (CHUNKED + b"4\r\n\r\n\r\n\r\n0\r\n\r\n")
    whole = read([wire])
    assert all(read([wire[:at], wire[at:]]) == whole for at in range(len(wire)))
