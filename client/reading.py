"""Reads JSON into frozen dataclasses: a field's name, and where it needs one its metadata, say how."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import Unreachable
from .names import camel, moment_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .names import Json

_R = TypeVar("_R")
_MORE = "more"
"""The field for members that the client does not know."""

MOMENT: Mapping[str, Any] = {"read": moment_of}
"""The metadata of a moment."""
PAIRS: Mapping[str, Any] = {
    "read": lambda given: None if given is None else tuple((pair["key"], pair["value"]) for pair in given)
}
"""That of a ``Config``."""


def nested(kind: type) -> Mapping[str, Any]:
    """Return the metadata of a record within a record."""
    return {"read": lambda given: record_of(kind, given)}


def listed(kind: type) -> Mapping[str, Any]:
    """Return the metadata of a list of records."""
    return {"read": lambda given: tuple(record_of(kind, each) for each in given)}


def record_of(kind: type[_R], given: Mapping[str, Json]) -> _R:
    """Return the record of a JSON object.  Raises ``Unreachable`` if members are missing: the double is too old."""
    known: dict[str, Any] = {each.metadata.get("name", camel(each.name)): each for each in fields(kind)}  # type: ignore[arg-type]
    known.pop(_MORE)
    if missing := [name for name in known if name not in given]:
        msg = f"The double does not tell {', '.join(missing)} of its {kind.__name__}: it is of another version."
        raise Unreachable(msg)
    values = {each.name: _value(each.metadata.get("read"), given[name]) for name, each in known.items()}
    make: Any = kind
    made: _R = make(**values, more={name: value for name, value in given.items() if name not in known})
    return made


def _value(read: Callable[[Any], Any] | None, given: Json) -> Any:  # noqa: ANN401
    if read is not None:
        return read(given)
    return tuple(given) if isinstance(given, list) else given
