"""The control API over HTTP: structs and JSON, refusals as errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote, urlencode

import msgspec

from messaging_double.models.control.about import Problem
from messaging_double.models.control.values import decode_json

from .connections import Answer, Connections, check_url
from .errors import ControlError, Unreachable

if TYPE_CHECKING:
    import ssl
    from collections.abc import Collection, Mapping, Sequence

    from .values import Json

    Query = Mapping[str, str] | Sequence[tuple[str, str]]

__tracebackhide__ = True

T = TypeVar("T")

_ANSWER_SECONDS = 30.0
_ERRORS = range(400, 600)
_SHOWN = 200


class Api:
    """The control API of one double."""

    def __init__(self, token: str | None = None, tls: ssl.SSLContext | None = None, *, verify_tls: bool = True) -> None:
        """``token`` is the double's control-token, ``tls`` for a double with a certificate of its own."""
        self._verify_tls = verify_tls
        self._token = token
        self._tls = tls
        self._connections: Connections | None = None

    @property
    def url(self) -> str:
        """Where the double is. Raises ``Unreachable`` while there is none."""
        return self._opened().url

    @property
    def is_open(self) -> bool:
        """Whether the address of the double is set."""
        return self._connections is not None

    def open(self, url: str) -> None:
        """Ask the double at this URL from now on.

        Raises ``ValueError`` if it is none, or the token is one that no header can have.
        """
        if self._token is not None and not (self._token.isascii() and self._token.isprintable()):
            raise ValueError("The control token has characters that no header can have; expected printable ASCII")
        self._connections = Connections(check_url(url).rstrip("/"), self._tls, verify_tls=self._verify_tls)

    def close(self) -> None:
        """Close the connections to the double."""
        if self._connections is not None:
            self._connections.close()

    def forget(self) -> None:
        """Close the connections to a double that has ended."""
        self.close()
        self._connections = None

    def get(self, path: str, kind: type[T], query: Query | None = None, *, wait: float = 0.0) -> T:
        """Return what is at ``path``, below ``/_mock/v1/``; the double may take ``wait`` seconds longer."""
        return cast("T", self.decode(self.ask("GET", path, query=query, wait=wait), kind))

    def post(self, path: str, kind: type[T], value: Json = None) -> T:
        """Do something; ``value`` is sent as JSON."""
        return cast("T", self.decode(self.ask("POST", path, value), kind))

    def put(self, path: str, kind: type[T], value: Json) -> T:
        """Set what is at ``path``."""
        return cast("T", self.decode(self.ask("PUT", path, value), kind))

    def delete(self, path: str, kind: type[T], query: Query | None = None) -> T:
        """Delete what is at ``path``, or what of it meets the query."""
        return cast("T", self.decode(self.ask("DELETE", path, query=query), kind))

    def ask(  # noqa: PLR0913 (what a request has)
        self,
        method: str,
        path: str,
        value: Json = None,
        query: Query | None = None,
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
        """Return the JSON of an answer. Raises ``Unreachable`` if it is none: no double has given it."""
        return self.decode(answer, Any)

    def decode(self, answer: Answer, kind: Any) -> Any:  # noqa: ANN401 (whatever the type is read into)
        """Return the record of an answer, ``None`` for an empty one. Raises ``Unreachable`` where it is none."""
        if kind is type(None):
            return None
        try:
            return decode_json(answer.body, kind)
        except msgspec.ValidationError as error:
            raise Unreachable(f"The double at {self.url} is of another version: {error}") from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self.no_double(answer) from None

    def _opened(self) -> Connections:
        if self._connections is None:
            raise Unreachable("The double is not running; start it: with MessagingDouble() as double")
        return self._connections

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        return headers if self._token is None else {**headers, "Authorization": f"Bearer {self._token}"}

    def _refusal(self, answer: Answer) -> ControlError | Unreachable:
        try:
            problem = decode_json(answer.body, Problem)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return self.no_double(answer)
        return ControlError(answer.status, problem.error, problem.hint)

    def no_double(self, answer: Answer) -> Unreachable:
        """Return the error for an answer that no double of this version gives."""
        shown = " ".join(answer.body[:_SHOWN].decode("utf-8", "replace").split())
        return Unreachable(f"No double that can do this answers at {self.url}: {answer.status} {shown}".rstrip())


def part(name: object) -> str:
    """Return a name, or an id, as a part of a path.

    Raises ``ValueError`` for an empty one: it would be the whole list that is shown, or deleted.
    """
    text = str(name)
    if not text:
        raise ValueError("the name or id is empty; expected that of one thing, for example 1")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise _surrogate(text) from None


def _encoded(query: Query) -> str:
    try:
        return urlencode(query)
    except UnicodeEncodeError:
        raise _surrogate(dict(query)) from None


def _surrogate(value: object) -> ValueError:
    return ValueError(f"{value!a} has half of a surrogate pair, which URLs cannot have")


def _refuse(value: object) -> None:
    raise TypeError(f"{value!r} has no form in JSON; expected a text, a number, true or false, None, or a moment")
