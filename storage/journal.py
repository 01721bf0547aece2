"""The journal: the requests and their answers, as they were on the wire, as many as there is room for."""

from __future__ import annotations

import json
from itertools import accumulate
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from messaging_double.models.exchanges import Exchange, Wire
from messaging_double.models.fields import JOURNAL

from .collection import Collection
from .column_types import moment_text
from .ids import is_id
from .schema import journal, journal_state
from .searching import Search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messaging_double.models.criteria import Criterion

    from .transaction import Row, Rows

_ROOM = 128
_ROOM_BYTES = 2**19
"""How much of a full journal makes room at once, so that not every exchange has to; of a small one a sixteenth."""
_READ_AT_ONCE = 64

_j = journal.c
_OURS = _j.tenant == bindparam("of_tenant")
_BYTES = func.length(_j.request) + func.length(_j.response)
_EXCHANGES = select(
    _j.id,
    _j.at,
    _j.method,
    _j.target,
    _j.status,
    _j.duration,
    _j.peer,
    _j.services,
    _j.operation,
    _j.messages,
    _j.notes,
    _j.refused,
    _j.rule,
    _j.fault,
    _j.request_size,
    func.length(_j.request),
    _j.response_size,
    func.length(_j.response),
).where(_OURS)
_GET = _EXCHANGES.add_columns(_j.request, _j.response).where(_j.id == bindparam("of_id"))

_OLDEST = select(_j.id, _BYTES).where(_OURS, _j.id < bindparam("newest")).order_by(_j.id).limit(bindparam("most"))
_DELETE_TO = journal.delete().where(_OURS, _j.id <= bindparam("last"))
_STATE_OURS = journal_state.c.tenant == bindparam("of_tenant")
_EVICTED = select(journal_state.c.evicted).where(_STATE_OURS)
_LEAVE = (
    journal_state.update()
    .where(_STATE_OURS)
    .values(
        {
            journal_state.c.entries: journal_state.c.entries - bindparam("less"),
            journal_state.c.bytes: journal_state.c.bytes - bindparam("less_bytes"),
            journal_state.c.evicted: journal_state.c.evicted + bindparam("evictions"),
        }
    )
)

# Every call is written here: as texts for sqlite3 itself, without SQLAlchemy's part, half of what it would cost.
_TAKE = """
    INSERT INTO journal_state (tenant, next_id, entries, bytes, evicted) VALUES (?, ?, ?, ?, 0)
    ON CONFLICT (tenant) DO UPDATE SET
        next_id = next_id + excluded.entries, entries = entries + excluded.entries, bytes = bytes + excluded.bytes
    RETURNING next_id, entries, bytes
"""
_ADD = f"INSERT INTO journal VALUES ({', '.join('?' * len(journal.columns))})"  # noqa: S608 - the number of columns


class Journal(Collection[Exchange]):
    """The exchanges of each tenant, from 1 in the order of their answers (ours).

    What ``search`` and ``nearest`` give is without the raw bytes; their sizes are there.
    """

    _search = Search(_EXCHANGES, _j.id, JOURNAL)

    def add(self, tenant: str, exchanges: Sequence[Exchange], *, most_entries: int, most_bytes: int) -> None:
        """Give the exchanges their ids and keep them; the oldest leave while there are more than the bounds allow.

        ``most_bytes`` is about raw bytes.  The newest exchange stays, however large.
        """
        if not exchanges:
            return
        count = len(exchanges)
        size = sum(len(each.request.raw) + len(each.response.raw) for each in exchanges)
        row = self._transaction.change_returning(_TAKE, (tenant, 1 + count, count, size))
        following, entries, kept = row  # type: ignore[misc]  # there is always one
        rows = [_row(tenant, number, each) for number, each in enumerate(exchanges, following - count)]
        self._transaction.insert_many(_ADD, rows)
        self._transaction.touch(tenant)
        if entries > most_entries or kept > most_bytes:
            too_many = entries - most_entries + min(most_entries // 16, _ROOM)
            too_large = kept - most_bytes + min(most_bytes // 16, _ROOM_BYTES)
            self._evict(tenant, following - 1, too_many, too_large)

    def get(self, tenant: str, number: int) -> Exchange | None:
        """Give the exchange of that id with its raw bytes, or None."""
        row = self._transaction.row(_GET, {"of_tenant": tenant, "of_id": number}) if is_id(number) else None
        return None if row is None else _exchange(row[:18], *row[18:])

    def evicted(self, tenant: str) -> int:
        """Give how many exchanges have left because of the bounds."""
        row = self._transaction.row(_EVICTED, {"of_tenant": tenant})
        return 0 if row is None else row[0]

    def delete(self, tenant: str, criteria: Sequence[Criterion]) -> int:
        """Delete the exchanges that meet all criteria, and give how many; their ids are not given out again."""
        size = select(func.coalesce(func.sum(_BYTES), 0)).where(_OURS, _j.id.in_(self._search.numbers(criteria)))
        freed = self._transaction.rows(size, {"of_tenant": tenant})[0][0]
        deleted = super().delete(tenant, criteria)
        self._leave(tenant, deleted, freed)
        return deleted

    def _evict(self, tenant: str, newest: int, too_many: int, too_large: int) -> None:
        """Delete from the oldest on until as many and as large ones are gone, but never the newest."""
        while too_many > 0 or too_large > 0:
            most = max(too_many, _READ_AT_ONCE if too_large > 0 else 0)
            oldest = self._transaction.rows(_OLDEST, {"of_tenant": tenant, "newest": newest, "most": most})
            if not oldest:
                return
            sizes = accumulate(each for _number, each in oldest)
            enough = (count for count, size in enumerate(sizes, 1) if count >= too_many and size >= too_large)
            count = next(enough, len(oldest))
            size = sum(each for _number, each in oldest[:count])
            self._transaction.change(_DELETE_TO, {"of_tenant": tenant, "last": oldest[count - 1][0]})
            self._leave(tenant, count, size, evictions=count)
            too_many -= count
            too_large -= size

    def _leave(self, tenant: str, count: int, size: int, *, evictions: int = 0) -> None:
        parameters = {"of_tenant": tenant, "less": count, "less_bytes": size, "evictions": evictions}
        self._transaction.change(_LEAVE, parameters)

    def _records(self, tenant: str, rows: Rows) -> list[Exchange]:  # noqa: ARG002 - as every collection
        return [_exchange(row, b"", b"") for row in rows]


def _exchange(row: Row, request: bytes, response: bytes) -> Exchange:
    members, sizes = row[:14], row[14:]
    wires = [Wire(request, *sizes[:2]), Wire(response, *sizes[2:])]
    return Exchange(*members, *wires)


def _row(tenant: str, number: int, exchange: Exchange) -> tuple[object, ...]:
    """Write the exchange in the order of the table's columns."""
    return (
        tenant,
        number,
        moment_text(exchange.at),
        exchange.method,
        exchange.target,
        exchange.status,
        exchange.duration,
        exchange.peer,
        exchange.services,
        exchange.operation,
        exchange.messages,
        json.dumps(exchange.notes) if exchange.notes else "[]",
        exchange.refused,
        exchange.rule,
        exchange.fault,
        exchange.request.size,
        exchange.response.size,
        exchange.request.raw,
        exchange.response.raw,
    )
