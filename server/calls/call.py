"""One request, from the socket to the journal, and the id that the log, the journal and refusals share."""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING, Any

from messaging_double.models.system_clock import perf_counter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from messaging_double.models.records import TenantState
    from messaging_double.models.rules import Reaction
    from messaging_double.models.versions import ServicesVersion
    from messaging_double.server.http import Response as HttpResponse
    from messaging_double.storage import UnitOfWork

_numbers = count(1)
_prefix = ""


def new_request_id() -> str:
    """Return an id that no other request of any process has: ``9f3a1c07-15``."""
    return f"{_prefix}-{next(_numbers)}"


def _draw_prefix() -> None:
    global _prefix  # noqa: PLW0603 - one for the process
    _prefix = os.urandom(4).hex()


_draw_prefix()
if hasattr(os, "register_at_fork"):  # gunicorn forks workers from a process that may have loaded this
    os.register_at_fork(after_in_child=_draw_prefix)


_MOST_NOTES = 10
"""A client that does everything wrong gets no log line of any length."""
_LONGEST_NOTE = 300


class Call:
    """A request and what becomes of it: one object, passed to every stage, and written to the log and the journal."""

    work: UnitOfWork
    """The transaction of the call: what it keeps is kept together, or not at all."""
    state: TenantState
    """What holds for the tenant; set with ``now``."""
    now: datetime
    """When it came, by the tenant's clock; set once the tenant's due events were applied."""
    received: datetime | None = None
    """When it came, by the machine's clock; ``None`` where the tenant's clock is that one."""
    version: ServicesVersion
    """Set where the URL names a service of a version that the double has."""
    services: str | None = None
    """The version's name: ``Services88``."""
    connection: HttpResponse | None
    """``None`` under another server than the embedded one."""
    strict = False
    patience: float | None = None
    """Seconds that it may wait for other writers; ``None``: as many as any work of the storage."""
    failure: Exception | None
    """Why the transaction that it shared with other calls failed: it is answered so, and not carried out."""
    soap = ""
    """The namespace of the request's SOAP version, and so of the response's."""
    body = b""
    """The request's body."""
    document: Any = None
    """The request's envelope, as lxml's element; ``None`` where it was not parsed."""
    may_have_nil = True
    unread: Sequence[str] = ()
    """Why headers were not read that look like the contract's."""
    operation: str | None = None
    messages: int | None = None
    """How many messages it carried, once that is known."""
    is_unseen: bool
    """Whether the journal cannot keep it: the storage did not say when it came."""
    reaction: Reaction | None
    """What a rule or a magic recipient makes of it."""
    fault: str | None
    """What was broken on purpose, in words."""
    refused: str | None
    """Why it was not served, in words."""
    exceeded: str | None = None
    """The bound that left no room for what it would have kept: ``messages``."""
    notes: tuple[str, ...]
    """What was tolerated, and what the real service would have answered."""

    def __init__(
        self, environ: dict[str, Any], tenant: str, agent: str = "", version: ServicesVersion | None = None
    ) -> None:
        """Begin with a WSGI ``environ`` and what its URL names: ``Messaging``, and the version if the double has it."""
        self.began = perf_counter()
        self.request_id = new_request_id()
        self.environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.path: str = environ["PATH_INFO"]
        self.connection = environ.get("messaging_double.connection")
        self.tenant = tenant
        self.agent = agent
        # What each call is asked for. Python 3.11 looks up in a slow way what only the class has.
        self.failure = self.reaction = self.fault = self.refused = None
        self.is_unseen = False
        self.notes = ()
        if version is not None:
            self.version = version
            self.services = version.name

    def note(self, text: str) -> None:
        """Add to the notes, once: cut to 300 characters, and only a few."""
        if len(self.notes) >= _MOST_NOTES:
            text = "and more"
        elif len(text) > _LONGEST_NOTE:
            text = f"{text[:_LONGEST_NOTE]}…"
        if text not in self.notes:
            self.notes += (text,)
