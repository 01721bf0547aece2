"""One connection to PostgreSQL: statements are gathered until a result is needed, and sent in one round trip.

It uses libpq's pipeline mode by the functions of ``psycopg.pq``, and prepares each statement once: a cursor of psycopg
takes three times as much of the processor.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.types.numeric import IntLoader
from psycopg.types.string import StrDumperUnknown
from psycopg.waiting import Ready, Wait

from messaging_double.models.system_clock import monotonic

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from psycopg.pq.abc import PGconn, PGresult

    from .connections import Row

# The server, the database or the user may have another level as default.
_BEGIN, _COMMIT = "BEGIN ISOLATION LEVEL READ COMMITTED", "COMMIT"
_NEXT_ARRIVAL = "SELECT nextval('arrival')"
ARRIVALS_EACH = 2**24
"""How many numbers a value of the sequence ``arrival`` stands for."""
_MOST_GATHERED = 200
"""Statements, besides the last one, that are sent at once at most."""
_MOST_PREPARED = 200
_SILENT_SECONDS = 5.0
"""When a server has sent nothing for so long, see whether it still answers others: a statement may take any time."""


class _Statement(NamedTuple):
    """A statement with its parameters, as libpq takes them."""

    text: bytes
    values: Sequence[Any] | None = None
    types: tuple[int, ...] | None = None
    formats: Sequence[Any] | None = None


class PostgresConnection:
    """One connection of the driver; it is made again if the server has ended it between two transactions.

    What returns nothing is sent with the next statement that returns something, or with the commit, and fails there.
    All methods raise ``psycopg.Error``.
    """

    __slots__ = (
        "_arrivals", "_connect", "_driver", "_expected", "_gathered", "_known", "_names", "_numbers", "_pgconn",
        "_transformer",
    )  # fmt: skip

    def __init__(self, connect: Callable[[], psycopg.Connection]) -> None:
        """Connect by ``connect``, which begins no transactions by itself."""
        self._connect = connect
        self._arrivals = range(0)
        self._expected: tuple[str, Sequence[Any]] | None = None
        self._known: dict[tuple[str, Sequence[Any]], list[Row]] = {}
        self._gathered: list[_Statement] = []
        self._open()

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run a statement and return all of its rows."""
        if self._known and (statement, parameters) in self._known:
            return self._known[statement, parameters]
        self._gather(statement, parameters)
        return self._loaded(self._run()[-1])

    def expect(self, statement: str, parameters: Sequence[Any]) -> None:
        """Read these rows together with what is read next; ``rows`` has them then, until another statement follows.

        This must be the first statement of a transaction that writes.
        """
        self._expected = statement, parameters
        self._gather(statement, parameters)

    def change(self, statement: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement and return how many rows it changed."""
        self._gather(statement, parameters)
        return self._run()[-1].command_tuples or 0

    def change_many(self, statement: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Run a statement for each of the parameters."""
        for each in parameters:
            self._gather(statement, each)
            if len(self._gathered) > _MOST_GATHERED:
                self._run()

    def begin_write(self, locks: str, parameters: Sequence[Any], *, at_once: bool) -> None:
        """Begin a transaction that may write, with what locks its tenants and returns the next arrival.

        Unless ``at_once`` that is sent with the next statement.
        """
        self._arrivals, self._expected = range(0), None
        self._gather(_BEGIN)
        self._gather(locks, parameters)
        if at_once:
            self._run()

    def arrivals(self, count: int) -> int:
        """Return the lowest of ``count`` numbers above all that the locked tenants have.

        The first value of the sequence came with the locks, and stands for many numbers.
        """
        if len(self._arrivals) < count:
            self._arrivals = _numbers_of(self.rows(_NEXT_ARRIVAL)[0][0])
        first = self._arrivals[0]
        self._arrivals = self._arrivals[count:]
        return first

    def begin_read(self) -> None:
        """Begin a transaction that sees a single moment of the database."""
        self._gather("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def commit(self) -> None:
        """Keep everything since the transaction began."""
        self._gather(_COMMIT)
        self._run()

    def roll_back(self) -> None:
        """Undo everything since the transaction began."""
        self._gathered.clear()
        if not self.is_idle:
            self._gather("ROLLBACK")
            self._run()

    @property
    def is_idle(self) -> bool:
        """Whether it is in no transaction."""
        return not self._gathered and self._pgconn.transaction_status == TransactionStatus.IDLE

    def close(self) -> None:
        """Close for good, whatever state the connection is in."""
        self._driver.close()

    def _gather(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        self._known.clear()
        text = _translated(statement)
        if parameters:
            formats = [PyFormat.AUTO] * len(parameters)
            try:
                values = self._transformer.dump_sequence(parameters, formats)
            except psycopg.DataError:  # it takes no NUL in a text
                values = self._transformer.dump_sequence([_without_nul(each) for each in parameters], formats)
            types, chosen = self._transformer.types, self._transformer.formats
            self._gathered.append(_Statement(text, values, types, chosen))
        else:
            self._gathered.append(_Statement(text))

    def _run(self) -> list[PGresult]:
        """Run what was gathered, and return the result of each statement.

        Once more on a new connection, if the server has ended this one before a transaction.
        """
        statements, self._gathered = self._gathered, []
        was_idle = self.is_idle
        try:
            return self._results(statements)
        except psycopg.OperationalError:
            if not (was_idle and self._driver.broken) or statements[-1].text == _COMMIT.encode():
                raise
        self._driver.close()
        self._open()
        return self._results(statements)

    def _results(self, statements: Sequence[_Statement]) -> list[PGresult]:
        pgconn, names = self._pgconn, self._names
        new: dict[Any, bytes] = {}
        are_wanted = []
        if len(names) > _MOST_PREPARED:
            names.clear()
            pgconn.send_query_params(b"DEALLOCATE ALL", None)
            pgconn.pipeline_sync()  # on its own: nothing may come before a BEGIN that says how it isolates
            self._driver.wait(_received(pgconn, self._check_server))
        for text, values, types, formats in statements:
            key = text, types
            name = names.get(key) or new.get(key)
            if name is None:
                name = new[key] = b"s%d" % next(self._numbers)
                pgconn.send_prepare(name, text, types)
                are_wanted.append(False)
            pgconn.send_query_prepared(name, values, formats)
            are_wanted.append(True)
        pgconn.pipeline_sync()
        results = self._driver.wait(_received(pgconn, self._check_server))
        for each in results:
            if each.status == ExecStatus.FATAL_ERROR:
                raise error_from_result(each)
        names.update(new)
        wanted = [each for each, is_wanted in zip(results, are_wanted, strict=True) if is_wanted]
        if statements[0].text == _BEGIN.encode():
            self._arrivals = _numbers_of(self._loaded(wanted[1])[0][-1])
            if self._expected is not None:
                self._known[self._expected] = self._loaded(wanted[2])
                self._expected = None
        return wanted

    def _loaded(self, result: PGresult) -> list[Row]:
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    def _check_server(self) -> None:
        """Close this connection and raise ``psycopg.Error`` if the server does not answer another one in time."""
        try:
            self._connect().close()
        except psycopg.errors.ConnectionTimeout:
            self._driver.close()  # results that still come would be taken for those of the next statement
            raise
        except psycopg.Error:  # it answers
            return

    def _open(self) -> None:
        self._driver = self._connect()
        self._pgconn = self._driver.pgconn
        self._pgconn.enter_pipeline_mode()
        self._transformer = Transformer.from_context(self._driver)
        self._names: dict[tuple[bytes, tuple[int, ...] | None], bytes] = {}
        self._numbers = count()


def _received(pgconn: PGconn, check: Callable[[], None]) -> Generator[Wait, Ready | int, list[PGresult]]:
    """Send what libpq has still to send, and return all results up to the end of the pipeline.

    ``check`` whether the server answers others when it is silent for long.
    """
    results: list[PGresult] = []
    heard = monotonic()
    while True:
        while pgconn.is_busy():
            if (yield Wait.RW if pgconn.flush() else Wait.R) or monotonic() < heard + _SILENT_SECONDS:
                pgconn.consume_input()
            else:
                check()
                heard = monotonic()
        result = pgconn.get_result()
        if result is None:  # between two statements
            if pgconn.status == ConnStatus.BAD:
                return results
        elif result.status == ExecStatus.PIPELINE_SYNC:
            return results
        else:
            results.append(result)


def _without_nul(value: object) -> object:
    """Let the picture of a NUL stand for it."""
    return value.replace("\0", "\N{SYMBOL FOR NULL}") if isinstance(value, str) else value


def _numbers_of(arrival: int) -> range:
    return range(arrival * ARRIVALS_EACH, (arrival + 1) * ARRIVALS_EACH)


@lru_cache(1024)
def _translated(statement: str) -> bytes:
    """Return a statement with numbered placeholders; ours have no question mark anywhere else."""
    first, *others = statement.split("?")
    return "".join((first, *(f"${number}{each}" for number, each in enumerate(others, 1)))).encode()


def configured(connection: psycopg.Connection) -> psycopg.Connection:
    """Let a connection give integers for sums, and take text for any type of column."""
    connection.adapters.register_dumper(str, StrDumperUnknown)
    connection.adapters.register_loader("numeric", IntLoader)
    return connection
