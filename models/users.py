"""Who may log in, and what their principal carrier says."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class User:
    """A user of the settings.  The numbers are believable, and ours."""

    name: str
    """The UserName; compared as written."""
    password: str = field(default="", repr=False)
    associate_id: int = 11
    full_name: str = ""
    email: str = ""
    person_id: int = 7
    contact_id: int = 2
    country_id: int = 578
    group_id: int = 1
    role_id: int = 2
    role_name: str = "User level 0"
    function_rights: tuple[str, ...] = ()


@dataclass(frozen=True)
class Application:
    """An application of the settings: its token, and the restricted agents that it was granted."""

    token: str = field(repr=False)
    agents: tuple[str, ...] = ("Messaging",)
