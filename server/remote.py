"""A running double, as commands speak with it: the control API over HTTP, by the standard library alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from .health import connect

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Json = dict[str, Any]

_ANSWER_SECONDS = 30.0
"""How long a double may take for an answer, beyond what it was asked to wait."""
_SHOWN = 200


class RemoteError(Exception):
    """The double did not do what it was asked; its text is a sentence that says why."""


@dataclass(frozen=True)
class Answer:
    """What a double answered."""

    status: int
    body: bytes


class Remote:
    """A running double and one of its tenants."""

    def __init__(
        self, url: str, tenant: str, *, token: str | None = None, accepts_any_certificate: bool = False
    ) -> None:
        """Speak with the double at ``url``; ``token`` is its control-token.

        A certificate is verified unless the host is this machine or ``accepts_any_certificate``.
        """
        self._url = url
        self._tenant = quote(tenant, safe="", errors="surrogateescape")
        self._token = token
        self._accepts_any_certificate = accepts_any_certificate

    def of_tenant(self, resource: str) -> str:
        """Return a resource of the tenant, ``outbox``, as one of the double."""
        return f"tenants/{self._tenant}/{resource}"

    def json(  # noqa: PLR0913 (whatever a request has)
        self,
        method: str,
        resource: str,
        *members: str,
        body: Json | None = None,
        query: Sequence[tuple[str, str]] = (),
        seconds: float = 0.0,
        expected: Collection[int] = (200,),
    ) -> Json:
        """Ask for a resource below ``/_mock/v1/``, and return the object that is answered; it has these ``members``.

        Raises ``RemoteError``; see ``ask``.
        """
        answer = self.ask(method, resource, body=body, query=query, seconds=seconds, expected=expected)
        return self.read(answer, *members)

    def read(self, answer: Answer, *members: str) -> Json:
        """Return the object of an answer, which has these ``members``.  Raises ``RemoteError``: it is no double's."""
        try:
            value = json.loads(answer.body)
        except ValueError:
            value = None
        if not isinstance(value, dict) or not value.keys() >= set(members):
            raise self._no_double(answer)
        return value

    def ask(  # noqa: PLR0913 (whatever a request has)
        self,
        method: str,
        resource: str,
        *,
        body: Json | None = None,
        query: Sequence[tuple[str, str]] = (),
        seconds: float = 0.0,
        expected: Collection[int] = (200,),
    ) -> Answer:
        """Ask for a resource below ``/_mock/v1/``, and return the answer, whose status is one of those ``expected``.

        ``seconds`` is how long the double is asked to wait.  Raises ``RemoteError`` for any other status, with the
        double's own words, and where no double answers.
        """
        path = f"{urlsplit(self._url).path.rstrip('/')}/_mock/v1/{resource}"
        target = f"{path}?{urlencode(query, errors='surrogateescape')}" if query else path
        answer = self._exchange(method, target, body, seconds + _ANSWER_SECONDS)
        if answer.status in expected:
            return answer
        said = self.read(answer, "error", "hint")
        problem = f"{said['error']}; {said['hint']}"
        raise RemoteError(problem)

    def _exchange(self, method: str, target: str, body: Json | None, timeout: float) -> Answer:
        import http.client  # noqa: PLC0415 (loaded where something is asked)

        content = None if body is None else json.dumps(body).encode()
        try:
            connection = connect(self._url, timeout, verified=self._is_verified())
            try:
                connection.request(method, target, content, self._headers())
                answer = connection.getresponse()
                return Answer(answer.status, answer.read())
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Connection": "close"}
        return headers if self._token is None else {**headers, "Authorization": f"Bearer {self._token}"}

    def _is_verified(self) -> bool:
        return not self._accepts_any_certificate and not _is_this_machine(urlsplit(self._url).hostname or "")

    def _unreachable(self, error: Exception) -> RemoteError:
        reason = getattr(error, "verify_message", None)  # of ssl's, which is loaded only for https
        if reason is not None:
            return RemoteError(
                f"The certificate of {self._url} cannot be verified ({reason}): name the CA's file in the variable "
                "SSL_CERT_FILE, or say --insecure."
            )
        return RemoteError(f"Nothing answers at {self._url} ({error or type(error).__name__}).")

    def _no_double(self, answer: Answer) -> RemoteError:
        shown = " ".join(answer.body[:_SHOWN].decode("utf-8", "replace").split())
        return RemoteError(f"No double that can do this answers at {self._url}: {answer.status} {shown}".rstrip())


def _is_this_machine(host: str) -> bool:
    import ipaddress  # noqa: PLC0415

    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
