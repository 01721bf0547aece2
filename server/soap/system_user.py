"""The PartnerSystemUserService by SOAP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from messaging_double.server.agents.system_user import Request
from messaging_double.server.calls.call import asked_url
from messaging_double.server.rules.reactions import CallFacts
from messaging_double.server.soap import faults
from messaging_double.server.soap.endpoint import Endpoint, instead_response, written
from messaging_double.server.soap.envelope import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messaging_double.server.agents.calling import Caller
    from messaging_double.server.agents.system_user import SystemUsers
    from messaging_double.server.calls.call import Call, Response
    from messaging_double.server.settings import Settings
    from messaging_double.server.soap.services import Operation

_LOGIN = re.compile("/login/services/", re.IGNORECASE)
_KINDS = (None, "Jwt", "Saml")


class SystemUserEndpoint(Endpoint):
    """The service, for all tenants: the header ContextIdentifier names one."""

    def __init__(self, caller: Caller, system_users: SystemUsers, settings: Settings) -> None:
        """Let ``system_users`` log in."""
        self._caller = caller
        self._system_users = system_users
        self._settings = settings

    def _carried_out(
        self, call: Call, operation: Operation, headers: dict[str, Any], parameters: Sequence[Any]
    ) -> Response:
        signed, kind = parameters
        if kind not in _KINDS:
            detail = f"Invalid enum value '{kind[:100]}' cannot be deserialized into type 'TokenType'."
            raise faults.bad_body(operation.name, detail)
        request = Request(signed, headers.get("ApplicationToken"), headers.get("ContextIdentifier"), kind)
        call.tenant = request.tenant
        root = _LOGIN.split(asked_url(call.environ), maxsplit=1)[0]
        results, refusal, instead = self._caller.carry_out(
            call,
            CallFacts(call, operation.name, parameters, parse),
            lambda: None,
            lambda: self._system_users.authenticate(call, request, root),
        )
        if refusal is not None:
            call.refused = f"refused: {refusal.message}"
            call.note(call.refused)
            return written(call, operation, (), (False, None, refusal.message)).with_hint(call.refused)
        if instead is not None:
            return instead_response(call, instead)
        return written(call, operation, (), (True, results, None))
