"""What single values look like: each shape reads, shows and documents itself.

A shape refuses what it cannot read with a ``Unfit`` that names the place, what arrived, what was expected and a valid
example; its ``schema`` is what ``openapi.json`` says of it (JSON Schema 2020-12).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from messaging_double.models import durations
from messaging_double.models.xml_text import NOT_XML

from . import near
from .unfit import Unfit

if TYPE_CHECKING:
    from datetime import timedelta

Json = Any
_SHOWN = 200
_WHOLE = re.compile(r"-?\d{1,19}", re.ASCII)
_INT32 = 2**31
_MOMENT = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[Tt ](?P<minute>\d\d:\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    r"(?:[Zz]|(?P<hours>[+-]\d\d):?(?P<minutes>\d\d))",
    re.ASCII,
)
"""RFC 3339's date-time; a client may leave the seconds or the zone's colon out, as Java and `date` do."""


@dataclass(frozen=True)
class Shape:
    """Any value that JSON has; the base of all others."""

    @property
    def expected(self) -> str:
        """What is taken, in words."""
        return "any JSON value"

    @property
    def example(self) -> Json:
        """A valid value."""
        return {}

    def schema(self) -> Json:
        """Return its JSON Schema."""
        return {}

    def read(self, value: Json, where: str) -> Any:  # noqa: ARG002 (where it came from, for refusals)
        """Return what a JSON value of a request means.  Raises ``Unfit``."""
        return value

    def read_text(self, text: str, where: str) -> Any:
        """Return what a text of a query means.  Raises ``Unfit``."""
        return self.read(text, where)

    def show(self, value: Any) -> Json:
        """Return a value of ours as JSON has it."""
        return value

    def refusal(self, value: Json, where: str, more: str = "") -> Unfit:
        """Say what arrived where, and what was expected."""
        hint = f"{self.meant(value)}expected {self.expected}: {as_json(self.example)}"
        return Unfit(f"{where} is {as_json(value)}{more}", hint)

    def meant(self, value: Json) -> str:  # noqa: ARG002 (what arrived)
        """Return a sentence on what may have been meant; empty where nobody can tell."""
        return ""


@dataclass(frozen=True)
class Text(Shape):
    """A text that a message can hold: XML's characters."""

    sample: str = "text"
    empty: bool = True
    most: int | None = None
    """Characters; ``None``: any number."""

    @property
    def expected(self) -> str:
        limit = "" if self.most is None else f", at most {self.most} of them"
        return "a text of characters that XML allows" + ("" if self.empty else ", not empty") + limit

    @property
    def example(self) -> Json:
        return self.sample

    def schema(self) -> Json:
        limit = {} if self.most is None else {"maxLength": self.most}
        return {"type": "string", **({} if self.empty else {"minLength": 1}), **limit}

    def read(self, value: Json, where: str) -> str:
        if not isinstance(value, str) or NOT_XML.search(value) or not (self.empty or value):
            raise self.refusal(value, where)
        if self.most is not None and len(value) > self.most:
            raise self.refusal(value, where)
        return value


@dataclass(frozen=True)
class Address(Text):
    """A text in whose query a leading ``+`` may have become a space: in a URL's query ``+`` means one."""

    sample: str = "+447700900001"

    def read_text(self, text: str, where: str) -> str:
        return self.read(re.sub(r"^ (?=\d)", "+", text), where)


@dataclass(frozen=True)
class Word(Shape):
    """One of a few words."""

    words: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        return f"one of {', '.join(self.words)}"

    @property
    def example(self) -> Json:
        return self.words[0]

    def schema(self) -> Json:
        return {"type": "string", "enum": list(self.words)}

    def read(self, value: Json, where: str) -> str:
        if value not in self.words:
            raise self.refusal(value, where)
        return str(value)

    def meant(self, value: Json) -> str:
        return near.meant(value, self.words) if isinstance(value, str) else ""


@dataclass(frozen=True)
class Number(Shape):
    """A whole number; by itself the contract's ``xs:int``."""

    least: int = -_INT32
    most: int = _INT32 - 1
    sample: int = 1

    @property
    def expected(self) -> str:
        return f"a whole number from {self.least} to {self.most}"

    @property
    def example(self) -> Json:
        return self.sample

    def schema(self) -> Json:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}

    def read(self, value: Json, where: str) -> int:
        if isinstance(value, float) and value.is_integer():  # JSON Schema: 1.0 is an integer
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value <= self.most:
            raise self.refusal(value, where)
        return value

    def read_text(self, text: str, where: str) -> int:
        return self.read(int(text) if _WHOLE.fullmatch(text) else text, where)


@dataclass(frozen=True)
class Real(Shape):
    """A number, whole or not, from 0 on."""

    most: float | None = None

    @property
    def expected(self) -> str:
        return "a number from 0" + ("" if self.most is None else f" to {self.most:g}")

    @property
    def example(self) -> Json:
        return 0.5

    def schema(self) -> Json:
        return {"type": "number", "minimum": 0} | ({} if self.most is None else {"maximum": self.most})

    def read(self, value: Json, where: str) -> float:
        fine = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not fine or not 0 <= value <= (1e300 if self.most is None else self.most):
            raise self.refusal(value, where)
        return float(value)


@dataclass(frozen=True)
class Switch(Shape):
    """Yes or no."""

    @property
    def expected(self) -> str:
        return "true or false"

    @property
    def example(self) -> Json:
        return True

    def schema(self) -> Json:
        return {"type": "boolean"}

    def read(self, value: Json, where: str) -> bool:
        if not isinstance(value, bool):
            raise self.refusal(value, where)
        return value

    def read_text(self, text: str, where: str) -> bool:
        return self.read({"true": True, "false": False}.get(text, text), where)


@dataclass(frozen=True)
class Moment(Shape):
    """A moment: ISO 8601 with a zone, shown in UTC with microseconds."""

    @property
    def expected(self) -> str:
        return "a moment in ISO 8601 with its zone"

    @property
    def example(self) -> Json:
        return "2026-11-21T08:00:00Z"

    def schema(self) -> Json:
        return {"type": "string", "format": "date-time"}

    def read(self, value: Json, where: str) -> datetime:
        try:
            if found := _MOMENT.fullmatch(value):
                return _moment(found)
        except (TypeError, ValueError, OverflowError):
            pass
        raise self.refusal(value, where)

    def read_text(self, text: str, where: str) -> datetime:
        return self.read(re.sub(r" (?=\d\d:?\d\d$)", "+", text), where)  # as of an Address

    def show(self, value: datetime) -> str:
        return iso(value)


@dataclass(frozen=True)
class Duration(Shape):
    """A length of time: ``10s``, ``PT6H``, or a number of seconds."""

    most: timedelta | None = None

    @property
    def expected(self) -> str:
        limit = "" if self.most is None else f", at most {durations.written(self.most)}"
        return f"{durations.EXPECTED}, or a number of seconds{limit}"

    @property
    def example(self) -> Json:
        return "10s"

    def schema(self) -> Json:
        seconds = {"type": "number", "minimum": 0}
        if self.most is not None:
            seconds["maximum"] = self.most.total_seconds()
        return {"anyOf": [{"type": "string"}, seconds], "description": self.expected}

    def read(self, value: Json, where: str) -> timedelta:
        try:
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            length = durations.duration(f"{value:.9f}" if is_number else value)
        except (TypeError, ValueError, OverflowError):
            raise self.refusal(value, where) from None
        if self.most is not None and length > self.most:
            raise self.refusal(value, where)
        return length

    def show(self, value: timedelta) -> str:
        return durations.written(value)


def _moment(found: re.Match[str]) -> datetime:
    """Return it in UTC, cut to microseconds.  Raises ``ValueError`` or ``OverflowError`` for what no calendar has."""
    # Pythons differ in what else fromisoformat takes; this form all of them do.
    microseconds = (found["fraction"] or "")[:6].ljust(6, "0")
    zone = f"{found['hours']}:{found['minutes']}" if found["hours"] else "+00:00"
    text = f"{found['date']}T{found['minute']}:{found['second'] or '00'}.{microseconds}{zone}"
    return datetime.fromisoformat(text).astimezone(timezone.utc)


def iso(moment: datetime) -> str:
    """Write a moment in UTC: ``2026-11-21T08:04:57.123456Z``, always with microseconds."""
    return moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def as_json(value: Json) -> str:
    """Return the value as JSON for a sentence: on one line, in ASCII, of bounded length."""
    try:
        text = json.dumps(value)
    except RecursionError:  # it could just be read
        return "nested too deeply"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"
