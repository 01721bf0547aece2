"""``messaging-double migrate``: upgrades the tables of a database, or says whether they have to be."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from messaging_double.storage import StorageError
from messaging_double.storage.schema import SCHEMA_VERSION
from messaging_double.storage.sqlite import opener, path_of, prepare, rebuild, version_of
from messaging_double.storage.storage import POSTGRES_SCHEMES

if TYPE_CHECKING:
    from messaging_double.server.settings import Settings


_BUSY_SECONDS = 10.0


class MigrationError(Exception):
    """A database cannot be upgraded; the text is a sentence for the user."""


def upgrade(settings: Settings, *, check: bool) -> tuple[str, bool]:
    """Upgrade the database of the settings, or only look with ``check``.

    Return a sentence, and whether the tables are those of this version then. Raises ``MigrationError``.
    """
    if settings.database is None:
        raise MigrationError(
            "There is no database to upgrade: name one with --database, MESSAGING_DOUBLE_DATABASE or a file."
        )
    try:
        database, version, others = _migrate(settings.database, check=check)
    except StorageError as error:
        raise MigrationError(str(error)) from None
    tables = f"schema {version}" if version else "no tables"
    if version == SCHEMA_VERSION:
        return f"{database} has schema {SCHEMA_VERSION}, which this version reads.", True
    if check:
        how = "messaging-double migrate upgrades it" if version else "the first start makes them"
        return f"{database} has {tables}, this version reads schema {SCHEMA_VERSION}: {how}.", not version
    done = f"{database}: upgraded from {tables} to schema {SCHEMA_VERSION}."
    if others:
        done += (
            f" There are {others} connections of other processes of messaging-double to this server's database: "
            "end those of the older version, they cannot use these tables."
        )
    return done, True


def _migrate(database: str, *, check: bool) -> tuple[str, int, int]:
    """Bring the tables of a database to this version; with ``check`` only look.

    Return its path, or its URL without the password; the version of its tables before, 0 if there are none yet; and how
    many connections of other processes there are, as far as the engine shows them. Raise ``StorageError``.
    """
    if database.startswith(POSTGRES_SCHEMES):
        from messaging_double.storage.postgres import migrate_postgres  # noqa: PLC0415 - the driver of its users

        return migrate_postgres(database, check=check)
    path = path_of(database)
    version = version_of(path) if Path(path).exists() else 0
    if not check:
        connect = opener(path, durable=True)
        prepare(path, connect, _BUSY_SECONDS)
        with closing(connect()) as connection:
            rebuild(path, connection)
    return path, version, 0
