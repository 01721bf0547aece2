"""The Messaging agent's contract, declared once for all Services versions.

Source: the published WSDLs ``ServicesNN-Messaging.wsdl`` (84 to 88).  Names, order and occurrence of every member
are the contract's; a version's differences are data (``versions.py``).  What an operation *does* stands in
``messaging_double.server.messaging``; here each only hands over what it was given.
"""
# ruff: noqa: N802, N803, N806 (the contract's own names)

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from messaging_double.models.contract.carriers import (
    Bool,
    Int,
    Text,
    array_of,
    array_of_simple,
    dictionary,
    flags,
    header,
)
from spyne.decorator import rpc
from spyne.model.complex import ComplexModel, SelfReference
from spyne.service import ServiceBase

if TYPE_CHECKING:
    from messaging_double.models.versions import ServicesVersion

SERVICE_NAME = "WcfMessagingService"
PORT_TYPE = "Messaging"


@dataclass(frozen=True)
class Contract:
    """A spyne service and the carriers that whoever answers has to make."""

    version: ServicesVersion
    service: Any
    SoExceptionInfo: Any
    MessageDeliveryStatus: Any
    ProviderInfo: Any


@dataclass(frozen=True)
class Headers:
    """The SOAP headers that every operation of every agent carries, in the contract's order."""

    request: tuple[Any, ...]
    response: tuple[Any, ...]
    SoExceptionInfo: Any


def carrier_of(version: ServicesVersion) -> Any:
    """``Carrier``, the base of what travels: rights that clients of other agents use, and this one never does."""
    ns = version.namespace

    class TableRight(ComplexModel):
        __namespace__ = ns
        Mask = flags(ns, "ETableRight", version.table_rights)
        Reason = Text

    class FieldRight(ComplexModel):
        __namespace__ = ns
        Mask = flags(ns, "EFieldRight", version.field_rights)
        Reason = Text

    class FieldProperty(ComplexModel):
        __namespace__ = ns
        _type_info = [("FieldRight", FieldRight), ("FieldType", Text), ("FieldLength", Int)]  # noqa: RUF012

    properties = dictionary(
        ns, "FieldPropertyDictionary", item="FieldPropertyDictionaryKeyValuePair", value=FieldProperty
    )

    class Carrier(ComplexModel):
        __namespace__ = ns
        _type_info = [("TableRight", TableRight), ("FieldProperties", properties)]  # noqa: RUF012

    return Carrier


def headers_of(version: ServicesVersion) -> Headers:
    """Declare ApplicationToken, Credentials, TimeZone; ExceptionInfo, ExtraInfo, Succeeded, TimeZone."""
    ns = version.namespace

    class SoCredentials(ComplexModel):
        __namespace__ = ns
        Ticket = Text

    class SoTimeZone(ComplexModel):
        __namespace__ = ns
        SoTimeZoneId = Int
        SoTimeZoneLocationCode = Text

    class SoExceptionInfo(ComplexModel):
        __namespace__ = ns
        Message = Text
        StackTrace = Text
        FriendlyText = Text
        ExceptionType = Text
        Source = Text
        InnerException = SelfReference
        Parameters = dictionary(ns, "SoExceptionInfoParameters", item="SoExceptionInfoParametersKeyValuePair")

    SoExtraInfo = dictionary(ns, "SoExtraInfo", item="ExtraInfoNameValuePair")
    TimeZone = header(ns, "TimeZone", SoTimeZone)
    return Headers(
        request=(header(ns, "ApplicationToken", Text), header(ns, "Credentials", SoCredentials), TimeZone),
        response=(
            header(ns, "ExceptionInfo", SoExceptionInfo),
            header(ns, "ExtraInfo", SoExtraInfo),
            header(ns, "Succeeded", Bool),
            TimeZone,
        ),
        SoExceptionInfo=SoExceptionInfo,
    )


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
        __service_name__ = SERVICE_NAME
        __port_types__ = (PORT_TYPE,)
        __in_header__ = headers.request
        __out_header__ = headers.response

        @rpc(IncomingMessage)
        def CreateMessage(ctx: Any, IncomingMessage: Any) -> None:  # noqa: N805 (spyne hands over its context)
            ctx.udc.agent.create_message(IncomingMessage)

        @rpc(array_of_simple(Int), _returns=DeliveryStatuses, _out_variable_name="Response")
        def GetDeliveryStatus(ctx: Any, MessagingIds: Any) -> Any:  # noqa: N805
            return ctx.udc.agent.get_delivery_status(MessagingIds)

        @rpc(Text, Text, Int, Text)
        def SetDeliveryStatus(
            ctx: Any, Plugin: Any, ExternalMessageId: Any, Status: Any, StatusDescription: Any  # noqa: N805
        ) -> None:
            ctx.udc.agent.set_delivery_status(Plugin, ExternalMessageId, Status, StatusDescription)

        @rpc(Text, OutgoingMessages, _returns=DeliveryStatuses, _out_variable_name="Response")
        def SendMessages(ctx: Any, Plugin: Any, OutgoingMessages: Any) -> Any:  # noqa: N805
            return ctx.udc.agent.send_messages(Plugin, OutgoingMessages)

        @rpc(Text, OutgoingMessages, StringDictionary, _returns=DeliveryStatuses, _out_variable_name="Response")
        def SendMessagesWithConfig(ctx: Any, Plugin: Any, OutgoingMessages: Any, Config: Any) -> Any:  # noqa: N805
            return ctx.udc.agent.send_messages_with_config(Plugin, OutgoingMessages, Config)

        @rpc(_returns=array_of(ProviderInfo), _out_variable_name="Response")
        def GetPlugins(ctx: Any) -> Any:  # noqa: N805
            return ctx.udc.agent.get_plugins()

    return Contract(version, Messaging, headers.SoExceptionInfo, MessageDeliveryStatus, ProviderInfo)
