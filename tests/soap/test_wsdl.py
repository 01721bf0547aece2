"""The WSDL is the published one: what a client generates from it fits the real service."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from lxml import etree
from support.double import url_of
from support.envelopes import VERSIONS
from support.wsdl_notation import SOAP, WSDL, XSD, block, definitions, notation, read

CONTRACT = Path(__file__).parent / "contract"


def published(number: int, agent: str = "Messaging") -> dict[str, str]:
    """Read what all agents share, then the agent's own; a file of a number holds from that version on."""
    blocks: dict[str, str] = {}
    for name in ("netserver", agent.lower()):
        for suffix in ("", *(f"-{each}" for each in VERSIONS if each <= number)):
            file = CONTRACT / f"{name}{suffix}.txt"
            if not suffix or file.exists():
                blocks |= read(file.read_text("utf-8"), number)
    return blocks


def wsdl(double, services=88, query="wsdl", agent="Messaging", **headers) -> bytes:
    answer = double.get(f"{url_of(services, agent=agent)}?{query}", **headers)
    assert (answer.status, answer.content_type) == (200, "text/xml; charset=UTF-8")
    return answer.body


def address(document: bytes) -> str:
    (location,) = etree.fromstring(document).xpath("//soap:address/@location", namespaces={"soap": SOAP})
    return location


AGENTS = pytest.mark.parametrize("agent", ["Messaging", "SoPrincipal"])


@AGENTS
@pytest.mark.parametrize("services", VERSIONS)
def test_the_wsdl_has_no_difference_from_the_published_contract(either_double, services, agent) -> None:
    assert notation(wsdl(either_double, services, agent=agent)) == sorted(published(services, agent).values())


@AGENTS
def test_the_published_contracts_differ_in_their_number_and_in_the_rights_of_88_only(agent) -> None:
    as_84 = {name: text.replace("Services88", "Services84") for name, text in published(88, agent).items()}
    changed = {name for name, text in published(84, agent).items() if as_84[name] != text}
    assert changed == {"flags tns:ETableRight", "flags tns:EFieldRight"}


def test_principal_takes_access_tokens_from_86_on() -> None:
    added = published(86, "SoPrincipal").keys() - published(85, "SoPrincipal").keys()
    assert "element tns:AuthenticateWithAccessToken" in added
    assert all("AuthenticateWithAccessToken" in name for name in added)
    assert published(88, "SoPrincipal").keys() == published(86, "SoPrincipal").keys()


def mutations(element):
    """Change one thing of a definition after the other; yield what was changed while it is."""
    for node in element.iter():
        here = f"{etree.QName(node).localname} {dict(node.attrib)}"
        if etree.QName(node).localname == "address" or node.tag == f"{{{XSD}}}import":
            continue
        for key, value in list(node.attrib.items()):
            node.set(key, f"{value}X")
            yield f"{here}: another {key}"
            del node.attrib[key]
            if (key, value) not in (("mixed", "false"), ("minOccurs", "1")):
                yield f"{here}: no {key}"
            node.set(key, value)
        for key in ("minOccurs", "maxOccurs", "nillable", "type", "ref", "form", "use", "parts", "style", "abstract"):
            if key not in node.attrib:
                node.set(key, "7")
                yield f"{here}: a {key}"
                del node.attrib[key]
        text, tag = node.text, node.tag
        node.text = f"{text or ''}text"
        yield f"{here}: text"
        node.text, node.tag = text, f"{tag}X"
        yield f"{here}: another name"
        node.tag = "{urn:other}" + etree.QName(tag).localname
        yield f"{here}: another namespace"
        node.tag = tag
        added = etree.SubElement(node, f"{{{XSD}}}sequence")
        yield f"{here}: one child more"
        node.remove(added)
        if node is not element:
            yield from mutated_places(node, here)


def mutated_places(node, here):
    parent = node.getparent()
    place = parent.index(node)
    parent.insert(place, copy.deepcopy(node))
    yield f"{here}: twice"
    parent.remove(parent[place])
    parent.remove(node)
    yield f"{here}: gone"
    parent.insert(place, node)
    if place and parent.tag not in (f"{{{WSDL}}}message", f"{{{WSDL}}}binding"):
        parent.remove(node)
        parent.insert(place - 1, node)
        yield f"{here}: before its neighbour"
        parent.remove(node)
        parent.insert(place, node)


@AGENTS
def test_no_change_of_a_definition_escapes_the_notation(double, agent) -> None:
    """What the comparison above is worth: any attribute, order, text or element that differs shows."""
    root = etree.fromstring(wsdl(double, agent=agent))
    own_block = {f"{{{WSDL}}}definitions", f"{{{XSD}}}schema", f"{{{WSDL}}}portType"}
    seen = 0
    for definition in definitions(root):
        if definition.tag in own_block or definition.tag == f"{{{WSDL}}}binding":
            continue  # what stands in them has blocks of its own; their own line is changed below
        before = block(definition)
        for change in mutations(definition):
            seen += 1
            assert block(definition) != before, change
        assert block(definition) == before
    assert seen > 5000


@pytest.mark.parametrize("tag", ["definitions", "types/xs:schema", "portType", "binding", "service"])
def test_no_change_of_the_frame_escapes_the_notation(double, tag) -> None:
    path = "." if tag == "definitions" else "wsdl:" + tag
    document = wsdl(double)
    names = [node.attrib.keys() for node in etree.fromstring(document).findall(path, {"wsdl": WSDL, "xs": XSD})]
    assert names
    for which, keys in enumerate(names):
        for key in keys:
            root = etree.fromstring(document)
            node = root.findall(path, {"wsdl": WSDL, "xs": XSD})[which]
            node.set(key, f"{node.get(key)}X")
            assert notation(etree.tostring(root)) != notation(document), (node, key)


@pytest.mark.parametrize("parent", [".", "wsdl:types", "wsdl:types/xs:schema", "wsdl:portType", "wsdl:binding"])
def test_a_definition_more_or_less_does_not_escape_the_notation(double, parent) -> None:
    document = wsdl(double)
    for which in range(len(etree.fromstring(document).findall(parent, {"wsdl": WSDL, "xs": XSD}))):
        root = etree.fromstring(document)
        node = root.findall(parent, {"wsdl": WSDL, "xs": XSD})[which]
        definition = next(each for each in node if each.tag != f"{{{XSD}}}import")
        node.append(copy.deepcopy(definition))
        assert notation(etree.tostring(root)) != notation(document), definition
        node.remove(node[-1])
        assert notation(etree.tostring(root)) == notation(document)
        node.remove(definition)
        assert notation(etree.tostring(root)) != notation(document), definition


@pytest.mark.parametrize("query", ["wsdl", "WSDL", "Wsdl", "singleWsdl", "singlewsdl", "wsdl=", "x=1&wsdl"])
def test_the_wsdl_is_at_the_queries_that_wcf_knows(double, query) -> None:
    assert wsdl(double, query=query) == wsdl(double)


def test_the_wsdl_is_one_flat_document(double) -> None:
    """Types in imported documents lose some clients, and no client fetches more than ?wsdl."""
    root = etree.fromstring(wsdl(double))
    assert root.findall(f"{{{WSDL}}}import") == []
    for imported in root.iter(f"{{{XSD}}}import", f"{{{XSD}}}include"):
        assert imported.attrib.keys() == ["namespace"]


def test_the_wsdl_has_one_port_of_soap_11(double) -> None:
    """A second port, of SOAP 1.2, loses kdsoap."""
    root = etree.fromstring(wsdl(double))
    assert len(root.findall(f"{{{WSDL}}}service/{{{WSDL}}}port")) == 1
    assert b"schemas.xmlsoap.org/wsdl/soap12/" not in wsdl(double)


def test_head_says_what_get_would(double) -> None:
    for url in (f"{url_of()}?wsdl", url_of()):
        head, get = double.request("HEAD", url), double.get(url)
        assert (head.status, head.headers) == (get.status, get.headers)


@pytest.mark.parametrize(
    ("url", "headers", "environ", "expected"),
    [
        (url_of(), {}, {}, "http://double.test:8080/Remote/Services88/Messaging.svc"),
        ("/remote/services88/messaging.svc", {}, {}, "http://double.test:8080/remote/services88/messaging.svc"),
        (
            "/Cust12345/Remote/Services88/Messaging.svc",
            {},
            {},
            "http://double.test:8080/Cust12345/Remote/Services88/Messaging.svc",
        ),
        ("/REMOTE/SERVICES88/MESSAGING.SVC", {}, {}, "http://double.test:8080/REMOTE/SERVICES88/MESSAGING.SVC"),
        ("/a/b/Remote/Services88/Messaging.svc", {}, {}, "http://double.test:8080/a/b/Remote/Services88/Messaging.svc"),
        (
            "/a%20%26%C3%A6/Remote/Services88/Messaging.svc",
            {},
            {},
            "http://double.test:8080/a%20%26%C3%A6/Remote/Services88/Messaging.svc",
        ),
        (url_of(), {"Host": "sod.superoffice.com"}, {}, "http://sod.superoffice.com/Remote/Services88/Messaging.svc"),
        (url_of(), {"Host": "[::1]:8080"}, {}, "http://[::1]:8080/Remote/Services88/Messaging.svc"),
        (url_of(), {"Host": None}, {}, "http://127.0.0.1:8080/Remote/Services88/Messaging.svc"),
        (url_of(), {}, {"wsgi.url_scheme": "https"}, "https://double.test:8080/Remote/Services88/Messaging.svc"),
        (url_of(), {}, {"SCRIPT_NAME": "/mounted"}, "http://double.test:8080/mounted/Remote/Services88/Messaging.svc"),
    ],
    ids=[
        "plain",
        "small letters",
        "tenant",
        "capitals",
        "virtual directories",
        "escaped",
        "no port",
        "IPv6",
        "no Host",
        "https",
        "mounted",
    ],
)
def test_the_address_is_the_url_that_was_asked(double, url, headers, environ, expected) -> None:
    answer = double.request("GET", f"{url}?wsdl", headers=headers, **environ)
    assert address(answer.body) == expected


@pytest.mark.parametrize(
    "host",
    ['evil"host', "<script>", "a&b", "a'b", "a b", "\xe6\xf8\xe5.test", "a\x01b", "a\x00b", "x" * 5000],
    ids=["quote", "markup", "ampersand", "apostrophe", "blank", "latin-1", "control", "nul", "long"],
)
def test_no_host_can_break_the_document(double, host) -> None:
    for url in (f"{url_of()}?wsdl", url_of()):
        answer = double.get(url, Host=host)
        assert answer.status in (200, 400)
        if answer.status == 200 and answer.content_type.startswith("text/xml"):
            assert notation(answer.body) == sorted(published(88).values())
        assert b"<script>" not in answer.body


@pytest.mark.parametrize("value", ['"', "<script>", "&", "\x01", "a\x00", "a, b", "\xe6", "://", "-1", "x" * 5000])
@pytest.mark.parametrize("name", ["Proto", "Host", "Port", "Prefix", "For"])
def test_no_proxys_header_can_break_the_document(start_double, name, value) -> None:
    double = start_double(trust_proxy=True)
    for url in (f"{url_of()}?wsdl", url_of()):
        answer = double.get(url, **{f"X-Forwarded-{name}": value})
        assert answer.status in (200, 400)
        if answer.status == 200 and answer.content_type.startswith("text/xml"):
            assert notation(answer.body) == sorted(published(88).values())
        assert b"<script>" not in answer.body


FORWARDED = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "so.example.com",
    "X-Forwarded-Port": "8443",
    "X-Forwarded-Prefix": "/doubles/one",
}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (["Proto"], "https://double.test:8080"),
        (["Host"], "http://so.example.com"),
        (["Host", "Port"], "http://so.example.com:8443"),
        (["Prefix"], "http://double.test:8080/doubles/one"),
        (["Proto", "Host", "Port", "Prefix"], "https://so.example.com:8443/doubles/one"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else "",
)
def test_a_trusted_proxy_decides_the_address(start_double, headers, expected) -> None:
    sent = {f"X-Forwarded-{name}": FORWARDED[f"X-Forwarded-{name}"] for name in headers}
    path = "/Cust1/Remote/Services88/Messaging.svc"
    trusting = start_double(trust_proxy=True)
    assert address(trusting.get(f"{path}?wsdl", **sent).body) == expected + path


def test_nobody_else_decides_the_address(double) -> None:
    assert address(wsdl(double, **FORWARDED)) == f"http://double.test:8080{url_of()}"


def test_two_who_ask_at_the_same_time_get_their_own_addresses(double) -> None:
    first, second = wsdl(double, Host="one.test"), wsdl(double, Host="two.test")
    assert address(first).startswith("http://one.test/")
    assert address(second).startswith("http://two.test/")
    assert first.replace(b"one.test", b"two.test") == second
