"""The WSDL is the published one: what a client generates from it fits the real service.

``DIGESTS`` are golden: they were taken when the documents were compared with the published ones, definition by
definition. A document that changes on purpose needs a new digest: the failure names a file with the document as it is
now; compare it with that of the commit before.
"""

import hashlib
import re
from itertools import product

import pytest
from lxml import etree
from support.double import url_of

SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
WSDL = "http://schemas.xmlsoap.org/wsdl/"
XSD = "http://www.w3.org/2001/XMLSchema"
DIGESTS = {
    ("Messaging", 84): "3ebeaaa0f6a7b14e0754a9398d5ed276",
    ("Messaging", 85): "6e6f8c574b7c21969674af80ce13fd12",
    ("Messaging", 86): "96d67b9a69bc41772de446e8f8e890b2",
    ("Messaging", 87): "1a82ede480cebdc7f95a1740f69ff051",
    ("Messaging", 88): "b5c944e7016e3b6b053d1791459c37b4",
    ("SoPrincipal", 84): "679724d1a9627c015f147f3278ac3494",
    ("SoPrincipal", 85): "66c25d082f69c22a8adb60bb0306b81e",
    ("SoPrincipal", 86): "73c5c6822b63b5fe83a2984535eccf4a",
    ("SoPrincipal", 87): "d320c20aa821ee865ecc24311e7a5f31",
    ("SoPrincipal", 88): "273ac8cd09df01b968f22d3da18dd466",
}
DIGEST_OF_SYSTEM_USERS = "109fb40f6dda954a384caa2a2a6e1b28"


def wsdl(double, services=88, query="wsdl", agent="Messaging", **headers) -> bytes:
    answer = double.get(f"{url_of(services, agent=agent)}?{query}", **headers)
    assert (answer.status, answer.content_type) == (200, "text/xml; charset=UTF-8")
    return answer.body


def address(document: bytes) -> str:
    (location,) = etree.fromstring(document).xpath("//soap:address/@location", namespaces={"soap": SOAP})
    return location


def normalized(document: bytes) -> bytes:
    """Return a WSDL without its address, in canonical XML."""
    root = etree.fromstring(document, etree.XMLParser(remove_blank_text=True))
    for each in root.iter(f"{{{SOAP}}}address"):
        each.set("location", "")
    return etree.tostring(root, method="c14n")


def definitions(document: bytes) -> dict[str, bytes]:
    """Return what a WSDL defines by kind and name, without the number of the version."""
    root = etree.fromstring(normalized(document))
    found = [*root.findall(f"{{{WSDL}}}types/{{{XSD}}}schema/*[@name]"), *root.findall("*[@name]")]
    found += root.findall(f"{{{WSDL}}}portType/*") + root.findall(f"{{{WSDL}}}binding/*[@name]")
    shared = {f"{{{WSDL}}}portType", f"{{{WSDL}}}binding"}  # their operations are definitions of their own
    texts = {}
    for each in found:
        if each.tag not in shared:
            kind = f"{etree.QName(each.getparent()).localname}/{etree.QName(each).localname}"
            text = etree.tostring(each, method="c14n")
            texts[f"{kind} {each.get('name')}"] = re.sub(rb"Services\d\d", b"Services", text)
    return texts


AGENTS = pytest.mark.parametrize("agent", ["Messaging", "SoPrincipal"])


@pytest.mark.parametrize(("agent", "services"), DIGESTS)
def test_the_wsdl_is_the_published_contract(either_double, services, agent, tmp_path) -> None:
    document = normalized(wsdl(either_double, services, agent=agent))
    (tmp_path / "now.wsdl").write_bytes(document)
    assert hashlib.sha256(document).hexdigest()[:32] == DIGESTS[agent, services], tmp_path / "now.wsdl"


def test_the_wsdl_of_partner_system_user_service_is_the_published_contract(double, tmp_path) -> None:
    document = normalized(double.get("/login/services/PartnerSystemUserService.svc?wsdl").body)
    (tmp_path / "now.wsdl").write_bytes(document)
    assert hashlib.sha256(document).hexdigest()[:32] == DIGEST_OF_SYSTEM_USERS, tmp_path / "now.wsdl"


@AGENTS
def test_versions_differ_in_their_number_and_in_the_rights_of_88_only(double, agent) -> None:
    before, after = definitions(wsdl(double, 84, agent=agent)), definitions(wsdl(double, 88, agent=agent))
    changed = {name.split()[-1] for name, text in before.items() if after[name] != text}
    assert changed == {"ETableRight", "EFieldRight"}


def test_principal_takes_access_tokens_from_86_on(double) -> None:
    names = {each: definitions(wsdl(double, each, agent="SoPrincipal")).keys() for each in (85, 86, 88)}
    added = names[86] - names[85]
    assert "schema/element AuthenticateWithAccessToken" in added
    assert all("AuthenticateWithAccessToken" in name for name in added)
    assert names[88] == names[86]


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
    "path",
    [
        url_of(),
        url_of().lower(),
        url_of().upper(),
        f"/Cust12345{url_of()}",
        f"/a/b{url_of()}",
        f"/a%20%26%C3%A6{url_of()}",
    ],
)
def test_the_address_has_the_path_that_was_asked(double, path) -> None:
    assert address(double.get(f"{path}?wsdl").body) == f"http://double.test:8080{path}"


@pytest.mark.parametrize(
    ("headers", "environ", "origin"),
    [
        ({"Host": "sod.superoffice.com"}, {}, "http://sod.superoffice.com"),
        ({"Host": "[::1]:8080"}, {}, "http://[::1]:8080"),
        ({"Host": None}, {}, "http://127.0.0.1:8080"),
        ({}, {"wsgi.url_scheme": "https"}, "https://double.test:8080"),
        ({}, {"SCRIPT_NAME": "/mounted"}, "http://double.test:8080/mounted"),
    ],
    ids=["no port", "IPv6", "no Host", "https", "mounted"],
)
def test_the_address_has_the_host_that_was_asked(double, headers, environ, origin) -> None:
    answer = double.request("GET", f"{url_of()}?wsdl", headers=headers, **environ)
    assert address(answer.body) == f"{origin}{url_of()}"


BREAKING = ['"', 'evil"host', "<script>", "&", "a&b", "a'b", "a b", "a, b", "\xe6\xf8\xe5.test", "a\x01b", "a\x00b", "://",
            "-1", "x" * 5000]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["Host", *(f"X-Forwarded-{each}" for each in ("Proto", "Host", "Port", "Prefix", "For"))]
)
def test_no_host_and_no_header_of_a_proxy_can_break_the_document(start_double, name) -> None:
    double = start_double(trust_proxy=True)
    contract = normalized(wsdl(double))
    for url, value in product((f"{url_of()}?wsdl", url_of()), BREAKING):
        answer = double.get(url, **{name: value})
        assert answer.status in (200, 400), value
        if answer.status == 200 and answer.content_type.startswith("text/xml"):
            assert normalized(answer.body) == contract, value
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
