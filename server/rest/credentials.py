"""Who calls: the headers Authorization and SO-AppToken.

The schemes are documented: ``Basic`` onsite, ``SOTicket`` with SO-AppToken online, ``Bearer`` online, which needs none.
Their letter case is free, since the documentation writes SOTicket, SoTicket and SOTICKET.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from messaging_double.models import errors
from messaging_double.models.errors import AccessDenied
from messaging_double.models.tickets import ACCESS_TOKEN_PREFIX, TICKET_PREFIX
from messaging_double.server.agents.access import Credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from messaging_double.models.records import User
    from messaging_double.server.agents.access import Access
    from messaging_double.server.agents.principal import Principal
    from messaging_double.server.calls.call import Call


class RestAccess:
    """Admits callers as the settings and the tenant say."""

    def __init__(self, access: Access, principal: Principal) -> None:
        """Check tickets by ``access``, passwords by ``principal``."""
        self._access = access
        self._principal = principal

    def admit(self, call: Call, environ: Mapping[str, Any]) -> None:
        """Decide on the application and the credentials. Raises ``AccessDenied``."""
        scheme, text = _authorization(environ)
        mode = self._access.mode_of(call)
        if scheme == "basic":
            if mode == "online":
                raise AccessDenied(errors.BASIC_ONLINE)
            if not text.startswith(TICKET_PREFIX):
                if mode != "none" and self._principal.user_of(*_name_and_password(text)) is None:
                    raise AccessDenied(errors.PASSWORD_WRONG)
                return
        elif mode != "none":
            _check_scheme(scheme, text)
        application = environ.get("HTTP_SO_APPTOKEN")
        self._access.admit(call, Credentials(application, text, needs_application=scheme != "bearer"))

    def user_of(self, call: Call, environ: Mapping[str, Any]) -> User:
        """Return who an admitted call is by."""
        scheme, text = _authorization(environ)
        is_password = scheme == "basic" and not text.startswith(TICKET_PREFIX)
        user = self._principal.user_of(*_name_and_password(text)) if is_password else None
        return user or self._principal.user_of_ticket(call, text)


def _authorization(environ: Mapping[str, Any]) -> tuple[str, str]:
    """Return the scheme in small letters, and a ticket, a token, or name and password with a colon between them."""
    scheme, _, text = (environ.get("HTTP_AUTHORIZATION") or "").strip().partition(" ")
    scheme, text = scheme.lower(), text.strip()
    if scheme != "basic":
        return scheme, text
    try:
        plain = base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except ValueError:
        return scheme, ""
    # A ticket as the user name with a blank password (documented): its own colon does not end the name.
    return scheme, plain.removesuffix(":") if plain.startswith(TICKET_PREFIX) else plain


def _name_and_password(text: str) -> tuple[str, str]:
    name, _, password = text.partition(":")
    return name, password


def _check_scheme(scheme: str, text: str) -> None:
    if not scheme:
        raise AccessDenied(errors.AUTHORIZATION_MISSING)
    if scheme not in ("soticket", "bearer"):
        raise AccessDenied(errors.SCHEME_UNKNOWN)
    if text and text.startswith(ACCESS_TOKEN_PREFIX) != (scheme == "bearer"):
        raise AccessDenied(errors.SCHEME_OF_OTHER_CREDENTIALS)
