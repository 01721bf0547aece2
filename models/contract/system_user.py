"""The contract of the PartnerSystemUserService: an application's signed token for a ticket of its system user.

Source: the published WSDL.  It is none of NetServer's: other headers, none in the response, and no exceptions in-band.
"""
# ruff: noqa: N802, N803, N805 (the contract's own names; spyne hands over its context)

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from spyne.decorator import rpc
from spyne.service import ServiceBase

from messaging_double.models.contract.netserver import Bool, Contract, Text, enumeration, header

if TYPE_CHECKING:
    from messaging_double.models.versions import ServicesVersion


@cache
def system_user_contract(version: ServicesVersion) -> Contract:
    """Declare the service; kept, as ``messaging_contract``."""
    ns = version.namespace

    class PartnerSystemUserService(ServiceBase):
        __service_name__ = "PartnerSystemUserService"
        __port_types__ = ("IPartnerSystemUserService",)
        __in_header__ = (header(ns, "ApplicationToken", Text), header(ns, "ContextIdentifier", Text))
        __out_header__ = ()
        has_https_port = True

        @rpc(
            Text,
            enumeration(ns, "TokenType", ("Jwt", "Saml")),
            _in_message_name="AuthenticationRequest",
            _out_message_name="AuthenticationResponse",
            _returns=[Bool, Text, Text],
            _out_variable_names=["IsSuccessful", "Token", "ErrorMessage"],
        )
        def Authenticate(ctx: Any, SignedSystemToken: Any, ReturnTokenType: Any) -> Any:
            return ctx.udc.agent.authenticate(SignedSystemToken, ReturnTokenType)

    return Contract(version, PartnerSystemUserService, SimpleNamespace())
