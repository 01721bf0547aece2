"""Read settings from the command line, the environment and the configuration file."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from messaging_double.models import variables

from .row import PREFIX, Setting, SettingsError, for_example, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Arrived = dict[str, tuple[Any, str]]  # field -> its value, and where it came from
    Table = tuple[Setting[Any], ...]

CONFIG_VARIABLE = PREFIX + "CONFIG"
_NOT_SETTINGS = (CONFIG_VARIABLE, variables.URL, variables.TENANT)
"""Variables with our prefix that are no settings."""

# Kubernetes and docker links describe a service named "messaging-double" in variables that look like ours:
# MESSAGING_DOUBLE_PORT=tcp://10.0.0.1:8080, MESSAGING_DOUBLE_SERVICE_HOST, MESSAGING_DOUBLE_PORT_8080_TCP_ADDR ...
_LINK_NAME = re.compile(
    PREFIX + r"(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_\w+)?|NAME|ENV_.+)", re.DOTALL
)
_LINK_PORT = re.compile(r"(tcp|udp|sctp)://.*", re.DOTALL)


def read_all(
    table: Table, flags: Mapping[str, str | bool], environ: Mapping[str, str], config: Path | str | None
) -> Arrived:
    """Read all sources, the strongest last; a wrong value is refused even if a stronger source overrides it."""
    came_from = "the flag --config"
    if config is None and (config := environ.get(CONFIG_VARIABLE) or None):
        came_from = f"the environment variable {CONFIG_VARIABLE}"
    arrived = {} if config is None else _read_file(table, Path(config), came_from)
    arrived.update(_read_environment(table, environ))
    arrived.update(_read_flags(table, flags))
    return arrived


def read_keywords(table: Table, given: Mapping[str, Any]) -> dict[str, Any]:
    """Read keywords of Python code, typed or in the forms of a configuration file. Raise ``SettingsError``."""
    known = {row.name: row for row in table}
    for name in given:
        if name not in known:
            raise SettingsError(_unknown("The keyword", name, known))
    return {name: known[name].read(value, "Python code", known[name].in_file()) for name, value in given.items()}


def _read_flags(table: Table, flags: Mapping[str, str | bool]) -> Arrived:
    known = {row.name: row for row in table if not row.kind.file_only}
    arrived: Arrived = {}
    for name, given in flags.items():
        if name not in known:
            flag = "--" + name.replace("_", "-")
            raise SettingsError(_unknown("The flag", flag, (row.flag for row in known.values())))
        row = known[name]
        example = row.flag if row.is_switch else f"{row.flag} {_quoted(row.kind.example)}"
        came_from = f"the flag {row.flag}"
        arrived[name] = row.read(given, came_from, example), came_from
    return arrived


def _read_environment(table: Table, environ: Mapping[str, str]) -> Arrived:
    known = {row.variable: row for row in table}
    arrived: Arrived = {}
    for variable, given in _our_variables(environ):
        row = known.get(variable)
        if row is None:
            raise SettingsError(_unknown("The environment variable", variable, (*known, CONFIG_VARIABLE)))
        if row.kind.file_only:
            problem = (
                f"The setting {row.key} came from the environment variable {variable}, "
                f"but only the configuration file can hold it; {for_example(row.in_file())}"
            )
            raise SettingsError(problem)
        came_from = f"the environment variable {variable}"
        arrived[row.name] = row.read(given, came_from, f"{variable}={_quoted(row.kind.example)}"), came_from
    return arrived


def _our_variables(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield our variables; an empty one counts as not set, as in ``${X:-}`` of compose files."""
    for variable, given in environ.items():
        if not variable.startswith(PREFIX) or variable in _NOT_SETTINGS or not given:
            continue
        if _LINK_NAME.fullmatch(variable) or (variable.endswith("_PORT") and _LINK_PORT.fullmatch(given)):
            continue
        yield variable, given


def _read_file(table: Table, config: Path, came_from: str) -> Arrived:
    known = {row.key: row for row in table}
    arrived: Arrived = {}
    for key, given in _parse(config, came_from).items():
        row = known.get(key)
        if row is None:
            tables = [each.key for each in table if each.kind.pairs]
            what = f"In the file {config}, the key"
            raise SettingsError(_section(what, key, tables) if isinstance(given, dict) else _unknown(what, key, known))
        where = f"the file {config}, key {key},"
        arrived[row.name] = row.read(given, where, row.in_file()), where.rstrip(",")
    return arrived


def _parse(config: Path, came_from: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib  # noqa: PLC0415 - most runs have no configuration file
    else:
        import tomli as tomllib  # noqa: PLC0415
    try:
        loaded: dict[str, Any] = tomllib.loads(config.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        detail = error.strerror if isinstance(error, OSError) else str(error)
        problem = (
            f"The setting config came from {came_from} as {shown(str(config))}, but a readable TOML file was expected "
            f"({detail}); for example a file with the line port = 8080"
        )
        raise SettingsError(problem) from None
    return loaded


def _section(what: str, name: str, tables: Iterable[str]) -> str:
    only = ", ".join(tables)
    return f"{what} {shown(name)} is a section, and there are none but {only}; settings stand at the top: port = 8080"


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    from messaging_double.server.did_you_mean import candidates  # noqa: PLC0415 - only ever needed on the way out

    names = list(known)
    folded = {each.replace("_", "-").lower(): each for each in names}
    near = " or ".join(folded[each] for each in candidates(name.replace("_", "-").lower(), folded))
    hint = f"did you mean {near}?" if near else f"known are {', '.join(names)}"
    return f"{what} {shown(name)} is no setting; {hint}"


def _quoted(example: str) -> str:
    return f"'{example}'" if " " in example else example
