"""The Messaging agent's contract, declared once for all Services versions, and GetSmsConfig of CustomerService.

Source: the published WSDLs ``ServicesNN-Messaging.wsdl`` (84 to 88). Names, order and occurrence of every member
are the contract's; a version's differences are data (``versions.py``). What an operation *does* stands in
``messaging_double.server.agents.messaging``; here each only hands over what it was given.
"""

# ruff: noqa: N802, N803, N805, N806 (the contract's own names; spyne hands over its context)

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from spyne.decorator import rpc
from spyne.service import ServiceBase

from messaging_double.models.contract.netserver import (
    Bool,
    Contract,
    Int,
    Text,
    array_of,
    array_of_simple,
    carrier_of,
    dictionary,
    headers_of,
)

if TYPE_CHECKING:
    from messaging_double.models.versions import ServicesVersion


@cache
def messaging_contract(version: ServicesVersion) -> Contract:
    """Declare the Messaging agent for one Services version.

    The result is kept, since spyne writes the namespace of its application into the classes: a service class may
    belong to one application only.
    """
    ns = version.namespace
    Carrier = carrier_of(version)
    headers = headers_of(version)

    class OutgoingMessage(Carrier):
        __namespace__ = ns
        From = Text
        To = Text
        Content = Text
        Format = Text
        ParentMessagingId = Int
        SuggestedSessionKey = Text

    class IncomingMessage(Carrier):
        __namespace__ = ns
        To = Text
        From = Text
        Content = Text
        Format = Text
        SessionKey = Text
        Plugin = Text

    class MessageDeliveryStatus(Carrier):
        __namespace__ = ns
        Status = Int
        StatusDescription = Text
        MessagingId = Int

    class ProviderInfo(Carrier):
        __namespace__ = ns
        Name = Text
        SupportedMessagingFormats = array_of_simple(Text)
        SupportsConfig = Bool

    OutgoingMessages = array_of(OutgoingMessage)
    DeliveryStatuses = array_of(MessageDeliveryStatus)
    StringDictionary = dictionary(ns, "StringDictionary", item="StringKeyValuePair")

    class Messaging(ServiceBase):
        __service_name__ = "WcfMessagingService"
        __port_types__ = ("Messaging",)
        __in_header__ = headers.request
        __out_header__ = headers.response

        @rpc(IncomingMessage)
        def CreateMessage(ctx: Any, IncomingMessage: Any) -> None:
            ctx.udc.agent.create_message(IncomingMessage)

        @rpc(array_of_simple(Int), _returns=DeliveryStatuses, _out_variable_name="Response")
        def GetDeliveryStatus(ctx: Any, MessagingIds: Any) -> Any:
            return ctx.udc.agent.get_delivery_status(MessagingIds)

        @rpc(Text, Text, Int, Text)
        def SetDeliveryStatus(
            ctx: Any, Plugin: Any, ExternalMessageId: Any, Status: Any, StatusDescription: Any
        ) -> None:
            ctx.udc.agent.set_delivery_status(Plugin, ExternalMessageId, Status, StatusDescription)

        @rpc(Text, OutgoingMessages, _returns=DeliveryStatuses, _out_variable_name="Response")
        def SendMessages(ctx: Any, Plugin: Any, OutgoingMessages: Any) -> Any:
            return ctx.udc.agent.send_messages(Plugin, OutgoingMessages)

        @rpc(Text, OutgoingMessages, StringDictionary, _returns=DeliveryStatuses, _out_variable_name="Response")
        def SendMessagesWithConfig(ctx: Any, Plugin: Any, OutgoingMessages: Any, Config: Any) -> Any:
            return ctx.udc.agent.send_messages_with_config(Plugin, OutgoingMessages, Config)

        @rpc(_returns=array_of(ProviderInfo), _out_variable_name="Response")
        def GetPlugins(ctx: Any) -> Any:
            return ctx.udc.agent.get_plugins()

    carriers = {"MessageDeliveryStatus": MessageDeliveryStatus, "ProviderInfo": ProviderInfo, **headers.carriers}
    return Contract(version, Messaging, SimpleNamespace(**carriers))


@cache
def customer_service_contract(version: ServicesVersion) -> Contract:
    """Declare the CustomerService agent as far as it concerns messages; kept, as ``messaging_contract``.

    Source: the vendor's documentation of the operation (members, types and element names); no WSDL of this agent is
    published in one place with the others, so that the rest is as in Messaging's (inferred).
    """
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
        __service_name__ = "WcfCustomerServiceService"
        __port_types__ = ("CustomerService",)
        __in_header__ = headers.request
        __out_header__ = headers.response

        @rpc(_returns=SmsConfig, _out_variable_name="Response")
        def GetSmsConfig(ctx: Any) -> Any:
            return ctx.udc.agent.get_sms_config()

    return Contract(version, CustomerService, SimpleNamespace(SmsConfig=SmsConfig, **headers.carriers))
