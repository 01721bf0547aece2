"""Which encodings a body is read in, and that no encoding passes by the quotas."""

import pytest
from support import envelopes
from support.double import TEXT_XML
from support.envelopes import ACTION, Xml, envelope, ids, operation
from support.outcomes import DESERIALIZATION_FAILED, assert_fault, assert_refused, assert_sent

SEND = envelopes.SEND.decode()
MARKED = f"\ufeff{SEND}"
LATIN = "text/xml; charset=iso-8859-1"


def declared(encoding: str, version: str = "1.0") -> str:
    return f"<?xml version='{version}' encoding='{encoding}'?>{SEND}"


UNKNOWN = ("Shift_JIS", "EUC-JP", "GBK", "Big5", "UTF-7", "UTF-32", "UCS-4", "ISO-10646-UCS-2", "EBCDIC-CP-US", "bogus")


@pytest.mark.parametrize("encoding", UNKNOWN)
def test_a_declared_encoding_that_is_not_read_is_400_and_named(double, strict_double, encoding) -> None:
    ways = [("utf-8", "text/xml"), ("utf-8", "application/xml"), ("utf-16", "text/xml; charset=utf-16")]
    strict_ways = [("utf-8", "text/xml"), ("utf-8", TEXT_XML)]
    for asked, written, content_type in [
        *((double, *each) for each in ways),
        *((strict_double, *each) for each in strict_ways),
    ]:
        answer = asked.post(declared(encoding).encode(written), ACTION, content_type)
        assert_refused(asked, answer, 400, f"the XML declaration names {encoding}")
        assert "UTF-8" in answer.notes


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be", "utf-7", "cp037"])
def test_bytes_of_another_encoding_are_400_whatever_is_declared(either_double, encoding) -> None:
    for text in (SEND, declared(encoding), declared("utf-8")):
        body = text.encode(encoding)
        if body[:1] != b"<":  # UTF-7 without a declaration is ASCII
            assert_refused(either_double, either_double.post(body, ACTION, "text/xml"), 400)


RIGHT = {
    "utf-8": ("utf-8", declared("utf-8"), TEXT_XML),
    "UTF-8 in capitals": ("utf-8", declared("UTF-8"), TEXT_XML),
    "utf-8, no charset": ("utf-8", declared("utf-8"), "text/xml"),
    "utf-8, not declared": ("utf-8", SEND, TEXT_XML),
    "utf-8, nothing said": ("utf-8", SEND, "text/xml"),
    "a byte order mark": ("utf-8-sig", declared("utf-8"), "text/xml"),
    "a byte order mark, not declared": ("utf-8-sig", SEND, TEXT_XML),
    "a byte order mark, nothing said": ("utf-8-sig", SEND, "text/xml"),
    "utf-16": ("utf-16", declared("UTF-16"), "text/xml; charset=utf-16"),
    "utf-16, quoted": ("utf-16", SEND, 'text/xml; charset="UTF-16"'),
    "utf-16, no charset": ("utf-16", declared("utf-16"), "text/xml"),
    "utf-16, nothing said": ("utf-16", SEND, "text/xml"),
    "utf-16le": ("utf-16-le", declared("utf-16LE"), "text/xml; charset=utf-16le"),
    "utf-16le declared as utf-16": ("utf-16-le", declared("utf-16"), "text/xml; charset=utf-16LE"),
    "utf-16be": ("utf-16-be", SEND, "text/xml; charset=utf-16BE"),
    "utf-16be, no charset": ("utf-16-be", declared("utf-16BE"), "text/xml"),
    "utf-16le, a mark, its charset": ("utf-16-le", MARKED, "text/xml; charset=utf-16le"),
    "utf-16le, a mark, utf-16": ("utf-16-le", MARKED, "text/xml; charset=utf-16"),
    "utf-16le, a mark, no charset": ("utf-16-le", MARKED, "text/xml"),
    "utf-16be, a mark, its charset": ("utf-16-be", MARKED, "text/xml; charset=utf-16be"),
    "utf-16be, a mark, utf-16": ("utf-16-be", MARKED, "text/xml; charset=utf-16"),
    "utf-16be, a mark, no charset": ("utf-16-be", MARKED, "text/xml"),
    "far off": ("utf-8", f"<?xml version='1.0'{' ' * 128}encoding='Shift_JIS'?>{SEND}", TEXT_XML),
}


@pytest.mark.parametrize(("encoding", "text", "content_type"), RIGHT.values(), ids=RIGHT)
def test_what_wcf_reads_is_read_without_a_note(either_double, encoding, text, content_type) -> None:
    content = "Blåbær € 😀 日本語"
    answer = either_double.post(text.replace("Hei", content).encode(encoding), ACTION, content_type)
    assert_sent(either_double, answer, content=content)
    assert answer.content_type == TEXT_XML
    answer.body.decode("utf-8")


TOLERATED = {
    "iso-8859-1 under utf-8": (declared("ISO-8859-1"), TEXT_XML, "names ISO-8859-1, the Content-Type utf-8"),
    "Shift_JIS under utf-8": (declared("Shift_JIS"), TEXT_XML, "names Shift_JIS, the Content-Type utf-8"),
    "utf-16 under utf-8": (declared("utf-16"), TEXT_XML, "names utf-16, the Content-Type utf-8"),
    "utf-16, no charset": (declared("utf-16"), "text/xml", "names utf-16, the bytes of the body are utf-8"),
    "utf8": (declared("utf8"), TEXT_XML, "names utf8"),
    "iso-8859-1, no charset": (declared("iso-8859-1"), "text/xml", "names iso-8859-1"),
    "windows-1252, no charset": (declared("Windows-1252"), "text/xml", "names Windows-1252"),
    "version 1.1": (declared("utf-8", "1.1"), TEXT_XML, "names version 1.1"),
    "version 1.1, no encoding": (f"<?xml version='1.1'?>{SEND}", TEXT_XML, "names version 1.1"),
}


@pytest.mark.parametrize(("text", "content_type", "note"), TOLERATED.values(), ids=TOLERATED)
def test_a_declaration_that_wcf_refuses_is_noted_and_strict_refuses_it(
    double, strict_double, text, content_type, note
) -> None:
    answer = double.post(text.encode(), ACTION, content_type)
    assert_sent(double, answer, note)
    assert "the real service would answer 400" in answer.notes
    assert_refused(strict_double, strict_double.post(text.encode(), ACTION, content_type), 400, note)


@pytest.mark.parametrize(
    ("encoding", "text", "content_type"),
    [
        ("utf-8", declared("ISO-8859-1"), TEXT_XML),
        ("utf-8", declared("Shift_JIS"), TEXT_XML),
        ("iso-8859-1", SEND, LATIN),
        ("iso-8859-1", f"<?xml version='1.0'?>{SEND}", "text/xml; charset=ISO-8859-1"),
        ("iso-8859-1", SEND, "text/xml; charset=latin1"),
        ("windows-1252", SEND, "text/xml; charset=windows-1252"),
        ("iso-8859-15", SEND, "text/xml; charset=iso-8859-15"),
        ("iso-8859-1", declared("utf-8"), LATIN),  # RFC 7303; clients declare UTF-8 whatever they send
        ("iso-8859-1", declared("iso-8859-1"), "text/xml"),
        ("iso-8859-15", declared("ISO-8859-15"), "text/xml"),
        ("windows-1252", declared("windows-1252"), "text/xml"),
        ("utf-16", declared("iso-8859-1"), "text/xml"),
        ("utf-16", declared("utf-8"), "text/xml; charset=utf-16"),
    ],
)
def test_other_encodings_are_read_by_the_content_type_else_by_what_the_bytes_can_be(
    double, encoding, text, content_type
) -> None:
    double.post(text.replace("Hei", "Blåbær").encode(encoding), ACTION, content_type)
    assert [each["content"] for each in double.outbox()] == ["Blåbær"]


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [
        ("utf-16", TEXT_XML),
        ("utf-16-be", TEXT_XML),
        ("utf-16-be", "text/xml; charset=utf-16le"),
        ("utf-8", "text/xml; charset=utf-16be"),
        ("utf-8", "text/xml; charset=utf-16"),
    ],
)
def test_bytes_that_are_none_of_the_charset_are_400(either_double, encoding, content_type) -> None:
    answer = either_double.post(SEND.encode(encoding), ACTION, content_type)
    assert_refused(either_double, answer, 400, "the Content-Type names")


# quotas

ENCODINGS = {
    "utf-8": ("utf-8", "", TEXT_XML),
    "utf-8, no charset": ("utf-8", "", "text/xml"),
    "utf-8, declared otherwise": ("utf-8", "<?xml version='1.0' encoding='Shift_JIS'?>", TEXT_XML),
    "utf-16": ("utf-16", "<?xml version='1.0' encoding='utf-16'?>", "text/xml"),
    "utf-16le": ("utf-16-le", "", "text/xml; charset=utf-16le"),
    "utf-16be": ("utf-16-be", "", "text/xml; charset=utf-16be"),
    "us-ascii": ("ascii", "", "text/xml; charset=us-ascii"),
    "iso-8859-1": ("iso-8859-1", "", LATIN),
    "iso-8859-1, declared": ("iso-8859-1", "<?xml version='1.0' encoding='iso-8859-1'?>", "text/xml"),
    "iso-8859-15": ("iso-8859-15", "", "text/xml; charset=iso-8859-15"),
    "windows-1252": ("windows-1252", "", "text/xml; charset=windows-1252"),
}
MANY_MESSAGES = "<OutgoingMessage/>" * 70_000
MANY_NAMES = "".join(f"<unique-name-{number}/>" for number in range(1_500))


@pytest.mark.parametrize("written", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize(
    ("inside", "quota"),
    [(MANY_MESSAGES, "MaxItemsInObjectGraph"), (MANY_NAMES, "MaxNameTableCharCount")],
    ids=["messages", "names"],
)
def test_the_quotas_hold_in_every_encoding_that_is_read(double, written, inside, quota) -> None:
    encoding, declaration, content_type = written
    document = envelope(operation("SendMessages", Plugin="CM", OutgoingMessages=Xml(inside))).decode()
    answer = double.post((declaration + document).encode(encoding), ACTION, content_type)
    assert_fault(double, answer, DESERIALIZATION_FAILED)
    assert quota in answer.fault.text
    hint = answer.headers["x-messaging-double-hint"]
    assert hint.startswith("there are more than ")
    assert hint in answer.notes
    assert len(hint) < 350


def test_what_the_counting_parser_cannot_read_is_refused_as_broken(either_double) -> None:
    """Names of XML 1.0's fifth edition: libxml2 reads them, expat and WCF do not, and what follows has no quota."""
    body = f"<SendMessages><\U00010000/>{MANY_NAMES}</SendMessages>"
    answer = either_double.call_xml("SendMessages", body)
    assert_fault(either_double, answer, DESERIALIZATION_FAILED)
    assert "it breaks in line 1" in answer.headers["x-messaging-double-hint"]
    before = envelope(operation("GetPlugins"), headers=f"<\U00010000/>{MANY_NAMES}")
    assert_refused(either_double, either_double.post(before, ACTION), 400, "it breaks in line 1")


def test_a_large_body_with_a_dtd_is_refused_before_it_is_parsed(either_double) -> None:
    body = envelope(operation("SendMessages", OutgoingMessages=Xml(MANY_NAMES)))
    assert_refused(either_double, either_double.post(b"<!DOCTYPE x>" + body, ACTION), 400, "DTD")


def test_a_large_body_that_breaks_says_where(either_double) -> None:
    many = envelope(operation("GetDeliveryStatus", MessagingIds=ids(*range(2_000))))
    answer = either_double.post(many.replace(b"</a:int>", b"</a:int>\n").replace(b"1999<", b"1999<<"), ACTION)
    assert_fault(either_double, answer, DESERIALIZATION_FAILED)
    assert "it breaks in line 2000" in answer.headers["x-messaging-double-hint"]
