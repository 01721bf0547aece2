"""The CustomerService agent's contract, as far as it concerns messages: GetSmsConfig.

Source: the vendor's documentation of the operation (members, types and element names); no WSDL of this agent is
published in one place with the others, so that the rest is as in Messaging's (inferred).
"""
# ruff: noqa: N802, N805, N806 (the contract's own names; spyne hands over its context)

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from spyne.decorator import rpc
from spyne.service import ServiceBase

from messaging_double.models.contract.netserver import Contract, Text, carrier_of, dictionary, headers_of

if TYPE_CHECKING:
    from messaging_double.models.versions import ServicesVersion

SERVICE_NAME = "WcfCustomerServiceService"
PORT_TYPE = "CustomerService"


@cache
def customer_service_contract(version: ServicesVersion) -> Contract:
    """Declare the CustomerService agent for one Services version; kept, as ``messaging_contract``."""
    ns = version.namespace
    Carrier = carrier_of(version)
    headers = headers_of(version)

    class SmsConfig(Carrier):
        __namespace__ = ns
        DefaultSmsCountry = Text
        NetServerSmsProvider = Text
        NsPluginSender = Text
        NsPluginConfig = dictionary(ns, "StringDictionary", item="StringKeyValuePair")

    class CustomerService(ServiceBase):
        __service_name__ = SERVICE_NAME
        __port_types__ = (PORT_TYPE,)
        __in_header__ = headers.request
        __out_header__ = headers.response

        @rpc(_returns=SmsConfig, _out_variable_name="Response")
        def GetSmsConfig(ctx: Any) -> Any:
            return ctx.udc.agent.get_sms_config()

    return Contract(version, CustomerService, SimpleNamespace(SmsConfig=SmsConfig, **headers.carriers))
