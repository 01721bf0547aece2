"""The double as a process of its own, and the control API through which tests see what arrived."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_READY = "READY url="
_TOGETHER_SECONDS = 30


@dataclass(frozen=True)
class Double:
    """A double that runs, by its URL."""

    url: str

    @property
    def netloc(self) -> str:
        """Host and port, as in a Host header."""
        return urlsplit(self.url).netloc

    def get(self, path: str) -> Any:
        """GET a URL of the control API; return its JSON."""
        return json.loads(self._ask("GET", path))

    def steer(self, method: str, path: str, value: Any = None) -> Any:
        """Ask the control API for something; return its JSON, if there is any."""
        return json.loads(self._ask(method, path, None if value is None else json.dumps(value)) or "null")

    def reset(self, tenant: str) -> None:
        """Forget all that a tenant has, and count from 1 again."""
        self._ask("POST", f"/_mock/v1/tenants/{tenant}/reset")

    def outbox(self, tenant: str) -> list[dict[str, Any]]:
        """Return what was sent, oldest first."""
        return self._all(tenant, "outbox", "messages")

    def inbox(self, tenant: str) -> list[dict[str, Any]]:
        """Return what came in, oldest first."""
        return self._all(tenant, "inbox", "messages")

    def status_reports(self, tenant: str) -> list[dict[str, Any]]:
        """Return the statuses that no message matched, oldest first."""
        return self._all(tenant, "status-reports", "statusReports")

    def _all(self, tenant: str, box: str, name: str) -> list[dict[str, Any]]:
        page = self.get(f"/_mock/v1/tenants/{tenant}/{box}")
        assert page["next"] is None, "more than a page: the tests read one"
        rows: list[dict[str, Any]] = page[name][::-1]
        assert page["total"] == len(rows)
        return rows

    def _ask(self, method: str, path: str, body: str | None = None) -> bytes:
        connection = http.client.HTTPConnection(self.netloc, timeout=_TOGETHER_SECONDS)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        assert answer.status in (200, 201, 204), (method, path, answer.status, body)
        return body


@contextmanager
def running_double(folder: Path, *flags: str) -> Iterator[Double]:
    """Run ``messaging-double serve`` as its users do, and end it as their pipelines do: by SIGTERM."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MESSAGING_DOUBLE_")}
    environment["PYTHONUNBUFFERED"] = "1"
    log = folder / "double.log"
    command = [sys.executable, "-m", "messaging_double.server", "serve", "--port", "0", *flags]
    with (
        log.open("wb") as stderr,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True) as process,
    ):
        assert process.stdout is not None
        try:
            yield Double(_url(process.stdout, log))
        finally:
            process.terminate()
            process.wait(_TOGETHER_SECONDS)
    assert process.returncode == 0, (process.returncode, log.read_text("utf-8"))


def _url(stdout: IO[str], log: Path) -> str:
    line = stdout.readline().rstrip("\n")
    assert line.startswith(_READY), (line, log.read_text("utf-8"))
    return line.removeprefix(_READY)
