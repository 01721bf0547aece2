"""A notation for WSDL 1.1 documents: short, readable by a person, and losing nothing that belongs to a contract.

One block for each definition (a line at the margin, indented lines under it).  What has a short form here (the members
of a type, dictionaries, flags, messages) is written so; whatever else there may be is written as ``<name key=value>``,
so that no attribute, element or text can slip through.  Not part of a contract, and left out: prefixes, the order of
definitions, XML Schema's defaults, imports, documentation and the address of the service.

Members: ``?`` is minOccurs="0", ``*`` is minOccurs="0" maxOccurs="unbounded", ``nil`` is nillable="true".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator

XSD = "http://www.w3.org/2001/XMLSchema"
WSDL = "http://schemas.xmlsoap.org/wsdl/"
SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
SERIALIZATION = "http://schemas.microsoft.com/2003/10/Serialization/"
_PREFIXES = {
    XSD: "xs",
    WSDL: "wsdl",
    SOAP: "soap",
    SERIALIZATION: "ser",
    f"{SERIALIZATION}Arrays": "arr",
    "http://www.w3.org/2006/05/addressing/wsdl": "wsaw",
}
_QNAMES = {"type", "base", "ref", "element", "message", "binding", "itemType"}
_DEFAULTS = {("mixed", "false"), ("minOccurs", "1"), ("maxOccurs", "1"), ("nillable", "false"), ("abstract", "false")}
_IGNORED = {f"{{{WSDL}}}documentation", f"{{{XSD}}}documentation", f"{{{XSD}}}import"}
_OCCURRENCE = {("0", None): "?", ("0", "unbounded"): "*"}


def notation(document: bytes) -> list[str]:
    """Return the blocks of a document, sorted."""
    root = etree.fromstring(document)
    return sorted(block(each) for each in definitions(root))


def read(text: str, number: int) -> dict[str, str]:
    """Return the blocks of a file in this notation by their first two words.

    ``#`` begins a comment line; what stands between ``@each word A B`` and ``@end`` is there once for each, with
    ``{word}`` in its place.
    """
    blocks: list[str] = []
    for line in _expanded(text.replace("{N}", str(number))):
        if line.startswith(" "):
            blocks[-1] += f"\n{line}"
        else:
            blocks.append(line)
    return {" ".join(each.split(None, 2)[:2]): each for each in blocks}


def _expanded(text: str) -> Iterator[str]:
    word, values, repeated = "", [""], []
    for line in [*text.splitlines(), "@end"]:
        if line.startswith("@"):
            for value in values:
                yield from (each.replace(f"{{{word}}}", value) for each in repeated)
            word, values, repeated = "", [""], []
            if line.startswith("@each "):
                _, word, *values = line.split()
        elif line and not line.startswith("#"):
            repeated.append(line)


def definitions(root: Any) -> list[Any]:
    """Return the elements that get a block each."""
    found = [root]
    for child in root:
        if child.tag == f"{{{WSDL}}}types":
            for schema in child:
                found.append(schema)
                found.extend(each for each in schema if isinstance(each.tag, str) and each.tag not in _IGNORED)
        elif isinstance(child.tag, str) and child.tag not in _IGNORED:
            found.append(child)
            if child.tag in (f"{{{WSDL}}}portType", f"{{{WSDL}}}binding"):
                found.extend(child.findall(f"{{{WSDL}}}operation"))
    return found


def block(element: Any) -> str:
    """Return the block of one definition."""
    return _Block(element).text()


class _Part:
    """An element, and what of it was not written yet."""

    def __init__(self, element: Any) -> None:
        self.element = element
        self.name = _short(element.tag)
        self.attributes = {
            _short(key): value
            for key, value in element.attrib.items()
            if (key, value) not in _DEFAULTS and not key.endswith("location") and key != "schemaLocation"
        }
        for key in _QNAMES & self.attributes.keys():
            self.attributes[key] = _resolved(element, self.attributes[key])
        self.children = [each for each in element if isinstance(each.tag, str) and each.tag not in _IGNORED]
        texts = [element.text, *(each.tail for each in element)]
        self.text = " ".join(text.strip() for text in texts if text and text.strip())

    def take(self, key: str) -> str | None:
        return self.attributes.pop(key, None)

    def rest(self) -> str:
        """Return the attributes and the text that nobody took."""
        words = [f"{key}={_value(self.element, value)}" for key, value in sorted(self.attributes.items())]
        return " ".join([*words, repr(self.text)] if self.text else words)

    def only(self, name: str) -> _Part | None:
        """Return the one child if that, of this name, is all that this part still has."""
        if self.attributes or self.text or len(self.children) != 1:
            return None
        child = _Part(self.children[0])
        return child if child.name == name else None


class _Block:
    """Writes one definition."""

    def __init__(self, element: Any) -> None:
        self._part = _Part(element)
        self._lines: list[str] = []
        write = getattr(self, "_" + self._part.name.replace(":", "_"), None)
        if write is None:
            self._raw(self._part, 0)
        else:
            write(self._part)

    def text(self) -> str:
        return "\n".join(self._lines)

    def _line(self, depth: int, *words: str | None) -> None:
        self._lines.append("    " * depth + " ".join(word for word in words if word))

    def _raw(self, part: _Part, depth: int) -> None:
        rest = part.rest()
        self._line(depth, f"<{part.name} {rest}>" if rest else f"<{part.name}>")
        for child in part.children:
            self._any(_Part(child), depth + 1)

    def _any(self, part: _Part, depth: int) -> None:
        if part.name == "xs:element":
            self._element(part, depth, None)
        else:
            self._raw(part, depth)

    # wsdl

    def _wsdl_definitions(self, part: _Part) -> None:
        self._line(0, "definitions", part.take("name"), part.take("targetNamespace"), part.rest())

    def _wsdl_message(self, part: _Part) -> None:
        self._line(0, "message", part.take("name"), part.rest())
        self._sorted_children(part, {"wsdl:part": ("name", "element")})

    def _wsdl_portType(self, part: _Part) -> None:  # noqa: N802 (the name in WSDL)
        self._without_operations("portType", part)

    def _wsdl_binding(self, part: _Part) -> None:
        self._without_operations("binding", part)

    def _wsdl_service(self, part: _Part) -> None:
        self._without_operations("service", part)

    def _wsdl_operation(self, part: _Part) -> None:
        parent = _Part(part.element.getparent())
        self._line(0, f"{parent.name.removeprefix('wsdl:')}-operation", _name(parent) + "/" + _name(part), part.rest())
        for child in part.children:
            self._operation_part(_Part(child), 1)

    def _operation_part(self, part: _Part, depth: int) -> None:
        kind = part.name.removeprefix("wsdl:")
        own = [part.take("name"), part.take("message"), part.take("part"), part.take("soapAction")]
        words = [_value(part.element, word) for word in own if word]
        self._line(depth, kind, *words, part.rest())
        for child in part.children:
            self._operation_part(_Part(child), depth + 1)

    def _without_operations(self, kind: str, part: _Part) -> None:
        self._line(0, kind, part.take("name"), part.rest())
        part.children = [each for each in part.children if each.tag != f"{{{WSDL}}}operation"]
        self._sorted_children(part, {})

    def _sorted_children(self, part: _Part, short: dict[str, tuple[str, ...]]) -> None:
        """Write the children of what has no order; ``short`` names the attributes that stand for a whole child."""
        mine, self._lines = self._lines, []
        blocks = []
        for child in map(_Part, part.children):
            keys = short.get(child.name)
            if keys and set(keys) == child.attributes.keys() and not child.children and not child.text:
                self._line(1, *(child.attributes[key] for key in keys))
            else:
                self._raw(child, 1)
            blocks.append(self.text())
            self._lines = []
        self._lines = mine + sorted(blocks)

    # schema

    def _xs_schema(self, part: _Part) -> None:
        self._line(0, "schema", _value(part.element, part.take("targetNamespace") or ""), part.rest())

    def _xs_element(self, part: _Part) -> None:
        self._element(part, 0, "element")

    def _xs_complexType(self, part: _Part) -> None:  # noqa: N802 (the name in XML Schema)
        name = self._global_name(part)
        rest = part.rest()
        part.attributes.clear()
        part.text = ""
        word = "type"
        if len(part.children) > 1 and _annotation(part.children[0]) == ("ser:IsDictionary", "true"):
            word = "dictionary"
            part.children.pop(0)
        base = None
        sequence = part.only("xs:sequence")
        if sequence is None:
            content = part.only("xs:complexContent")
            extension = content.only("xs:extension") if content else None
            base = extension.take("base") if extension else None
            sequence = extension.only("xs:sequence") if extension and base else None
        if sequence is None or sequence.rest():
            self._line(0, word, name, rest)
            for child in part.children:
                self._raw(_Part(child), 1)
            return
        self._line(0, word, name, f"extends {base}" if base else None, rest)
        for child in sequence.children:
            self._any(_Part(child), 1)

    def _xs_simpleType(self, part: _Part) -> None:  # noqa: N802
        name = self._global_name(part)
        rest = part.rest()
        part.attributes.clear()
        part.text = ""
        listed = part.only("xs:list")
        inner = listed.only("xs:simpleType") if listed else None
        restriction = inner.only("xs:restriction") if inner else None
        values = [_flag(_Part(each)) for each in restriction.children] if restriction else []
        if restriction is None or restriction.attributes != {"base": "xs:string"} or restriction.text or None in values:
            self._line(0, "simpleType", name, rest)
            for child in part.children:
                self._raw(_Part(child), 1)
            return
        self._line(0, "flags", name, rest)
        self._line(1, *values)

    def _element(self, part: _Part, depth: int, word: str | None) -> None:
        name = part.take("name") or ""
        if depth == 0:
            name = self._prefixed(part, name)
        occurs = _OCCURRENCE.get((part.attributes.get("minOccurs"), part.attributes.get("maxOccurs")))
        if occurs:
            part.attributes.pop("minOccurs")
            part.attributes.pop("maxOccurs", None)
        nil = "nil" if part.attributes.get("nillable") == "true" and part.take("nillable") else None
        kind = part.take("type")
        rest = part.rest()
        part.attributes.clear()
        part.text = ""
        anonymous = part.only("xs:complexType")
        sequence = anonymous.only("xs:sequence") if anonymous else None
        if sequence is not None and not sequence.rest():
            self._line(depth, word, name + (occurs or ""), nil, kind, rest, "of" if sequence.children else "of nothing")
            for child in sequence.children:
                self._any(_Part(child), depth + 1)
            return
        self._line(depth, word, name + (occurs or ""), nil, kind, rest)
        for child in part.children:
            self._raw(_Part(child), depth + 1)

    def _global_name(self, part: _Part) -> str:
        return self._prefixed(part, part.take("name") or "")

    def _prefixed(self, part: _Part, name: str) -> str:
        target = part.element.getparent().get("targetNamespace")
        return f"{_prefix(part.element, target)}:{name}"


def _name(part: _Part) -> str:
    return part.take("name") or ""


def _flag(part: _Part) -> str | None:
    """Return a value of a flags enumeration, with its number if it is annotated; ``None`` for anything else."""
    if part.name != "xs:enumeration" or part.attributes.keys() != {"value"} or part.text:
        return None
    value = part.attributes["value"]
    if " " in value or "=" in value:
        return None
    if not part.children:
        return value
    number = _annotation(part.children[0]) if len(part.children) == 1 else None
    return f"{value}={number[1]}" if number and number[0] == "ser:EnumerationValue" else None


def _annotation(element: Any) -> tuple[str, str] | None:
    """Return the name and the text of the one thing that an annotation has in its appinfo."""
    part = _Part(element)
    info = part.only("xs:appinfo") if part.name == "xs:annotation" else None
    if info is None or info.attributes or info.text or len(info.children) != 1:
        return None
    inner = _Part(info.children[0])
    return None if inner.attributes or inner.children or not inner.text else (inner.name, inner.text)


def _resolved(element: Any, qname: str) -> str:
    prefix, _, local = qname.rpartition(":")
    namespace = element.nsmap.get(prefix or None)
    if namespace is None:
        return f"{{{prefix}?}}{local}"
    return f"{_prefix(element, namespace)}:{local}"


def _prefix(element: Any, namespace: str | None) -> str:
    if namespace == element.getroottree().getroot().get("targetNamespace"):
        return "tns"
    return _PREFIXES.get(namespace or "", f"{{{namespace}}}")


def _short(tag: str) -> str:
    name = etree.QName(tag)
    if name.namespace is None:
        return str(name.localname)
    return f"{_PREFIXES.get(name.namespace, f'{{{name.namespace}}}')}:{name.localname}"


def _value(element: Any, value: str) -> str:
    """Return an attribute's value, with ``tns`` for the target namespace; quoted where it could be misread."""
    target = element.getroottree().getroot().get("targetNamespace")
    if value == target:
        return "tns"
    if target and value.startswith(f"{target}/"):
        return f"tns/{value[len(target) + 1 :]}"
    return repr(value) if " " in value or value.startswith(("tns/", "'")) or value in ("", "tns") else value
