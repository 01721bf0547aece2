"""Applications that tests of the server share."""

import queue
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any


def answering(parts: Any, status: Any = "200 OK", headers: Sequence[Any] = ()) -> Callable[..., Any]:
    """Return an application that gives this answer, or what a function makes of the connection, to every request."""

    def app(environ: Any, start_response: Any) -> Any:
        start_response(status, list(headers))
        return parts(environ["messaging_double.connection"]) if callable(parts) else parts

    return app


hello = answering([b"hello"])


class Closing:
    """A response that says when it was closed, and how often."""

    def __init__(self, parts: Iterable[Any], closed: queue.Queue[str] | None = None) -> None:
        self.closed: queue.Queue[str] = closed or queue.Queue()
        self._parts = iter(parts)

    def __iter__(self) -> Iterator[Any]:
        return self._parts

    def close(self) -> None:
        getattr(self._parts, "close", lambda: None)()
        self.closed.put("closed")


def check_closed(closed: queue.Queue[str]) -> None:
    """Check that a response says once that it is closed."""
    assert closed.get(timeout=5)
    assert closed.empty()


def never() -> Iterator[bytes]:
    """Fail when asked for a part."""
    message = "nobody has resumed"
    raise AssertionError(message)
    yield b""  # which makes it a generator
