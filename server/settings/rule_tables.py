"""The setting ``rules``: rules that hold in every tenant, as the control API takes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from messaging_double.models.rules import RuleText, free_name
from messaging_double.models.statuses import NUMBERS

from .row import Kind, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_EXPECTED = "a list of tables with then and any of name, when, times, skip, ttl, probability"
_EXAMPLE = """\
[[rules]]
name = "gateway down"
when = { operation = "SendMessages" }
then = { http = 503 }
times = 2"""


def known_rules() -> Kind[tuple[RuleText, ...]]:
    """Read rules; those without a name are given one."""

    def read(arrived: object) -> tuple[RuleText, ...]:
        if not isinstance(arrived, (list, tuple)):
            raise ValueError  # noqa: TRY004 (every refusal of a kind is a ValueError)
        return tuple(_texts(arrived))

    return Kind(_EXPECTED, read, _EXAMPLE, "", file_only=True)


def check_profiles(rules: Sequence[RuleText], profiles: Sequence[str]) -> None:
    """Raise ``ValueError`` for a rule that names another profile than these."""
    if rules:
        from messaging_double.server.simulation.rule import RuleShapes  # noqa: PLC0415 (lxml: only where there are rules)

        shape = RuleShapes(NUMBERS, profiles).of_file
        for index, each in enumerate(rules):
            shape.read(json.loads(each.text), f"rules[{index}]")


def _texts(arrived: Sequence[object]) -> Iterator[RuleText]:
    if not arrived:
        return
    from messaging_double.server.simulation.rule import RuleShapes  # noqa: PLC0415 (as above)

    shape = RuleShapes(NUMBERS).of_file
    given = [shape.read(_json(each, f"rules[{index}]"), f"rules[{index}]") for index, each in enumerate(arrived)]
    names = [each.name for each in given if each.name is not None]
    for index, (each, table) in enumerate(zip(given, arrived, strict=True)):
        if each.name in (earlier.name for earlier in given[:index] if earlier.name is not None):
            problem = f"rules[{index}].name is {shown(each.name)}, as that of another one"
            raise ValueError(problem)
        if isinstance(table, RuleText):
            yield table
            continue
        name = each.name or free_name(names)
        names.append(name)
        yield RuleText(name, each.text)


def _json(table: object, where: str) -> Any:  # noqa: ANN401
    """Return a table of TOML, or a rule that was read already, as the control API would get it."""
    try:
        if isinstance(table, RuleText):
            return {"name": table.name, **json.loads(table.text)}
        return json.loads(json.dumps(table, allow_nan=False))
    except (TypeError, ValueError):
        problem = f"{where} holds what JSON has not: a date, a time, inf or nan"
        raise ValueError(problem) from None
