"""The control API as the client asks it: JSON both ways, refusals as errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from .connections import Answer, Connections
from .errors import ControlError, Unreachable

if TYPE_CHECKING:
    import ssl
    from collections.abc import Collection, Mapping

    from .names import Json

__tracebackhide__ = True

_ANSWER_SECONDS = 30.0
_ERRORS = range(400, 600)
_SHOWN = 200


class Api:
    """The control API of one double."""

    def __init__(self, token: str | None = None, tls: ssl.SSLContext | None = None) -> None:
        """``token`` is the double's control-token, ``tls`` for a double with a certificate of its own."""
        self._token = token
        self._tls = tls
        self._connections: Connections | None = None

    @property
    def url(self) -> str:
        """Where the double is.  Raises ``Unreachable`` while there is none."""
        return self._opened().url

    def open(self, url: str) -> None:
        """Ask the double at this URL from now on.

        Raises ``ValueError`` if it is none, or the token is one that no header can have.
        """
        if self._token is not None and not (self._token.isascii() and self._token.isprintable()):
            msg = "The control token has characters that no header can have; expected printable ASCII"
            raise ValueError(msg)
        self._connections = Connections(url.rstrip("/"), self._tls)

    def close(self) -> None:
        """Let go of the double."""
        if self._connections is not None:
            self._connections.close()

    def forget(self) -> None:
        """Let go of a double that is no more."""
        self.close()
        self._connections = None

    def get(self, path: str, query: Mapping[str, str] | None = None, *, wait: float = 0.0) -> Json:
        """Ask for what is at ``path``, below ``/_mock/v1/``; the double may take ``wait`` seconds longer."""
        return self._json(self.ask("GET", path, query=query, wait=wait))

    def post(self, path: str, value: Json = None) -> Json:
        """Let something be done; ``value`` goes along as JSON."""
        return self._json(self.ask("POST", path, value))

    def put(self, path: str, value: Json) -> Json:
        """Set what is at ``path``."""
        return self._json(self.ask("PUT", path, value))

    def delete(self, path: str, query: Mapping[str, str] | None = None) -> Json:
        """Delete what is at ``path``, or what of it meets the query."""
        return self._json(self.ask("DELETE", path, query=query))

    def ask(  # noqa: PLR0913 (what a request has)
        self,
        method: str,
        path: str,
        value: Json = None,
        query: Mapping[str, str] | None = None,
        *,
        wait: float = 0.0,
        patience: float = _ANSWER_SECONDS,
        outcomes: Collection[int] = (),
    ) -> Answer:
        """Return an answer; ``outcomes`` are the statuses that are answers although they are no successes.

        The double is asked to ``wait`` so many seconds, and may take ``patience`` seconds longer.
        Raises ``ControlError`` for all others, in the double's own words, and ``Unreachable``; ``TypeError`` and
        ``ValueError`` for what cannot be said to it.
        """
        target = f"/_mock/v1/{path}?{_encoded(query)}" if query else f"/_mock/v1/{path}"
        body = None if value is None else json.dumps(value, default=_refuse).encode()
        answer = self._opened().exchange(method, target, body, self._headers(), wait + patience)
        if answer.status in _ERRORS and answer.status not in outcomes:
            raise self._refusal(answer)
        return answer

    def read(self, answer: Answer) -> Json:
        """Return the JSON of an answer.  Raises ``Unreachable`` if it is none: no double has given it."""
        try:
            return json.loads(answer.body)
        except ValueError:
            raise self._no_double(answer) from None

    def _json(self, answer: Answer) -> Json:
        return self.read(answer) if answer.body else None

    def _opened(self) -> Connections:
        if self._connections is None:
            msg = "The double is not running; say: with MessagingDouble() as double"
            raise Unreachable(msg)
        return self._connections

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        return headers if self._token is None else {**headers, "Authorization": f"Bearer {self._token}"}

    def _refusal(self, answer: Answer) -> ControlError | Unreachable:
        try:
            said = json.loads(answer.body)
            return ControlError(answer.status, said["error"], said["hint"])
        except (ValueError, TypeError, KeyError):
            return self._no_double(answer)

    def _no_double(self, answer: Answer) -> Unreachable:
        shown = " ".join(answer.body[:_SHOWN].decode("utf-8", "replace").split())
        return Unreachable(f"No double that can do this answers at {self.url}: {answer.status} {shown}".rstrip())


def part(name: object) -> str:
    """Return a name, or an id, as a part of a path.

    Raises ``ValueError`` for an empty one: it would be the whole list that is shown, or deleted.
    """
    text = str(name)
    if not text:
        msg = "the name or id is empty; expected that of one thing, for example 1"
        raise ValueError(msg)
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise _unsayable(text) from None


def _encoded(query: Mapping[str, str]) -> str:
    try:
        return urlencode(query)
    except UnicodeEncodeError:
        raise _unsayable(dict(query)) from None


def _unsayable(value: object) -> ValueError:
    return ValueError(f"{value!a} has half of a surrogate pair, which no URL can have")


def _refuse(value: object) -> None:
    msg = f"{value!r} is nothing that JSON has; expected a text, a number, true or false, None, or a moment"
    raise TypeError(msg)
