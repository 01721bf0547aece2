"""What the path of a URL means: a tenant, an agent, its version; and what it was meant to be if it is nothing."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_to_bytes

from messaging_double.models.tickets import without_secrets
from messaging_double.models.versions import REST, SYSTEM_USER, VERSIONS
from messaging_double.server.did_you_mean import most_similar

if TYPE_CHECKING:
    from messaging_double.models.versions import ServicesVersion

_UNFIT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_ORIGIN = re.compile(r"https?://[^/?]*", re.IGNORECASE)
_BEFORE_REMOTE = re.compile(r"(.*)/remote[^/]*(?:/|$)", re.IGNORECASE | re.DOTALL)
_OF_THE_CONTROL_API = re.compile(r"/_mock(?:/v1/tenants(/[^/]+)|/|$)")
_CUSTOMER = re.compile(r"(.*?/cust\d+)(?:/|$)", re.IGNORECASE | re.DOTALL)
DEFAULT_TENANT = "default"
_LONGEST_TENANT = 255
"""Characters; PostgreSQL's indexes take some 2,700 bytes, and the key of a snapshot has its name too."""


def tenant_of(prefix: str) -> str:
    """Return the tenant of the path before ``/Remote``: its last segment, ``default`` if there is none.

    As the host of the real service does, letter case is passed over: ``CUST12345`` is ``Cust12345``. What stands
    before the last segment may be a proxy's prefix or a virtual directory. ``prefix`` is WSGI's: bytes as Latin-1.
    """
    segment = prefix.rpartition("/")[2]
    return canonical_tenant(_text_of(segment))


def tenant_of_path(path: str) -> str:
    """Return the tenant of a request that is no call: whose journal has it (ours).

    It is the segment before what looks like ``/Remote``, as in a call; else a ``CustNNNNN`` wherever it stands; else
    ``default``. Below the control API it is the tenant that was asked about. ``path`` is WSGI's.
    """
    shown = _OF_THE_CONTROL_API.match(path)
    found = shown or _BEFORE_REMOTE.match(path) or _CUSTOMER.match(path)
    return tenant_of((found[1] or "").rstrip("/")) if found else DEFAULT_TENANT


def tenant_of_target(target: str) -> str:
    """Return ``tenant_of_path`` of a request's target as it came: percent-encoded, maybe with a host and a query."""
    return tenant_of_path(path_of_target(target))


def path_of_target(target: str) -> str:
    """Return the path of a request's target, as WSGI has it."""
    path = _ORIGIN.sub("", target, count=1).partition("?")[0]
    return unquote_to_bytes(path).decode("latin-1")


def canonical_tenant(name: str) -> str:
    """Return the one spelling that stands for all of a tenant's: ``Cust`` and digits, everything else in small.

    What no text of ours may hold, control characters and halves of surrogate pairs, is written as an escape.
    The end of a long name is replaced by a digest.
    """
    if not name:
        return DEFAULT_TENANT
    folded = _UNFIT.sub(lambda unfit: ascii(unfit[0])[1:-1], name).casefold()
    if len(folded) > _LONGEST_TENANT:
        digest = blake2b(folded.encode(), digest_size=16).hexdigest()
        folded = f"{folded[: _LONGEST_TENANT - len(digest) - 1]}~{digest}"
    return f"Cust{folded[4:]}" if folded.startswith("cust") and folded[4:].isdigit() else folded


REST_AGENTS, LOGIN, SYSTEM_USER_SERVICE = "REST", "Login", "PartnerSystemUserService"
"""What a route has for an agent where its URL is not that of a SOAP agent of NetServer."""
_AGENTS = {"messaging": "Messaging", "soprincipal": "SoPrincipal", "customerservice": "CustomerService"}
_PREFIX = r"(?P<prefix>(?:/+[^/]+)*?)"
# A base URL that ends in a slash is the commonest slip: the real service's host takes several for one.
_SOAP_URL = re.compile(rf"{_PREFIX}/+remote/+services(?P<number>\d+)/+(?P<agent>\w+)\.svc/*", re.IGNORECASE)
REST_URL = re.compile(rf"{_PREFIX}/+api(?:/+(?:v1|state)(?:/.*)?)?/*", re.IGNORECASE | re.DOTALL)
LOGIN_URL = re.compile(
    rf"{_PREFIX}/+login/+(?:services/+partnersystemuserservice(?P<soap>\.svc)/*|(?:api|common|\.well-known|superoffice).*)",
    re.IGNORECASE | re.DOTALL,
)
CONTROL_URL = re.compile(r"/(?:_mock(?:/|$)|(?:livez|readyz|metrics)/?$)")
_MOST_ROUTES = 1_000
"""URLs that are remembered."""
_LONGEST_PATH = 300
"""Characters of a path that the log repeats."""


class Route(NamedTuple):
    """What a URL means that is none of the control API."""

    tenant: str
    agent: str = ""
    version: ServicesVersion | None = None
    problem: str = ""
    """Why nothing is there, in words."""


def route_of(remembered: dict[str, Route], path: str) -> Route:
    """Return what a path means; remember it if something is there."""
    route = _route_of(path)
    if route.agent:
        if len(remembered) >= _MOST_ROUTES:
            remembered.clear()
        remembered[path] = route
    return route


def _route_of(path: str) -> Route:
    if found := _SOAP_URL.fullmatch(path):
        tenant, number = tenant_of(found["prefix"]), found["number"]
        version = VERSIONS.get(int(number)) if len(number) <= len("88") else None
        agent = _AGENTS.get(found["agent"].lower())
        if version is not None and agent is not None:
            return Route(tenant, agent, version)
        problem = (
            f"{meant(path)}no {found['agent']}.svc of Services{number} here; "
            "there are Messaging.svc, SoPrincipal.svc and CustomerService.svc "
            f"of Services{min(VERSIONS)} to Services{max(VERSIONS)}"
        )
        return Route(tenant, problem=problem)
    if login := LOGIN_URL.fullmatch(path):
        agent, version = (SYSTEM_USER_SERVICE, SYSTEM_USER) if login["soap"] else (LOGIN, REST)
        return Route(DEFAULT_TENANT, agent, version)
    if found := REST_URL.fullmatch(path):
        return Route(tenant_of(found["prefix"]), REST_AGENTS, REST)
    return Route(tenant_of_path(path))


def meant(path: str) -> str:
    """Ask whether another path was meant, where one is near; empty if not."""
    near = _near_path(readable(path))
    return "" if near is None else without_secrets(f"did you mean {near}? ")


def readable(path: str) -> str:
    """Return the beginning of a path of WSGI's as text."""
    return _text_of(path)[:_LONGEST_PATH]


def _text_of(path: str) -> str:
    """Return what is UTF-8 in a path of WSGI's (PEP 3333: bytes as Latin-1)."""
    return path if path.isascii() else path.encode("latin-1", "replace").decode("utf-8", "replace")


_VERSION = re.compile(r"(?:net)?serv[a-z]*[^a-z0-9]?([0-9]{1,4})", re.IGNORECASE)
_LEAST_LIKE = 0.75


def _near_path(path: str) -> str | None:
    """Return the SOAP URL that is nearest to ``path``; ``None`` where it has nothing of one."""
    segments = [each for each in path.split("/") if each]
    begin, agent, number = None, "Messaging", None
    for position, segment in reversed(list(enumerate(segments))):
        stem, dot, ending = segment.partition(".")
        version, named = _VERSION.fullmatch(segment), most_similar(stem, _AGENTS, cutoff=_LEAST_LIKE)
        if ending.lower() == "svc" and named is None:
            return None  # another agent
        number = int(version[1]) if version else number
        agent = _AGENTS[named] if named else agent
        if version or (named and dot) or most_similar(segment, ["remote"], cutoff=_LEAST_LIKE):
            begin = position
    if begin is None:
        return None
    services = f"Services{number if number in VERSIONS else max(VERSIONS)}"
    return "/".join(["", *segments[:begin], "Remote", services, f"{agent}.svc"])
