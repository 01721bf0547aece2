"""The pages of a list: ``limit`` and ``cursor``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messaging_double.server.control.operations import Parameter
from messaging_double.server.shapes.values import Number

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 1000

PAGE = (
    Parameter("limit", Number(1, LARGEST_LIMIT, 20), f"How many to show, {DEFAULT_LIMIT} unless said otherwise."),
    Parameter("cursor", Number(0, 2**63 - 1), "The next of the answer before: where to go on."),
)


def page_of(query: Mapping[str, Any]) -> tuple[int, int | None]:
    """Return the limit, and below which id the page begins."""
    return query.get("limit", DEFAULT_LIMIT), query.get("cursor")
