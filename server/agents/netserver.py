"""The agents as the endpoint uses them: handlers by the names of the operations, which take and return records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messaging_double.models.records import SoCredentials, SoTimeZone
from messaging_double.models.texts import xml_text
from messaging_double.server.rules.reactions import pairs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from messaging_double.models.records import User
    from messaging_double.server.agents.access import Access, Credentials
    from messaging_double.server.agents.messaging import Messaging
    from messaging_double.server.agents.principal import Login, Principal
    from messaging_double.server.calls.call import Call
    from messaging_double.server.settings import Settings

TIME_ZONE = SoTimeZone(1, "UTC")
"""The TimeZone header that a login answers with (ours)."""


class MessagingAgent:
    """The Messaging agent: every operation asks for a ticket."""

    def __init__(self, messaging: Messaging, access: Access) -> None:
        """Carry operations out by ``messaging``."""
        self._access = access
        self.handlers = {
            "CreateMessage": _without_result(messaging.create_message),
            "GetDeliveryStatus": _with_result(messaging.get_delivery_status),
            "SetDeliveryStatus": _without_result(messaging.set_delivery_status),
            "SendMessages": _with_result(messaging.send_messages),
            "SendMessagesWithConfig": _with_result(messaging.send_messages_with_config),
            "GetPlugins": _with_result(messaging.get_plugins),
        }

    def admit(self, call: Call, credentials: Credentials) -> None:
        """Decide on the application and the ticket. Raises ``AccessDenied``."""
        self._access.admit(call, credentials)

    def time_zone(self, headers: Mapping[str, Any]) -> Any:
        """Return the TimeZone header of the request (ours; the proxies pass it by reference)."""
        return headers.get("TimeZone")


class PrincipalAgent:
    """The SoPrincipal agent: the ticket is what one comes for."""

    def __init__(self, principal: Principal, access: Access) -> None:
        """Carry operations out by ``principal``."""
        self._principal = principal
        self._access = access
        self.handlers = {
            "GetSystemInfo": self._system_info,
            "AuthenticateImplicit": _login(principal.authenticate_implicit),
            "AuthenticateUsernamePassword": _login(principal.authenticate_username_password),
            "AuthenticateGeneric": _login(lambda call, data: principal.authenticate_generic(call, pairs_of(data))),
            "AuthenticateWithAccessToken": _login(principal.authenticate_with_access_token),
        }

    def admit(self, call: Call, credentials: Credentials) -> None:
        """Decide on the application. Raises ``AccessDenied``."""
        self._access.admit_application(call, credentials)

    def time_zone(self, headers: Mapping[str, Any]) -> Any:  # noqa: ARG002 - the contract has none in the request
        """Return the TimeZone header of a login: clients read it without looking whether it is there (documented)."""
        return TIME_ZONE

    def _system_info(self, call: Call) -> Sequence[Any]:
        info = self._principal.system_info(call)
        carrier = {
            "AssemblyVersion": info.version,
            "FileVersion": info.version,
            "BuildLabel": info.version,
            "BuildType": "Release",
            "Description": info.description,
            "CompanyName": info.company_name,
            "CompanyId": info.company_id,
            "AccumulatedNextCheckDate": info.next_check,
            "DaysUntilNetServerExpiry": info.days_left,
            "DatabaseVersion": info.database_version,
            "DatabaseType": info.database_type,
            "DatabaseName": info.database_name,
            "IsUnicode": True,
        }
        return [carrier]


def _with_result(handler: Callable[..., Any]) -> Callable[..., Sequence[Any]]:
    return lambda call, *parameters: [handler(call, *parameters)]


def _without_result(handler: Callable[..., None]) -> Callable[..., Sequence[Any]]:
    def handle(call: Call, *parameters: Any) -> Sequence[Any]:
        handler(call, *parameters)
        return ()

    return handle


def _login(handler: Callable[..., Login | None]) -> Callable[..., Sequence[Any]]:
    """Return what answers the members of ``AuthenticateResponse``: Response, Credentials, AuthenticationSucceeded."""

    def handle(call: Call, *parameters: Any) -> Sequence[Any]:
        login = handler(call, *parameters)
        if login is None:
            return (None, None, False)
        return (principal_carrier(login.user, call.tenant), SoCredentials(login.ticket), True)

    return handle


def principal_carrier(user: User, tenant: str) -> dict[str, Any]:
    """Return what the response says of who is logged in."""
    return {
        "UserType": "InternalAssociate",
        "Associate": user.name,
        "AssociateId": user.associate_id,
        "IsPerson": True,
        "PersonId": user.person_id,
        "CountryId": user.country_id,
        "HomeCountryId": user.country_id,
        "ContactId": user.contact_id,
        "GroupId": user.group_id,
        "RoleId": user.role_id,
        "RoleName": user.role_name,
        "RoleDescription": user.role_name,
        "RoleType": "Employee",
        "Licenses": [],
        "FullName": user.full_name or user.name,
        "EMailAddress": user.email,
        "FunctionRights": list(user.function_rights),
        "EjUserStatus": "StatusNormal",
        "ProvidedCredentials": [],
        "SecondaryGroups": [],
        "DatabaseContextIdentifier": xml_text(tenant),
    }


class CustomerServiceAgent:
    """GetSmsConfig: how an application learns which plugin the tenant has chosen (documented; its values are ours)."""

    def __init__(self, settings: Settings, access: Access) -> None:
        """Name the first plugin of the catalogue."""
        self._settings = settings
        self._access = access
        self.handlers = {"GetSmsConfig": self._sms_config}

    def admit(self, call: Call, credentials: Credentials) -> None:
        """Decide on the application and the ticket. Raises ``AccessDenied``."""
        self._access.admit(call, credentials)

    def time_zone(self, headers: Mapping[str, Any]) -> Any:
        """Return the TimeZone header of the request (ours)."""
        return headers.get("TimeZone")

    def _sms_config(self, call: Call) -> Sequence[Any]:  # noqa: ARG002 - the same for all tenants so far
        plugins = self._settings.plugins
        carrier = {
            "DefaultSmsCountry": "",
            "NetServerSmsProvider": plugins[0].name if plugins else "",
            "NsPluginSender": "",
            "NsPluginConfig": (),
        }
        return [carrier]
