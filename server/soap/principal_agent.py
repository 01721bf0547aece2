"""Turns what SoPrincipal decides into the contract's carriers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messaging_double.server.simulation.asked import Asked
from messaging_double.server.soap.faults import xml_text
from messaging_double.server.soap.request_headers import credentials_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messaging_double.models.contract.netserver import Contract
    from messaging_double.models.users import User
    from messaging_double.server.access import Access
    from messaging_double.server.calls import Call
    from messaging_double.server.principal import Login, Principal
    from messaging_double.server.soap.request_headers import RequestHeaders

TIME_ZONE = (1, "UTC")
"""SoTimeZoneId and SoTimeZoneLocationCode of the TimeZone header that a login answers with (ours)."""


class PrincipalAgent:
    """What the declared operations call; decides nothing."""

    def __init__(self, principal: Principal, access: Access, call: Call, contract: Contract) -> None:
        """Answer one ``call`` in the carriers of ``contract``."""
        self._principal = principal
        self._access = access
        self._call = call
        self._carriers = contract.carriers

    def admit(self, headers: RequestHeaders) -> None:
        """Let ``access`` decide on the application; the ticket is what one comes for.  Raises ``AccessDenied``."""
        self._access.admit_application(self._call, credentials_of(headers))

    def asked(self, operation: str, parameters: Sequence[Any]) -> Asked:  # noqa: ARG002 (none is about messages)
        """Return what a call asks."""
        return Asked(operation)

    def time_zone(self, headers: RequestHeaders) -> Any:  # noqa: ARG002 (the contract has none in the request)
        """Return the TimeZone header of a login: clients read it without looking whether it is there (documented)."""
        number, code = TIME_ZONE
        return self._carriers.SoTimeZone(SoTimeZoneId=number, SoTimeZoneLocationCode=code)

    def authenticate_username_password(self, name: str | None, password: str | None) -> Any:
        """AuthenticateUsernamePassword."""
        return self._answer(self._principal.authenticate_username_password(self._call, name, password))

    def authenticate_implicit(self) -> Any:
        """AuthenticateImplicit."""
        return self._answer(self._principal.authenticate_implicit(self._call))

    def authenticate_generic(self, data: Any) -> Any:
        """AuthenticateGeneric."""
        pairs = None if data is None else tuple((pair.Key, pair.Value) for pair in data if pair is not None)
        return self._answer(self._principal.authenticate_generic(self._call, pairs))

    def authenticate_with_access_token(self, token: str | None) -> Any:
        """AuthenticateWithAccessToken."""
        return self._answer(self._principal.authenticate_with_access_token(self._call, token))

    def get_system_info(self) -> Any:
        """GetSystemInfo."""
        info = self._principal.system_info(self._call)
        return self._carriers.SoSystemInfoCarrier(
            AssemblyVersion=info.version,
            FileVersion=info.version,
            BuildLabel=info.version,
            BuildType="Release",
            Description=info.description,
            CompanyName=info.company_name,
            CompanyId=info.company_id,
            AccumulatedNextCheckDate=info.next_check,
            DaysUntilNetServerExpiry=info.days_left,
            DatabaseVersion=info.database_version,
            DatabaseType=info.database_type,
            DatabaseName=info.database_name,
            IsUnicode=True,
        )

    def _answer(self, login: Login | None) -> Any:
        if login is None:
            return self._carriers.AuthenticateResponse(AuthenticationSucceeded=False)
        return self._carriers.AuthenticateResponse(
            Response=self._principal_carrier(login.user),
            Credentials=self._carriers.SoCredentials(Ticket=login.ticket),
            AuthenticationSucceeded=True,
        )

    def _principal_carrier(self, user: User) -> Any:
        return self._carriers.SoPrincipalCarrier(
            UserType="InternalAssociate",
            Associate=user.name,
            AssociateId=user.associate_id,
            IsPerson=True,
            PersonId=user.person_id,
            CountryId=user.country_id,
            HomeCountryId=user.country_id,
            ContactId=user.contact_id,
            GroupId=user.group_id,
            RoleId=user.role_id,
            RoleName=user.role_name,
            RoleDescription=user.role_name,
            RoleType="Employee",
            Licenses=[],
            FullName=user.full_name or user.name,
            EMailAddress=user.email,
            FunctionRights=list(user.function_rights),
            EjUserStatus="StatusNormal",
            ProvidedCredentials=[],
            SecondaryGroups=[],
            DatabaseContextIdentifier=xml_text(self._call.tenant),
        )
