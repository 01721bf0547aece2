"""The endpoints that are made at their first request: most doubles are never asked for them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from messaging_double.server.calls.paths import LOGIN, REST_AGENTS, SYSTEM_USER_SERVICE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from messaging_double.server.agents.access import Access
    from messaging_double.server.agents.calling import Caller
    from messaging_double.server.agents.principal import Principal
    from messaging_double.server.agents.signing import Signer
    from messaging_double.server.agents.system_user import SystemUsers
    from messaging_double.server.settings import Settings
    from messaging_double.server.simulation import Simulation
    from messaging_double.server.simulation.simulation import Clock

_CALLABLE = ("Messaging", "CustomerService")
"""The agents that the REST API has."""


class LazyEndpoints:
    """Makes endpoints of what a double is made of."""

    def __init__(  # noqa: PLR0913 (that is a lot)
        self,
        *,
        agents: Mapping[str, Any],
        caller: Caller,
        settings: Settings,
        simulation: Simulation,
        access: Access,
        principal: Principal,
        clock: Clock,
    ) -> None:
        """Keep what endpoints need; ``clock`` is the machine's."""
        self._agents = {name: agents[name] for name in _CALLABLE}
        self._caller = caller
        self._settings = settings
        self._simulation = simulation
        self._access = access
        self._principal = principal
        self._clock = clock

    def make(self, name: str) -> Any:
        """Return the endpoint of this name."""
        return {REST_AGENTS: self._rest, LOGIN: self._login, SYSTEM_USER_SERVICE: self._system_user}[name]()

    def _rest(self) -> Any:
        from messaging_double.server.rest.endpoint import RestAccess, RestEndpoint  # noqa: PLC0415

        access = RestAccess(self._access, self._principal)
        return RestEndpoint(self._agents, self._caller, access, self._simulation, self._settings)

    def _login(self) -> Any:
        from messaging_double.server.agents.system_user import OAuth  # noqa: PLC0415
        from messaging_double.server.rest.login import LoginEndpoint  # noqa: PLC0415

        oauth = OAuth(self._access, self._system_users, self._settings, self.signer)
        return LoginEndpoint(self._caller, self._system_users, oauth, self.signer, self._settings)

    def _system_user(self) -> Any:
        from messaging_double.server.soap.system_user import SystemUserEndpoint  # noqa: PLC0415

        return SystemUserEndpoint(self._caller, self._system_users, self._settings)

    @cached_property
    def signer(self) -> Signer:
        """What signs tokens."""
        from messaging_double.server.agents.signing import Signer  # noqa: PLC0415

        return Signer(self._settings.signing_key)

    @cached_property
    def _system_users(self) -> SystemUsers:
        from messaging_double.server.agents.system_user import SystemUsers  # noqa: PLC0415

        return SystemUsers(self._access, self._settings, self.signer, self._clock)
