"""What all agents of NetServer share: the base of their carriers, and the headers of every call.

Source: the published WSDLs; the same in each agent's.
"""
# ruff: noqa: N806 (the contract's own names)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spyne.model.complex import ComplexModel, SelfReference

from messaging_double.models.contract.carriers import Bool, Int, Text, dictionary, flags, header

if TYPE_CHECKING:
    from messaging_double.models.versions import ServicesVersion


@dataclass(frozen=True)
class Contract:
    """One agent in one Services version."""

    version: ServicesVersion
    service: Any
    """The spyne service."""
    carriers: Any
    """The carriers that a response is made of, by their names in the contract."""


@dataclass(frozen=True)
class Headers:
    """The SOAP headers that every operation of every agent carries, in the contract's order."""

    request: tuple[Any, ...]
    response: tuple[Any, ...]
    carriers: dict[str, Any]
    """The types of those that an answer has to fill."""


def carrier_of(version: ServicesVersion) -> Any:
    """Declare ``Carrier``, the base of what travels: rights that clients of other agents use, and these never do."""
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
        carriers={
            "SoCredentials": SoCredentials,
            "SoExceptionInfo": SoExceptionInfo,
            "SoTimeZone": SoTimeZone,
        },
    )
