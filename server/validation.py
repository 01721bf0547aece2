"""Reads JSON into the types of ``models/control``, and explains what is wrong with it.

msgspec decodes and checks; its errors name neither what arrived nor what would be right. So a value that it refuses is
walked through once more beside the description of its type, up to the first place where the two do not fit.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import inspect

from messaging_double.models.control.values import Json, Moment, Regex, building_types, convert, parse
from messaging_double.models.texts import NOT_XML, RegexError
from messaging_double.server.did_you_mean import did_you_mean

BODY = "the body"
"""What a request's whole JSON is called in an error."""
_LONGEST_VALUE = 200
"""Characters of a value that an error repeats."""
_LONGEST_NAME = 100
"""Characters of a key that an error repeats to say where something stands."""
_SUSPICIOUS = re.compile(rf"{NOT_XML.pattern}|\\u00[01]")
"""Where JSON in which only control characters are escaped may have a text that XML does not allow."""
_WHOLE = re.compile(r"-?\d{1,19}", re.ASCII)
_SWITCH = {"true": True, "false": False}
_LISTS = (inspect.ListType, inspect.VarTupleType)
_PARTS: dict[type, tuple[type, ...]] = {dict: (inspect.StructType, inspect.DictType), list: _LISTS}
_PLAIN_EXAMPLES: dict[type, Json] = {inspect.StrType: "text", inspect.BoolType: True, inspect.NoneType: None}


class ValidationError(ValueError):
    """A value that does not fit its type.

    ``error`` says what arrived where, ``hint`` what is expected, with a valid example.
    """

    def __init__(self, error: str, hint: str) -> None:
        """Say both to the author of the value."""
        super().__init__(f"{error}; {hint}")
        self.error = error
        self.hint = hint


def decode(value: Json, kind: Any, where: str = BODY) -> Any:
    """Return a value of JSON as one of the type. Raise ``ValidationError``."""
    if _SUSPICIOUS.search(_dumps(value)):
        _check(value, describe(kind), where)
    try:
        return convert(value, kind, dec_hook=parse)
    except msgspec.ValidationError as error:
        _check(value, describe(kind), where)
        raise ValidationError(f"{where} is {as_json(value)}", str(error)) from None


def decode_text(text: str, kind: Any, where: str) -> Any:
    """Return a text of a URL's query as a value of the type. Raise ``ValidationError``."""
    every = _flat(describe(kind))
    types = {type(_plain(each)) for each in every}
    value: Json = text
    if inspect.IntType in types and _WHOLE.fullmatch(text):
        value = int(text)
    elif inspect.BoolType in types:
        value = _SWITCH.get(text, text)
    elif any(getattr(_plain(each), "cls", None) is Moment for each in every):
        value = re.sub(r" (?=\d\d:?\d\d$)", "+", text)  # + means a space in a query
    elif any((_meta(each).extra or {}).get("plus") for each in every):
        value = re.sub(r"^ (?=\d)", "+", text)
    return decode(value, kind, where)


@lru_cache(maxsize=256)
def describe(kind: Any) -> inspect.Type:
    """Return the description of a type."""
    with building_types:
        return inspect.type_info(kind)


def example_of(kind: Any) -> Json:
    """Return a valid value of a type."""
    return _example(describe(kind))


def expected_of(kind: Any) -> str:
    """Return in words what a type takes."""
    return _expected(describe(kind))


def as_json(value: Json) -> str:
    """Return the value as JSON for a sentence: on one line, in ASCII, of bounded length."""
    try:
        text = json.dumps(value, default=str)
    except RecursionError:  # it could just be read
        return "nested too deeply"
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}... ({len(text)} characters)"


def _dumps(value: Json) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        return "\0"


def _check(value: Json, info: inspect.Type, where: str) -> None:
    """Raise ``ValidationError`` for the first thing in ``value`` that does not fit."""
    plain = _plain(info)
    if isinstance(plain, inspect.UnionType):
        return _check_union(value, info, where)
    if isinstance(plain, inspect.StructType) and isinstance(value, dict):
        return _check_object(value, plain, where)
    if isinstance(plain, _LISTS) and isinstance(value, list) and _length_fits(value, plain):
        for index, each in enumerate(value):
            _check(each, plain.item_type, f"{where}[{index}]")
    elif isinstance(plain, inspect.DictType) and isinstance(value, dict) and _length_fits(value, plain):
        for name, each in value.items():
            _check(name, plain.key_type, f"a key of {where}")
            _check(each, plain.value_type, f"{where}.{name[:_LONGEST_NAME]}")
    elif not _fits(value, plain):
        raise _refusal(value, info, where)
    return None


def _check_union(value: Json, info: inspect.Type, where: str) -> None:
    """Check against the one type of a union that has the value's JSON type, else against all of them."""
    kinds = _PARTS.get(type(value), ())
    every = _flat(info)
    for each in every:
        if kinds and isinstance(_plain(each), kinds):
            return _check(value, each, where)
    if not any(_fits(value, _plain(each)) for each in every):
        raise _refusal(value, info, where)
    return None


def _check_object(value: dict[str, Json], info: inspect.StructType, where: str) -> None:
    members = {each.encode_name: each for each in info.fields}
    if not value and not getattr(info.cls, "can_be_empty", True):
        raise _refusal(value, info, where)
    for name in value:
        if name not in members:
            hint = f"{did_you_mean(name, members)}possible are {', '.join(members)}; for example "
            raise ValidationError(f"unknown member {as_json(name)} in {where}", hint + as_json(_example(info)))
    for name, each in members.items():
        if each.required and name not in value:
            raise ValidationError(f"{name} is missing in {where}", f"expected {as_json(_example(info))}")
    for name, inner in value.items():
        _check(inner, members[name].type, name if where == BODY else f"{where}.{name}")


def _length_fits(value: list[Json] | dict[str, Json], info: Any) -> bool:
    return (info.min_length or 0) <= len(value) and (info.max_length is None or len(value) <= info.max_length)


def _fits(value: Json, info: inspect.Type) -> bool:  # noqa: PLR0911 (one for each type)
    """Say whether a value that has no parts fits its type."""
    if isinstance(info, inspect.StrType):
        fits = isinstance(value, str) and not NOT_XML.search(value) and _length_fits(value, info)  # type: ignore[arg-type]
        return fits and (info.pattern is None or re.search(info.pattern, value) is not None)
    if isinstance(info, (inspect.IntType, inspect.FloatType)):
        kinds = (int, float) if isinstance(info, inspect.FloatType) else (int,)
        fits = isinstance(value, kinds) and not isinstance(value, bool)
        return fits and (info.ge is None or value >= info.ge) and (info.le is None or value <= info.le)
    if isinstance(info, inspect.BoolType):
        return isinstance(value, bool)
    if isinstance(info, inspect.NoneType):
        return value is None
    if isinstance(info, inspect.LiteralType):
        return isinstance(value, str) and value in info.values
    if isinstance(info, inspect.CustomType):
        try:
            parse(info.cls, value)
        except ValueError:
            return False
        return True
    return isinstance(info, inspect.AnyType)


def _refusal(value: Json, info: inspect.Type, where: str) -> ValidationError:
    words = [word for each in _flat(info) for word in getattr(_plain(each), "values", ())]
    meant = did_you_mean(value, words) if isinstance(value, str) else ""
    why = "".join(_why_not(value, _plain(each)) for each in _flat(info))
    return ValidationError(
        f"{where} is {as_json(value)}{why}", f"{meant}expected {_expected(info)}: {as_json(_example(info))}"
    )


def _why_not(value: Json, info: inspect.Type) -> str:
    """Say what is wrong with a regular expression."""
    if isinstance(info, inspect.CustomType) and info.cls is Regex:
        try:
            parse(info.cls, value)
        except RegexError as error:
            return f": {error}"
        except ValueError:
            pass
    return ""


def _meta(info: inspect.Type) -> inspect.Metadata:
    return info if isinstance(info, inspect.Metadata) else inspect.Metadata(info)


def _plain(info: inspect.Type) -> inspect.Type:
    """Return a type without its description."""
    return _plain(info.type) if isinstance(info, inspect.Metadata) else info


def _flat(info: inspect.Type) -> list[inspect.Type]:
    """Return the types of a union, in their order, ``null`` at the end; any other type is the only one."""
    plain = _plain(info)
    if not isinstance(plain, inspect.UnionType):
        return [info]
    every = [inner for each in plain.types for inner in _flat(each)]
    return sorted(every, key=lambda each: isinstance(each, inspect.NoneType))


def _expected(info: inspect.Type) -> str:  # noqa: PLR0911 (one for each type)
    """Say what a type takes."""
    extra = _meta(info).extra or {}
    plain: Any = _plain(info)
    if "expected" in extra:
        return str(extra["expected"])
    if isinstance(plain, inspect.UnionType):
        return ", or ".join(_expected(each) for each in _flat(plain))
    if isinstance(plain, inspect.StrType):
        limit = "" if plain.max_length is None else f", at most {plain.max_length} of them"
        return "a text of characters that XML allows" + (", not empty" if plain.min_length else "") + limit
    if isinstance(plain, (inspect.IntType, inspect.FloatType)):
        number = "a whole number" if isinstance(plain, inspect.IntType) else "a number"
        limits = ("" if plain.ge is None else f" from {plain.ge}") + ("" if plain.le is None else f" to {plain.le}")
        return number + limits
    if isinstance(plain, inspect.LiteralType):
        return f"one of {', '.join(map(str, plain.values))}"
    if isinstance(plain, inspect.CustomType):
        return str(plain.cls.expected)  # type: ignore[attr-defined]
    if isinstance(plain, _LISTS):
        least = f"at least {plain.min_length}, " if plain.min_length else ""
        return "a list" + ("" if plain.max_length is None else f" of {least}at most {plain.max_length}")
    if isinstance(plain, inspect.StructType):
        required = [each.encode_name for each in plain.fields if each.required]
        every = ", ".join(each.encode_name for each in plain.fields)
        return (
            f"an object with {every}"
            if required == [every]
            else f"an object with {' and '.join(required) or 'any'} of {every}"
        )
    if isinstance(plain, inspect.DictType):
        return "an object" + ("" if plain.max_length is None else f" of at most {plain.max_length} members")
    return {inspect.BoolType: "true or false", inspect.NoneType: "null"}.get(type(plain), "any JSON value")


def _example(info: inspect.Type) -> Json:  # noqa: PLR0911 (one for each type)
    """Return a value that a type takes."""
    if isinstance(info, inspect.Metadata):
        examples = (info.extra_json_schema or {}).get("examples")
        return examples[0] if examples else _example(info.type)
    plain: Any = info
    if isinstance(plain, inspect.UnionType):
        return _example(_flat(plain)[0])
    if isinstance(plain, inspect.StructType):
        declared = getattr(plain.cls, "example", None)
        required = {each.encode_name: _example(each.type) for each in plain.fields if each.required}
        return required if declared is None else declared
    if isinstance(plain, inspect.LiteralType):
        return plain.values[0]
    if isinstance(plain, inspect.CustomType):
        return plain.cls.example  # type: ignore[attr-defined]
    if isinstance(plain, _LISTS):
        return [_example(plain.item_type)]
    if isinstance(plain, inspect.DictType):
        return {_example(plain.key_type): _example(plain.value_type)}
    if isinstance(plain, (inspect.IntType, inspect.FloatType)):
        return max(plain.ge or 1, 1)
    return _PLAIN_EXAMPLES.get(type(plain), {})
