"""An answer of the double: HTTP, and in it SOAP or JSON."""

import gzip
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from lxml import etree

from .envelopes import SOAP11, SOAP12, XSI


class Status(NamedTuple):
    """A ``MessageDeliveryStatus``."""

    status: int
    description: str | None
    messaging_id: int


class Fault(NamedTuple):
    """A SOAP fault of either version: codes as (namespace, name), their prefixes resolved."""

    code: tuple[str, str]
    """SOAP 1.1's one code; SOAP 1.2's outer one."""
    subcode: tuple[str, str] | None
    text: str
    lang: str | None


@dataclass
class Response:
    """An answer of HTTP, from WSGI or from a socket."""

    status: int
    reason: str
    headers: dict[str, str]
    """Names in small letters."""
    body: bytes
    call: Any = None
    """What was logged of it: only through WSGI, and only of SOAP URLs."""
    head: bytes = b""
    """The bytes before the empty line: only from a socket."""

    @property
    def keeps_open(self) -> bool:
        """Whether another request may follow on the connection."""
        said = self.headers.get("connection", "").lower()
        return said == "keep-alive" if self.head.startswith(b"HTTP/1.0") else said != "close"

    @property
    def notes(self) -> str:
        """What was noted of the call, in one text."""
        return "; ".join(self.call.notes) if self.call else ""

    @property
    def content_type(self) -> str | None:
        """The Content-Type."""
        return self.headers.get("content-type")

    @cached_property
    def json(self) -> Any:
        """The body as JSON."""
        assert self.content_type in ("application/json", "application/json; charset=utf-8"), self
        is_compressed = self.headers.get("content-encoding") == "gzip"
        return json.loads(gzip.decompress(self.body) if is_compressed else self.body)

    @cached_property
    def xml(self) -> Any:
        """The body as an XML element."""
        return etree.fromstring(self.body)

    @property
    def soap(self) -> str:
        """The namespace of the envelope's SOAP version."""
        name = etree.QName(self.xml)
        assert name.localname == "Envelope"
        return name.namespace

    @property
    def soap_body(self) -> Any:
        """The one element in the Body."""
        (body,) = self.xml.findall(f"{{{self.soap}}}Body")
        (child,) = body
        return child

    @property
    def header_blocks(self) -> list[Any]:
        """The elements in soap:Header."""
        return list(self.xml.find(f"{{{self.soap}}}Header"))

    def header_block(self, name: str) -> Any:
        """Return the one SOAP header of this name."""
        (block,) = [each for each in self.header_blocks if etree.QName(each).localname == name]
        return block

    @property
    def succeeded(self) -> bool:
        """What the header Succeeded says."""
        return {"true": True, "false": False}[self.header_block("Succeeded").text]

    @property
    def exception(self) -> dict[str, str | None] | None:
        """The members of ExceptionInfo; ``None`` where it is nil."""
        block = self.header_block("ExceptionInfo")
        return None if is_nil(block) else {etree.QName(each).localname: text_of(each) for each in block}

    @property
    def response(self) -> Any:
        """The element ``Response``."""
        (response,) = self.soap_body
        assert etree.QName(response).localname == "Response"
        return response

    @property
    def statuses(self) -> list[Status] | None:
        """The delivery statuses in it; ``None`` for a nil Response."""
        assert self.status == 200, self
        if is_nil(self.response):
            return None
        return [_status(each) for each in self.response]

    @property
    def messaging_ids(self) -> list[int]:
        """The MessagingIds of its delivery statuses."""
        return [each.messaging_id for each in self.statuses or ()]

    @property
    def fault(self) -> Fault:
        """The SOAP fault."""
        element = self.soap_body
        assert element.tag == f"{{{self.soap}}}Fault", self
        return _fault11(element) if self.soap == SOAP11 else _fault12(element)


def check(answer: Response) -> None:
    """Check what holds for every answer on a SOAP URL, however broken the request was."""
    assert b"Traceback" not in answer.body
    assert "\n" not in "".join((answer.reason, *answer.headers, *answer.headers.values()))
    if answer.notes.startswith("answered by "):
        return  # on purpose
    if answer.call is not None and answer.call.services == "REST":
        assert not (answer.content_type or "").startswith("application/json") or answer.json != ""
    elif answer.content_type == "text/html; charset=UTF-8":
        assert answer.status == 200
        assert answer.call is not None
        assert answer.call.method in ("GET", "HEAD")
    elif answer.status in (200, 500):
        assert answer.body, "an empty answer"
        etree.fromstring(answer.body)
    elif answer.status == 404:
        assert answer.content_type in ("text/plain; charset=utf-8", "application/json")
        assert answer.body, "an empty answer"
    else:
        assert answer.body == b""
        assert answer.content_type is None


def is_nil(element: Any) -> bool:
    """Say whether an element is nil."""
    return element.get(f"{{{XSI}}}nil") == "true"


def text_of(element: Any) -> str | None:
    """Return an element's text, ``None`` where it is nil."""
    return None if is_nil(element) else element.text or ""


def _status(element: Any) -> Status:
    members = {etree.QName(each).localname: each for each in element}
    return Status(int(members["Status"].text), text_of(members["StatusDescription"]), int(members["MessagingId"].text))


def _qname(element: Any) -> tuple[str, str]:
    prefix, _, name = element.text.rpartition(":")
    return element.nsmap[prefix], name


def _fault11(element: Any) -> Fault:
    code, text = element
    assert (code.tag, text.tag) == ("faultcode", "faultstring")
    return Fault(_qname(code), None, text.text, text.get("{http://www.w3.org/XML/1998/namespace}lang"))


def _fault12(element: Any) -> Fault:
    in_soap = {"s": SOAP12}
    assert [each.tag for each in element] == [f"{{{SOAP12}}}Code", f"{{{SOAP12}}}Reason"]
    subcode = element.find("s:Code/s:Subcode/s:Value", in_soap)
    (text,) = element.findall("s:Reason/s:Text", in_soap)
    return Fault(
        _qname(element.find("s:Code/s:Value", in_soap)),
        None if subcode is None else _qname(subcode),
        text.text,
        text.get("{http://www.w3.org/XML/1998/namespace}lang"),
    )
