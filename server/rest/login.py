"""The URLs below ``/login``: where an application gets its ticket or its token, and what it checks these by.

``…/login/services/PartnerSystemUserService.svc`` is SOAP's. Letter case is free in all of them, as the vendor's samples
write them in several.
"""

from __future__ import annotations

import logging
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote_plus, urlencode, urlsplit

from messaging_double.models.contract.members import header_of, members_of
from messaging_double.models.contract.principal import system_user_contract
from messaging_double.models.versions import SYSTEM_USER
from messaging_double.server.agents.signing import SigningError
from messaging_double.server.agents.system_user import OAuthError, Request, grant_of
from messaging_double.server.calls.call import Response
from messaging_double.server.calls.paths import canonical_tenant
from messaging_double.server.rest.operations import ParametersReader
from messaging_double.server.rest.requests import (
    RestError,
    authorization_of,
    failure_response,
    instead_response,
    json_response,
    not_allowed,
    not_found,
    origin_of,
    read_bytes,
    read_json,
    refused,
    split_path,
)
from messaging_double.server.rules.faults import tamper
from messaging_double.server.rules.reactions import CallFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from messaging_double.models.errors import MessagingError
    from messaging_double.server.agents.calling import Caller
    from messaging_double.server.agents.signing import Signer
    from messaging_double.server.agents.system_user import OAuth, SystemUsers
    from messaging_double.server.calls.call import Call
    from messaging_double.server.settings import Settings

_MOST_FIELDS = 100
_RESPONSE_MODES = ("query", "fragment", "form_post")
_OF_URLS = "/:?#[]@!$&'()*+,;=%~"
_FORM_POST = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Logged in</title></head>
<body onload="document.forms[0].submit()">
<form method="post" action="{target}">{fields}<button>Go on</button></form>
</body>
</html>
"""
_CHALLENGE = 'Basic realm="messaging-double"'
_log = logging.getLogger("messaging_double.rest")


def _members() -> list[Any]:
    """Return the members of the request: those of the SOAP body and its headers."""
    service = system_user_contract(SYSTEM_USER).service
    method = service.public_methods["Authenticate"]
    token, kind = members_of(method.in_message, SYSTEM_USER.namespace)
    return [token, *map(header_of, service.__in_header__), kind]


class LoginEndpoint:
    """What is below ``/login``, for all tenants: a request names its own."""

    def __init__(
        self, caller: Caller, system_users: SystemUsers, oauth: OAuth, signer: Signer, settings: Settings
    ) -> None:
        """Answer by these."""
        self._caller = caller
        self._system_users = system_users
        self._oauth = oauth
        self._signer = signer
        self._limit = settings.max_body_bytes
        self._parameters = ParametersReader(_members())
        get, post = ("GET", "HEAD"), ("POST",)
        resources: dict[str, tuple[tuple[str, ...], Callable[[Call, str], Response]]] = {
            "/api/PartnerSystemUser/Authenticate": (post, self._authenticate),
            "/common/oauth/tokens": (post, self._tokens),
            "/common/oauth/authorize": (get, self._authorize),
            "/.well-known/openid-configuration": (get, _configuration),
            "/.well-known/jwks": (get, lambda _call, _root: json_response(HTTPStatus.OK, signer.key.jwks())),
            "/SuperOfficeFederatedLogin.pem": (get, lambda _call, _root: self._certificate("PEM")),
            "/SuperOfficeFederatedLogin.crt": (get, lambda _call, _root: self._certificate("DER")),
        }
        self._names = ", ".join(resources)
        self._resources = {path.lower(): resource for path, resource in resources.items()}

    def respond(self, call: Call) -> Response:
        """Answer one request."""
        try:
            response = self._respond(call)
        except RestError as error:
            return refused(call, error)
        except OAuthError as error:
            call.refused = f"{error.code}: {error.message}"
            call.note(call.refused)
            body = {"error": error.code, "error_description": error.message}
            if error.code == "invalid_client":
                return json_response(HTTPStatus.UNAUTHORIZED, body, WWW_Authenticate=_CHALLENGE)
            return json_response(HTTPStatus.BAD_REQUEST, body)
        except SigningError as error:
            _log.error("%s", error.message)
            call.refused = error.message
            return json_response(HTTPStatus.NOT_IMPLEMENTED, {"Message": error.message})
        except Exception as error:  # noqa: BLE001 - whatever it is, it is answered
            return failure_response(call, error)
        if call.reaction is not None and response.body:
            tamper(call.reaction, response)
        return response

    def _respond(self, call: Call) -> Response:
        prefix, rest = split_path(call.path, "login")
        known = self._resources.get(rest.rstrip("/").lower())
        if known is None:
            raise not_found(call, f"There are, below /login: {self._names}.")
        methods, resource = known
        if call.method not in methods:
            raise not_allowed(call, *methods)
        return resource(call, f"{origin_of(call.environ)}{quote(prefix.encode('latin-1'))}")

    def _authenticate(self, call: Call, root: str) -> Response:
        call.operation = "Authenticate"
        signed, application, context, kind = self._parameters.read(read_json(call, self._limit), call)
        request = Request(signed, application, context, kind)
        call.tenant = request.tenant
        results, refusal, instead = self._caller.carry_out(
            call,
            CallFacts(call, call.operation, (), None),
            lambda: None,
            lambda: self._system_users.authenticate(call, request, root),
        )
        if refusal is not None:
            return _unsuccessful(call, refusal)
        if instead is not None:
            return instead_response(instead)
        body = {"IsSuccessful": True, "Token": results, "ErrorMessage": None}
        return json_response(HTTPStatus.OK, body)

    def _authorize(self, call: Call, root: str) -> Response:  # noqa: ARG002 - as all resources
        query = dict(parse_qsl(call.environ.get("QUERY_STRING", "")))
        target, mode = query.get("redirect_uri", ""), query.get("response_mode", "query")
        if not _is_redirectable(target):
            raise OAuthError("invalid_request", "redirect_uri is missing, or is no http URL without a fragment")
        if mode not in _RESPONSE_MODES:
            problem = f"response_mode is {mode[:50]!r}; there are {', '.join(_RESPONSE_MODES)}"
            raise OAuthError("invalid_request", problem)
        wanted = query.get("acr_values", "").partition("tenant:")[2].partition(" ")[0]
        call.tenant = canonical_tenant(wanted)
        code = self._issue(call, "authorize", lambda: self._oauth.authorize(call, query.get("nonce", "")))
        given = {"code": code, **({"state": query["state"]} if "state" in query else {})}
        return _sent_back(target, given, mode)

    def _tokens(self, call: Call, root: str) -> Response:
        parameters = dict(parse_qsl(call.environ.get("QUERY_STRING", "")))
        body = read_bytes(call.environ, self._limit)
        try:
            # The documentation puts them into the query.
            parameters |= parse_qsl(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
        except ValueError:
            raise OAuthError("invalid_request", f"the body has more than {_MOST_FIELDS} fields") from None
        parameters |= _client_of(call.environ)
        call.tenant = canonical_tenant(grant_of(parameters).text.tenant)
        tokens = self._issue(call, "tokens", lambda: self._oauth.tokens(call, parameters, root, root))
        return json_response(HTTPStatus.OK, tokens, Cache_Control="no-store")

    def _issue(self, call: Call, operation: str, issue: Callable[[], Any]) -> Any:
        call.operation = operation
        results, refusal, _ = self._caller.carry_out(call, None, lambda: None, issue)
        if refusal is not None:
            raise refusal
        return results

    def _certificate(self, encoding: str) -> Response:
        kind = "application/x-pem-file" if encoding == "PEM" else "application/pkix-cert"
        return Response(200, "OK", {"Content-Type": kind}, self._signer.key.certificate(encoding))


def _unsuccessful(call: Call, error: MessagingError) -> Response:
    """Answer a failure as documented: 200 is inferred, since clients look at IsSuccessful first."""
    call.refused = f"refused: {error.message}"
    call.note(call.refused)
    if isinstance(error, SigningError):
        _log.error("%s", error.message)
    body = {"IsSuccessful": False, "Token": None, "ErrorMessage": error.message}
    return json_response(HTTPStatus.OK, body).with_hint(call.refused)


def _is_redirectable(target: str) -> bool:
    try:
        found = urlsplit(target)
    except ValueError:
        return False
    return found.scheme in ("http", "https") and bool(found.hostname) and "#" not in target  # RFC 6749, 3.1.2


def _sent_back(target: str, given: dict[str, str], mode: str) -> Response:
    """Send the browser back to the application with what it is given (the modes are documented)."""
    if mode == "form_post":
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in given.items()
        )
        page = _FORM_POST.format(target=escape(target), fields=fields)
        headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
        return Response(200, "OK", headers, page.encode())
    mark = "#" if mode == "fragment" else "&" if "?" in target else "?"
    location = f"{quote(target, safe=_OF_URLS)}{mark}{urlencode(given)}"
    return Response(HTTPStatus.FOUND.value, HTTPStatus.FOUND.phrase, {"Location": location})


def _client_of(environ: Mapping[str, Any]) -> dict[str, str]:
    """Return the client and its secret where they are in the Authorization (RFC 6749, 2.3.1). Raises ``OAuthError``."""
    scheme, text = authorization_of(environ)
    if scheme != "basic":
        return {}
    client, colon, secret = text.partition(":")
    if not colon:
        problem = "Authorization is Basic without the base64 of client_id:client_secret"
        raise OAuthError("invalid_client", problem)
    return {"client_id": unquote_plus(client), "client_secret": unquote_plus(secret)}


def _configuration(call: Call, root: str) -> Response:  # noqa: ARG001 - as all resources
    login = f"{root}/login"
    return json_response(
        HTTPStatus.OK,
        {
            "issuer": root,
            "authorization_endpoint": f"{login}/common/oauth/authorize",
            "token_endpoint": f"{login}/common/oauth/tokens",
            "jwks_uri": f"{login}/.well-known/jwks",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "response_modes_supported": list(_RESPONSE_MODES),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid"],
        },
    )
