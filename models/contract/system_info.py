"""What GetSystemInfo answers: the system, and the license that it runs by.

Source: the published WSDLs ``ServicesNN-SoPrincipal.wsdl``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spyne.model.complex import ComplexModel

from messaging_double.models.contract.carriers import (
    CRYPTOGRAPHY_NAMESPACE,
    Binary,
    Bool,
    Int,
    Moment,
    Text,
    array_of,
    enumeration,
    value_type,
)
from messaging_double.models.contract.netserver import carrier_of

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
