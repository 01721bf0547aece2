"""The kinds of values that settings have.

A kind reads the text of a flag or of the environment as well as the typed values of the configuration file, and
refuses the rest with ``ValueError``. Where its values have a type, ``server/validation`` checks and describes them.
Lists of tables come from the configuration file only: plugins, users, applications, profiles, rules.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, cast

import msgspec
from msgspec import Meta

from messaging_double.models.control.values import Moment
from messaging_double.models.durations import EXPECTED, duration, within_calendar
from messaging_double.models.magic import number_of
from messaging_double.models.profiles import BUILTIN_PROFILES, STATUSES, Profile, Step
from messaging_double.models.records import Application, Plugin, User
from messaging_double.models.rules import RuleSource, free_name
from messaging_double.server.did_you_mean import did_you_mean

from .row import Kind, shown

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")
_R = TypeVar("_R", Plugin, User, Application, Profile)
_DATABASE = "the path of a SQLite file, or the URL of a PostgreSQL database"
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?|\.[0-9]{1,18}")
_SIZE = re.compile(r"([0-9]{1,15}) ?(KiB|MiB|GiB)?", re.IGNORECASE)
_UNITS = {"": 1, "kib": 1024, "mib": 1024**2, "gib": 1024**3}
_BEARER = re.compile(r"[0-9A-Za-z._~+/-]+=*")
_HOST = re.compile(r"[0-9A-Za-z._:%-]+")
_HOST_NAME = re.compile(r"[0-9A-Za-z_-]{1,63}(\.[0-9A-Za-z_-]{1,63})*\.?")
_DOMAIN = re.compile(r"\A\*?\.")
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[0-9a-z._-]+)(:[0-9]{1,5})?", re.IGNORECASE)
_LONGEST_NAME = 253  # RFC 1035, 2.3.4, without the dot at its end
_SWITCH = {**dict.fromkeys(("true", "yes", "on", "1"), True), **dict.fromkeys(("false", "no", "off", "0"), False)}
_DAY = 86_400


def _typed(
    kind: Any,  # noqa: ANN401 (a type with its limits)
    example: str,
    placeholder: str,
    convert: Callable[[Any], Any] = lambda arrived: arrived,
    words: str = "",
) -> Kind[Any]:
    """Make a kind of the values of a type; ``convert`` makes them of texts."""

    def read(arrived: object) -> Any:  # noqa: ANN401 (a value of the type)
        from messaging_double.server.validation import decode  # noqa: PLC0415 (only where a setting is given)

        try:
            return decode(convert(arrived), kind)
        except ValueError:
            raise ValueError from None  # the setting says what was expected

    return Kind(read, example, placeholder, kind, words)


def _matching(
    pattern: re.Pattern[str], words: str, example: str, placeholder: str, *, secret: bool = False
) -> Kind[Any]:
    """Make a kind of texts of a form."""

    def read(arrived: object) -> str:
        if not isinstance(arrived, str) or not pattern.fullmatch(arrived):
            raise ValueError
        return arrived

    return Kind(read, example, placeholder, words=words, secret=secret)


def text(words: str = "", *, example: str = "text", empty: bool = True) -> Kind[str]:
    """Read a text that a response can contain."""
    return _typed(str if empty else Annotated[str, Meta(min_length=1)], example, "TEXT", words=words)


def host() -> Kind[str]:
    """Read an address or a host name to listen on."""
    return _matching(_HOST, "an address or a host name", "127.0.0.1", "HOST")


def is_host_name(text: str) -> bool:
    """Return whether DNS can hold the name, with or without the dot at its end; others than ASCII as xn--."""
    return len(text.removesuffix(".")) <= _LONGEST_NAME and _HOST_NAME.fullmatch(text) is not None


def host_names(*, example: str) -> Kind[tuple[str, ...]]:
    """Read names of hosts, of domains (``.example.com``, ``*.example.com``), or ``*`` for any."""

    def is_pattern(each: str) -> bool:
        return each == "*" or is_host_name(_DOMAIN.sub("", each))

    return _list(is_pattern, "a list of host names without ports, separated by commas,", example, "HOSTS")


def origins(*, example: str) -> Kind[tuple[str, ...]]:
    """Read origins of web pages (RFC 6454)."""
    words = "a list of origins, each http:// or https:// and a host, separated by commas,"
    return _list(lambda each: _ORIGIN.fullmatch(each) is not None, words, example, "ORIGINS")


def _list(fits: Callable[[str], bool], words: str, example: str, placeholder: str) -> Kind[tuple[str, ...]]:
    """Make a kind of lists of texts, in a text separated by commas."""

    def read(arrived: object) -> tuple[str, ...]:
        if isinstance(arrived, str):
            arrived = [each.strip() for each in arrived.split(",")] if arrived else []
        if not isinstance(arrived, (list, tuple)) or not all(isinstance(each, str) and fits(each) for each in arrived):
            raise ValueError
        return tuple(arrived)

    return Kind(read, example, placeholder, words=words)


def token(*, example: str) -> Kind[Any]:
    """Read what a request can carry as its bearer token: RFC 6750's b64token."""
    return _matching(_BEARER, "a text of letters, digits and -._~+/, = at its end only,", example, "TOKEN", secret=True)


def whole_number(minimum: int, maximum: int, *, example: str) -> Kind[int]:
    """Read a whole number in a range."""

    def convert(arrived: object) -> object:
        return int(arrived) if isinstance(arrived, str) and _INTEGER.fullmatch(arrived) else arrived

    return _typed(Annotated[int, Meta(ge=minimum, le=maximum)], example, "NUMBER", convert)


def seconds(*, zero: bool = False, example: str) -> Kind[float]:
    """Read a length of time, at most a day."""

    def convert(arrived: object) -> object:
        return float(arrived) if isinstance(arrived, str) and _NUMBER.fullmatch(arrived) else arrived

    limits = Meta(ge=0, le=_DAY) if zero else Meta(gt=0, le=_DAY)
    words = f"a number of seconds {'from' if zero else 'above'} 0, at most {_DAY},"
    return _typed(Annotated[float, limits], example, "SECONDS", convert, words)


def length(*, example: str) -> Kind[timedelta | None]:
    """Read a length of time above a second, however long."""

    def read(arrived: object) -> timedelta:
        found = arrived
        if isinstance(arrived, str):
            with suppress(ValueError):  # the setting says what was expected
                found = duration(arrived)
        if not isinstance(found, timedelta) or found < timedelta(seconds=1):
            raise ValueError
        return found

    return Kind(read, example, "DURATION", words=f"{EXPECTED}, at least 1s,")


def size(*, minimum: int = 1, example: str) -> Kind[int]:
    """Read a number of bytes, plain or with a unit."""

    def convert(arrived: object) -> object:
        if isinstance(arrived, str) and (found := _SIZE.fullmatch(arrived)):
            return int(found[1]) * _UNITS[(found[2] or "").lower()]
        return arrived

    bound = "above 0" if minimum == 1 else f"from {minimum}"
    words = f"a number of bytes {bound}, plain or with KiB, MiB or GiB,"
    return _typed(Annotated[int, Meta(ge=minimum, le=2**50)], example, "BYTES", convert, words)


def switch(*, example: str = "true") -> Kind[bool]:
    """Read a switch."""

    def convert(arrived: object) -> object:
        return _SWITCH.get(arrived.lower(), arrived) if isinstance(arrived, str) else arrived

    return _typed(bool, example, "", convert, "true or false (or yes, no, on, off, 1, 0)")


def choice(*values: str) -> Kind[Any]:
    """Read one of a few words."""
    return _typed(Literal[values], values[-1], "|".join(values), words=f"one of {', '.join(values)}")


def path(*, example: str) -> Kind[Path | None]:
    """Read the path of a file, relative to the working directory."""

    def read(arrived: object) -> Path:
        if not isinstance(arrived, (str, Path)) or str(arrived) in ("", ".") or "\0" in str(arrived):
            raise ValueError
        return Path(arrived)

    return Kind(read, example, "FILE", words="the path of a file")


def moment(*, example: str) -> Kind[datetime | None]:
    """Read a moment with its zone; it is kept in UTC."""

    def read(arrived: object) -> datetime:
        try:
            found: Any = Moment.parse(arrived) if isinstance(arrived, str) else arrived  # type: ignore[attr-defined]
            if isinstance(found, datetime) and found.tzinfo is not None:
                return within_calendar(found.astimezone(timezone.utc))
        except (ValueError, OverflowError):
            pass
        raise ValueError

    return Kind(read, example, "MOMENT", Moment)


def location(*, example: str) -> Kind[str | None]:
    """Read the location of a database, which the storage interprets."""
    return cast("Kind[str | None]", Kind(text(empty=False).read, example, "FILE", words=_DATABASE))


def pairs(
    name: str, value: Kind[_T], *, example: str, check: Callable[[str], object] = lambda _: None
) -> Kind[tuple[tuple[str, _T], ...]]:
    """Read ``NAME=VALUE,NAME=VALUE``, or a table of the configuration file; each name once.

    ``check`` raises ``ValueError`` for an impossible name.
    """
    is_name = text(empty=False).read

    def read(arrived: object) -> tuple[tuple[str, _T], ...]:
        found = [(is_name(key.strip()), value.read(each)) for key, each in _given_pairs(arrived)]
        names = [key for key, _ in found]
        for key in names:
            check(key)
            if names.count(key) > 1:
                raise ValueError(f"{shown(key)} is there twice")
        return tuple(found)

    return Kind(read, example, "PAIRS", words=name, pairs=value, secret=value.secret)


def status_name(name: str) -> None:
    """Raise ``ValueError`` for what is no name of a status."""
    if name not in STATUSES:
        raise ValueError(f"{shown(name)} is no status; {did_you_mean(name, STATUSES)}there are {', '.join(STATUSES)}")


def telephone_number(text: str) -> None:
    """Raise ``ValueError`` for what is no telephone number, however it is written."""
    if not number_of(text)[-1:].isdigit():
        raise ValueError(f"{shown(text)} is no telephone number")


def _given_pairs(arrived: object) -> list[tuple[str, object]]:
    if isinstance(arrived, str):
        parts = [part.partition("=") for part in arrived.split(",") if part.strip()]
        if not all(equals for _, equals, _ in parts):
            raise ValueError
        return [(key, text.strip()) for key, _, text in parts]
    if isinstance(arrived, dict):
        return list(arrived.items())
    if isinstance(arrived, (list, tuple)) and all(isinstance(each, tuple) and len(each) == 2 for each in arrived):  # noqa: PLR2004 (a pair)
        return list(arrived)
    raise ValueError


# lists of tables

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
