"""An HTTP server that is no double, and answers whatever a test says."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Answering(ThreadingHTTPServer):
    """Answers any request with the status that comes next, the last one again and again."""

    def __init__(self, body: bytes = b"ok") -> None:
        """Listen; ``statuses`` and ``body`` may be changed."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.statuses = [200]
        self.body = body
        self.asked: list[str] = []
        """The targets of the requests."""
        self.scheme = "http"

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{self.scheme}://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Answering

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(self.server.statuses[0])
        del self.server.statuses[: len(self.server.statuses) > 1]
        self.end_headers()
        self.wfile.write(self.server.body)

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def answering(body: bytes = b"ok") -> Iterator[Answering]:
    """Serve in a thread."""
    with Answering(body) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
