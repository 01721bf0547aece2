"""What the collections share: ids of 32 bits, and pages of them, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from .transaction import Rows, Transaction

LOWEST_ID = -(2**31)
HIGHEST_ID = 2**31 - 1
"""Ids are the contract's ``xs:int``."""


def is_id(number: int) -> bool:
    """Say whether the number can be an id at all; others SQLite may not even take as a parameter."""
    return LOWEST_ID <= number <= HIGHEST_ID


class Pages:
    """The statements for the pages of one table, made once."""

    def __init__(self, entries: Select[Any], id_column: ColumnElement[int]) -> None:
        """Page through ``entries``, a SELECT with a parameter ``of_tenant``, by its ``id_column``."""
        self._page = entries.where(id_column < bindparam("before")).order_by(id_column.desc()).limit(bindparam("limit"))
        self._total = entries.with_only_columns(func.count())

    def read(self, transaction: Transaction, tenant: str, limit: int, before: int | None) -> tuple[Rows, int]:
        """Give at most ``limit`` rows, newest first, all with ids below ``before``; and how many the tenant has."""
        below = HIGHEST_ID + 1 if before is None else min(max(before, LOWEST_ID), HIGHEST_ID + 1)
        parameters = {"of_tenant": tenant, "before": below, "limit": min(max(limit, 0), HIGHEST_ID)}
        rows = transaction.rows(self._page, parameters)
        return rows, transaction.rows(self._total, {"of_tenant": tenant})[0][0]
