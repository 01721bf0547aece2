"""Access tokens: a code, tokens for it, and their refreshing."""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from contextlib import closing
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from lxml import etree
from support.envelopes import outgoing
from support.logins import carrying
from support.rest import assert_exception, send

from messaging_double.models.records import Application
from messaging_double.storage import StorageUnavailableError

AUTHORIZE = "/login/common/oauth/authorize"
TOKENS = "/login/common/oauth/tokens"
CLIENT = {"client_id": "an-id", "client_secret": "a-secret", "redirect_uri": "http://127.0.0.1:1/callback"}


def authorize(double, **changes):
    query = {
        "client_id": "an-id",
        "scope": "openid",
        "redirect_uri": CLIENT["redirect_uri"],
        "state": "a state & more",
        "response_type": "code",
        "acr_values": "tenant:Cust12345",
        **changes,
    }
    return double.get(f"{AUTHORIZE}?{urlencode({name: value for name, value in query.items() if value is not None})}")


def code_of(double):
    answer = authorize(double)
    assert answer.status == 302, answer
    target = urlsplit(answer.headers["location"])
    assert (target.netloc, target.path) == ("127.0.0.1:1", "/callback")
    query = parse_qs(target.query)
    assert query["state"] == ["a state & more"]
    return query["code"][0]


def tokens(double, *, in_query=False, **parameters):
    given = urlencode({**CLIENT, **parameters})
    if in_query:
        return double.request("POST", f"{TOKENS}?{given}")
    return double.request("POST", TOKENS, given.encode(), {"Content-Type": "application/x-www-form-urlencoded"})


def refused(answer, error, *words, status=400):
    assert (answer.status, list(answer.json)) == (status, ["error", "error_description"]), answer
    assert answer.json["error"] == error
    for word in words:
        assert word in answer.json["error_description"]


@pytest.fixture
def online(start_double):
    return start_double(auth="online")


@pytest.mark.parametrize("in_query", [True, False], ids=["in the query", "in a form"])
def test_a_code_becomes_tokens_that_pass_by_rest_and_by_soap(online, in_query):
    answer = tokens(online, in_query=in_query, grant_type="authorization_code", code=code_of(online))
    assert answer.status == 200, answer
    assert list(answer.json) == ["token_type", "access_token", "expires_in", "id_token", "refresh_token"]
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 3600)
    assert answer.headers["cache-control"] == "no-store"
    token = answer.json["access_token"]
    assert token.startswith("8A:Cust12345.")
    assert send(online, {"To": "1"}, tenant="Cust12345", headers={"Authorization": f"Bearer {token}"}).status == 200
    assert online.send(outgoing(To="1"), tenant="Cust12345", headers=carrying(token, "a-secret")).succeeded


def test_the_id_token_has_the_documented_claims(online):
    id_token = tokens(online, grant_type="authorization_code", code=code_of(online)).json["id_token"]
    keys = jwt.PyJWKSet.from_dict(online.get("/login/.well-known/jwks").json)
    issuer = online.get("/login/.well-known/openid-configuration").json["issuer"]
    claims = jwt.decode(id_token, keys.keys[0].key, algorithms=["RS256"], audience="an-id", issuer=issuer)
    assert claims["exp"] - claims["iat"] == 300
    assert claims["http://schemes.superoffice.net/identity/webapi_url"] == "http://double.test:8080/Cust12345/api/"


def test_the_id_token_of_a_code_has_the_nonce_that_the_code_was_asked_with(online):
    """Libraries of OpenID Connect refuse it otherwise."""
    code = parse_qs(urlsplit(authorize(online, nonce="ü~.1").headers["location"]).query)["code"][0]
    answer = tokens(online, grant_type="authorization_code", code=code).json
    refreshed = tokens(online, grant_type="refresh_token", refresh_token=answer["refresh_token"]).json
    claims = [jwt.decode(each["id_token"], options={"verify_signature": False}) for each in (answer, refreshed)]
    assert [each.get("nonce") for each in claims] == ["ü~.1", None]
    refused(tokens(online, grant_type="authorization_code", code=code), "invalid_grant", "used before")


def test_an_application_may_name_itself_in_the_header_authorization(start_double):
    double = start_double(applications=(Application("a secret:"),))
    grant = {"grant_type": "authorization_code", "code": code_of(double)}
    by_basic = {"Authorization": f"Basic {b64encode(b'an-id:a+secret%3A').decode()}"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = double.request("POST", TOKENS, urlencode(grant).encode(), {**form, **by_basic})
    assert answer.status == 200, answer
    assert jwt.decode(answer.json["id_token"], options={"verify_signature": False})["aud"] == "an-id"
    methods = double.get("/login/.well-known/openid-configuration").json["token_endpoint_auth_methods_supported"]
    assert methods == ["client_secret_post", "client_secret_basic"]


@pytest.mark.parametrize(
    "text", ["", "?", b64encode(b"an-id").decode(), b64encode(b"an-id:unknown-application").decode()]
)
def test_an_application_that_the_header_authorization_does_not_name_gets_no_token(online, text):
    query = urlencode({"grant_type": "authorization_code", "code": code_of(online), "client_secret": "a-secret"})
    answer = online.request("POST", f"{TOKENS}?{query}", headers={"Authorization": f"Basic {text}"})
    refused(answer, "invalid_client", status=401)
    assert answer.headers["www-authenticate"].startswith("Basic ")


def test_a_code_is_sent_back_in_the_response_mode_that_is_asked_for(online):
    fragment = urlsplit(authorize(online, response_mode="fragment").headers["location"])
    assert (fragment.query, list(parse_qs(fragment.fragment))) == ("", ["code", "state"])
    form = authorize(online, response_mode="form_post", redirect_uri="http://x/?a=1&b")
    assert (form.status, form.content_type) == (200, "text/html; charset=utf-8")
    assert form.headers["cache-control"] == "no-store"
    page = etree.HTML(form.body)
    assert page.find(".//form").attrib == {"method": "post", "action": "http://x/?a=1&b"}
    fields = {each.get("name"): each.get("value") for each in page.iter("input")}
    assert fields["state"] == "a state & more"
    assert tokens(online, grant_type="authorization_code", code=fields["code"]).status == 200
    refused(authorize(online, response_mode="telepathy"), "invalid_request", "response_mode is 'telepathy'")
    modes = online.get("/login/.well-known/openid-configuration").json["response_modes_supported"]
    assert modes == ["query", "fragment", "form_post"]


def test_an_access_token_expires_by_the_tenant_s_clock_and_is_refreshed(online):
    first = tokens(online, grant_type="authorization_code", code=code_of(online)).json
    online.steer("POST", "clock/advance", {"by": "61m"}, tenant="Cust12345")
    by_first = {"Authorization": f"Bearer {first['access_token']}"}
    answer = send(online, {"To": "1"}, tenant="Cust12345", headers=by_first)
    assert_exception(answer, "SoSessionException", "The access token has expired", status=401)
    second = tokens(online, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert list(second.json) == ["token_type", "access_token", "expires_in", "id_token"]
    by_second = {"Authorization": f"Bearer {second.json['access_token']}"}
    assert send(online, {"To": "1"}, tenant="Cust12345", headers=by_second).status == 200


def test_an_access_token_that_passes_elsewhere_too_expires_by_its_own_tenant_s_clock(start_double):
    double = start_double(auth="onsite")
    token = tokens(double, grant_type="authorization_code", code=code_of(double)).json["access_token"]
    double.steer("POST", "clock/advance", {"by": "61m"}, tenant="Cust2")
    answer = send(double, {"To": "1"}, tenant="Cust2", headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 200


def test_the_tenant_in_an_access_token_is_read_in_any_letter_case(online):
    token = tokens(online, grant_type="authorization_code", code=code_of(online)).json["access_token"]
    headers = {"Authorization": f"Bearer {token.replace('Cust', 'CUST')}"}
    assert send(online, {"To": "1"}, tenant="cust12345", headers=headers).status == 200


def test_use_does_not_lengthen_an_access_token_s_life(online):
    token = tokens(online, grant_type="authorization_code", code=code_of(online)).json["access_token"]
    statuses = []
    for _ in range(3):
        online.steer("POST", "clock/advance", {"by": "25m"}, tenant="Cust12345")
        headers = {"Authorization": f"Bearer {token}"}
        statuses.append(send(online, {"To": "1"}, tenant="Cust12345", headers=headers).status)
    assert statuses == [200, 200, 401]


def test_an_access_token_may_be_revoked_and_then_not_refreshed(online):
    first = tokens(online, grant_type="authorization_code", code=code_of(online)).json
    number = online.steer("GET", "tickets", tenant="Cust12345").json["tickets"][0]["number"]
    online.steer("DELETE", f"tickets/{number}", tenant="Cust12345")
    headers = {"Authorization": f"Bearer {first['access_token']}"}
    assert send(online, {"To": "1"}, tenant="Cust12345", headers=headers).status == 401
    refused(tokens(online, grant_type="refresh_token", refresh_token=first["refresh_token"]), "invalid_grant")


def test_a_code_is_good_once_and_for_ten_minutes(online):
    code = code_of(online)
    assert tokens(online, grant_type="authorization_code", code=code).status == 200
    refused(tokens(online, grant_type="authorization_code", code=code), "invalid_grant", "used before")
    late = code_of(online)
    online.steer("POST", "clock/advance", {"by": "11m"}, tenant="Cust12345")
    refused(tokens(online, grant_type="authorization_code", code=late), "invalid_grant", "expired")


WRONG = {
    "no grant type": ({}, "unsupported_grant_type", 400),
    "another grant type": ({"grant_type": "client_credentials"}, "unsupported_grant_type", 400),
    "no code": ({"grant_type": "authorization_code"}, "invalid_grant", 400),
    "a code of nobody": (
        {"grant_type": "authorization_code", "code": "code.Cust1.1-" + "0" * 40},
        "invalid_grant",
        400,
    ),
    "an access token as a refresh token": (
        {"grant_type": "refresh_token", "refresh_token": "8A:Cust1.1-" + "0" * 40},
        "invalid_grant",
        400,
    ),
}


@pytest.mark.parametrize(("parameters", "error", "status"), WRONG.values(), ids=WRONG)
def test_a_wrong_token_request_is_refused(online, parameters, error, status):
    refused(tokens(online, **parameters), error, status=status)
    assert online.steer("GET", "tickets", tenant="Cust1").json["total"] == 0


def test_an_unknown_application_gets_no_token(start_double):
    double = start_double(applications=(Application("known"),))
    answer = tokens(double, grant_type="authorization_code", code=code_of(double))
    refused(answer, "invalid_client", status=401)
    given = {"grant_type": "authorization_code", "code": code_of(double), "client_secret": "known"}
    known = tokens(double, **given)
    assert known.status == 200


@pytest.mark.parametrize(
    "target", [None, "", "javascript:alert(1)", "/relative", "http://[", "http:///path", "http:path", "http://x/#a"]
)
def test_a_redirect_that_is_no_url_is_refused(online, target):
    refused(authorize(online, redirect_uri=target), "invalid_request")


def test_a_redirect_to_a_url_with_other_letters_goes_there(online):
    location = authorize(online, redirect_uri="http://x/æ%20?b=ø").headers["location"]
    assert location.startswith("http://x/%C3%A6%20?b=%C3%B8&code=")


@pytest.mark.parametrize("url", [AUTHORIZE, TOKENS])
def test_while_the_database_cannot_be_reached_it_is_said_when_to_try_again(double, monkeypatch, url):
    grant = {"grant_type": "authorization_code", "code": code_of(double)}

    def fail(*_, **__):
        raise StorageUnavailableError("secret")

    monkeypatch.setattr("messaging_double.storage.Storage.calling", fail)
    answer = authorize(double) if url == AUTHORIZE else tokens(double, **grant)
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert answer.json == {"Message": "Service unavailable."}


@pytest.mark.parametrize("url", [AUTHORIZE, TOKENS])
@pytest.mark.sqlite
def test_a_failure_of_the_double_is_answered_as_by_every_rest_url(start_double, tmp_path, url):
    double = start_double(database=str(tmp_path / "broken.sqlite"))
    grant = {"grant_type": "authorization_code", "code": code_of(double)}
    with closing(sqlite3.connect(tmp_path / "broken.sqlite")) as other:
        other.execute("DROP TABLE ticket")
    answer = authorize(double) if url == AUTHORIZE else tokens(double, **grant)
    assert (answer.status, answer.json) == (500, {"Message": "An error has occurred."})


def test_a_redirect_keeps_its_query_and_the_tenant_may_stand_among_other_values(online):
    answer = authorize(online, redirect_uri="http://x/?a=b", acr_values="x tenant:Cust1 y")
    target, _, code = answer.headers["location"].partition("&code=")
    assert target == "http://x/?a=b"
    assert (
        tokens(online, grant_type="authorization_code", code=code.partition("&")[0])
        .json["access_token"]
        .startswith("8A:Cust1.")
    )


def test_a_tenant_of_a_long_name_is_the_one_of_its_urls(online):
    name = "a" * 250
    code = parse_qs(urlsplit(authorize(online, acr_values=f"tenant:{name}").headers["location"]).query)["code"][0]
    token = tokens(online, grant_type="authorization_code", code=code).json["access_token"]
    assert send(online, {"To": "1"}, tenant=name, headers={"Authorization": f"Bearer {token}"}).status == 200


def test_a_redirect_cannot_forge_headers(online):
    answer = authorize(online, redirect_uri="http://x/\r\nSet-Cookie: a=b")
    assert "\n" not in answer.headers["location"]


@pytest.mark.parametrize("method", ["ClientSecretPost", "ClientSecretBasic"])
@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_a_library_of_openid_connect_goes_the_whole_way(serve, node, method, mode):
    double = serve(auth="online", applications=(Application("s:+% ø"),))
    result = node.run("openid.cjs", double.url, "an-id", "s:+% ø", method, mode)
    assert result == {"audience": "an-id", "refreshed": True, "status": 200}
