"""What the operations of the SoPrincipal agent do: log in, and describe the system.

A bad login is no exception: AuthenticationSucceeded is false, and nothing else is wrong (the vendor's samples test the
two apart).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from messaging_double.models import errors
from messaging_double.models.errors import AccessDenied
from messaging_double.models.records import SoCredentials, SoTimeZone, User
from messaging_double.models.texts import xml_text
from messaging_double.models.tickets import TICKET_PREFIX, is_secret, tenant_of_access_token
from messaging_double.server.agents.access import EXPIRED_ACCESS_TOKEN, same
from messaging_double.server.calls.paths import canonical_tenant
from messaging_double.server.rules.reactions import pairs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from messaging_double.models.records import ConfigPairs
    from messaging_double.server.agents.access import Access, Credentials
    from messaging_double.server.calls.call import Call
    from messaging_double.server.settings import Settings

VERSION = "10.3.0.0"
DESCRIPTION = "messaging-double, a test double of SuperOffice NetServer"
"""What the double says of itself where the real service has the version and the name of NetServer (ours)."""
_DAYS_LEFT = 365
_TIME_ZONE = SoTimeZone(1, "UTC")
"""The TimeZone header that a login answers with (ours)."""
UNKNOWN_USER = "nobody"
WRONG_PASSWORD = "wrong"  # noqa: S105 (documented, so no secret)
BREAKING_USER = "exception"
"""What fails on purpose where the settings name no users: this user, this password; and this user by an exception."""


@dataclass(frozen=True)
class Login:
    """A user who is logged in."""

    user: User
    ticket: str = field(repr=False)
    """The text that the client carries from now on."""


class Principal:
    """The SoPrincipal agent: the ticket is what one comes for. ``None`` stands for a login that failed."""

    def __init__(self, access: Access, settings: Settings) -> None:
        """Let ``access`` issue the tickets."""
        self._access = access
        self._settings = settings
        self.handlers = {
            "GetSystemInfo": self.system_info,
            "AuthenticateImplicit": _login(self.authenticate_implicit),
            "AuthenticateUsernamePassword": _login(self.authenticate_username_password),
            "AuthenticateGeneric": _login(lambda call, data: self.authenticate_generic(call, pairs_of(data))),
            "AuthenticateWithAccessToken": _login(self.authenticate_with_access_token),
        }

    def admit(self, call: Call, credentials: Credentials) -> None:
        """Decide on the application. Raises ``AccessDenied``."""
        self._access.admit_application(call, credentials)

    def time_zone(self, headers: Mapping[str, Any]) -> Any:  # noqa: ARG002 - the contract has none in the request
        """Return the TimeZone header of a login: clients read it without looking whether it is there (documented)."""
        return _TIME_ZONE

    def system_info(self, call: Call) -> Sequence[Any]:
        """Describe the system (believable values, all ours)."""
        carrier = {
            "AssemblyVersion": VERSION,
            "FileVersion": VERSION,
            "BuildLabel": VERSION,
            "BuildType": "Release",
            "Description": DESCRIPTION,
            "CompanyName": self._settings.company,
            "CompanyId": 1,
            "AccumulatedNextCheckDate": call.now + timedelta(days=_DAYS_LEFT),
            "DaysUntilNetServerExpiry": _DAYS_LEFT,
            "DatabaseVersion": 493,
            "DatabaseType": "SQLite",
            "DatabaseName": "messaging-double",
            "IsUnicode": True,
        }
        return [carrier]

    def authenticate_username_password(self, call: Call, name: str | None, password: str | None) -> Login | None:
        """Log in; a ticket as the name with a blank password renews it (documented)."""
        if name and name.startswith(TICKET_PREFIX) and not password:
            return self._by_ticket(call, name)
        user = self.user_of(name or "", password or "")
        return None if user is None else self._log_in(call, user)

    def authenticate_implicit(self, call: Call) -> Login | None:
        """Log in whom the setting ``implicit-user`` names; the real service asks Windows."""
        user = self._implicit_user()
        return None if user is None else self._log_in(call, user)

    def authenticate_generic(self, call: Call, data: ConfigPairs | None) -> Login | None:
        """Log in with UserName and Password, AccessToken or Ticket (ours: which keys there are is not documented)."""
        given = {(key or "").lower(): value for key, value in data or ()}
        if given.get("accesstoken"):
            return self._by_access_token(call, given["accesstoken"])
        if given.get("ticket"):
            return self._by_ticket(call, given["ticket"] or "")
        user = self.user_of(given.get("username") or "", given.get("password") or "")
        return None if user is None else self._log_in(call, user)

    def authenticate_with_access_token(self, call: Call, token: str | None) -> Login | None:
        """Log in with an access token, ``8A:Cust12345.…``, of this tenant."""
        return self._by_access_token(call, token)

    def user_of_ticket(self, call: Call, text: str) -> User:
        """Return the user of a ticket; of anything else, whom the setting ``implicit-user`` names."""
        ticket = self._access.ticket_of(call, text)
        return self._known(self._settings.implicit_user if ticket is None else ticket.user)

    def _by_access_token(self, call: Call, token: str | None) -> Login | None:
        tenant = tenant_of_access_token(token or "")
        if token is None or tenant is None or token.endswith(EXPIRED_ACCESS_TOKEN):
            return None
        user = self._implicit_user()
        if user is None or canonical_tenant(tenant) != call.tenant or not call.version.access_tokens:
            return None
        return self._log_in(call, user)

    def _by_ticket(self, call: Call, text: str) -> Login | None:
        ticket = self._access.renew(call, text)
        return None if ticket is None else Login(self._known(ticket.user), text)

    def _log_in(self, call: Call, user: User) -> Login:
        return Login(user, self._access.log_in(call, user.name))

    def user_of(self, name: str, password: str) -> User | None:
        """Return the user whose name and password these are. A ticket or a token is no user name."""
        if is_secret(name):
            return None
        users: Sequence[User] = self._settings.users
        if users:
            matching = [user for user in users if same(user.name, name) & same(user.password, password)]
            return matching[0] if matching else None
        if name == BREAKING_USER:
            raise AccessDenied(errors.LOGIN_BREAKS)
        return None if not name or name == UNKNOWN_USER or password == WRONG_PASSWORD else User(name)

    def _implicit_user(self) -> User | None:
        """Return whom the setting ``implicit-user`` names, who has to be one of the users if those are named."""
        name = self._settings.implicit_user
        named = [user.name for user in self._settings.users]
        return self._known(name) if name and (not named or name in named) else None

    def _known(self, name: str) -> User:
        """Return the user of the settings with this name, or one made up for it."""
        return next((user for user in self._settings.users if user.name == name), User(name))


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
