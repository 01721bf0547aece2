"""Access to the control API: which web pages are kept out, and who needs a token.

A browser lets any page send requests to whatever its machine reaches, a double on 127.0.0.1 as well. Such requests are
recognised by headers that a browser writes and no page can forge (these rules are ours):

- 403 for a Host that is no name of this double: a page whose own name was made to resolve to the double (DNS rebinding)
  would be of the same origin, and could read responses. Behind a trusted proxy both the forwarded name and the received
  Host are checked: such a page can forward any name;
- 403 for a write from another site, by Sec-Fetch-Site (Fetch Metadata) and Origin (RFC 6454). Both are checked: a
  browser omits the first with plain HTTP to a name other than localhost. The Content-Type protects nothing: curl -d
  sends one that a form can send;
- 401 without a bearer token (RFC 6750), if the settings have one; 403 with that of another tenant.

Reading from another site needs no refusal: no CORS header is sent but to the origins of the settings (``Cors``), so
the browser keeps the response to itself.
"""

from __future__ import annotations

import re
import socket
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from werkzeug.wrappers import Response

from messaging_double.server.agents.access import same
from messaging_double.server.calls.paths import canonical_tenant
from messaging_double.server.control.responses import Problem
from messaging_double.server.settings.kinds import is_host_name
from messaging_double.server.settings.row import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from messaging_double.server.settings import Settings

    Origin = tuple[str, str, str]
    from werkzeug.wrappers import Request

_SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))  # RFC 9110, 9.2.1; the API does not have TRACE
_HERE = ("same-origin", "none")
# No public DNS has them, so no foreign page has such a name: RFC 6761, RFC 6762, ICANN's .internal, and what
# container and home networks use (host.docker.internal, a.namespace.svc, svc.cluster.local).
_PRIVATE = frozenset(("localhost", "internal", "local", "test", "svc", "lan"))
_AUTHORITY = re.compile(r"(\[[^\[\]]+\]|[^\[\]:]+)(?::([0-9]{0,5}))?")
_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://(.+)", re.IGNORECASE)
_DEFAULT_PORTS = {"http": "80", "https": "443"}


class Guard:
    """Refuses requests that may not use the control API."""

    def __init__(self, settings: Settings) -> None:
        """Apply the settings of tokens, hosts and origins; the name of this machine is looked up once."""
        self._token = settings.control_token
        self._tenant_tokens = [(canonical_tenant(name), token) for name, token in settings.tenant_tokens]
        self._origins = origins_of(settings)
        allowed = [_canonical(each) for each in settings.allowed_hosts]
        domains = [each.removeprefix("*").removeprefix(".") for each in allowed if each.startswith((".", "*."))]
        self._any_name = "*" in allowed
        self._names = frozenset((_canonical(settings.host), _canonical(socket.gethostname()), *allowed, *domains))
        self._endings = tuple(f".{each}" for each in domains)

    def check(self, environ: Mapping[str, Any]) -> frozenset[str] | None:
        """Return the tenants that the request's token opens, ``None`` for all.

        Raise ``Problem`` (400, 401 or 403) for a request that is refused.
        """
        self.check_host(environ)
        check_write(environ, self._origins)
        return self._admitted(environ)

    def check_host(self, environ: Mapping[str, Any]) -> None:
        """Raise ``Problem`` (400 or 403) for a name that is none of this double."""
        received = environ.get("werkzeug.proxy_fix.orig", environ)
        for host in dict.fromkeys((environ.get("HTTP_HOST"), received.get("HTTP_HOST"))):
            self._check_host(host)

    def _check_host(self, host: str | None) -> None:
        if not host:  # HTTP/1.0: no browser
            return
        authority = _authority(host)
        if authority is None:
            hint = "expected a host name or an address, with or without a port; for example 127.0.0.1:8080"
            raise Problem(400, f"the Host header is {shown(host)}", hint)
        name, _ = authority
        if not self._is_ours(name):
            hint = (
                "pages under foreign names may not use the control API; if this is a name of the double, add it "
                f"to the setting allowed-hosts; for example messaging-double serve --allowed-hosts {name}"
            )
            raise Problem(403, f"the control API does not allow the name {shown(name)} of the Host header", hint)

    def _is_ours(self, name: str) -> bool:
        if self._any_name or name in self._names or name.endswith(self._endings):
            return True
        # No DNS takes part in an address. A name without a dot is one of a container network or of this machine.
        _, dot, last_label = name.rpartition(".")
        return name.startswith("[") or not dot or last_label in _PRIVATE or _is_address(name, IPv4Address)

    def _admitted(self, environ: Mapping[str, Any]) -> frozenset[str] | None:
        if self._token is None:
            return None
        authorization = environ.get("HTTP_AUTHORIZATION", "")
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() == "bearer":
            if same(self._token, token.strip()):
                return None
            # All are compared, so that the time does not tell which one it was.
            tenants = [name for name, each in self._tenant_tokens if same(each, token.strip())]
            if tenants:
                return frozenset(tenants)
        problem = "has another token" if scheme.lower() == "bearer" else "has no bearer token"
        problem = f"the Authorization header {problem}" if authorization else "there is no Authorization header"
        hint = (
            "this double has the setting control-token, and expects its text, or the tenant's of tenant-tokens, in "
            "each request; "
            'for example curl -H "Authorization: Bearer $MESSAGING_DOUBLE_CONTROL_TOKEN"'
        )
        raise Problem(401, problem, hint, {"WWW-Authenticate": "Bearer"})


def check_tenant(admitted: frozenset[str] | None, tenant: str | None) -> None:
    """Raise ``Problem`` (403) where a token opens other tenants than this one; ``None`` is what concerns all."""
    if admitted is None or tenant in admitted:
        return
    own = ", ".join(sorted(admitted))
    what = "what concerns all tenants" if tenant is None else f"the tenant {shown(tenant)}"
    hint = f"it opens {own}, at /_mock/v1/tenants/{quote(min(admitted), safe='')}; the control-token opens everything"
    raise Problem(403, f"this token does not open {what}", hint)


def origins_of(settings: Settings) -> frozenset[Origin]:
    """Return the origins of pages that may use the control API."""
    return frozenset(found for each in settings.cors_origins if (found := read_origin(each)))


def check_write(environ: Mapping[str, Any], origins: frozenset[Origin] = frozenset()) -> None:
    """Raise ``Problem`` (403) for a write from a page of another site, at SOAP URLs too, but for these origins."""
    if environ["REQUEST_METHOD"] not in _SAFE_METHODS and read_origin(environ.get("HTTP_ORIGIN", "")) not in origins:
        _check_site(environ)
        _check_origin(environ)


def _check_site(environ: Mapping[str, Any]) -> None:
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None and site not in _HERE:
        raise _foreign_write(environ, f"Sec-Fetch-Site is {shown(site)}", f"Sec-Fetch-Site {' or '.join(_HERE)}")


def _check_origin(environ: Mapping[str, Any]) -> None:
    origin = environ.get("HTTP_ORIGIN")
    if origin is None:
        return
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    here = f"{environ['wsgi.url_scheme']}://{host}"
    came_from = read_origin(origin)
    if came_from is None or came_from != read_origin(here):
        expected = f"Origin {here} (behind a proxy that ends TLS, set trust-proxy)"
        raise _foreign_write(environ, f"Origin is {shown(origin)}", expected)


def _foreign_write(environ: Mapping[str, Any], arrived: str, expected: str) -> Problem:
    error = f"{environ['REQUEST_METHOD']} came from a page of another site: {arrived}"
    hint = f"pages of other sites may change nothing here; expected {expected}, or no such header, as from curl"
    return Problem(403, error, hint)


def read_origin(text: str) -> Origin | None:
    """Return scheme, host and port, in one spelling; ``None`` for ``null`` and for what is no origin."""
    found = _ORIGIN.fullmatch(text)
    authority = _authority(found[2]) if found else None
    if found is None or authority is None:
        return None
    scheme, (name, port) = found[1].lower(), authority
    return scheme, name, port or _DEFAULT_PORTS.get(scheme, "")


def _authority(text: str) -> tuple[str, str] | None:
    """Return host and port (empty if left out), in one spelling; ``None`` if it is not these (RFC 3986, 3.2)."""
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        return None
    name, port = found[1], (found[2] or "").lstrip("0")
    is_host = _is_address(name[1:-1], IPv6Address) if name.startswith("[") else is_host_name(name)
    return (_canonical(name), port) if is_host else None


def _canonical(name: str) -> str:
    return name.lower().removesuffix(".")


def _is_address(text: str, kind: type[IPv4Address | IPv6Address]) -> bool:
    try:
        kind(text)
    except AddressValueError:
        return False
    return True


_METHODS = "DELETE, GET, HEAD, POST, PUT"
_HEADERS = "Authorization, Content-Type"
_SECONDS = "600"
"""For how long a browser may remember what it is allowed."""


class Cors:
    """Adds to responses what lets pages of other origins read them: the Fetch standard's CORS.

    Such a page sends its token itself, so credentials of the browser are never allowed.
    """

    def __init__(self, settings: Settings) -> None:
        """Allow the origins of the settings."""
        self._origins = origins_of(settings)

    def is_preflight(self, request: Request) -> bool:
        """Return whether a browser asks what a page of an allowed origin may do."""
        return (
            request.method == "OPTIONS"
            and "Access-Control-Request-Method" in request.headers
            and self._is_allowed(request)
        )

    def preflight(self) -> Response:
        """Respond to such a request, which has no token."""
        response = Response(status=204)
        del response.headers["Content-Type"]
        response.headers["Access-Control-Allow-Methods"] = _METHODS
        response.headers["Access-Control-Allow-Headers"] = _HEADERS
        response.headers["Access-Control-Max-Age"] = _SECONDS
        return response

    def allow(self, request: Request, response: Response) -> None:
        """Let a page of an allowed origin read the response, also that of an error."""
        if self._origins:
            response.vary.add("Origin")
        if self._is_allowed(request):
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]

    def _is_allowed(self, request: Request) -> bool:
        return bool(self._origins) and read_origin(request.headers.get("Origin", "")) in self._origins
