"""Magic recipients: the recipient of a message decides its delivery, or injects a fault (ours).

The numbers are of the range that Ofcom reserves for drama, +447700900000 to 900999: they are never assigned.
"""

from __future__ import annotations

import re
from datetime import timedelta

from messaging_double.models.faults import WIRE
from messaging_double.models.rules import HttpAnswer, InBandError, Reaction, SoapFault

DOMAIN = "sim.test"
"""The domain of ``outcome+label@sim.test``; ``.test`` is reserved (RFC 2606)."""

NUMBERS = {
    "+447700900001": "at-once",
    "+447700900002": "delivers",
    "+447700900003": "slow",
    "+447700900004": "never",
    "+447700900005": "fails",
    "+447700900006": "not-sent",
    "+447700900007": "expires",
    "+447700900008": "flaky",
    "+447700900009": "replies",
    "+447700900010": "by-hand",
    "+447700900021": "in-band-error",
    "+447700900022": "soap-fault",
    "+447700900023": "http-429",
    "+447700900024": "http-503",
    "+447700900031": "reply-lost",
    "+447700900032": "reset-before",
    "+447700900033": "truncated",
    "+447700900034": "never-answered",
}
"""The profile or fault of each number, unless the setting ``magic`` says otherwise."""

_RETRY_AFTER = (("Retry-After", "2"),)
FAULTS = {
    "in-band-error": Reaction("", error=InBandError()),
    "soap-fault": Reaction("", fault=SoapFault()),
    "http-401": Reaction("", http=HttpAnswer(401)),
    "http-429": Reaction("", http=HttpAnswer(429, headers=_RETRY_AFTER)),
    "http-500": Reaction("", http=HttpAnswer(500)),
    "http-503": Reaction("", http=HttpAnswer(503, headers=_RETRY_AFTER)),
    "delay": Reaction("", delay=timedelta(seconds=2)),
    **{name: Reaction("", wire=name) for name in WIRE},
}
"""The reaction to a whole call for each outcome that is not a profile."""

_SPACES = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_SEPARATORS = dict.fromkeys(map(ord, f"{_SPACES}().\u2010\u2011\u2012\u2013\u2014\u2015/-"))
_ADDRESS = re.compile(rf"([^@+\s]+)(?:\+[^@\s]*)?@{re.escape(DOMAIN)}", re.IGNORECASE)


def number_of(recipient: str) -> str:
    """Return a telephone number in its international form: no separators, ``+`` for ``00``, +44 for a UK number's 0."""
    plain = (recipient.replace("(0)", "") if "(" in recipient else recipient).translate(_SEPARATORS)
    if plain.startswith("00"):
        return f"+{plain[2:]}"
    if plain.startswith("07700900"):
        return f"+44{plain[1:]}"
    return f"+{plain}" if plain.startswith("447700900") else plain


def outcome_of_address(recipient: str) -> str | None:
    """Return the outcome that an address of ``sim.test`` names; ``None`` for any other address."""
    found = _ADDRESS.fullmatch(recipient.strip())
    return found[1].lower() if found else None
