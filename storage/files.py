"""The files of databases: whether one is still there, and those that are removed at the end."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from messaging_double.models.system_clock import monotonic

from .errors import StorageError

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]

_PREFIX, _DATABASE, _LOCK = "messaging-double-", ".sqlite", ".sqlite-lock"
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
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
            raise StorageError(f"The database {self._path} is gone: its file was removed. Restart the double.")
        if found != self._identity:
            raise StorageError(
                f"The database {self._path} was replaced: another file has its name now. Start the double anew."
            )
        self._checked = now


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - a fifth faster
    except OSError:
        return None
    return found.st_dev, found.st_ino


class TemporaryFile:
    """A file of its own in the temporary folder, empty at first.

    A lock beside it lasts as long as a process that uses it: also in other containers it shows that the file is in use.
    Files that are not, because their process was killed, are removed when the next one is made. SQLite opens a
    database by its name again and again, so that the file cannot lose it earlier.
    """

    def __init__(self) -> None:
        """Make the file. StorageError where that cannot be."""
        self._owner = os.getpid()
        try:
            _remove_unused()
            self.path, self._lock = _make()
        except OSError as error:
            raise StorageError(
                f"No temporary file can be made ({error}): set TMPDIR to a folder that may be written, "
                "or name a database."
            ) from error

    def remove(self) -> None:
        """Remove the file and what is beside it, unless this process is only a child of the one that made it."""
        if self._owner == os.getpid():
            _remove(self.path)
            if self._lock is not None:
                os.close(self._lock)


def _make() -> tuple[str, int | None]:
    """Return the path of a new file, and the open file that is its lock."""
    while True:
        lock, name = tempfile.mkstemp(_LOCK, _PREFIX)
        path = name.removesuffix(_LOCK) + _DATABASE
        try:
            is_ours = _is_taken(lock, name)
        except OSError:  # without locks, no process may take it for an unused file
            os.close(lock)
            Path(name).unlink()
            Path(path).touch(0o600, exist_ok=False)
            return path, None
        if is_ours:
            Path(path).touch(0o600, exist_ok=False)
            return path, lock
        os.close(lock)


def _remove_unused() -> None:
    for name in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*{_LOCK}"):
        with suppress(OSError):
            lock = os.open(name, os.O_RDWR | _NO_LINK)
            try:
                if _is_taken(lock, str(name)):
                    _remove(str(name).removesuffix(_LOCK) + _DATABASE)
            finally:
                os.close(lock)


def _is_taken(lock: int, name: str) -> bool:
    """Take the lock of this name; say whether no other process has it, and it still has the name.

    Raises OSError where there are no locks.
    """
    if fcntl is None:
        raise OSError
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    opened = os.fstat(lock)
    return (opened.st_dev, opened.st_ino) == _identity(name)


def _remove(path: str) -> None:
    """Remove the file and what is kept beside it, the lock last."""
    for suffix in ("", "-wal", "-shm", "-lock"):
        with suppress(OSError):
            Path(path + suffix).unlink(missing_ok=True)
