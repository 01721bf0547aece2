"""OAuth for applications with access tokens: the code, the tokens, and their refreshing.

Parameters, members and lifetimes are documented; there is no page on which a user consents: whom ``implicit-user``
names is logged in at once. Errors are RFC 6749's.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from messaging_double.models.errors import MessagingError
from messaging_double.models.tickets import ACCESS_TOKEN_PREFIX, GrantText

if TYPE_CHECKING:
    from collections.abc import Mapping

    from messaging_double.server.agents.access import Access
    from messaging_double.server.agents.signing import Signer
    from messaging_double.server.agents.system_user import SystemUsers
    from messaging_double.server.calls.call import Call
    from messaging_double.server.settings import Settings

_CODE, _REFRESH = "code.", "refresh."
_CODE_LIFE, _LIFE = timedelta(minutes=10), timedelta(hours=1)
_PREFIXES = {"authorization_code": ("code", _CODE), "refresh_token": ("refresh_token", _REFRESH)}


class OAuthError(MessagingError):
    """A request that gets no token; ``code`` is one of RFC 6749, 5.2."""

    def __init__(self, code: str, description: str) -> None:
        """Refuse with this code, and say why."""
        super().__init__(description)
        self.code = code


def grant_of(parameters: Mapping[str, str]) -> tuple[GrantText, bool]:
    """Return what a token request brings, and whether that is a code. Raises ``OAuthError``."""
    grant_type = parameters.get("grant_type", "")
    if grant_type not in _PREFIXES:
        problem = f"grant_type is {grant_type[:50]!r}; there are {' and '.join(_PREFIXES)}"
        raise OAuthError("unsupported_grant_type", problem)
    name, prefix = _PREFIXES[grant_type]
    grant = GrantText.decode(prefix, parameters.get(name, ""))
    if grant is None:
        raise OAuthError("invalid_grant", f"{name} is missing, or was not issued here")
    return grant, grant_type == "authorization_code"


class OAuth:
    """Issues codes and tokens."""

    def __init__(self, access: Access, system_users: SystemUsers, settings: Settings, signer: Signer) -> None:
        """Let ``access`` keep what was issued."""
        self._access = access
        self._system_users = system_users
        self._settings = settings
        self._signer = signer

    def authorize(self, call: Call) -> str:
        """Return a code for the call's tenant. Raises ``OAuthError``."""
        if not self._settings.implicit_user:
            problem = "the setting implicit-user names nobody to log in"
            raise OAuthError("access_denied", problem)
        return self._access.grant(call, self._settings.implicit_user, _CODE_LIFE).encode(_CODE)

    def tokens(self, call: Call, parameters: Mapping[str, str], root: str, issuer: str) -> dict[str, Any]:
        """Return the tokens of a code or of a refresh token, of the call's tenant. Raises ``OAuthError``."""
        client, secret = parameters.get("client_id", ""), parameters.get("client_secret", "")
        if self._access.application_of(secret) is None:
            problem = "client_secret is not that of a known application"
            raise OAuthError("invalid_client", problem)
        given, is_code = grant_of(parameters)
        ticket = self._access.granted(call, given)
        is_good = ticket is not None and (ticket.state(call.now) == "active" if is_code else not ticket.revoked)
        if ticket is None or not is_good:
            problem = "it was never issued, was used before, has expired or was revoked"
            raise OAuthError("invalid_grant", problem)
        if is_code:
            call.work.tickets.revoke(call.tenant, given.number)
        granted = self._access.grant(call, ticket.user, _LIFE)
        access_token = granted.encode(ACCESS_TOKEN_PREFIX)
        claims = self._system_users.claims(call, ticket.user, root)
        issued = {"iat": claims["nbf"] + 60, "iss": issuer, "aud": client}
        tokens: dict[str, Any] = {
            "token_type": "Bearer",
            "access_token": access_token,
            "expires_in": int(_LIFE.total_seconds()),
            "id_token": self._signer.sign({**claims, **issued}),
        }
        return {**tokens, "refresh_token": granted.encode(_REFRESH)} if is_code else tokens
