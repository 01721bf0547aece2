"""The running double that a command asks: found by flags, environment and settings, asked by the Python client."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NoReturn

from messaging_double.client.api import Api, part
from messaging_double.client.connections import check_url
from messaging_double.models import variables
from messaging_double.server.settings import Settings, SettingsError

from .health import url_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection, Sequence

    from messaging_double.client.connections import Answer

Json = dict[str, Any]

DEFAULT_TENANT = "default"
_DONE = range(200, 300)


class Double:
    """A running double, and the tenant that a command is about."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        """Find the double that the flags, the variable or else the settings mean; ask it nothing yet.

        Raises ``SettingsError``, and ``NotReadyError`` where the settings do not say which port was free.
        """
        url = where(arguments)
        settings = Settings() if url else Settings.from_sources({}, os.environ, arguments.config)
        token = arguments.token or settings.control_token or os.environ.get(variables.CONTROL_TOKEN) or None
        tenant: str = arguments.tenant or os.environ.get(variables.TENANT) or DEFAULT_TENANT
        self.tenant = tenant
        self.is_tenant_given = bool(arguments.tenant)
        self._api = Api(token, verify_tls=not arguments.insecure)
        self._api.open(url or url_of(settings))
        self._path = f"tenants/{part(tenant)}"

    def ask(
        self,
        method: str,
        resource: str,
        *members: str,
        body: Any = None,  # noqa: ANN401 (JSON)
        query: Sequence[tuple[str, str]] = (),
        seconds: float = 0.0,
    ) -> Json:
        """Return the object that the double answers, which has these ``members``; empty where it answers none.

        ``resource`` is below ``/_mock/v1/``; ``T`` at its beginning stands for the tenant.  ``seconds`` is how long the
        double is asked to wait.  Raises ``ControlError`` with the double's own words, and ``Unreachable``.
        """
        answer = self.answer(method, resource, body=body, query=query, seconds=seconds)
        return self.read(answer, *members) if answer.body or members else {}

    def answer(  # noqa: PLR0913 (what a request has)
        self,
        method: str,
        resource: str,
        *,
        body: Any = None,  # noqa: ANN401 (JSON)
        query: Sequence[tuple[str, str]] = (),
        seconds: float = 0.0,
        outcomes: Collection[int] = (),
    ) -> Answer:
        """Return the answer as it is; ``outcomes`` are statuses that are no errors here."""
        path = self._path + resource[1:] if resource.startswith("T") else resource
        answer = self._api.ask(method, path, body, query, wait=seconds, outcomes=outcomes)
        if answer.status not in _DONE and answer.status not in outcomes:
            self._refuse(answer)
        return answer

    def read(self, answer: Answer, *members: str) -> Json:
        """Return the object of an answer.  Raises ``Unreachable`` where it lacks ``members``: no double gave it."""
        value = self._api.read(answer)
        if not isinstance(value, dict) or not value.keys() >= set(members):
            self._refuse(answer)
        return value

    def status_names(self) -> dict[int, str]:
        """Return what the numbers of statuses mean; where two names have one number, the first."""
        numbers = self.ask("GET", "profiles", "statuses")["statuses"]
        return {number: name for name, number in reversed(numbers.items())}

    def other_tenants(self, *boxes: str) -> list[tuple[str, int]]:
        """Return the other tenants that have something in one of these boxes, and how much."""
        tenants = self.ask("GET", "tenants", "tenants")["tenants"]
        counted = [(str(each["tenant"]), sum(int(each.get(box, 0)) for box in boxes)) for each in tenants]
        return [(name, total) for name, total in counted if total and name != self.tenant]

    def _refuse(self, answer: Answer) -> NoReturn:
        raise self._api.no_double(answer)


def where(arguments: argparse.Namespace) -> str | None:
    """Return the URL that the flag says, else the variable; ``None``: the settings do.  Raises ``SettingsError``."""
    if arguments.url:
        return str(arguments.url)
    url = os.environ.get(variables.URL) or None
    try:
        return None if url is None else check_url(url)
    except ValueError as error:
        problem = f"The environment variable {variables.URL} is wrong: {error}"
        raise SettingsError(problem) from None
