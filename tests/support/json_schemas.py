"""Values by JSON Schema, and values that are nearly so: the part of it that the control API's document uses.

A keyword that is not known here is an error, so that no constraint is passed over in silence.
"""

from __future__ import annotations

import copy
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from .texts import xml_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Json = Any
Schema = dict[str, Any]

_KEYWORDS = {
    *("type", "anyOf", "enum", "const", "$ref", "description", "examples", "example", "default"),
    *("minLength", "maxLength", "pattern", "format", "minimum", "maximum", "items", "minItems", "maxItems"),
    *("properties", "propertyNames", "additionalProperties", "required", "minProperties", "maxProperties"),
}
_REF = "#/components/schemas/"
_LARGEST = 2**63 - 1

SCRAPS = st.sampled_from([None, True, 0, -1, 0.01, 2**31, 10**400, "", "x", "0", "2026-11-21", [], ["x"], {}, {"x": 1}])
"""What may stand in the place of something else."""


_LENGTHS = st.sampled_from(["0s", "PT0.01S", "5ms", 0, 0.01])
"""Lengths of time: those for which a test can wait."""


class Schemas:
    """The schemas of one OpenAPI document."""

    def __init__(self, document: Mapping[str, Any], chosen: Mapping[str, st.SearchStrategy[Json]]) -> None:
        """Resolve references within ``document``; members with these names have the ``chosen`` values."""
        self._components: Schema = document["components"]
        self._chosen = chosen
        self._validators: dict[str, Draft202012Validator] = {}

    def validator(self, schema: Schema) -> Draft202012Validator:
        """Return what validates values by a schema of the document's; most are that of a refusal."""
        key = repr(schema)
        if key not in self._validators:
            whole = {**schema, "components": self._components}
            self._validators[key] = Draft202012Validator(whole, validate_formats=True)
        return self._validators[key]

    def resolved(self, schema: Schema) -> Schema:
        """Return what a reference refers to; anything else is itself."""
        if "$ref" not in schema:
            return schema
        found: Schema = self._components["schemas"][schema["$ref"].removeprefix(_REF)]
        return found

    def values(self, schema: Schema) -> st.SearchStrategy[Json]:
        """Return a strategy of values that fit."""
        schema = self.resolved(schema)
        assert schema.keys() <= _KEYWORDS, schema
        if [each.get("type") for each in schema.get("anyOf", ())] == ["string", "number"]:
            return _LENGTHS
        if "anyOf" in schema:
            return st.one_of([self.values(each) for each in schema["anyOf"]])
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        if "const" in schema:
            return st.just(schema["const"])
        return {"object": self._objects, "array": self._lists, **_PLAIN}[schema.get("type", "any")](schema)

    def named(self, name: str, schema: Schema) -> st.SearchStrategy[Json]:
        """Return a strategy of values for a member or a parameter."""
        return self._chosen[name] if name in self._chosen else self.values(schema)

    def _lists(self, schema: Schema) -> st.SearchStrategy[list[Json]]:
        most = min(3, schema.get("maxItems", 3))
        return st.lists(self.values(schema["items"]), min_size=schema.get("minItems", 0), max_size=most)

    def _objects(self, schema: Schema) -> st.SearchStrategy[Json]:
        if "properties" not in schema:
            names = _strings(schema["propertyNames"]) if "propertyNames" in schema else xml_texts(5)
            return st.dictionaries(names, self.values(schema.get("additionalProperties", {})), max_size=2)
        required = schema.get("required", [])
        optional = [name for name in schema["properties"] if name not in required]
        least = max(0, schema.get("minProperties", 0) - len(required))
        some = st.lists(st.sampled_from(optional), min_size=least, max_size=3, unique=True) if optional else st.just([])
        drawn = some.flatmap(
            lambda names: st.fixed_dictionaries(
                {name: self.named(name, schema["properties"][name]) for name in (*required, *names)}
            )
        )
        return drawn | st.sampled_from(schema["examples"]) if "examples" in schema else drawn


def _strings(schema: Schema) -> st.SearchStrategy[str]:
    if schema.get("format") == "date-time":
        return _moments()
    if "pattern" in schema:
        return st.from_regex(schema["pattern"]).filter(lambda text: not text.endswith("\n"))  # which $ passes over
    least = schema.get("minLength", 0)
    few = st.sampled_from(["1", "Hei", "CM", "sms/*", "+447700900001"])
    return few | xml_texts(6).filter(lambda text: len(text) >= least)


def _integers(schema: Schema) -> st.SearchStrategy[int | float]:
    least, most = schema.get("minimum", -_LARGEST), schema.get("maximum", _LARGEST)
    small = st.integers(max(least, 0), min(most, max(least, 0) + 3))
    return small | small.map(float) | st.integers(least, most)  # JSON Schema: 1.0 is an integer


def _moments() -> st.SearchStrategy[str]:
    moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(timezone.utc))  # noqa: DTZ001
    zones = st.sampled_from(["Z", "z", "+00:00", "-11:30"])
    return st.builds(
        lambda moment, digits, zone: moment.strftime("%Y-%m-%dT%H:%M:%S") + f"{'.' if digits else ''}{digits}" + zone,
        moments,
        st.sampled_from(["", "1", "123", "123456", "123456789"]),
        zones,
    )


_PLAIN: dict[str, Callable[[Schema], st.SearchStrategy[Json]]] = {
    "string": _strings,
    "integer": _integers,
    "number": lambda schema: st.floats(schema["minimum"], schema.get("maximum", 1e300)) | st.integers(0, 3),
    "boolean": lambda _: st.booleans(),
    "null": lambda _: st.none(),
    "any": lambda _: SCRAPS,
}


@st.composite
def spoilt(draw: st.DrawFn, value: Json) -> Json:
    """Draw a value with something in it replaced, taken out, or added: often a wrong one."""
    value = copy.deepcopy(value)
    if not isinstance(value, (dict, list)) or not value or draw(st.integers(0, 3)) == 0:
        return draw(SCRAPS) if not isinstance(value, dict) or draw(st.booleans()) else {**value, "unknown": 1}
    place = draw(st.sampled_from(list(value) if isinstance(value, dict) else range(len(value))))
    if draw(st.integers(0, 3)) == 0:
        del value[place]
    else:
        value[place] = draw(spoilt(value[place]))
    return value
