"""How applications get tickets and tokens: as a system user by a signed token, and by OAuth.

The PartnerSystemUserService gives a ticket of the system user, in a JSON Web Token, for a signed token.

Documented are the form of the signed token, ``{system user token}.{yyyyMMddHHmm}.{signature}``, the claims of the JWT,
and that a failure is ``IsSuccessful`` false with an ``ErrorMessage``. The texts are ours, as are the values of the
claims, how long the JWT is valid, and how far the clock of an application may be off.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from messaging_double.models.errors import APPLICATION_TOKEN_MISSING, APPLICATION_TOKEN_UNKNOWN, MessagingError
from messaging_double.models.tickets import ACCESS_TOKEN_PREFIX, GrantText
from messaging_double.models.versions import VERSIONS
from messaging_double.server.agents.signing import is_signed
from messaging_double.server.calls.paths import canonical_tenant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from messaging_double.models.records import Application
    from messaging_double.server.agents.access import Access
    from messaging_double.server.agents.signing import Signer
    from messaging_double.server.calls.call import Call
    from messaging_double.server.settings import Settings
    from messaging_double.server.simulation import Clock

CLAIM = "http://schemes.superoffice.net/identity/"
ISSUER = "SuperOffice AS"
_BEFORE, _LIFE = timedelta(seconds=60), timedelta(seconds=300)
"""How long before it is made, and how long after, a JWT is valid: as a captured id_token."""
_SIGNED = re.compile(r"(?P<signed>(?P<token>.+)\.(?P<moment>[0-9]{12}))\.(?P<signature>[^.]+)", re.DOTALL)
_LONGEST, _LONGEST_SIGNED = 255, 4096
"""Characters of a tenant's name, and of a signed token with a key of 16,384 bits."""
_FORM = "{system user token}.{yyyyMMddHHmm in UTC}.{base64 of the RSA signature with SHA-256}"


class Request(NamedTuple):
    """What an application sends."""

    signed_system_token: str | None
    application_token: str | None
    context_identifier: str | None
    return_token_type: str | None

    @property
    def tenant(self) -> str:
        """The tenant that it is about."""
        return canonical_tenant((self.context_identifier or "")[:_LONGEST])


class SystemUserError(MessagingError):
    """A request that gets no token."""


class SystemUsers:
    """Logs system users in."""

    def __init__(self, access: Access, settings: Settings, signer: Signer, clock: Clock) -> None:
        """Let ``access`` issue tickets and ``signer`` sign; ``clock`` is the machine's, by which applications go."""
        self._access = access
        self._settings = settings
        self._signer = signer
        self._clock = clock

    def authenticate(self, call: Call, request: Request, root: str) -> str:
        """Return the JWT with a new ticket of the call's tenant in it, whose URLs begin with ``root``.

        Raises ``MessagingError``: then nothing is kept.
        """
        if not request.context_identifier or len(request.context_identifier) > _LONGEST:
            problem = "The ContextIdentifier is missing or too long: it names the tenant, for example Cust12345."
            raise SystemUserError(problem)
        application = self._application(request.application_token)
        system_token = self._system_token(request.signed_system_token, application, self._clock(call.tenant))
        if (request.return_token_type or "Jwt").lower() != "jwt":
            raise SystemUserError(f"The ReturnTokenType is {request.return_token_type!r:.50}; only Jwt is issued here.")
        self._signer.key  # noqa: B018 - no ticket is issued that no token can carry
        user = system_token.rpartition("-")[0] or system_token
        claims = self.claims(call, user, root)
        own = {f"{CLAIM}ticket": self._access.log_in(call, user), f"{CLAIM}system_token": system_token}
        return self._signer.sign({"iss": ISSUER, "aud": f"spn:{claims[f'{CLAIM}serial']}", **claims, **own})

    def claims(self, call: Call, user: str, root: str) -> dict[str, Any]:
        """Return the claims that all tokens have (their names are documented, all their values are texts)."""
        now = self._clock(call.tenant)
        tenant = f"{root}/{quote(call.tenant, safe='')}"
        first, _, last = user.partition(" ")
        email = f"{re.sub('[^a-z0-9]+', '.', user.lower()).strip('.') or 'user'}@example.com"
        identity = {
            "ctx": call.tenant,
            "serial": re.sub("[^0-9]", "", call.tenant) or "1",
            "netserver_url": f"{tenant}/Remote/{max(VERSIONS.values(), key=lambda each: each.number).name}/",
            "webapi_url": f"{tenant}/api/",
            "associateid": "11",
            "identityprovider": "superid",
            "email": email,
            "upn": email,
            "firstname": first,
            "lastname": last,
            "initials": (first[:1] + last[:1]).upper(),
            "is_administrator": "False",
            "company_name": self._settings.company,
            "so_primary_email_address": email,
        }
        times = {"nbf": _seconds(now - _BEFORE), "exp": _seconds(now + _LIFE)}
        return {"sub": email, **times, **{f"{CLAIM}{name}": value for name, value in identity.items()}}

    def _application(self, token: str | None) -> Application:
        if not token:
            raise SystemUserError(APPLICATION_TOKEN_MISSING.message)
        application = self._access.application_of(token)
        if application is None:
            raise SystemUserError(APPLICATION_TOKEN_UNKNOWN.message)
        return application

    def _system_token(self, signed: str | None, application: Application, now: datetime) -> str:
        """Return the system user token of a signed one, split from the right: it may have dots and blanks itself."""
        if not signed:
            raise SystemUserError(f"The SignedSystemToken is missing: send {_FORM}.")
        found = _SIGNED.fullmatch(signed) if len(signed) <= _LONGEST_SIGNED else None
        moment = None if found is None else _moment(found["moment"])
        if found is None or moment is None:
            raise SystemUserError(f"The SignedSystemToken is not of the form {_FORM}.")
        if application.public_key:
            if not is_signed(found["signed"], found["signature"], application.public_key):
                raise SystemUserError("The SignedSystemToken is not signed with the key of this application.")
            if abs((now - moment).total_seconds()) > self._settings.signature_seconds:
                problem = (
                    f"The SignedSystemToken was signed at {moment:%Y-%m-%d %H:%M} UTC, and it is "
                    f"{now:%Y-%m-%d %H:%M} UTC (setting signature-seconds)."
                )
                raise SystemUserError(problem)
        return found["token"]


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


_CODE, _REFRESH = "code.", "refresh."
_CODE_WITH_NONCE = re.compile(r"(.*)~((?:[0-9a-f]{2})+)", re.DOTALL)
_CODE_LIFE, _TOKEN_LIFE = timedelta(minutes=10), timedelta(hours=1)
_PREFIXES = {"authorization_code": ("code", _CODE), "refresh_token": ("refresh_token", _REFRESH)}


class OAuthError(MessagingError):
    """A request that gets no token; ``code`` is one of RFC 6749, 5.2."""

    def __init__(self, code: str, description: str) -> None:
        """Refuse with this code, and say why."""
        super().__init__(description)
        self.code = code


class Grant(NamedTuple):
    """What a token request brings."""

    text: GrantText
    is_code: bool
    nonce: str
    """What the application gave to find in the id_token again, with a code."""


def grant_of(parameters: Mapping[str, str]) -> Grant:
    """Return what a token request brings. Raises ``OAuthError``."""
    grant_type = parameters.get("grant_type", "")
    if grant_type not in _PREFIXES:
        problem = f"grant_type is {grant_type[:50]!r}; there are {' and '.join(_PREFIXES)}"
        raise OAuthError("unsupported_grant_type", problem)
    name, prefix = _PREFIXES[grant_type]
    given = parameters.get(name, "")
    with_nonce = _CODE_WITH_NONCE.fullmatch(given)
    code, nonce = with_nonce.groups() if with_nonce else (given, "")
    grant = GrantText.decode(prefix, code)
    if grant is None:
        raise OAuthError("invalid_grant", f"{name} is missing, or was not issued here")
    return Grant(grant, grant_type == "authorization_code", bytes.fromhex(nonce).decode("utf-8", "replace"))


class OAuth:
    """Issues codes and access tokens, and refreshes these.

    Parameters, members and lifetimes are documented; there is no page on which a user consents: whom ``implicit-user``
    names is logged in at once. Errors are RFC 6749's.
    """

    def __init__(self, access: Access, system_users: SystemUsers, settings: Settings, signer: Signer) -> None:
        """Let ``access`` keep what was issued."""
        self._access = access
        self._system_users = system_users
        self._settings = settings
        self._signer = signer

    def authorize(self, call: Call, nonce: str) -> str:
        """Return a code for the call's tenant; it brings the application's ``nonce`` along. Raises ``OAuthError``."""
        if not self._settings.implicit_user:
            problem = "the setting implicit-user names no user to log in"
            raise OAuthError("access_denied", problem)
        code = self._access.grant(call, self._settings.implicit_user, _CODE_LIFE).encode(_CODE)
        return f"{code}~{nonce.encode().hex()}" if nonce else code

    def tokens(self, call: Call, parameters: Mapping[str, str], root: str, issuer: str) -> dict[str, Any]:
        """Return the tokens of a code or of a refresh token, of the call's tenant. Raises ``OAuthError``."""
        client, secret = parameters.get("client_id", ""), parameters.get("client_secret", "")
        if self._access.application_of(secret) is None:
            problem = "client_secret is not that of a known application"
            raise OAuthError("invalid_client", problem)
        given, is_code, nonce = grant_of(parameters)
        ticket = self._access.granted(call, given)
        is_good = ticket is not None and (ticket.state(call.now) == "active" if is_code else not ticket.revoked)
        if ticket is None or not is_good:
            problem = "it was never issued, was used before, has expired or was revoked"
            raise OAuthError("invalid_grant", problem)
        if is_code:
            call.work.tickets.revoke(call.tenant, given.number)
        granted = self._access.grant(call, ticket.user, _TOKEN_LIFE)
        access_token = granted.encode(ACCESS_TOKEN_PREFIX)
        claims = self._system_users.claims(call, ticket.user, root)
        issued = {"iat": claims["nbf"] + 60, "iss": issuer, "aud": client, **({"nonce": nonce} if nonce else {})}
        tokens: dict[str, Any] = {
            "token_type": "Bearer",
            "access_token": access_token,
            "expires_in": int(_TOKEN_LIFE.total_seconds()),
            "id_token": self._signer.sign({**claims, **issued}),
        }
        return {**tokens, "refresh_token": granted.encode(_REFRESH)} if is_code else tokens
