"""The files of databases: whether one is still there, and those that are removed at the end."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from time import monotonic

from .errors import StorageError

_CHECK_SECONDS = 1.0
_NEVER = -float("inf")


class OpenedFile:
    """The file at a path, as it was when it was opened."""

    def __init__(self, path: str) -> None:
        """Remember the file that has this name now."""
        self._path = path
        self._identity = _identity(path)
        self._checked = _NEVER

    def check_sometimes(self) -> None:
        """Do as ``check``, once a second at most: every write asks."""
        if monotonic() - self._checked >= _CHECK_SECONDS:
            self.check()

    def check(self) -> None:
        """Raise StorageError if the file has this name no more: what is written to it would be lost with it."""
        now = monotonic()
        self._checked = _NEVER
        found = _identity(self._path)
        if found is None:
            msg = f"The database {self._path} is gone: somebody removed the file. Start the double anew."
            raise StorageError(msg)
        if found != self._identity:
            msg = f"The database {self._path} was replaced: another file has its name now. Start the double anew."
            raise StorageError(msg)
        self._checked = now


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - a fifth faster
    except OSError:
        return None
    return found.st_dev, found.st_ino


def temporary_file() -> str:
    """Make an empty file of its own in the temporary folder.  StorageError when there is no such folder."""
    try:
        with tempfile.NamedTemporaryFile(prefix="messaging-double-", suffix=".sqlite", delete=False) as file:
            return file.name
    except OSError as error:
        msg = (
            f"No temporary file can be made ({error}): set TMPDIR to a folder that may be written, or name a database."
        )
        raise StorageError(msg) from error


def remove(path: str) -> None:
    """Remove the file and what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        with suppress(OSError):
            Path(path + suffix).unlink(missing_ok=True)
