"""Upgrades a database on request, or says what an upgrade would do."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from .schema import SCHEMA_VERSION
from .sqlite import opener, path_of, rebuild, version_of
from .sqlite import prepare as prepare_file
from .storage import POSTGRES_SCHEMES


class Migration(NamedTuple):
    """What there was of a database, and what there is to do or was done."""

    database: str
    """Its path, or its URL without the password."""
    version: int
    """That of its tables before; 0: there are none yet."""
    others: int = 0
    """How many connections of other processes there are, as far as the engine shows them."""

    @property
    def is_current(self) -> bool:
        """Whether the tables were those of this version."""
        return self.version == SCHEMA_VERSION


def migrate(database: str, *, check: bool = False, busy_timeout: float = 10.0) -> Migration:
    """Bring the tables of a database to this version; with ``check`` only look.

    Raises UnknownSchema for a database that is not ours or too old, StorageError for one that cannot be used.
    """
    if database.startswith(POSTGRES_SCHEMES):
        from .postgres import migrate_postgres  # noqa: PLC0415 - the driver, which only its users have

        return Migration(*migrate_postgres(database, check=check))
    path = path_of(database)
    version = version_of(path) if Path(path).exists() else 0
    if not check:
        connect = opener(path, durable=True)
        prepare_file(path, connect, busy_timeout)
        with closing(connect()) as connection:
            rebuild(path, connection)
    return Migration(path, version)
