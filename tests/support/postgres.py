"""A real PostgreSQL for the tests: Debian's package, in a temporary folder, run by a user that is not root."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from messaging_double.storage.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

_SETTINGS = {"fsync": "off", "full_page_writes": "off", "max_connections": "200", "listen_addresses": "127.0.0.1"}
_NAMES = count(1)
_LONGEST_SILENCE = 20.0
"""Seconds."""


class Server:
    """One server with an empty database; each test takes a schema of its own in it."""

    def __init__(self) -> None:
        """Make the database, and start. Skips the test where there is no PostgreSQL."""
        pytest.importorskip("psycopg", reason="psycopg is not installed")
        self.programs = _programs()
        self._given_back: set[str] = set()
        self._connection: psycopg.Connection | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._user = _user()
        if self._user is not None:
            os.chown(self._folder, pwd.getpwnam(self._user).pw_uid, -1)
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port = free.getsockname()[1]
        self._run("initdb", "-A", "trust", "-U", "double", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()
        self.address = f"postgresql+psycopg://double@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and wait until it listens."""
        settings = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        self._run("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", f"-k '' -p {self.port} {settings}", "start")

    def stop(self) -> None:
        """Stop it as ``systemctl`` does: connections are ended."""
        self._disconnect()
        self._run("pg_ctl", "-w", "-m", "fast", "stop")

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Let it answer nothing, and end no connection; not for so long that a test which waits for it hangs."""
        processes = [number for (number,) in self.execute("SELECT pid FROM pg_stat_activity")]
        processes.append(int((self._folder / "data" / "postmaster.pid").read_text("ascii").split()[0]))

        def send(number: int) -> None:
            for each in processes:
                os.kill(each, number)

        late = threading.Timer(_LONGEST_SILENCE, send, [signal.SIGCONT])
        try:
            send(signal.SIGSTOP)
            late.start()
            yield
        finally:
            late.cancel()
            send(signal.SIGCONT)

    def remove(self) -> None:
        """Stop it for good."""
        self._disconnect()
        self._run("pg_ctl", "-m", "immediate", "stop", check=False)
        shutil.rmtree(self._folder, ignore_errors=True)

    def schema(self) -> str:
        """Make a schema, and return the URL of a database that is that schema alone."""
        name = f"test{os.getpid()}_{next(_NAMES)}"
        self.execute(f"CREATE SCHEMA {name}")
        return f"{self.address}?options={quote(f'-c search_path={name}')}"

    def lend(self) -> str:
        """Return the URL of an empty schema, which may have our tables: to make them takes longer than most tests."""
        if not self._given_back:
            return self.schema()
        url = self._given_back.pop()
        name = url.rpartition("%3D")[2]
        emptied = [f"DELETE FROM {name}.{table.name}" for table in TABLES]  # noqa: S608
        self.execute("; ".join((*emptied, f"ALTER SEQUENCE {name}.arrival RESTART")))
        return url

    def give_back(self, url: str) -> None:
        """Let a schema of ``lend`` be lent again."""
        self._given_back.add(url)

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement; return its rows."""
        if self._connection is None:
            import psycopg  # noqa: PLC0415 - the constructor says whether it is there

            self._connection = psycopg.connect(self.address.replace("+psycopg", ""), autocommit=True)
        cursor = self._connection.execute(statement)
        return cursor.fetchall() if cursor.description else []

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        command = [str(self.programs / program), "-D", str(self._folder / "data"), *arguments]
        done = subprocess.run(
            command, user=self._user, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0 or not check, done.stderr


@contextmanager
def writing_elsewhere(storage, *tenants):
    """Write in another thread for as long as the block lasts."""
    inside, leave = threading.Event(), threading.Event()

    def hold():
        with storage.writing(*tenants):
            inside.set()
            leave.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert inside.wait(10)
    try:
        yield
    finally:
        leave.set()
        thread.join()


def _programs() -> Path:
    """Return the folder of the programs. Skips the test where there is none."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders or not hasattr(os, "geteuid"):
        pytest.skip("PostgreSQL is not installed (Debian's package postgresql has it)")
    return folders[-1]


def _user() -> str | None:
    """Return the user that is to run the server, which root may not; ``None``: the one that there is."""
    if os.geteuid():
        return None
    names = {each.pw_name for each in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)
