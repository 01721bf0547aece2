"""A TCP proxy that keeps what it saw: the witness for what was on the wire."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass
class Seen:
    """One connection: the bytes of both directions."""

    from_client: bytearray = field(default_factory=bytearray)
    from_server: bytearray = field(default_factory=bytearray)


class RecordingProxy:
    """Pass every byte on, and the end of each direction."""

    def __init__(self, *upstreams: tuple[str, int]) -> None:
        """Listen for clients; each is connected to the next of the servers that accepts it."""
        self.seen: list[Seen] = []
        """The connections in their order."""
        self._upstreams = upstreams
        self._turns = itertools.count()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listener.getsockname()
        self._sockets: list[socket.socket] = [self._listener]
        self._threads: list[threading.Thread] = []
        self._run(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join()

    def _run(self, *target_and_args: object) -> None:
        self._threads.append(threading.Thread(target=target_and_args[0], args=target_and_args[1:]))  # type: ignore[arg-type]
        self._threads[-1].start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client = self._listener.accept()[0]
                for _ in self._upstreams:
                    with contextlib.suppress(OSError):  # it is down
                        server = socket.create_connection(self._upstreams[next(self._turns) % len(self._upstreams)])
                        break
                else:
                    client.close()
                    continue
                self.seen.append(Seen())
                self._sockets += (client, server)
                self._run(_pass_on, client, server, self.seen[-1].from_client)
                self._run(_pass_on, server, client, self.seen[-1].from_server)


def _pass_on(source: socket.socket, sink: socket.socket, kept: bytearray) -> None:
    with contextlib.suppress(OSError):  # either side was faster
        while data := source.recv(1 << 16):
            kept += data
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
