"""Settings that are lists of tables in the configuration file: plugins, users, applications."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, TypeVar

from messaging_double.models.records import Plugin
from messaging_double.models.users import Application, User

from .kinds import is_plain
from .row import Kind, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

_R = TypeVar("_R", Plugin, User, Application)
_SECRETS = ("password", "token")
_INT = range(-(2**31), 2**31)


def catalogue() -> Kind[tuple[Plugin, ...]]:
    """Read plugins; one that says nothing of them sends sms/text and takes a Config."""
    example = '[[plugins]]\nname = "CM"\nformats = ["sms/text"]\nsupports-config = true'
    defaults = {"supported_messaging_formats": ["sms/text"], "supports_config": True}
    return _tables(Plugin, example, {"formats": "supported_messaging_formats"}, defaults)


def known_users() -> Kind[tuple[User, ...]]:
    """Read users."""
    return _tables(User, '[[users]]\nname = "ole"\npassword = "secret"')


def known_applications() -> Kind[tuple[Application, ...]]:
    """Read applications."""
    return _tables(Application, '[[applications]]\ntoken = "abc123"\nagents = ["Messaging"]')


def _tables(
    record: type[_R],
    example: str,
    renamed: Mapping[str, str] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> Kind[tuple[_R, ...]]:
    """Read tables into records: a key for each field, its words joined by hyphens unless ``renamed``."""
    by_field = {field: key for key, field in (renamed or {}).items()}
    keys = {by_field.get(each.name, each.name.replace("_", "-")): each for each in fields(record)}
    first, *others = keys
    table_name = example.partition("]]")[0].removeprefix("[[")

    def read(arrived: object) -> tuple[_R, ...]:
        if not isinstance(arrived, (list, tuple)):
            raise ValueError  # noqa: TRY004 - every refusal of a kind is a ValueError
        records = tuple(checked(each, f"{table_name}[{index}]") for index, each in enumerate(arrived))
        names = [getattr(each, keys[first].name) for each in records]
        if twice := [name for name in names if names.count(name) > 1]:
            problem = f"the {first} {_shown(keys[first].name, twice[0])} is there twice"
            raise ValueError(problem)
        return records

    def checked(table: object, where: str) -> _R:
        try:
            made = table if isinstance(table, record) else make(table)
            _check(made)
        except ValueError as error:
            raise ValueError(*(f"{where}: {each}" for each in error.args)) from None
        return made

    def make(table: object) -> _R:
        if not isinstance(table, dict):
            raise ValueError  # noqa: TRY004
        if unknown := sorted(set(table) - set(keys)):
            problem = f"{shown(unknown[0])} is no key of them; there are {', '.join(keys)}"
            raise ValueError(problem)
        if first not in table:
            problem = f"{first}, a text, is missing"
            raise ValueError(problem)
        given = {**(defaults or {}), **{keys[key].name: value for key, value in table.items()}}
        make_record: Any = record
        made: _R = make_record(
            **{name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
        )
        return made

    expected = f"a list of tables with {first} and any of {', '.join(others)}"
    secret = any(each.name in _SECRETS for each in keys.values())
    return Kind(expected, read, example, "", file_only=True, secret=secret)


def _check(record: Plugin | User | Application) -> None:
    """Refuse a field whose value is not of its type, or that no XML answer could hold."""
    for field in fields(record):
        value = getattr(record, field.name)
        required = field.default is MISSING
        sample = "" if required else field.default
        if isinstance(sample, bool):
            fine, expected = isinstance(value, bool), "true or false"
        elif isinstance(sample, int):
            fine, expected = type(value) is int and value in _INT, "a whole number of 32 bits"
        elif isinstance(sample, tuple):
            fine, expected = isinstance(value, tuple) and all(map(is_plain, value)), "a list of texts, none empty"
        else:
            fine, expected = is_plain(value) or (value == "" and not required), "a text that XML allows"
        if not fine:
            problem = f"{field.name.replace('_', '-')} is {expected}, not {_shown(field.name, value)}"
            raise ValueError(problem)


def _shown(field: str, value: object) -> str:
    return "that of one of them" if field in _SECRETS else shown(value)
