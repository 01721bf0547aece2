"""The journal: the requests and their answers, as they were on the wire, as many as the limits allow."""

from __future__ import annotations

import json
from itertools import accumulate
from typing import TYPE_CHECKING

from messaging_double.models.criteria import JOURNAL as FIELDS
from messaging_double.models.records import Exchange, Wire

from .collection import Collection
from .schema import JOURNAL
from .tenants import make_tenant, use_tenant
from .values import is_id, microseconds, moment, moment_or_none

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messaging_double.models.criteria import Criterion

    from .connections import Row

_ROOM = 128
_ROOM_BYTES = 2**19
"""How much of a full journal is evicted at once, so that not every exchange has to; of a small one a sixteenth."""
_READ_AT_ONCE = 64

_KEPT = "request_kept + response_kept"
_SELECT = f"SELECT {JOURNAL.names(without=('tenant',))} FROM journal WHERE tenant = ? AND id = ?"  # noqa: S608
_TAKE = """
    INSERT INTO journal_state (tenant, next_id, entries, bytes, evicted) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (tenant) DO UPDATE SET
        next_id = journal_state.next_id + excluded.entries + excluded.evicted,
        entries = journal_state.entries + excluded.entries,
        bytes = journal_state.bytes + excluded.bytes,
        evicted = journal_state.evicted + excluded.evicted
    RETURNING next_id, entries, bytes
"""
_ADD = JOURNAL.insert()
_FORGET_STATE = "DELETE FROM journal_state WHERE tenant = ?"
_TOTAL = "SELECT coalesce(sum(bytes), 0) FROM journal_state"
_LEAST_USED = (
    "SELECT s.tenant, s.bytes, s.entries FROM journal_state AS s JOIN tenants AS t ON t.tenant = s.tenant "
    "WHERE s.entries > 0 ORDER BY t.last_used, s.tenant LIMIT ?"
)
_EMPTY = "DELETE FROM journal WHERE tenant = ?"
_EMPTIED_AT_ONCE = 20
_EVICTED = "SELECT evicted FROM journal_state WHERE tenant = ?"
_OLDEST = f"SELECT id, {_KEPT} FROM journal WHERE tenant = ? AND id < ? ORDER BY id LIMIT ?"  # noqa: S608
_DELETE_TO = "DELETE FROM journal WHERE tenant = ? AND id <= ?"
_LEAVE = "UPDATE journal_state SET entries = entries - ?, bytes = bytes - ?, evicted = evicted + ? WHERE tenant = ?"


class Journal(Collection[Exchange]):
    """The exchanges of each tenant, from 1 in the order of their answers (ours).

    What ``search`` and ``nearest`` return is without the raw bytes; their sizes are there.
    """

    table = JOURNAL
    fields = FIELDS
    columns = JOURNAL.others("tenant", "request", "response")

    def add(
        self, tenant: str, exchanges: Sequence[Exchange], *, evicted: int = 0, most_entries: int, most_bytes: int
    ) -> int:
        """Give the exchanges their ids and keep them; return how many were evicted.

        The oldest are evicted where the bounds would be exceeded. ``evicted`` ones before these were not kept, but get
        their ids and are counted. ``most_bytes`` is about raw bytes. The newest exchange stays, however large. Of a
        tenant that there is no room for nothing is kept.
        """
        if not exchanges:
            return 0
        count = len(exchanges)
        size = sum([len(each.request.raw) + len(each.response.raw) for each in exchanges])
        row = self._transaction.change_returning(_TAKE, (tenant, 1 + count + evicted, count, size, evicted))
        following, entries, kept = row  # type: ignore[misc]  # there is always one
        if following == 1 + count + evicted and not make_tenant(self._transaction, tenant):
            self._transaction.change(_FORGET_STATE, (tenant,))
            return 0
        if self._transaction.quotas.is_to_be_marked(tenant):
            use_tenant(self._transaction, tenant)
        rows = [_row(tenant, number, each) for number, each in enumerate(exchanges, following - count)]
        self._transaction.change_many(_ADD, rows)
        self._transaction.touch(tenant)
        if entries > most_entries or kept > most_bytes:
            too_many = entries - most_entries + min(most_entries // 16, _ROOM)
            too_large = kept - most_bytes + min(most_bytes // 16, _ROOM_BYTES)
            evicted += self._evict(tenant, following - 1, too_many, too_large)
        return evicted

    def trim(self, most_bytes: int) -> tuple[int, bool]:
        """Evict whole journals, of the tenants not used for longest first, until all together have so many raw bytes.

        Return how many exchanges were evicted, and whether it is done: so many journals are enough for one transaction.
        """
        total: int = self._transaction.rows(_TOTAL)[0][0]
        evicted = 0
        if total > most_bytes:
            wanted = most_bytes - most_bytes // 16
            for tenant, size, entries in self._transaction.rows(_LEAST_USED, (_EMPTIED_AT_ONCE,)):
                self._transaction.change(_EMPTY, (tenant,))
                self._transaction.change(_LEAVE, (entries, size, entries, tenant))
                self._transaction.touch(tenant)
                evicted += entries
                total -= size
                if total <= wanted:
                    break
        return evicted, total <= most_bytes

    def get(self, tenant: str, number: int) -> Exchange | None:
        """Return the exchange of that id with its raw bytes, or None."""
        row = self._transaction.row(_SELECT, (tenant, number)) if is_id(number) else None
        return None if row is None else _exchange(row[:-2], *row[-2:])

    def evicted(self, tenant: str) -> int:
        """Return how many exchanges were evicted because of the bounds."""
        row = self._transaction.row(_EVICTED, (tenant,))
        return 0 if row is None else row[0]

    def delete(self, tenant: str, criteria: Sequence[Criterion]) -> int:
        """Delete the exchanges that meet all criteria, and return how many; their ids are not given out again."""
        numbers, parameters = self._search(self._transaction.dialect).numbers(self._transaction, tenant, criteria)
        size = f"SELECT coalesce(sum({_KEPT}), 0) FROM journal WHERE tenant = ? AND id IN ({numbers})"  # noqa: S608
        freed = self._transaction.rows(size, (tenant, *parameters))[0][0]
        deleted = super().delete(tenant, criteria)
        self._transaction.change(_LEAVE, (deleted, freed, 0, tenant))
        return deleted

    def _evict(self, tenant: str, newest: int, too_many: int, too_large: int) -> int:
        """Delete from the oldest on until as many and as large ones are gone, but never the newest; return how many."""
        evicted = 0
        while too_many > 0 or too_large > 0:
            most = max(too_many, _READ_AT_ONCE if too_large > 0 else 0)
            oldest = self._transaction.rows(_OLDEST, (tenant, newest, most))
            if not oldest:
                break
            sizes = accumulate(each for _number, each in oldest)
            enough = (count for count, size in enumerate(sizes, 1) if count >= too_many and size >= too_large)
            count = next(enough, len(oldest))
            size = sum(each for _number, each in oldest[:count])
            self._transaction.change(_DELETE_TO, (tenant, oldest[count - 1][0]))
            self._transaction.change(_LEAVE, (count, size, count, tenant))
            too_many -= count
            too_large -= size
            evicted += count
        return evicted

    def _records(self, tenant: str, rows: Sequence[Row]) -> list[Exchange]:  # noqa: ARG002 - as every collection
        return [_exchange(row, b"", b"") for row in rows]


def _exchange(row: Row, request: bytes, response: bytes) -> Exchange:
    number, at, *members = row[:10]
    notes, *why = row[10:14]
    request_id, received = row[14:16]
    wires = [Wire(request, *row[16:18]), Wire(response, *row[18:])]
    read = (number, moment(at), *members, tuple(json.loads(notes)), *why, *wires, request_id, moment_or_none(received))
    return Exchange(*read)


def _row(tenant: str, number: int, exchange: Exchange) -> tuple[object, ...]:
    """Return the exchange in the order of the table's columns."""
    request, response = exchange.request, exchange.response
    return (
        tenant,
        number,
        microseconds(exchange.at),
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
        exchange.request_id,
        None if exchange.received is None else microseconds(exchange.received),
        request.size,
        len(request.raw),
        response.size,
        len(response.raw),
        request.raw,
        response.raw,
    )
