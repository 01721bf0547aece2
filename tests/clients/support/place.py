"""Where a client finds the service: Services version, tenant, and how the path is spelt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .double import Double

NAMESPACE = "http://www.superoffice.net/ws/crm/NetServer/Services{}"
VERSIONS = (84, 86, 88)
NEWEST = 88


def mixed_case(path: str) -> str:
    """Write every second character as a capital, the others small."""
    return "".join(each.upper() if position % 2 else each.lower() for position, each in enumerate(path))


SPELLINGS: dict[str, tuple[str, str, Callable[[str], str]]] = {
    "no tenant": ("/Remote", "default", str),
    "a tenant": ("/Cust26759/Remote", "Cust26759", str),
    "small letters": ("/Cust26760/Remote", "Cust26760", str.lower),
    "capitals": ("/Cust26761/Remote", "Cust26761", str.upper),
    "mixed letters": ("/Cust26762/Remote", "Cust26762", mixed_case),
    "doubled slashes": ("//Cust26763//Remote", "Cust26763", str),
    "a virtual directory": ("/Sales/Remote", "sales", str),
}


@dataclass(frozen=True)
class Place:
    """One spelling of the URL of one Services version."""

    double: Double
    version: int
    spelling: str = "a tenant"
    agent: str = "Messaging"

    @property
    def principal(self) -> Place:
        """Where one logs in."""
        return replace(self, agent="SoPrincipal")

    @property
    def control(self) -> str:
        """What the control API's URLs of the tenant begin with."""
        return f"/_mock/v1/tenants/{self.tenant}"

    @property
    def path(self) -> str:
        """The path of the service."""
        prefix, _, spell = SPELLINGS[self.spelling]
        return spell(f"{prefix}/Services{self.version}/{self.agent}.svc")

    @property
    def url(self) -> str:
        """The URL of the service."""
        return self.double.url + self.path

    @property
    def tenant(self) -> str:
        """The tenant whose messages these are."""
        return SPELLINGS[self.spelling][1]

    @property
    def namespace(self) -> str:
        """The namespace of the version."""
        return NAMESPACE.format(self.version)

    @property
    def services(self) -> str:
        """The version as the control API names it."""
        return f"Services{self.version}"
