"""One request, from the socket to the journal: what is read of it, its refusal, its response, and its id.

The log, the journal and refusals share the id.
"""

from __future__ import annotations

import json
import os
import re
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from messaging_double.models.control.values import to_json_value
from messaging_double.models.system_clock import perf_counter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from messaging_double.models.records import TenantState
    from messaging_double.models.rules import Reaction
    from messaging_double.models.versions import ServicesVersion
    from messaging_double.server.http import Response as HttpResponse
    from messaging_double.storage import UnitOfWork

    Environ = dict[str, Any]

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


MOST_NOTES = 10
"""A client that does everything wrong gets no log line of any length."""
_LONGEST_NOTE = 300
_LONGEST_HINT = 500
_LONGEST_NUMBER = 18
"""Digits of a Content-Length; no body has more bytes, and Python refuses to read numbers of thousands of digits."""
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
HINT = "X-Messaging-Double-Hint"
"""The header that says what was found, where the real service's words do not (ours)."""
REQUEST_ID = "X-Messaging-Double-Request-Id"
"""Only refusals have it: who reads one can look it up in the log and the journal."""


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

    def __init__(self, environ: Environ, tenant: str, agent: str = "", version: ServicesVersion | None = None) -> None:
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
        if len(self.notes) >= MOST_NOTES:
            text = "and more"
        elif len(text) > _LONGEST_NOTE:
            text = f"{text[:_LONGEST_NOTE]}…"
        if text not in self.notes:
            self.notes += (text,)


class Refusal(Exception):  # noqa: N818 (not an error of ours: an answer)
    """A request that gets a bare HTTP answer: WCF sends these with an empty body.

    ``reason`` is the reason phrase; ``hint`` says what the double found, for the log and the reader of the answer's
    ``X-Messaging-Double-Hint`` header ("ours").
    """

    def __init__(self, status: int, reason: str, hint: str = "", **headers: str) -> None:
        """``headers`` go into the answer as they are."""
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.hint = hint
        self.headers = headers


def read_body(environ: Environ, limit: int) -> bytes:
    """Read the whole body, at most ``limit`` bytes. Raises ``Refusal`` (400, 413).

    Without a Content-Length the input is read only if the server says that it ends (``wsgi.input_terminated``):
    elsewhere the reading would wait for ever.
    """
    length = environ.get("CONTENT_LENGTH")
    if not length:
        body = _read_up_to(environ, limit + 1) if environ.get("wsgi.input_terminated") else b""
        if len(body) > limit:
            raise _too_large(limit)
        return body
    if not (length.isascii() and length.isdigit()):
        raise Refusal(400, "Bad Request", "Content-Length is no number")
    if len(length) > _LONGEST_NUMBER or int(length) > limit:
        raise _too_large(limit)
    wanted = int(length)
    body = _read_up_to(environ, wanted)
    if len(body) < wanted:
        raise Refusal(400, "Bad Request", "the body ended before its Content-Length")
    return body


def _read_up_to(environ: Environ, wanted: int) -> bytes:
    read: Callable[[int], bytes] = environ["wsgi.input"].read
    chunks = []
    try:
        while wanted > 0 and (chunk := read(wanted)):
            chunks.append(chunk)
            wanted -= len(chunk)
    except OSError as error:
        raise Refusal(400, "Bad Request", f"the body broke off: {error}") from None
    return b"".join(chunks)


def _too_large(limit: int) -> Refusal:
    return Refusal(413, "Request Entity Too Large", f"the body is over {limit} bytes (setting max-body-bytes)")


def asked_url(environ: Environ) -> str:
    """Return the URL that was asked, without its query: what the WSDL gives as the address."""
    host = environ.get("HTTP_HOST", "")
    if _UNPRINTABLE.search(host):
        raise Refusal(400, "Bad Request", "the Host header has characters that no host has")
    host = host or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    path = (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1", "replace")
    return f"{environ['wsgi.url_scheme']}://{host}{quote(path)}"


class Response(msgspec.Struct):
    """A status, headers and a body."""

    status: int
    reason: str
    headers: dict[str, str]
    """Without the Content-Length, which is added when it is sent."""
    body: bytes = b""
    padding: int = 0
    """Bytes of white space that a fault sends within the body, which is itself without them."""

    @property
    def length(self) -> int:
        """How many bytes of body are sent."""
        return len(self.body) + self.padding

    def with_hint(self, hint: str) -> Response:
        """Say in a header what was found."""
        if hint:
            self.headers[HINT] = printable(hint[:_LONGEST_HINT])
        return self


def to_json(value: Any) -> bytes:  # noqa: ANN401 (a struct, or a value of JSON)
    """Return the value as JSON: indented, every character as it is, a newline at the end."""
    plain = msgspec.to_builtins(value, builtin_types=(datetime, timedelta))
    text = json.dumps(plain, ensure_ascii=False, default=to_json_value)
    return msgspec.json.format(text.encode(), indent=2) + b"\n"


def printable(text: str) -> str:
    """Return a text that can stand in a header: what a client sent must not write headers of its own."""
    return _UNPRINTABLE.sub("?", text)
