"""Where an application gets its ticket: a signed token for a JSON Web Token, by SOAP and by REST."""

from __future__ import annotations

import base64
import json
import sys
from datetime import datetime, timedelta, timezone

import jwt
import pytest
import zeep
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from lxml import etree
from support.double import Double
from support.envelopes import Xml, element, envelope, outgoing
from support.logins import carrying
from support.rest import assert_exception, send

from messaging_double.models.records import Application

NS = "http://www.superoffice.com/superid/partnersystemuser/0.1"
ACTION = f'"{NS}/IPartnerSystemUserService/Authenticate"'
REST_URL = "/Login/api/PartnerSystemUser/Authenticate"
SOAP_URL = "/login/services/PartnerSystemUserService.svc"
CLAIM = "http://schemes.superoffice.net/identity/"
SYSTEM_TOKEN = "App, v. 2.0-8k8Q7DmBgo"  # noqa: S105 - of no real account
NOW = datetime.now(timezone.utc)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signed(key=KEY, at=NOW, token=SYSTEM_TOKEN, moment=None):
    """Sign as the documentation says."""
    text = f"{token}.{moment or at.strftime('%Y%m%d%H%M')}"
    return f"{text}.{base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), SHA256())).decode()}"


def by_rest(double, token, application="client-secret", context="Cust12345", kind="JWT"):
    """Authenticate; return IsSuccessful, Token and ErrorMessage."""
    value = {"SignedSystemToken": token, "ApplicationToken": application, "ContextIdentifier": context}
    value["ReturnTokenType"] = kind
    body = json.dumps({name: each for name, each in value.items() if each is not None}).encode()
    answer = double.request("POST", REST_URL, body, {"Content-Type": "application/json"})
    assert (answer.status, list(answer.json)) == (200, ["IsSuccessful", "Token", "ErrorMessage"]), answer
    assert answer.json["IsSuccessful"] or f"refused: {answer.json['ErrorMessage']}" in answer.notes
    return tuple(answer.json.values())


def by_soap(double, token, application="client-secret", context="Cust12345", kind="Jwt"):
    """Authenticate; return IsSuccessful, Token and ErrorMessage."""
    headers = element("ApplicationToken", application) + element("ContextIdentifier", context)
    body = element("AuthenticationRequest", [element("SignedSystemToken", token), element("ReturnTokenType", kind)])
    request = (
        f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns="{NS}">'
        f"<s:Header>{headers}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
    every = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": ACTION}
    answer = double.request("POST", SOAP_URL, request.encode(), every)
    assert answer.status == 200, answer
    assert [etree.QName(each).localname for each in answer.xml] == ["Body"], "the contract has no response headers"
    members = {etree.QName(each).localname: each.text for each in answer.soap_body}
    assert list(members) == ["IsSuccessful", "Token", "ErrorMessage"]
    return {"true": True, "false": False}[members["IsSuccessful"]], members["Token"], members["ErrorMessage"]


WAYS = pytest.mark.parametrize("authenticate", [by_rest, by_soap])


def validated(double, token, audience="spn:12345"):
    """Validate a token by the key set, with PyJWT."""
    keys = jwt.PyJWKSet.from_dict(double.get("/login/.well-known/jwks").json)
    header = jwt.get_unverified_header(token)
    return jwt.decode(token, keys[header["kid"]].key, algorithms=["RS256"], audience=audience, issuer="SuperOffice AS")


@WAYS
def test_the_token_has_the_documented_claims(double, authenticate):
    succeeded, token, error = authenticate(double, signed())
    assert (succeeded, error) == (True, None)
    claims = validated(double, token)
    assert {name for name in claims if not name.startswith(CLAIM)} == {"iss", "aud", "sub", "nbf", "exp"}
    own = {name.removeprefix(CLAIM): value for name, value in claims.items() if name.startswith(CLAIM)}
    assert all(isinstance(each, str) for each in own.values())
    expected = (
        "ticket ctx serial netserver_url webapi_url system_token associateid identityprovider email upn firstname"
    )
    expected += " lastname initials is_administrator company_name so_primary_email_address"
    assert set(own) == set(expected.split())
    assert (own["ctx"], own["system_token"], own["is_administrator"]) == ("Cust12345", SYSTEM_TOKEN, "False")
    assert own["netserver_url"] == "http://double.test:8080/Cust12345/Remote/Services88/"
    assert own["webapi_url"] == "http://double.test:8080/Cust12345/api/"
    assert jwt.get_unverified_header(token).keys() == {"typ", "alg", "kid", "x5t"}


@WAYS
def test_the_ticket_is_taken_by_soap_and_by_rest_until_it_expires(start_double, authenticate):
    double = start_double(auth="online")
    _, token, _ = authenticate(double, signed())
    ticket = validated(double, token)[f"{CLAIM}ticket"]
    by_soap_headers = carrying(ticket, "client-secret")
    by_rest_headers = {"Authorization": f"SOTicket {ticket}", "SO-AppToken": "client-secret"}
    assert double.send(outgoing(To="1"), tenant="Cust12345", headers=by_soap_headers).succeeded
    assert send(double, {"To": "2"}, tenant="Cust12345", headers=by_rest_headers).status == 200
    double.steer("POST", "clock/advance", {"by": "7h"}, tenant="Cust12345")
    assert not double.send(outgoing(To="1"), tenant="Cust12345", headers=by_soap_headers).succeeded
    refused = send(double, {"To": "2"}, tenant="Cust12345", headers=by_rest_headers)
    assert_exception(refused, "SoSessionException", "The ticket has expired", status=401)
    assert len(double.outbox("Cust12345")) == 2
    assert authenticate(double, signed())[0], "an application whose ticket has expired gets another"


REFUSED = {
    "no signed token": ({"token": None}, "The SignedSystemToken is missing"),
    "a token that is not signed": ({"token": SYSTEM_TOKEN}, "is not of the form"),
    "no moment": ({"token": signed(moment="20261121")}, "is not of the form"),
    "a moment that there is not": ({"token": signed(moment="202613321999")}, "is not of the form"),
    "no application": ({"token": signed(), "application": None}, "carries no ApplicationToken"),
    "an unknown application": (
        {"token": signed(), "application": "unknown-application"},
        "not that of a known application",
    ),
    "a tenant's name without an end": (
        {"token": signed(), "context": "c" * 256},
        "The ContextIdentifier is missing or too long",
    ),
    "a signed token without an end": ({"token": signed(token="x" * 5000)}, "is not of the form"),
    "no tenant": ({"token": signed(), "context": None}, "The ContextIdentifier is missing"),
    "SAML": ({"token": signed(), "kind": "Saml"}, "only Jwt is issued here"),
}


@WAYS
@pytest.mark.parametrize(("how", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_missing_is_said_and_no_ticket_is_issued(double, authenticate, how, words):
    succeeded, token, error = authenticate(double, **how)
    assert (succeeded, token) == (False, None)
    assert words in error
    for tenant in ("Cust12345", "default"):
        assert double.steer("GET", "tickets", tenant=tenant).json["total"] == 0


def public_keys():
    """Return the key of an application, in each form."""
    public = KEY.public_key()
    numbers = public.public_numbers()
    modulus, exponent = (
        base64.b64encode(each.to_bytes((each.bit_length() + 7) // 8, "big")).decode() for each in (numbers.n, numbers.e)
    )
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "application")])
    builder = x509.CertificateBuilder(name, name, public, 1, NOW, NOW + timedelta(days=1))
    pem, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return {
        "PEM": public.public_bytes(pem, form),
        "RSAKeyValue": (
            f"<RSAKeyValue><Modulus>{modulus}</Modulus><Exponent>{exponent}</Exponent></RSAKeyValue>".encode()
        ),
        "certificate": builder.sign(KEY, SHA256()).public_bytes(pem),
    }


@pytest.fixture(scope="module")
def verifying(tmp_path_factory):
    """Give a double whose applications have their keys in each form, and one that has none."""
    folder = tmp_path_factory.mktemp("keys")
    applications = [Application("other")]
    for form, key in public_keys().items():
        (folder / form).write_bytes(key)
        applications.append(Application(form, public_key=str(folder / form)))
    with Double(clock=lambda _: NOW, applications=tuple(applications)) as double:
        yield double


def tampered(token):
    return token.replace("App", "Apq", 1)


VERIFIED = {
    "as it should be": (signed(), ""),
    "some minutes late": (signed(at=NOW - timedelta(minutes=4)), ""),
    "some minutes early": (signed(at=NOW + timedelta(minutes=4)), ""),
    "too late": (signed(at=NOW - timedelta(minutes=20)), "signature-seconds"),
    "too early": (signed(at=NOW + timedelta(minutes=20)), "signature-seconds"),
    "another key": (
        signed(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
        "is not signed with the key of this application",
    ),
    "changed": (tampered(signed()), "is not signed with the key of this application"),
    "no base64": (f"{SYSTEM_TOKEN}.{NOW:%Y%m%d%H%M}.!!!", "is not signed with the key of this application"),
}


@WAYS
@pytest.mark.parametrize("application", ["PEM", "RSAKeyValue", "certificate"])
@pytest.mark.parametrize(("token", "words"), VERIFIED.values(), ids=VERIFIED)
def test_a_signature_is_verified_where_the_application_has_a_public_key(
    verifying, application, authenticate, token, words
):
    verifying.reset("Cust12345")
    succeeded, _, error = authenticate(verifying, token, application)
    assert succeeded is not bool(words)
    assert words in (error or "")
    assert verifying.steer("GET", "tickets", tenant="Cust12345").json["total"] == succeeded
    assert authenticate(verifying, token, "other")[0], "without a public key any signature passes"


def test_the_certificate_is_that_of_the_key_set_as_pem_and_as_der(double):
    pem = double.get("/login/SuperOfficeFederatedLogin.pem").body
    der = double.get("/login/SuperOfficeFederatedLogin.crt").body
    certificate = x509.load_der_x509_certificate(der)
    assert certificate == x509.load_pem_x509_certificate(pem)
    (key,) = double.get("/Login/.well-known/JWKS").json["keys"]
    assert (key["kty"], key["alg"], key["use"], key["x5c"]) == ("RSA", "RS256", "sig", [base64.b64encode(der).decode()])
    assert key["kid"] == certificate.fingerprint(SHA1()).hex().upper()  # noqa: S303 - as the captured one
    token = by_rest(double, signed())[1]
    claims = jwt.decode(token, certificate.public_key(), algorithms=["RS256"], audience="spn:12345")
    assert claims["iss"] == "SuperOffice AS"


def test_a_signing_key_of_ones_own_has_the_same_certificate_at_every_start(start_double, tmp_path):
    path = tmp_path / "signing.pem"
    encryption = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    path.write_bytes(KEY.private_bytes(serialization.Encoding.PEM, form, encryption))
    first, second = (start_double(signing_key=path).get("/login/.well-known/jwks").json for _ in range(2))
    assert first == second
    assert first != start_double().get("/login/.well-known/jwks").json


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        (b"nothing", "is no PEM file with a private key"),
        ("certificate of another", "another key"),
    ],
)
def test_a_signing_key_that_is_none_stops_the_start(start_double, tmp_path, content, words):
    from messaging_double.server.agents.signing import SigningError  # noqa: PLC0415

    path = tmp_path / "signing.pem"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        with start_double() as double:
            pem = double.get("/login/SuperOfficeFederatedLogin.pem").body
        form = serialization.PrivateFormat.TraditionalOpenSSL
        own = KEY.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        path.write_bytes(own + pem)
    with pytest.raises(SigningError, match=words):
        start_double(signing_key=path)


def test_discovery_leads_to_the_key_set_and_the_token_endpoint(double):
    answer = double.get("/login/.well-known/openid-configuration/")
    assert answer.json["jwks_uri"] == "http://double.test:8080/login/.well-known/jwks"
    assert answer.json["authorization_endpoint"] == "http://double.test:8080/login/common/oauth/authorize"
    assert answer.json["id_token_signing_alg_values_supported"] == ["RS256"]


@pytest.mark.parametrize(
    ("method", "url", "status"),
    [
        ("GET", REST_URL, 405),
        ("POST", "/login/.well-known/jwks", 405),
        ("GET", "/login/api/Nothing", 404),
        ("POST", REST_URL, 400),
    ],
)
def test_other_requests_below_login_are_refused(double, method, url, status):
    answer = double.request(method, url, b"{" if method == "POST" else b"", {"Content-Type": "application/json"})
    assert (answer.status, list(answer.json)) == (status, ["Message", "MessageDetail"])


def test_a_soap_request_that_cannot_be_read_is_a_fault(double):
    answer = double.request("POST", SOAP_URL, b"<x", {"Content-Type": "text/xml", "SOAPAction": ACTION})
    assert answer.status == 400
    body = envelope(Xml(f'<a xmlns="{NS}"/>'))
    answer = double.request("POST", SOAP_URL, body, {"Content-Type": "text/xml", "SOAPAction": ACTION})
    assert answer.fault.code[1] == "InternalServiceFault"


def test_the_name_of_the_operation_is_not_that_of_its_element_in_the_body(double):
    body = envelope(Xml(f'<Authenticate xmlns="{NS}"/>'))
    answer = double.request("POST", SOAP_URL, body, {"Content-Type": "text/xml", "SOAPAction": ACTION})
    hint = "the SOAPAction names Authenticate, and the Body of Authenticate has the element AuthenticationRequest"
    assert answer.headers["x-messaging-double-hint"] == hint


@pytest.mark.parametrize("end", ["x", "/x"])
def test_nothing_is_below_the_url_of_the_service(double, end):
    assert double.get(f"{SOAP_URL}{end}").status == 404


@WAYS
def test_without_the_extra_it_is_said_what_to_install(start_double, monkeypatch, authenticate):
    double = start_double()  # which has loaded nothing of the extra before
    monkeypatch.setitem(sys.modules, "joserfc.jwk", None)
    succeeded, _, error = authenticate(double, signed())
    assert not succeeded
    assert 'pip install "messaging-double[online]"' in error
    assert double.steer("GET", "tickets", tenant="Cust12345").json["total"] == 0
    assert double.get("/login/.well-known/jwks").status == 501


@WAYS
def test_rules_hold_for_logins(double, authenticate):
    rule = {"when": {"operation": "Authenticate"}, "then": {"error": {"message": "Closed today."}}}
    assert double.steer("POST", "rules", rule, tenant="Cust12345").status == 201
    assert authenticate(double, signed()) == (False, None, "Closed today.")
    assert double.steer("GET", "tickets", tenant="Cust12345").json["total"] == 0


def test_the_journal_of_the_tenant_has_its_logins(double):
    by_rest(double, signed())
    by_soap(double, signed())
    entries = double.steer("GET", "journal", tenant="Cust12345").json["exchanges"]
    assert [(each["operation"], each["services"]) for each in entries] == [
        ("Authenticate", "PartnerSystemUser"),
        ("Authenticate", "REST"),
    ]


def test_a_real_soap_client_and_two_libraries_of_tokens_go_the_whole_way(serve, node):
    double = serve(auth="online")
    client = zeep.Client(f"{double.url}{SOAP_URL}?wsdl")
    headers = {"ApplicationToken": "client-secret", "ContextIdentifier": "Cust12345"}
    result = client.service.Authenticate(signed(at=datetime.now(timezone.utc)), "Jwt", _soapheaders=headers)
    assert (result.IsSuccessful, result.ErrorMessage) == (True, None)
    discovery = f"{double.url}/login/.well-known/openid-configuration"
    by_jose = node.run("jwt.cjs", discovery, result.Token, "SuperOffice AS", "spn:12345")
    assert "error" not in by_jose
    keys = jwt.PyJWKClient(f"{double.url}/login/.well-known/jwks")
    claims = jwt.decode(
        result.Token, keys.get_signing_key_from_jwt(result.Token).key, algorithms=["RS256"], audience="spn:12345"
    )
    assert by_jose["payload"] == claims
    ticket = claims[f"{CLAIM}ticket"]
    messaging = zeep.Client(f"{claims[f'{CLAIM}netserver_url']}Messaging.svc?wsdl")
    soap_headers = {"ApplicationToken": "client-secret", "Credentials": {"Ticket": ticket}}
    message = {"To": "+4711", "Content": "by SOAP"}
    sent = messaging.service.SendMessages("CM", {"OutgoingMessage": [message]}, _soapheaders=soap_headers)
    assert sent.header.Succeeded is True
    assert node.run("webapi.cjs", claims[f"{CLAIM}webapi_url"], ticket, "client-secret")["receipt"]["messagingId"] == 2
    assert double.steer("GET", "outbox")["total"] == 3
    tampered_token = result.Token[:-8] + ("A" * 8)
    assert node.run("jwt.cjs", discovery, tampered_token, "SuperOffice AS", "spn:12345")["error"] == (
        "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"
    )
