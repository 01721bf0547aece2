"""Hostile SOAP: well-formed, and wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.envelopes import NIL, SOAP11, SOAP12, Xml, element, envelope, ids, namespace, operation, outgoing

from .client import sending
from .hostile import ANY_REFUSAL, BAD, BROKEN, NO_ACTION, TAKEN, UNDERSTAND, WRAPPER, Hostile, hostile, post

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT = "well-formed"
TEXT = sending(CONTENT)
_NUMBERS = (
    "", " ", "abc", "1.5", "1e3", "0x10", "1 2", "--1", "+", "-", "+-1", "NaN", "INF", "-INF", "true", "nil", "null",
    "1;", "1,000", "1_000", "¹", "٣", "\uff11", "²", "1\u00a0", "\u20031", "1\u200b", "一",
    str(2**31), str(-(2**31) - 1), str(2**32), str(2**63), str(2**64), "9" * 63, "9" * 64, "9" * 65, "9" * 4300,
    "9" * 4301, "9" * 1_000_000, "-" + "9" * 1_000_000, "0" * 1_000_000 + "1",
    " " * 1_000_000, "1" + " " * 1_000_000 + "1", "$1", "1\u0000".replace("\u0000", "|"), "';--", "<a/>", "<a>1</a>",
    "1<a/>",
)  # fmt: skip


def numbers() -> Iterator[Hostile]:
    """Give what is no Int32 where one belongs."""
    for soap in (SOAP11, SOAP12):
        for text in _NUMBERS:
            value = Xml(text)
            bodies = {
                "SendMessages": operation(
                    "SendMessages", OutgoingMessages=[outgoing(Content="x", ParentMessagingId=value)]
                ),
                "GetDeliveryStatus": operation("GetDeliveryStatus", MessagingIds=[*ids(1), *ids(value)]),
                "SetDeliveryStatus": operation("SetDeliveryStatus", Plugin="CM", ExternalMessageId="x", Status=value),
            }
            for name, body in bodies.items():
                if (name, soap) == ("SetDeliveryStatus", SOAP12) and len(text) > 1000:
                    continue
                yield hostile(
                    f"{name} {text[:20]!r} ({len(text)})",
                    post(envelope(body, soap=soap), action=name),
                    BROKEN,
                    soap=soap,
                )


def texts() -> Iterator[Hostile]:
    """Give elements where text belongs, and types that the contract does not have."""
    for member in ("From", "To", "Content", "Format", "SuggestedSessionKey"):
        for value in (
            "<a/>",
            "x<a/>",
            "<a><b/></a>",
            "<Content>x</Content>",
            "<i:nil/>",
            "<x:include xmlns:x='http://www.w3.org/2001/XInclude' href='file:///etc/passwd' parse='text'/>",
        ):
            body = operation("SendMessages", OutgoingMessages=[outgoing(**{member: Xml(value)})])
            yield hostile(f"{value} in {member}", post(envelope(body)), BROKEN)
    types = (
        "xsd:int", "xsd:anyType", "nope:nope", "nope", "", ":", "::", "xsd:", ":string", "a b", "xsd:string xsd:int",
        "&#0;".replace("&#0;", "&#9;"), "x" * 1_000_000, "xsd:" + "x" * 3_500_000, "System.IO.FileInfo",
        "a:ArrayOfanyType", "OutgoingMessage", "IncomingMessage", "{http://x}y", "-1", "http://x:y", "xsd:QName",
        "xsd:base64Binary", "Ω", "xml:lang", "xmlns:x",
    )  # fmt: skip
    for kind in types:
        # xsi:type is honoured or ignored, never a reason to fail (product.md, 2).
        attribute = f' i:type="{kind}"'
        message = element("OutgoingMessage", [element("Content", CONTENT, attribute)], attribute)
        yield hostile(
            f"xsi:type {kind[:20]!r} ({len(kind)})",
            post(envelope(operation("SendMessages", OutgoingMessages=[message]))),
            TAKEN,
            stored=(CONTENT,),
        )
    many = [
        element("OutgoingMessage", [element("Content", CONTENT, f' i:type="t{i}:x" xmlns:t{i}="u{i}"')])
        for i in range(500)
    ]
    yield hostile(
        "500 types", post(envelope(operation("SendMessages", OutgoingMessages=many))), TAKEN, stored=(CONTENT,) * 500
    )
    for nil in ("true", "1", "TRUE", "yes", "", "x" * 100_000, "0", "false", " true "):
        body = operation(
            "SendMessages",
            OutgoingMessages=[Xml(f"<OutgoingMessage i:nil='{nil}'><Content>{CONTENT}</Content></OutgoingMessage>")],
        )
        is_nil = nil.strip() in ("true", "1")  # a nil message is refused in-band: nothing is stored
        yield hostile(f"nil {nil[:20]!r}", post(envelope(body)), TAKEN, stored=() if is_nil else (CONTENT,))
    yield hostile("nil OutgoingMessages", post(envelope(operation("SendMessages", OutgoingMessages=NIL))), TAKEN)
    yield hostile(
        "text among messages",
        post(
            envelope(operation("SendMessages", OutgoingMessages=[Xml("text"), outgoing(Content=CONTENT), Xml("text")]))
        ),
        TAKEN,
        BROKEN,
        stored=(CONTENT,),
    )


def envelopes() -> Iterator[Hostile]:
    """Send XML that is no envelope, or an odd one."""
    good = operation("SendMessages", Plugin="CM", OutgoingMessages=[outgoing(Content=CONTENT)])
    for name, body in {
        "another root": b"<a/>", "no namespace": b"<Envelope><Body/></Envelope>", "HTML": b"<html><body/></html>",
        "a fault": b"<s:Fault xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'/>",
        "SOAP 1.3": TEXT.replace(SOAP11.encode(), b"http://www.w3.org/2030/05/soap-envelope"),
        "no Body": f"<s:Envelope xmlns:s='{SOAP11}'/>".encode(),
        "only a Header": f"<s:Envelope xmlns:s='{SOAP11}'><s:Header/></s:Envelope>".encode(),
        "Body of the other version": TEXT.replace(b"<s:Body>", f"<s:Body xmlns:s='{SOAP12}'>".encode()),
        "body": TEXT.replace(b"s:Body", b"s:body"), "two roots": TEXT + TEXT, "text behind": TEXT + b"x",
        "JSON": b'{"a": 1}', "a form": b"a=b&c=d", "MTOM": b"--x\r\n\r\n" + TEXT, "text": b"hello",
        "only a prolog": b"<?xml version='1.0'?>", "only a comment": b"<!-- -->", "only blanks": b" \n ",
        "a byte order mark": b"\xef\xbb\xbf", "two byte order marks": b"\xef\xbb\xbf" * 2 + TEXT,
        "blanks in front of the prolog": b" <?xml version='1.0'?>" + TEXT,
    }.items():  # fmt: skip
        expected = (BAD, BROKEN) if name in {"two roots", "text behind"} else (BAD,)
        yield hostile(name, post(body), *expected)
    yield hostile("an envelope in an envelope", post(envelope(Xml(TEXT.decode()))), WRAPPER)
    for soap in (SOAP11, SOAP12):
        for name, body in {
            "an empty Body": "", "text in Body": "text", "another element": "<a/>",
            "no namespace": '<SendMessages xmlns=""/>',
            "Services87": f'<SendMessages xmlns="{namespace(87)}"/>', "another operation": "<GetPlugins/>",
            "its response": "<SendMessagesResponse/>", "a fault": "<s:Fault/>",
        }.items():  # fmt: skip
            # An empty Body is an operation without parameters, to WCF.
            expected = (TAKEN,) if name in {"an empty Body", "text in Body"} else (WRAPPER,)
            yield hostile(name, post(envelope(Xml(body), soap=soap)), *expected, soap=soap)
            yield hostile(
                f"{name} without SOAPAction",
                post(envelope(Xml(body), soap=soap), action=None),
                NO_ACTION,
                TAKEN,
                WRAPPER,
                soap=soap,
            )
        yield hostile("two elements in Body", post(envelope(good, good, soap=soap)), BROKEN, soap=soap)
        yield hostile(
            "two Bodies",
            post(envelope(good, soap=soap).replace(b"</s:Body>", b"</s:Body><s:Body/>")),
            TAKEN,
            *ANY_REFUSAL,
            stored=(CONTENT,),
            soap=soap,
        )
        for value in ("1", "true"):
            block = Xml(f'<x:Security xmlns:x="urn:x" s:mustUnderstand="{value}"/>')
            yield hostile(
                f"mustUnderstand {value}", post(envelope(good, headers=block, soap=soap)), UNDERSTAND, soap=soap
            )
        for value in ("yes", "", "2", "x" * 100_000, "TRUE"):
            block = Xml(f'<x:Security xmlns:x="urn:x" s:mustUnderstand="{value}"/>')
            yield hostile(
                f"mustUnderstand {value[:20]!r}",
                post(envelope(good, headers=block, soap=soap)),
                TAKEN,
                *ANY_REFUSAL,
                stored=(CONTENT,),
                soap=soap,
            )
        nested = Xml(f"<Credentials>{'<Ticket>' * 100}x{'</Ticket>' * 100}</Credentials>")
        yield hostile("tickets in tickets", post(envelope(good, headers=nested, soap=soap)), BROKEN, BAD, soap=soap)
        long = Xml(f"<Credentials><Ticket>7T:{'A' * 5_000_000}</Ticket></Credentials>")
        yield hostile(
            "a long ticket", post(envelope(good, headers=long, soap=soap)), TAKEN, stored=(CONTENT,), soap=soap
        )
        zone = Xml("<TimeZone><SoTimeZoneId>x</SoTimeZoneId></TimeZone>")
        yield hostile("a time zone that is none", post(envelope(good, headers=zone, soap=soap)), BROKEN, soap=soap)
