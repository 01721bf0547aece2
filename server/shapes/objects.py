"""What objects and lists look like."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .near import near
from .unfit import Unfit
from .values import Json, Shape, Text, as_json

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_NAME = 100
"""Characters of a key that a refusal repeats to say where something stands."""


@dataclass(frozen=True)
class Nullable(Shape):
    """A value of some shape, or null."""

    of: Shape = field(default_factory=Shape)

    @property
    def expected(self) -> str:
        return f"{self.of.expected}, or null"

    @property
    def example(self) -> Json:
        return self.of.example

    def schema(self) -> Json:
        return {"anyOf": [self.of.schema(), {"type": "null"}]}

    def read(self, value: Json, where: str) -> Any:
        return None if value is None else self.of.read(value, where)

    def meant(self, value: Json) -> str:
        return self.of.meant(value)

    def show(self, value: Any) -> Json:
        return None if value is None else self.of.show(value)


@dataclass(frozen=True)
class ListOf(Shape):
    """A list of values of some shape."""

    of: Shape = field(default_factory=Shape)
    most: int | None = None

    @property
    def expected(self) -> str:
        return "a list" + ("" if self.most is None else f" of at most {self.most}")

    @property
    def example(self) -> Json:
        return [self.of.example]

    def schema(self) -> Json:
        return {"type": "array", "items": self.of.schema()} | ({} if self.most is None else {"maxItems": self.most})

    def read(self, value: Json, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list) or (self.most is not None and len(value) > self.most):
            raise self.refusal(value, where)
        return tuple(self.of.read(each, f"{where}[{index}]") for index, each in enumerate(value))

    def show(self, value: Any) -> Json:
        return [self.of.show(each) for each in value]


@dataclass(frozen=True)
class OneOrMore(ListOf):
    """A value of some shape, or a list of such; read as a list."""

    @property
    def expected(self) -> str:
        limit = "" if self.most is None else f", at most {self.most}"
        return f"{self.of.expected}, or a list of such{limit}"

    @property
    def example(self) -> Json:
        return self.of.example

    def schema(self) -> Json:
        return {"anyOf": [self.of.schema(), {**super().schema(), "minItems": 1}]}

    def read(self, value: Json, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            return (self.of.read(value, where),)
        if not value:
            raise self.refusal(value, where)
        return super().read(value, where)

    def show(self, value: Any) -> Json:
        return super().show(value) if isinstance(value, list) else self.of.show(value)


@dataclass(frozen=True)
class MapOf(Shape):
    """An object whose members have any names, and values of one shape."""

    of: Shape = field(default_factory=Shape)
    sample: str = "key"
    most: int | None = None

    @property
    def expected(self) -> str:
        return "an object" + ("" if self.most is None else f" of at most {self.most} members")

    @property
    def example(self) -> Json:
        return {self.sample: self.of.example}

    def schema(self) -> Json:
        limit = {} if self.most is None else {"maxProperties": self.most}
        return {"type": "object", "additionalProperties": self.of.schema(), **limit}

    def read(self, value: Json, where: str) -> dict[str, Any]:
        if not isinstance(value, dict) or (self.most is not None and len(value) > self.most):
            raise self.refusal(value, where)
        return {
            Text().read(name, f"a key of {where}"): self.of.read(each, f"{where}.{name[:_LONGEST_NAME]}")
            for name, each in value.items()
        }


@dataclass(frozen=True)
class OneOf(Shape):
    """A plain value, or others in its place: where one is an object or a list, the JSON type tells which."""

    plain: Shape = field(default_factory=Shape)
    others: tuple[Shape, ...] = ()

    @property
    def expected(self) -> str:
        return ", or ".join(each.expected for each in self.shapes)

    @property
    def example(self) -> Json:
        return self.plain.example

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """All of them."""
        return (self.plain, *self.others)

    def schema(self) -> Json:
        return {"anyOf": [each.schema() for each in self.shapes]}

    def read(self, value: Json, where: str) -> Any:
        for each in self.others:
            if isinstance(value, _json_type(each)):
                return each.read(value, where)
        for each in self.shapes:
            with suppress(Unfit):
                return each.read(value, where)
        raise self.refusal(value, where)

    def meant(self, value: Json) -> str:
        return self.plain.meant(value)


def _json_type(shape: Shape) -> type | tuple[type, ...]:
    """Return the type of the values that only this shape can read; that of a plain one is no such type."""
    if isinstance(shape, ListOf):
        return list
    return dict if isinstance(shape, (MapOf, Object)) else ()


@dataclass(frozen=True)
class Either(Shape):
    """One of several objects: who asks for it knows which, and reads it."""

    shapes: tuple[Shape, ...] = ()

    @property
    def example(self) -> Json:
        return self.shapes[0].example

    def schema(self) -> Json:
        return {"anyOf": [each.schema() for each in self.shapes]}


@dataclass(frozen=True)
class Member:
    """A member of an object."""

    name: str
    shape: Shape
    help: str = ""
    required: bool = False
    """Whether a request must have it."""
    of: Callable[[Any], Any] | None = None
    """Takes it off the record that is shown."""
    optional: bool = False
    """Whether an answer may be without it."""


@dataclass(frozen=True)
class Object(Shape):
    """An object with these members and no others, of which it has at least one if it is not to be ``empty``."""

    name: str = ""
    """Of the schema in ``openapi.json``."""
    members: tuple[Member, ...] = ()
    sample: Json = None
    shown: bool = False
    """Whether it is an answer, which has all its members."""
    empty: bool = True

    @property
    def expected(self) -> str:
        return f"an object with {' and '.join(each.name for each in self.members if each.required) or 'any'} of " + (
            ", ".join(each.name for each in self.members)
        )

    @property
    def example(self) -> Json:
        return self.sample or {each.name: each.shape.example for each in self.members if each.required}

    def schema(self) -> Json:
        return {"$ref": f"#/components/schemas/{self.name}"}

    def definition(self) -> Json:
        """Return what ``schema`` refers to."""
        required = [each.name for each in self.members if each.required or (self.shown and not each.optional)]
        definition: Json = {
            "type": "object",
            "properties": {each.name: _described(each) for each in self.members},
            "additionalProperties": False,
        }
        if required:
            definition["required"] = required
        if not self.empty:
            definition["minProperties"] = 1
        if self.sample:
            definition["examples"] = [self.sample]
        return definition

    def read(self, value: Json, where: str) -> dict[str, Any]:
        """Return the members that are there."""
        if not isinstance(value, dict) or not (value or self.empty):
            raise self.refusal(value, where)
        known = {each.name: each for each in self.members}
        for name in value:
            if name not in known:
                raise self._unknown(name, where)
        for each in self.members:
            if each.required and each.name not in value:
                raise Unfit(f"{each.name} is missing in {where}", f"expected {as_json(self.example)}")
        return {name: known[name].shape.read(each, _below(where, name)) for name, each in value.items()}

    def _unknown(self, name: str, where: str) -> Unfit:
        names = [each.name for each in self.members]
        hint = f"{near(name, names)}for example {as_json(self.example)}"
        return Unfit(f"unknown member {as_json(name)} in {where}", hint)

    def show(self, value: Any) -> Json:
        """Show a record by its members."""
        return {each.name: each.shape.show(each.of(value)) for each in self.members if each.of is not None}


def _described(member: Member) -> Json:
    schema = member.shape.schema()
    return {**schema, "description": member.help} if member.help else schema


def _below(where: str, name: str) -> str:
    return name if where == BODY else f"{where}.{name}"


BODY = "the body"
"""What a request's whole JSON is called in a refusal."""
