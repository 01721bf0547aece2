"""How lists are filtered: keyword arguments become the parameters of a query.

A query can say less than the ``match`` of an expectation; what it cannot say is refused here, with what can.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .matching import Match
from .names import camel, written
from .records import Exchange, IncomingMessage, OutgoingMessage, StatusReport

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .matching import Criterion

__tracebackhide__ = True

_SHORT: Mapping[type, Mapping[tuple[str, str], str]] = {
    OutgoingMessage: {("messagingId", "after"): "after", ("registered", "since"): "since"},
    IncomingMessage: {("id", "after"): "after", ("registered", "since"): "since"},
    StatusReport: {("id", "after"): "after", ("at", "since"): "since"},
    Exchange: {("id", "after"): "after", ("at", "since"): "since"},
}
"""The member and the way that a parameter of the API without a member's name means."""
_PAGING = {
    "limit": "lists are read whole: take [:10] of what is returned",
    "cursor": "lists are read whole",
    "wait": "wait(count, timeout, …) waits for messages",
    "count": "len(…) says how many there are; wait(count, timeout, …) waits for so many",
}
"""Parameters of the API that are no filters, and what to say instead."""


def query_of(kind: type, filters: Mapping[str, Criterion]) -> dict[str, str]:
    """Return the parameters of a query for a list of these records.

    Raises ``TypeError`` for what no query can say.  Names that there are not are the double's to refuse.
    """
    query: dict[str, str] = {}
    for name, value in filters.items():
        parameter, text = _parameter(kind, camel(name), value)
        if parameter in query:
            msg = f"{parameter} is asked for twice; say it once"
            raise TypeError(msg)
        query[parameter] = text
    return query


def _parameter(kind: type, name: str, value: Criterion) -> tuple[str, str]:
    if name in _PAGING:
        msg = f"{name} is no filter; {_PAGING[name]}"
        raise TypeError(msg)
    if value is None:
        return f"{name}.any", "false"
    if isinstance(value, Match):
        return _way(kind, name, value), _text_of(value.value)
    _check(kind, name, value)
    return name, _text_of(value)


def _way(kind: type, name: str, match: Match) -> str:
    short = _SHORT[kind]
    if match.how not in short.values():
        return f"{name}.{match.how}"
    if (name, match.how) not in short:
        can = " and ".join(f"{member} by {how}(…)" for member, how in short)
        msg = f"{name} cannot be asked for by {match.how}(…) in a list, but {can}; verify and wait_for take all"
        raise TypeError(msg)
    return short[name, match.how]


def _check(kind: type, name: str, value: Criterion) -> None:
    """Let only texts pass for texts: a 1 or a True that became one would find what nobody meant, or nothing."""
    if isinstance(value, bool) or not isinstance(value, (str, int, datetime)):
        msg = f"{name} cannot be asked for in a list by {value!r}; expected a text, a number or a moment"
        msg += "; wait_for and verify take config" if name == "config" else ""
        raise TypeError(msg)
    if name in _texts_of(kind) and not isinstance(value, str):
        msg = f"{name} is a text, and was asked for by {value!r}; for example {name}={str(value)!r}"
        raise TypeError(msg)


def _texts_of(kind: Any) -> set[str]:  # noqa: ANN401 (a dataclass)
    return {"contains", *(camel(each.name) for each in fields(kind) if str(each.type).startswith("str"))}


def _text_of(value: str | bool | int | datetime) -> str:  # noqa: FBT001 (whatever a match has)
    if isinstance(value, bool):
        return str(value).lower()
    return written(value) if isinstance(value, datetime) else str(value)
