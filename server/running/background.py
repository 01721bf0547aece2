"""A double in a thread of a process that does something else: of a test run, most of all."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from messaging_double.server.settings import Settings, SettingsError, table
from messaging_double.server.settings.sources import read_keywords

from .serve import StartError, cannot_listen, collecting_later, load, tls_of

__all__ = ["BackgroundDouble", "StartError"]

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from messaging_double.server.http import HttpServer

_DEFAULTS = {"port": 0, "shutdown_seconds": 0.0}
"""Defaults for tests: any free port, and no wait for open connections at the end."""
_OF_A_PROCESS = frozenset(("port_file", "workers"))
"""What only the command does."""


class BackgroundDouble:
    """A double that serves in a thread of its own until it is stopped.

    Its log goes to the logger ``messaging_double`` and to whatever the process has made of that.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        """Start it and wait until it listens; ``given`` are settings, typed or as a configuration file has them.

        The environment and its ``MESSAGING_DOUBLE_…`` play no part. Raises ``StartError``.
        """
        settings = _settings({**_DEFAULTS, **given})
        self._at_the_end = ExitStack()
        with collecting_later():
            server = load(settings, tls_of(settings), self._at_the_end)
        self._started: Future[Callable[[], object]] = Future()
        self._thread = threading.Thread(target=self._run, args=(server,), name="messaging-double", daemon=True)
        self._thread.start()
        try:
            self._ask_to_stop = self._started.result()
        except (OSError, UnicodeError) as error:
            self.join()
            raise cannot_listen(settings, error) from None
        self.url = server.url

    def stop(self) -> None:
        """Stop it: no thread, socket or file of it is left."""
        with suppress(RuntimeError):  # its loop is closed: it ends by itself
            self._ask_to_stop()
        self.join()

    def join(self) -> None:
        """Wait for its end, and close what it has open."""
        self._thread.join()
        self._at_the_end.close()

    def _run(self, server: HttpServer) -> None:
        try:
            with suppress(asyncio.CancelledError):
                server.run(self._ready)
        except BaseException as error:
            if self._started.done():
                raise
            self._started.set_exception(error)

    def _ready(self, _: HttpServer) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if task is not None:  # always: it is what calls this
            self._started.set_result(partial(loop.call_soon_threadsafe, task.cancel))


def _settings(given: Mapping[str, Any]) -> Settings:
    try:
        settings = Settings(**read_keywords(table(), given))
    except SettingsError as error:
        raise StartError(str(error)) from None
    for row in table():
        if row.name in _OF_A_PROCESS and getattr(settings, row.name) != row.default:
            raise StartError(
                f'The setting {row.name} is for a double in a process: MessagingDouble(…, start="process").'
            )
    return settings
