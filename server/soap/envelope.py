"""Takes a request's bytes apart: which SOAP version, which headers, which element in the Body.

No DTD, no entities but XML's own five, no network, bounded depth (libxml2's 256) and size (the caller's); WCF's quotas,
and a bound of the memory that libxml2 keeps for names.
"""

from __future__ import annotations

import re
import threading
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from xml.parsers import expat

from lxml import etree

from messaging_double.models.versions import NETSERVER_NAMESPACE
from messaging_double.server.calls.call import Refusal
from messaging_double.server.soap import SOAP11, SOAP12, diagnosis
from messaging_double.server.soap.faults import (
    ADDRESSING_NONE,
    must_understand,
    too_deep,
    too_many_items,
    too_many_names,
    unexpected_element,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from messaging_double.server.soap.readers import Reading

_Result = TypeVar("_Result")

MOST_ELEMENTS = 65_536
"""WCF's quota MaxItemsInObjectGraph has this default; it counts objects, the double every element (ours)."""

MOST_NAME_CHARACTERS = 16_384
"""WCF's quota MaxNameTableCharCount: of all different names of elements and attributes together."""

_START_TAG = re.compile(rb"<[^/?][^>]*>")
_NAME = rb"[A-Za-z_][\w.:-]*"
_PLAIN_TAG = re.compile(rb"<%b(?:\s+%b\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'))*\s*/?>" % (_NAME, _NAME), re.ASCII)
_PIECE = 64 * 1024
_SEPARATOR = " "
_TOO_DEEP = re.compile(r"Excessive depth in document: (\d+)")
"""What libxml2 says of more elements in each other than its quota."""
_HUGE = 10_000_000
"""From this many bytes on, libxml2 takes a long text node only with `huge_tree`."""
_SHORT = 16 * 1024
"""Bytes of a body that may be parsed without a thread of its own."""
_MOST_KEPT = 16 * 2**20
"""Bytes of bodies with new names that may be, in the life of the process."""
_SHOWN = 100

_ENVELOPES = {f"{{{soap}}}Envelope": (soap, f"{{{soap}}}Header", f"{{{soap}}}Body") for soap in (SOAP11, SOAP12)}
_ACTORS = {
    SOAP11: ("actor", ("", "http://schemas.xmlsoap.org/soap/actor/next")),
    SOAP12: ("role", ("", f"{SOAP12}/role/next", f"{SOAP12}/role/ultimateReceiver")),
}
"""The attribute that says for whom a header is, and the values that mean the double."""

_OF_NETSERVER = frozenset(("ApplicationToken", "Credentials", "TimeZone"))
"""The headers of all agents; SoPrincipal has only the first."""


class Envelope(NamedTuple):
    """A request's envelope, its version known and its parts found."""

    soap: str
    """The namespace of its SOAP version."""
    headers: list[Any]
    """What stands in soap:Header."""
    beside: list[Any]
    """What stands beside Header and Body, and is leniently read as headers."""
    body: Any
    """The Body."""


class BrokenBody(Exception):  # noqa: N818 (the client's fault)
    """The XML ends or breaks inside the Body, where WCF has chosen its operation already."""

    def __init__(self, soap: str, detail: str, hint: str = "") -> None:
        """``soap`` is the namespace of the envelope, ``detail`` what was found, ``hint`` that without what it says."""
        super().__init__(detail)
        self.soap = soap
        self.detail = detail
        self.hint = hint


def parse(data: bytes, encoding: str) -> Any:
    """Parse an envelope and return its root; ``encoding`` is what ``encoding_of`` returns.

    Raises ``Refusal`` (400) for what is no XML or breaks before the Body, as WCF does, and for a DTD, which WCF's
    reader prohibits; ``BrokenBody`` for what breaks inside the Body, or is too much.
    """
    # A body that is shorter is within both quotas.
    if len(data) > MOST_NAME_CHARACTERS and not (encoding == "utf-8" and is_plain(data)):
        check_quotas(data, encoding)
    return _names.run(_parse, data, encoding)


def _new_parser(encoding: str, *, huge: bool) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=huge,
        remove_comments=True,
        remove_pis=True,
    )


_parser = lru_cache(maxsize=64)(_new_parser)


def _parse(data: bytes, encoding: str, own_parser: bool) -> Any:  # noqa: FBT001 (NameMemory's callback)
    parser = (_new_parser if own_parser else _parser)(encoding, huge=len(data) > _HUGE)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _broken(_prescan(data, encoding), error.lineno, error.offset, error.msg) from None
    except (ValueError, LookupError) as error:
        raise Refusal(400, "Bad Request", f"the body cannot be read: {error}") from None
    if b"!" in data and root.getroottree().docinfo.internalDTD is not None:
        raise _dtd()
    return root


def _dtd() -> Refusal:
    return Refusal(400, "Bad Request", "the body has a DTD, which is prohibited")


# parts


def open_envelope(root: Any, call: Reading) -> Envelope:
    """Find version, headers and Body.

    WCF reads a Header, if there is one, and the Body; what stands behind that it meets when it has read the Body.
    Lenient takes header blocks from anywhere beside the Body, as the documentation's examples have them. Raises
    ``Refusal`` (400) for what is no envelope, ``BrokenBody`` for what cannot stand behind the Body.
    """
    if root.tag not in _ENVELOPES:
        raise Refusal(400, "Bad Request", diagnosis.other_root(root))
    soap, header_tag, body_tag = _ENVELOPES[root.tag]
    if soap == SOAP12:
        _soap12(call)
    headers: list[Any] = []
    before: list[Any] = []
    behind: list[Any] = []
    header = body = None
    texts = [root.text]
    for part in root:
        if body is not None:
            behind.append(part)
        elif part.tag == body_tag:
            body = part
        elif part.tag == header_tag and header is None and not before:
            header, headers = part, [*part]
            texts += [part.text, part.tail, *[block.tail for block in headers]]
        else:
            before.append(part)
            texts.append(part.tail)
    if body is None:
        has = f", but {diagnosis.misplaced(before)}" if before else ""
        raise Refusal(400, "Bad Request", f"the Envelope has no Body{has}")
    if _text_of(texts):
        raise Refusal(400, "Bad Request", "the Envelope has text where an element belongs")
    beside = []
    if before or behind or _text_of([body.tail]):
        _check_beside(before, body, behind, call)
        beside = [block for part in before + behind for block in (part if part.tag == header_tag else [part])]
    return Envelope(soap, headers, beside, body)


def _check_beside(before: list[Any], body: Any, behind: list[Any], call: Reading) -> None:
    """Refuse, or note, what an Envelope has beside its Header and its Body."""
    root = body.getparent()
    if before and call.strict:
        raise Refusal(400, "Bad Request", f"the Envelope has {diagnosis.misplaced(before)} beside Header and Body")
    if text := _text_of([body.tail, *[part.tail for part in behind]]):
        raise _text_at_end_of(root, text)
    if behind and (call.strict or any(part.tag == body.tag for part in behind)):
        hint = f"the Envelope has {diagnosis.misplaced(behind)} behind its Body"
        raise BrokenBody(etree.QName(root).namespace or "", unexpected_element(root, behind[0]), hint)
    for misplaced, place, answer in (
        (before, "beside soap:Header", "400"),
        (behind, "behind the Body", "DeserializationFailed"),
    ):
        if misplaced:
            names = ", ".join(dict.fromkeys(etree.QName(part).localname for part in misplaced))
            call.note(f"{names} stood {place}: accepted here, the real service would answer {answer}")


def _soap12(call: Reading) -> None:
    """Refuse, or note, what the contract's binding does not have."""
    if call.strict:
        raise Refusal(400, "Bad Request", "the envelope is SOAP 1.2, the contract's binding SOAP 1.1")
    call.note("a SOAP 1.2 envelope: answered here, the real service would answer 400 (415 to its Content-Type)")


def _text_of(texts: Iterable[str | None]) -> str:
    """Return the first text that is more than white space; empty if there is none."""
    for text in texts:
        if text and not text.isspace():
            return text.strip()
    return ""


def _text_at_end_of(element: Any, text: str) -> BrokenBody:
    """Say in WCF's words that a text stands where an element should end."""
    name = etree.QName(element)
    detail = f"End element '{name.localname}' from namespace '{name.namespace}' expected. Found text '{text[:_SHOWN]}'."
    return BrokenBody(name.namespace or "", detail, hint=f"the {name.localname} has text where an element belongs")


def content_of(envelope: Envelope) -> Any | None:
    """Return the one element in the Body; ``None`` where it is empty. Raises ``BrokenBody`` for more, and for text."""
    body = envelope.body
    if text := _text_of([body.text, *[child.tail for child in body]]):
        raise _text_at_end_of(body, text)
    if len(body) > 1:
        hint = diagnosis.header_in_body(body[0]) or diagnosis.header_in_body(body[1])
        raise BrokenBody(envelope.soap, unexpected_element(body, body[1]), hint)
    return body[0] if len(body) else None


def check_addressing(envelope: Envelope, call: Reading) -> None:
    """Refuse, or pass over, the headers that WCF adds in its message log, Action and To: no request may have them."""
    names = [etree.QName(header) for header in envelope.headers]
    added = ", ".join(dict.fromkeys(name.localname for name in names if name.namespace == ADDRESSING_NONE))
    if not added:
        return
    if call.strict:
        raise Refusal(400, "Bad Request", f"{added} in soap:Header is of a message log of WCF: leave it out")
    call.note(f"{added} in soap:Header is of a message log of WCF: passed over, the real service would answer 400")
    envelope.headers[:] = [
        header for header, name in zip(envelope.headers, names, strict=True) if name.namespace != ADDRESSING_NONE
    ]


def check_understood(envelope: Envelope, namespace: str, headers: Collection[str], call: Reading) -> None:
    """Refuse headers that have to be understood and are not (MustUnderstand).

    ``namespace`` and the names of the ``headers`` are the contract's.
    """
    soap = envelope.soap
    attribute, ours = _ACTORS[soap]
    for header in envelope.headers:
        if header.get(f"{{{soap}}}mustUnderstand", "").strip() not in ("1", "true"):
            continue
        if header.get(f"{{{soap}}}{attribute}", "") not in ours:
            continue  # meant for another node
        name = etree.QName(header)
        if name.namespace == namespace and name.localname in headers:
            continue
        of_netserver = (name.namespace or "").startswith(NETSERVER_NAMESPACE) and name.localname in _OF_NETSERVER
        if call.strict or not of_netserver:
            hint = diagnosis.not_understood(header, namespace, headers)
            raise must_understand(name.namespace or "", name.localname, hint)
        whose = "agent's" if name.namespace == namespace else "Services version's"
        call.note(f"{name.localname} is another {whose} header: not read, the real service would refuse it")


# quotas


def is_plain(data: bytes) -> bool:
    """Say whether a body in UTF-8 is certainly within the quotas; at less cost than counting, for tags that repeat.

    A name is in a start tag. All start tags are found here: what is between ``<`` and ``>`` has neither of them in it,
    and is no comment, no CDATA section and no DTD. Each name may be in each of the namespaces that are declared.
    """
    if data.count(b"<") > 2 * MOST_ELEMENTS or b"<!" in data:
        return False
    tags = _START_TAG.findall(data)
    different = set(tags)
    return (
        len(tags) <= MOST_ELEMENTS
        and sum(map(len, different)) * (1 + sum(tag.count(b"xmlns") for tag in different)) <= MOST_NAME_CHARACTERS
        and all(map(_PLAIN_TAG.fullmatch, different))
    )


def check_quotas(data: bytes, encoding: str) -> None:
    """Refuse what goes beyond a quota, and what expat finds broken; raise as ``parse`` does.

    Without a bound, 8 MB of empty elements would be seconds of work, in which no other call is answered. Expat counts,
    since it builds no tree. What it cannot read it cannot count either, and is refused: the names of
    XML 1.0's fifth edition, for example, which libxml2 takes and WCF does not.
    """
    counter = _Counter()
    parser = expat.ParserCreate(encoding, _SEPARATOR)
    parser.ordered_attributes = True
    parser.StartElementHandler = counter.start
    parser.StartNamespaceDeclHandler = counter.namespace
    parser.StartDoctypeDeclHandler = counter.doctype
    try:
        parser.Parse(data, True)  # noqa: FBT003 (expat's word for the last piece)
    except expat.ExpatError as error:
        before = _names.run(lambda data, encoding, _: _prescan(data, encoding), data[: parser.ErrorByteIndex], encoding)
        raise _broken(before, error.lineno, error.offset + 1, expat.ErrorString(error.code)) from None


class _Counter:
    """Expat's handlers: they count, and refuse what is too much."""

    def __init__(self) -> None:
        self._root = ""
        self._elements = 0
        self._name_characters = 0
        self._names: set[str] = set()

    def start(self, name: str, attributes: list[str]) -> None:
        self._root = self._root or name
        self._elements += 1
        if self._elements > MOST_ELEMENTS:
            raise self._excess(too_many_items(MOST_ELEMENTS), f"{MOST_ELEMENTS} elements")
        self._note(name, name.rpartition(_SEPARATOR)[2])
        for attribute in attributes[::2]:
            self._note(attribute, attribute.rpartition(_SEPARATOR)[2])

    def namespace(self, prefix: str | None, uri: str | None) -> None:
        for each in (prefix, uri):
            if each:
                self._note(f"xmlns {each}", each)

    def doctype(self, *_: object) -> None:
        raise _dtd()

    def _note(self, key: str, name: str) -> None:
        if key not in self._names:
            self._names.add(key)
            self._name_characters += len(name)
            if self._name_characters > MOST_NAME_CHARACTERS:
                what = f"{MOST_NAME_CHARACTERS} characters of different names and namespaces"
                raise self._excess(too_many_names(MOST_NAME_CHARACTERS), what)

    def _excess(self, detail: str, what: str) -> BrokenBody:
        soap = SOAP12 if self._root == f"{SOAP12}{_SEPARATOR}Envelope" else SOAP11
        return BrokenBody(soap, detail, f"there are more than {what}")


# what breaks


class _Prescan(NamedTuple):
    """How far an envelope is good."""

    has_dtd: bool
    soap: str
    """The namespace of its SOAP version; SOAP 1.1's where that cannot be seen."""
    reached_body: bool


def _broken(before: _Prescan, line: int | None, column: int | None, detail: str) -> Exception:
    """Say how WCF takes an envelope that is no XML: by what it had read before the place where it breaks."""
    if before.has_dtd:
        return _dtd()
    # Only where: what the parser says of it may repeat what a client forgot to escape, a password above all.
    where = f"the body is not well-formed XML: it breaks in line {line}, column {column}"
    if deep := _TOO_DEEP.match(detail):
        where, detail = f"there are more than {deep[1]} elements in each other", too_deep(deep[1])
    if before.reached_body:
        return BrokenBody(before.soap, detail, hint=where)
    return Refusal(400, "Bad Request", where)


def _prescan(data: bytes, encoding: str) -> _Prescan:
    """Find out what an envelope has before the place where it breaks, or where there is too much of it.

    By libxml2 again, piece by piece: another parser would find it broken at other places.
    """
    soap = ""
    for number, (name, has_dtd) in enumerate(_starts(data, encoding), 1):
        if has_dtd:
            return _Prescan(has_dtd=True, soap=SOAP11, reached_body=False)
        if number == 1:
            soap = next((each for each in (SOAP11, SOAP12) if name == f"{{{each}}}Envelope"), "")
        elif name == f"{{{soap}}}Body":
            return _Prescan(has_dtd=False, soap=soap, reached_body=True)
        if not soap or number > MOST_ELEMENTS:
            break
    return _Prescan(has_dtd=False, soap=soap or SOAP11, reached_body=False)


def _starts(data: bytes, encoding: str) -> Any:
    """Yield each element's name as it starts, and whether a DTD stands before it."""
    parser = etree.XMLPullParser(("start",), encoding=encoding, resolve_entities=False, load_dtd=False, no_network=True)
    for begin in range(0, len(data), _PIECE):
        try:
            parser.feed(data[begin : begin + _PIECE])
        except etree.XMLSyntaxError:
            data = b""
        element: Any
        for _, element in parser.read_events():
            yield element.tag, element.getroottree().docinfo.internalDTD is not None
        if not data:
            return


# memory

_dict_size = etree.memory_debugger.dict_size


class NameMemory:
    """Runs parsing so that the names of at most ``most`` bytes of bodies are kept for good.

    libxml2 keeps every name, prefix and namespace that it meets in a dictionary of the thread, for as long as the
    thread lives. What a thread of its own has met is freed when that thread ends. This costs some 0.2 ms, so that an
    ordinary request is parsed where it is: ordinary is one that is short and has no name that was not there before.
    """

    def __init__(self, most: int = _MOST_KEPT) -> None:
        """Keep nothing yet."""
        self._left = most

    def run(self, parse: Callable[[bytes, str, bool], _Result], data: bytes, encoding: str) -> _Result:
        """Return what ``parse`` returns for a body in an encoding, or raise what it raises.

        It is called with them and with whether it has to use a parser of its own: one that is shared keeps the names as
        well.
        """
        size = len(data)
        if size > _SHORT or self._left <= 0:
            return _in_a_thread(partial(parse, data, encoding, True))  # noqa: FBT003 (a callback)
        before = _dict_size()
        try:
            return parse(data, encoding, False)  # noqa: FBT003
        finally:
            if _dict_size() > before:
                self._left -= size


_names = NameMemory()


def _in_a_thread(parse: Callable[[], _Result]) -> _Result:
    results: list[_Result] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.append(parse())
        except Exception as error:  # noqa: BLE001 (raised again where the result is waited for)
            errors.append(error)

    thread = threading.Thread(target=run, name="messaging-double-parse")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
