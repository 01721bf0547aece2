"""A TCP proxy that keeps what it saw: the witness for what is said to have been on the wire."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .child import PATIENCE

if TYPE_CHECKING:
    from typing_extensions import Self

_PIECE = 1 << 16


@dataclass
class Seen:
    """One connection: the bytes of both directions."""

    from_client: bytearray = field(default_factory=bytearray)
    from_server: bytearray = field(default_factory=bytearray)


class RecordingProxy:
    """Hands on every byte, and each side's goodbye."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        """Listen for clients of the server at ``upstream``."""
        self.seen: list[Seen] = []
        """The connections in their order."""
        self._upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listener.getsockname()
        self._sockets: list[socket.socket] = [self._listener]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up on everybody."""
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._upstream, timeout=PATIENCE)
                server.settimeout(None)
                seen = Seen()
                self.seen.append(seen)
                self._sockets += (client, server)
                self._start(client, server, seen.from_client)
                self._start(server, client, seen.from_server)

    def _start(self, source: socket.socket, sink: socket.socket, kept: bytearray) -> None:
        thread = threading.Thread(target=_hand_on, args=(source, sink, kept))
        self._threads.append(thread)
        thread.start()


def _hand_on(source: socket.socket, sink: socket.socket, kept: bytearray) -> None:
    with contextlib.suppress(OSError):  # either side was faster
        while data := source.recv(_PIECE):
            kept += data
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
