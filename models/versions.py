"""The Services versions of the contract, and in what they differ.

Source: the published WSDLs of Services84 to Services88. A new version is a new row of ``VERSIONS``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

NETSERVER_NAMESPACE = "http://www.superoffice.net/ws/crm/NetServer/"

FlagValue = tuple[str, "int | None"]
"""A name of a flag enumeration and, where the contract annotates it, its number."""

_TABLE_RIGHTS: tuple[FlagValue, ...] = tuple(
    (name, None) for name in ("Select", "Update", "Insert", "Delete", "Filtering", "RestrictedUpdate")
)
_FIELD_RIGHTS: tuple[FlagValue, ...] = tuple(
    (name, None)
    for name in (
        "Read",
        "Write",
        "Unused1",
        "Unused2",
        "Unused3",
        "Unused4",
        "UIHintMandatory",
        "UIHintReadOnly",
        "UndefinedValue256",
    )
)
_TABLE_RIGHTS_88: tuple[FlagValue, ...] = (("Unused1", None), ("Uninitialized", None), ("R", 1), ("F", 16))
_FIELD_RIGHTS_88: tuple[FlagValue, ...] = (("Nullable", 32),)


@dataclass(frozen=True, eq=False)  # there is one object for each
class ServicesVersion:
    """One published version of the contract."""

    number: int
    """84 to 88."""

    table_rights: tuple[FlagValue, ...] = _TABLE_RIGHTS
    """The values of ``ETableRight``."""

    field_rights: tuple[FlagValue, ...] = _FIELD_RIGHTS
    """The values of ``EFieldRight``."""

    access_tokens: bool = True
    """Whether SoPrincipal has ``AuthenticateWithAccessToken`` (from Services86 on)."""

    @cached_property
    def name(self) -> str:
        """The version as the URL and the namespace spell it: ``Services88``."""
        return f"Services{self.number}"

    @cached_property
    def namespace(self) -> str:
        """The target namespace of the version's contracts."""
        return NETSERVER_NAMESPACE + self.name


VERSIONS: dict[int, ServicesVersion] = {
    version.number: version
    for version in (
        ServicesVersion(84, access_tokens=False),
        ServicesVersion(85, access_tokens=False),
        ServicesVersion(86),
        ServicesVersion(87),
        ServicesVersion(
            88, table_rights=_TABLE_RIGHTS + _TABLE_RIGHTS_88, field_rights=_FIELD_RIGHTS + _FIELD_RIGHTS_88
        ),
    )
}


@dataclass(frozen=True, eq=False)
class OtherApi(ServicesVersion):
    """What stands in the place of a Services version in a call that has none, and in all that is kept of it (ours)."""

    label: str = ""
    uri: str = ""
    """Its namespace, where the contract has another than NetServer's."""

    @property
    def name(self) -> str:
        """The name that is kept of it."""
        return self.label

    @property
    def namespace(self) -> str:
        """The target namespace of its contract."""
        return self.uri or super().namespace


_NEWEST = VERSIONS[max(VERSIONS)]
REST = OtherApi(_NEWEST.number, _NEWEST.table_rights, _NEWEST.field_rights, label="REST")
"""Version 1 of the REST API, ``/api/v1``; its carriers are those of the newest Services version."""
SYSTEM_USER = OtherApi(
    _NEWEST.number, label="PartnerSystemUser", uri="http://www.superoffice.com/superid/partnersystemuser/0.1"
)
"""The service by which an application gets a ticket of its system user."""
