"""``messaging-double migrate``: upgrades the tables of a database, or says whether they have to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging_double.storage import StorageError
from messaging_double.storage.migration import migrate
from messaging_double.storage.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from messaging_double.server.settings import Settings


class MigrationError(Exception):
    """A database cannot be upgraded; the text is a sentence for the user."""


def upgrade(settings: Settings, *, check: bool) -> tuple[str, bool]:
    """Upgrade the database of the settings, or only look with ``check``.

    Return a sentence, and whether the tables are those of this version then. Raises ``MigrationError``.
    """
    if settings.database is None:
        msg = "There is no database to upgrade: name one with --database, MESSAGING_DOUBLE_DATABASE or a file."
        raise MigrationError(msg)
    try:
        found = migrate(settings.database, check=check)
    except StorageError as error:
        raise MigrationError(str(error)) from None
    tables = f"schema {found.version}" if found.version else "no tables"
    if found.is_current:
        return f"{found.database} has schema {SCHEMA_VERSION}, which this version reads.", True
    if check:
        how = "messaging-double migrate upgrades it" if found.version else "the first start makes them"
        return f"{found.database} has {tables}, this version reads schema {SCHEMA_VERSION}: {how}.", not found.version
    done = f"{found.database}: upgraded from {tables} to schema {SCHEMA_VERSION}."
    if found.others:
        done += (
            f" There are {found.others} connections of other processes of messaging-double to this server's database: "
            "end those of the older version, they cannot use these tables."
        )
    return done, True
