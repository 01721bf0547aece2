"""What can go wrong here. ``StorageError`` is the double's fault, ``UnknownMessage`` the caller's."""

from __future__ import annotations

from .schema import SCHEMA_VERSION


class StorageError(Exception):
    """The double cannot keep or read its data: locked, full, read-only, damaged. Its text says what to do."""


class StorageBusyError(StorageError):
    """Another process or thread is writing, and the caller did not want to wait any longer. Nothing was done."""


class NotTogetherError(StorageBusyError):
    """A call that shares a transaction with others needs one of its own. Nothing was done for any of them."""


class StorageUnavailableError(StorageError):
    """The database server cannot be reached, or has no connection left for now. Trying again later may help."""

    retry_seconds = 1


class UnknownSchema(StorageError):  # noqa: N818 - reads as what was found
    """The file is not one that this version of the double wrote, so it was left untouched."""


class UnknownMessage(LookupError):  # noqa: N818 - reads as what was asked for
    """A tenant's outbox has no message of that MessagingId."""


def other_version(shown: str, version: int) -> str:
    """Say that a database has the tables of another version of the double."""
    age = "a newer" if version > SCHEMA_VERSION else "an older"
    return (
        f"{shown} was written by {age} messaging-double: its schema is {version}, this one reads {SCHEMA_VERSION}. "
        "Run that version, name another database, or delete this one to begin afresh."
    )


def to_be_migrated(shown: str, version: int) -> str:
    """Say that a database has to be upgraded first."""
    return (
        f"{shown} was written by an older messaging-double: its schema is {version}, this one reads {SCHEMA_VERSION}. "
        "End the processes that use it, then run messaging-double migrate with the same database: it keeps everything. "
        "Nothing was changed."
    )


def was_upgraded(shown: str, version: int | None) -> str:
    """Say that a database was upgraded while this process used it."""
    return (
        f"{shown} was upgraded by a newer messaging-double: its schema is {version} now, this process reads "
        f"{SCHEMA_VERSION}. End this process, and start that version."
    )


_CURES = (
    ("is full", "the disk is full: free some space"),
    ("readonly", "it cannot be written: check the rights of the file and of its folder"),
    ("unable to open", "it cannot be opened: check that it is a file, and that its folder exists and may be written"),
    ("not a database", "it is damaged: delete the file or name another one"),
    ("malformed", "it is damaged: delete the file or name another one"),
    ("disk I/O error", "the disk cannot be read or written: check it, or name a file elsewhere"),
    ("no such table", "its tables are gone or not ours: delete the file or name another one"),
    ("closed database", "it was closed: open the storage again"),
)


def storage_error(path: str, error: Exception) -> StorageError:
    """Put an error of SQLite into a sentence that names the file and the cure."""
    found = str(error)
    if "locked" in found:
        return StorageBusyError(
            f"The database {path} fails: another process is writing to it for too long: end that process or wait for "
            f"it (SQLite says: {found})."
        )
    for symptom, cure in _CURES:
        if symptom in found:
            return StorageError(f"The database {path} fails: {cure} (SQLite says: {found}).")
    return StorageError(f"The database {path} fails (SQLite says: {found}).")
