"""Users and applications of the settings, with the keys that their tables in the configuration file have."""

from __future__ import annotations

from msgspec import Struct

from messaging_double.models.control.values import Int32  # noqa: TC001 (msgspec reads the types at run time)
from messaging_double.models.records import Filled  # noqa: TC001 (as above)


class User(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """A user, with what the principal carrier says of it. The default numbers are ours."""

    name: Filled
    """The UserName; compared as written."""
    password: str = ""
    associate_id: Int32 = 11
    full_name: str = ""
    email: str = ""
    person_id: Int32 = 7
    contact_id: Int32 = 2
    country_id: Int32 = 578
    group_id: Int32 = 1
    role_id: Int32 = 2
    role_name: str = "User level 0"
    function_rights: tuple[Filled, ...] = ()

    def __repr__(self) -> str:
        """Return its name: logs and error texts must not have the password."""
        return f"User({self.name!r}, ...)"


class Application(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """An application: its token, and the restricted agents that it was granted."""

    token: Filled
    agents: tuple[Filled, ...] = ("Messaging",)
    public_key: str = ""
    """File with the key that its system user tokens are verified by: PEM or RSAKeyValue; without one all pass."""

    def __repr__(self) -> str:
        """Return its agents: logs and error texts must not have the token."""
        return f"Application(..., {self.agents!r})"
