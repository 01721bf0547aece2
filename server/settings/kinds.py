"""The kinds of values that settings have.

A kind reads what arrives from any source, text from a flag or the environment as well as typed values from the
configuration file, and refuses the rest with ``ValueError``.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import TypeVar, cast

from messaging_double.models.calendar import within_calendar
from messaging_double.models.xml_text import NOT_XML

from .row import Kind

_T = TypeVar("_T")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?|\.[0-9]{1,18}")
_SIZE = re.compile(r"([0-9]{1,15}) ?(KiB|MiB|GiB)?", re.IGNORECASE)
_UNITS = {"": 1, "kib": 1024, "mib": 1024**2, "gib": 1024**3}
_BEARER = re.compile(r"[0-9A-Za-z._~+/-]+=*")
_HOST_NAME = re.compile(r"[0-9A-Za-z_-]{1,63}(\.[0-9A-Za-z_-]{1,63})*\.?")
_DOMAIN = re.compile(r"\A\*?\.")
_LONGEST_NAME = 253  # RFC 1035, 2.3.4, without the dot at its end
_TRUE = frozenset(("true", "yes", "on", "1"))
_FALSE = frozenset(("false", "no", "off", "0"))


def is_plain(text: object) -> bool:
    """Whether it is text that is not empty and that an XML answer can hold."""
    return isinstance(text, str) and bool(text) and not NOT_XML.search(text)


def text(
    expected: str = "text of characters that XML allows", *, example: str = "text", empty: bool = True
) -> Kind[str]:
    """Text that may stand in an answer."""

    def read(arrived: object) -> str:
        if not isinstance(arrived, str) or NOT_XML.search(arrived) or not (empty or arrived):
            raise ValueError
        return arrived

    return Kind(expected, read, example, "TEXT")


def host() -> Kind[str]:
    """Read an address or a host name to listen on."""

    def read(arrived: object) -> str:
        if not isinstance(arrived, str) or not re.fullmatch(r"[0-9A-Za-z._:%-]+", arrived):
            raise ValueError
        return arrived

    return Kind("an address or a host name", read, "127.0.0.1", "HOST")


def is_host_name(text: str) -> bool:
    """Whether it is a name that DNS can hold, with or without the dot at its end; others than ASCII as xn--."""
    return len(text.removesuffix(".")) <= _LONGEST_NAME and bool(_HOST_NAME.fullmatch(text))


def host_names(*, example: str) -> Kind[tuple[str, ...]]:
    """Read names of hosts, of domains (``.example.com``, ``*.example.com``), or ``*`` for all there are."""

    def read(arrived: object) -> tuple[str, ...]:
        if isinstance(arrived, str):
            arrived = [each.strip() for each in arrived.split(",")] if arrived else []
        if not isinstance(arrived, (list, tuple)) or not all(map(is_pattern, arrived)):
            raise ValueError
        return tuple(arrived)

    def is_pattern(each: object) -> bool:
        return isinstance(each, str) and (each == "*" or is_host_name(_DOMAIN.sub("", each)))

    return Kind("a list of host names without ports, separated by commas,", read, example, "HOSTS")


def token(*, example: str) -> Kind[str | None]:
    """Read what a request can carry as its bearer token: RFC 6750's b64token."""

    def read(arrived: object) -> str:
        if not isinstance(arrived, str) or not _BEARER.fullmatch(arrived):
            raise ValueError
        return arrived

    return Kind("a text of letters, digits and -._~+/, = at its end only,", read, example, "TOKEN", secret=True)


def whole_number(least: int, most: int, *, example: str) -> Kind[int]:
    """Read a whole number in a range."""

    def read(arrived: object) -> int:
        number = int(arrived) if isinstance(arrived, str) and _INTEGER.fullmatch(arrived) else arrived
        if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
            raise ValueError
        return number

    return Kind(f"a whole number from {least} to {most}", read, example, "NUMBER")


def seconds(*, zero: bool = False, example: str) -> Kind[float]:
    """Read a length of time, at most a day."""

    def read(arrived: object) -> float:
        number = float(arrived) if isinstance(arrived, str) and _NUMBER.fullmatch(arrived) else arrived
        if not isinstance(number, (int, float)) or isinstance(number, bool) or not math.isfinite(number):
            raise ValueError
        if not 0 <= number <= 86400 or (number == 0 and not zero):  # noqa: PLR2004 - a day
            raise ValueError
        return float(number)

    least = "from 0" if zero else "above 0"
    return Kind(f"a number of seconds {least}, at most 86400,", read, example, "SECONDS")


def size(*, least: int = 1, example: str) -> Kind[int]:
    """Read a number of bytes, plain or with a unit."""

    def read(arrived: object) -> int:
        if isinstance(arrived, str) and (found := _SIZE.fullmatch(arrived)):
            arrived = int(found[1]) * _UNITS[(found[2] or "").lower()]
        if not isinstance(arrived, int) or isinstance(arrived, bool) or not least <= arrived <= 2**50:
            raise ValueError
        return arrived

    bound = "above 0" if least == 1 else f"from {least}"
    return Kind(f"a number of bytes {bound}, plain or with KiB, MiB or GiB,", read, example, "BYTES")


def switch(*, example: str = "true") -> Kind[bool]:
    """Read yes or no."""

    def read(arrived: object) -> bool:
        if isinstance(arrived, bool):
            return arrived
        if isinstance(arrived, str) and arrived.lower() in _TRUE | _FALSE:
            return arrived.lower() in _TRUE
        raise ValueError

    return Kind("true or false (or yes, no, on, off, 1, 0)", read, example, "")


def choice(*values: _T) -> Kind[_T]:
    """One of a few words."""

    def read(arrived: object) -> _T:
        if arrived not in values:
            raise ValueError
        return arrived

    words = [str(value) for value in values]
    return Kind(f"{', '.join(words[:-1])} or {words[-1]}", read, words[-1], "|".join(words))


def path(*, example: str) -> Kind[Path | None]:
    """Read a file; relative to the working directory."""

    def read(arrived: object) -> Path:
        if not isinstance(arrived, (str, Path)) or str(arrived) in ("", ".") or "\0" in str(arrived):
            raise ValueError
        return Path(arrived)

    return Kind("the path of a file", read, example, "FILE")


def moment(*, example: str) -> Kind[datetime | None]:
    """Read a moment with its zone; it is kept in UTC."""

    def read(arrived: object) -> datetime:
        try:
            found = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", arrived)) if isinstance(arrived, str) else arrived
            if isinstance(found, datetime) and found.tzinfo is not None:
                return within_calendar(found.astimezone(timezone.utc))
        except (ValueError, OverflowError):
            pass
        raise ValueError

    return Kind("a moment in ISO 8601 with its zone", read, example, "MOMENT")


def location(*, example: str) -> Kind[str | None]:
    """Where a database is; what the text means is the storage's business."""
    return cast("Kind[str | None]", Kind("the path of an SQLite file", text(empty=False).read, example, "FILE"))
