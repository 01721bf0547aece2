"""What the connections of a server share."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication

    from .limits import Limits
    from .pool import Pool
    from .refusal import BrokenRequest, Wording

log = logging.getLogger("messaging_double.http")


class Service:
    """The application, the limits and the pool. To be made while the loop runs."""

    def __init__(
        self,
        app: WSGIApplication,
        limits: Limits,
        pool: Pool,
        on_broken: Callable[[BrokenRequest], None] | None,
        wording: Wording,
    ) -> None:
        self.app = app
        self.limits = limits
        self.pool = pool
        self.wording = wording
        self.loop = asyncio.get_running_loop()
        self._on_broken = on_broken

    def broken(self, request: BrokenRequest) -> None:
        """Tell of a request that never reached the application."""
        if self._on_broken is None:
            return
        try:
            self._on_broken(request)
        except Exception:  # an observer's error is not the client's
            log.exception("on_broken failed")
