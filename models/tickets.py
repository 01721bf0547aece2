"""Tickets: their records, and the text that a client carries.

The form is documented: ``7T:`` and the base64 of UTF-16LE text; the documentation's example decodes to
``07f1edd1…b392;2087315043;Cust26759``, taken here for a secret, a number and the tenant. Access tokens are
``8A:Cust12345.…`` and may stand in a ticket's place from Services86 on (documented).
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

TICKET_PREFIX = "7T:"
ACCESS_TOKEN_PREFIX = "8A:"  # noqa: S105 (a documented prefix)
BY_HAND = "control API"
"""The origin of a ticket that no client logged in for."""
_GRANT = re.compile(r"(.+)\.([0-9]{1,10})-([0-9a-f]{40})", re.DOTALL)
_PARTS = 3
_DIGITS = 10
_SHOWN = 10


@dataclass(frozen=True)
class TicketText:
    """What a ticket's text says."""

    secret: str = field(repr=False)
    number: int
    tenant: str

    def encode(self) -> str:
        """Return the text that a client carries."""
        plain = f"{self.secret};{self.number};{self.tenant}"
        return TICKET_PREFIX + base64.b64encode(plain.encode("utf-16-le")).decode("ascii")


class GrantText(NamedTuple):
    """What the text of an access token, a refresh token or an authorization code says that was issued here (ours)."""

    tenant: str
    number: int
    secret: str

    def encode(self, prefix: str) -> str:
        """Return the text; with the prefix ``8A:`` an access token, of the documented form."""
        return f"{prefix}{self.tenant}.{self.number}-{self.secret}"

    @classmethod
    def decode(cls, prefix: str, text: str) -> GrantText | None:
        """Take a text with this prefix apart; ``None`` for what was not issued here."""
        found = _GRANT.fullmatch(text.removeprefix(prefix)) if text.startswith(prefix) else None
        return None if found is None else cls(found[1], int(found[2]), found[3])


@lru_cache(maxsize=1024)  # clients use one ticket for hours
def decode_ticket(text: str) -> TicketText | None:
    """Take a ticket's text apart; ``None`` for what is not of the form."""
    if not text.startswith(TICKET_PREFIX):
        return None
    try:
        plain = base64.b64decode(text[len(TICKET_PREFIX) :], validate=True).decode("utf-16-le")
    except ValueError:  # binascii.Error and UnicodeDecodeError are such
        return None
    parts = plain.split(";", _PARTS - 1)
    if len(parts) < _PARTS or not (parts[1].isascii() and parts[1].isdigit() and len(parts[1]) <= _DIGITS):
        return None
    return TicketText(parts[0], int(parts[1]), parts[2])


def tenant_of_access_token(text: str) -> str | None:
    """Return the tenant that an access token names; ``None`` for what is not of the form ``8A:Cust12345.…``."""
    if not text.startswith(ACCESS_TOKEN_PREFIX):
        return None
    tenant, _, rest = text.removeprefix(ACCESS_TOKEN_PREFIX).partition(".")
    return tenant if tenant and rest else None


def is_secret(text: str) -> bool:
    """Say whether a text is, or begins like, a ticket or an access token."""
    return text.startswith((TICKET_PREFIX, ACCESS_TOKEN_PREFIX))


SECRET = re.compile(r"(?:7T|8A):[^\s'\"<>&,;]+")
"""A ticket or an access token somewhere in a text."""


def without_secrets(text: str) -> str:
    """Return a text with its tickets and tokens masked."""
    return SECRET.sub(lambda found: masked(found[0]), text)


def masked(text: str) -> str:
    """Return a ticket as reports may show it: its beginning."""
    return f"{text[:_SHOWN]}…"


@dataclass(frozen=True)
class Ticket:
    """A ticket that was issued."""

    number: int
    """Its id in its tenant, from 1."""
    secret: str = field(repr=False)
    user: str
    """The UserName that it was issued to."""
    origin: str
    """The operation that issued it, or ``BY_HAND``."""
    issued: datetime
    renewed: datetime
    """When its life began anew: each use renews it (documented)."""
    expires: datetime
    revoked: bool = False
    uses: int = 0
    """How many calls carried it, in the header or as a user name."""
    expired: bool = False
    """Whether it had expired before the clock was set back."""

    def state(self, now: datetime) -> str:
        """Say whether the ticket is ``active``, ``expired`` or ``revoked``."""
        return "revoked" if self.revoked else "expired" if self.expired or self.expires <= now else "active"
