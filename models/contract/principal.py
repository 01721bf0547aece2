"""The SoPrincipal agent's contract: who logs in, and the ticket that comes of it.

Source: the published WSDLs ``ServicesNN-SoPrincipal.wsdl`` (84 to 88).  AuthenticateWithAccessToken is there from
Services86 on.  What an operation *does* stands in ``messaging_double.server.agents.principal``.
"""
# ruff: noqa: N802, N803, N805, N806 (the contract's own names; spyne hands over its context)

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from spyne.decorator import rpc
from spyne.model.complex import ComplexModel
from spyne.service import ServiceBase

from messaging_double.models.contract.carriers import (
    Bool,
    Int,
    Moment,
    Text,
    array_of,
    array_of_simple,
    dictionary,
    enumeration,
)
from messaging_double.models.contract.netserver import Contract, Headers, headers_of
from messaging_double.models.contract.system_info import Types, system_info

if TYPE_CHECKING:
    from messaging_double.models.versions import ServicesVersion

SERVICE_NAME = "WcfSoPrincipalService"
PORT_TYPE = "SoPrincipal"

_USER_STATUSES = (
    "StatusNone",
    "StatusNormal",
    "StatusNotAvailable",
    "StatusDeleted",
    "StatusReadOnly",
    "StatusSpm",
    ("StatusSystem", 127),
)


def _granted_license(version: ServicesVersion, types: Types) -> Any:
    """Declare ``GrantedModuleLicense``, a license that a user has."""

    class GrantedModuleLicense(types.Carrier):  # type: ignore[name-defined]
        __namespace__ = version.namespace
        OwnerId = Int
        OwnerName = Text
        OwnerDescription = Text
        ModuleId = Int
        Name = Text
        Description = Text
        Version = Text
        LicenseType = types.LicenseType
        ExtraFlags = Int
        SortOrder = Int
        LicenseNumber = Int
        IsHidden = Bool
        IsUnrestricted = Bool
        ExpiryDate = Moment

    return GrantedModuleLicense


def _principal(version: ServicesVersion, types: Types) -> Any:
    """Declare ``SoPrincipalCarrier``, who logged in (in the contract no Carrier, whatever its name says)."""
    ns = version.namespace

    class ProvidedCredential(ComplexModel):
        __namespace__ = ns
        Type = Text
        SearchName = Text
        DisplayName = Text
        CredentialId = Int

    class SoPrincipalCarrier(ComplexModel):
        __namespace__ = ns
        UserType = types.UserType
        Associate = Text
        AssociateId = Int
        IsPerson = Bool
        PersonId = Int
        CountryId = Int
        HomeCountryId = Int
        ContactId = Int
        GroupId = Int
        BusinessId = Int
        CategoryId = Int
        ContactOwner = Int
        RoleId = Int
        RoleName = Text
        RoleDescription = Text
        RoleType = enumeration(ns, "RoleType", ("Employee", "ExternalUser", "Anonymous", "System"), actual_type="short")
        Licenses = array_of(_granted_license(version, types))
        FullName = Text
        EMailAddress = Text
        FunctionRights = array_of_simple(Text)
        EjUserId = Int
        EjAccessLevel = Int
        EjUserStatus = enumeration(ns, "EjUserStatus", _USER_STATUSES)
        ProvidedCredentials = array_of(ProvidedCredential)
        SecondaryGroups = array_of_simple(Int)
        DatabaseContextIdentifier = Text

    return SoPrincipalCarrier


def _authenticate_response(version: ServicesVersion, principal: Any, headers: Headers) -> Any:
    """Declare ``AuthenticateResponse``, the one element that every Authenticate… operation answers with."""

    class AuthenticateResponse(ComplexModel):
        __namespace__ = version.namespace
        Response = principal
        Credentials = headers.carriers["SoCredentials"]
        AuthenticationSucceeded = Bool

    return AuthenticateResponse


@cache
def principal_contract(version: ServicesVersion) -> Contract:
    """Declare the SoPrincipal agent for one Services version; kept, as ``messaging_contract``."""
    headers = headers_of(version)
    types = Types(version)
    SystemInfo = system_info(version, types)
    Principal = _principal(version, types)
    AuthenticateResponse = _authenticate_response(version, Principal, headers)
    answers = {"_returns": AuthenticateResponse, "_out_message_name": "AuthenticateResponse", "_body_style": "out_bare"}
    generic_data = dictionary(
        version.namespace, "AuthenticationGenericData", item="AuthenticationGenericDataKeyValuePair"
    )

    class SoPrincipal(ServiceBase):
        __service_name__ = SERVICE_NAME
        __port_types__ = (PORT_TYPE,)
        __in_header__ = headers.request[:1]  # ApplicationToken alone: the ticket is what one comes for
        __out_header__ = headers.response

        @rpc(_returns=SystemInfo, _out_variable_name="SystemInfo")
        def GetSystemInfo(ctx: Any) -> Any:
            return ctx.udc.agent.get_system_info()

        @rpc(**answers)
        def AuthenticateImplicit(ctx: Any) -> Any:
            return ctx.udc.agent.authenticate_implicit()

        @rpc(Text, Text, **answers)
        def AuthenticateUsernamePassword(ctx: Any, UserName: Any, Password: Any) -> Any:
            return ctx.udc.agent.authenticate_username_password(UserName, Password)

        @rpc(generic_data, **answers)
        def AuthenticateGeneric(ctx: Any, AuthenticationData: Any) -> Any:
            return ctx.udc.agent.authenticate_generic(AuthenticationData)

        if version.access_tokens:

            @rpc(Text, **answers)
            def AuthenticateWithAccessToken(ctx: Any, AccessToken: Any) -> Any:
                return ctx.udc.agent.authenticate_with_access_token(AccessToken)

    carriers = {
        "AuthenticateResponse": AuthenticateResponse,
        "SoSystemInfoCarrier": SystemInfo,
        "SoPrincipalCarrier": Principal,
        **headers.carriers,
    }
    return Contract(version, SoPrincipal, SimpleNamespace(**carriers))
