"""A client in another language: a process that reads a call a line and writes what it got, a line of JSON each."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SECONDS = 30


class ProcessClient:
    """The Python end of such a process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, question: str) -> Any:
        """Send what is to be done; return the JSON of what came of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line.startswith("{"), f"the client said {line!r} and {self._process.stdout.read()!r}"
        return json.loads(line)


@contextmanager
def process_client(command: Sequence[str]) -> Iterator[ProcessClient]:
    """Run a client until the end of the block; it has to end well."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    ) as process:
        try:
            yield ProcessClient(process)
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(_SECONDS) == 0
        finally:
            process.kill()
