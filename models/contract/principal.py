"""The contracts of who logs in, and the ticket that comes of it: the SoPrincipal agent, PartnerSystemUserService.

Source: the published WSDLs, ``ServicesNN-SoPrincipal.wsdl`` (84 to 88) and that of the service.
AuthenticateWithAccessToken is there from Services86 on. What an operation *does* stands in
``messaging_double.server.agents``.
"""

# ruff: noqa: N802, N803, N805, N806 (the contract's own names; spyne hands over its context)

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from spyne.decorator import rpc
from spyne.model.complex import ComplexModel
from spyne.service import ServiceBase

from messaging_double.models.contract.netserver import (
    CRYPTOGRAPHY_NAMESPACE,
    Binary,
    Bool,
    Contract,
    Headers,
    Int,
    Moment,
    Text,
    array_of,
    array_of_simple,
    carrier_of,
    dictionary,
    enumeration,
    header,
    headers_of,
    value_type,
)

if TYPE_CHECKING:
    from messaging_double.models.versions import ServicesVersion

_LICENSE_TYPES = ("Unknown", "SiteLicense", "SatelliteLicense", "UserLicense")
_USER_TYPES = (
    "Unknown",
    "InternalAssociate",
    "ResourceAssociate",
    "ExternalAssociate",
    "AnonymousAssociate",
    "SystemAssociate",
)


class Types:
    """The types that the system's and the principal's carriers share."""

    def __init__(self, version: ServicesVersion) -> None:
        """Declare them for one version."""
        ns = version.namespace
        self.Carrier = carrier_of(version)
        self.LicenseType = enumeration(ns, "LicenseType", _LICENSE_TYPES, actual_type="short")
        self.UserType = enumeration(ns, "UserType", _USER_TYPES)


def _license_info(version: ServicesVersion, types: Types) -> Any:
    """Declare ``LicenseInfo``, what a customer has bought."""
    ns = version.namespace

    class ModuleLicense(ComplexModel):
        __namespace__ = ns
        OwnerName = Text
        ModuleName = Text
        ModuleDescription = Text
        ModuleTooltip = Text
        ModuleVersion = Text
        LicenseType = types.LicenseType
        Unrestricted = Bool
        AllowedUserType = types.UserType
        NumberOfLicenses = Int
        ExtraFlags = Int
        ExtraInfo = Text
        SortOrder = Int
        IsHidden = Bool
        PrerequisiteModuleName = Text
        Signature = Text

    class SignedPublicKey(ComplexModel):
        __namespace__ = ns
        OwnerName = Text
        SignDate = Moment
        ExpiryDate = Moment
        Key = value_type(
            CRYPTOGRAPHY_NAMESPACE,
            "DSAParameters",
            [("Counter", Int), *((name, Binary) for name in ("G", "J", "P", "Q", "Seed", "Y"))],
        )
        Signature = Text

    class LicenseInfo(ComplexModel):
        __namespace__ = ns
        CompanyName = Text
        SerialNr = Text
        OwnerName = Text
        OwnerDescription = Text
        NextCheckDate = Moment
        MaintenanceDate = Moment
        AdminWarningDate = Moment
        ExpiryDate = Moment
        GraceDate = Moment
        ExtraFlags = Int
        LicenseUrl = Text
        LicenseVersion = Text
        DeploymentType = Int
        ProductType = Text
        ProductDescription = Text
        ModuleLicenses = array_of(ModuleLicense)
        PublicKey = SignedPublicKey
        Signature = Text

    return LicenseInfo


def system_info(version: ServicesVersion, types: Types) -> Any:
    """Declare ``SoSystemInfoCarrier``, what GetSystemInfo answers."""
    ns = version.namespace
    builds = ("Feature", "Stable", "Alpha", "Beta", "ReleaseCandidate", "Release")

    class SoSystemInfoCarrier(types.Carrier):  # type: ignore[name-defined]
        __namespace__ = ns
        License = _license_info(version, types)
        WarningEnglish = Text
        WarningResource = Text
        BranchName = Text
        BuildLabel = Text
        AssemblyVersion = Text
        AccumulatedNextCheckDate = Moment
        FileVersion = Text
        Description = Text
        DaysUntilNetServerExpiry = Int
        BuildType = enumeration(ns, "NetServerBuildType", builds)
        DatabaseVersion = Int
        IsUnicode = Bool
        CompanyName = Text
        CompanyId = Int
        DatabaseType = Text
        DatabaseMinor = Text
        DatabaseName = Text
        IsOnTravel = Bool
        IsSatellite = Bool

    return SoSystemInfoCarrier


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
        __service_name__ = "WcfSoPrincipalService"
        __port_types__ = ("SoPrincipal",)
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


@cache
def system_user_contract(version: ServicesVersion) -> Contract:
    """Declare PartnerSystemUserService: an application's signed token for a ticket of its system user.

    It is none of NetServer's: other headers, none in the response, and no exceptions in-band. Kept as the agents are.
    """
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
