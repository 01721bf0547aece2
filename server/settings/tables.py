"""Settings that are lists of tables in the configuration file: plugins, users, applications, profiles, rules."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from messaging_double.models.profiles import BUILTIN_PROFILES, Profile, Step
from messaging_double.models.records import Application, Plugin, User
from messaging_double.models.rules import RuleSource, free_name

from .row import Kind, shown

if TYPE_CHECKING:
    from collections.abc import Callable

_R = TypeVar("_R", Plugin, User, Application, Profile)
_VALUE = re.compile(r" is (?!missing).*", re.DOTALL)
_RULE = """\
[[rules]]
name = "gateway down"
when = { operation = "SendMessages" }
then = { http = 503 }
times = 2"""


def _tables(
    record: type[_R], example: str, check: Callable[[tuple[_R, ...]], None] | None = None, *, secret: bool = False
) -> Kind[tuple[_R, ...]]:
    """Read tables into records; their first member is unique. ``check`` raises ``ValueError``."""
    name = example.partition("]]")[0].removeprefix("[[")
    first, *others = (each.encode_name for each in msgspec.structs.fields(record))

    def read(arrived: object) -> tuple[_R, ...]:
        from messaging_double.server.validation import ValidationError, decode  # noqa: PLC0415 (only with tables)

        if not isinstance(arrived, (list, tuple)):
            raise ValueError  # noqa: TRY004 (every refusal of a kind is a ValueError)
        try:
            records: tuple[_R, ...] = decode(_plain(arrived), tuple[record, ...], name)  # type: ignore[valid-type]
        except ValidationError as error:
            problem = f"{_VALUE.sub(' is wrong', error.error) if secret else error.error}; {error.hint}"
            raise ValueError(problem) from None
        names = [msgspec.structs.astuple(each)[0] for each in records]
        if twice := [each for each in names if names.count(each) > 1]:
            raise ValueError(f"the {first} {'of one of them' if first == 'token' else shown(twice[0])} is there twice")
        if check is not None:
            check(records)
        return records

    words = f"a list of tables with {first} and any of {', '.join(others)}"
    return Kind(read, example, "", words=words, file_only=True, secret=secret)


def _plain(value: Any) -> Any:  # noqa: ANN401 (what TOML or Python code gives)
    """Return tables and records in JSON's types. Raise ``ValueError``."""
    try:
        return msgspec.to_builtins(list(value))
    except TypeError as error:
        raise ValueError(str(error)) from None


def _check_profiles(profiles: tuple[Profile, ...]) -> None:
    every = {each.name: each for each in (*BUILTIN_PROFILES, *profiles)}
    for index, profile in enumerate(profiles):
        if bool(profile.steps) == bool(profile.one_of):
            problem = f"profiles[{index}] has {'both' if profile.steps else 'neither'} of steps and one-of; give one"
            raise ValueError(problem)
        for position, step in enumerate(profile.steps):
            _check_step(step, f"profiles[{index}].steps[{position}]")
        for name in profile.one_of:
            if name not in every or every[name].one_of:
                raise ValueError(f"one-of of the profile {profile.name} names {name}, which is no profile with steps")


def _check_step(step: Step, where: str) -> None:
    given = {"after": step.after is not None, "polls": step.polls is not None, "by-hand": step.by_hand}
    triggers = [name for name, is_given in given.items() if is_given]
    problem = ""
    if len(triggers) != 1:
        problem = f"{where} has {' and '.join(triggers) or 'none'} of after, polls and by-hand; give one"
    elif step.status is None and step.reply is None:
        problem = f"{where} has neither status nor reply; give one"
    if problem:
        problem += ': { after = "6h", status = "expired" }'
        raise ValueError(problem)


def _read_rules(arrived: object) -> tuple[RuleSource, ...]:
    if not isinstance(arrived, (list, tuple)):
        raise ValueError  # noqa: TRY004 (as above)
    if not arrived:
        return ()
    from messaging_double.server.rules.language import parse_table  # noqa: PLC0415 (lxml: only with rules)

    tables = _plain([_table_of(each) if isinstance(each, RuleSource) else each for each in arrived])
    rules = [parse_table(each, f"rules[{index}]") for index, each in enumerate(tables)]
    names = [each.name for each in rules if each.name is not None]
    for index, each in enumerate(rules):
        if each.name is not None and each.name in [earlier.name for earlier in rules[:index]]:
            raise ValueError(f"rules[{index}].name is {shown(each.name)}, as that of another one")
    sources = []
    for each in rules:
        name = each.name or free_name(names)
        names.append(name)
        sources.append(RuleSource(name, each.source))
    return tuple(sources)


def _table_of(rule: RuleSource) -> dict[str, Any]:
    return {"name": rule.name, **json.loads(rule.text)}


PLUGINS: Kind[tuple[Plugin, ...]] = _tables(
    Plugin, '[[plugins]]\nname = "CM"\nformats = ["sms/text"]\nsupports-config = true'
)
USERS: Kind[tuple[User, ...]] = _tables(User, '[[users]]\nname = "ole"\npassword = "secret"', secret=True)
APPLICATIONS: Kind[tuple[Application, ...]] = _tables(
    Application, '[[applications]]\ntoken = "abc123"\nagents = ["Messaging"]', secret=True
)
PROFILES: Kind[tuple[Profile, ...]] = _tables(
    Profile, '[[profiles]]\nname = "night"\nsteps = [{ after = "8h", status = "delivered" }]', _check_profiles
)
RULES: Kind[tuple[RuleSource, ...]] = Kind(
    _read_rules,
    _RULE,
    "",
    words="a list of tables with then and any of name, when, times, skip, ttl, probability",
    file_only=True,
)
"""Those without a name are given one."""
