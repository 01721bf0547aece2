"""Where a client finds the service, and what the control API shows of what it did there."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from support.envelopes import namespace
from support.processes import ServedDouble
from support.sockets import Client

Carrier = dict[str, Any]
"""A carrier by the contract's names of its members. What is not there is left out or nil, as the library has it.

A list is a Python list of its items, a ``None`` among them a nil one; a dictionary is a list of carriers.
"""
TICKET = "7T:MQAyADMANAA="
APPLICATION_TOKEN = "1234567-1234-9876"  # noqa: S105 (the documentation's own example)
TIME_ZONE: Carrier = {"SoTimeZoneId": 48, "SoTimeZoneLocationCode": "Europe/Oslo (Åse)"}
VERSIONS = (84, 86, 88)


class Answer(NamedTuple):
    """What a client library handed to its caller."""

    response: Any
    """``None`` if it is nil, or if the operation returns nothing. Carriers are without what is nil in them."""
    succeeded: bool | None
    exception: str | None
    """The Message of ExceptionInfo; ``None`` if there is no ExceptionInfo or a nil one."""
    time_zone: Carrier | None


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
    """One spelling of the URL of an agent in one Services version."""

    double: ServedDouble
    version: int = 88
    spelling: str = "a tenant"
    agent: str = "Messaging"

    @property
    def principal(self) -> "Place":
        """Where one logs in."""
        return replace(self, agent="SoPrincipal")

    @property
    def url(self) -> str:
        """The URL of the service."""
        prefix, _, spell = SPELLINGS[self.spelling]
        return self.double.url + spell(f"{prefix}/Services{self.version}/{self.agent}.svc")

    @property
    def tenant(self) -> str:
        """The tenant whose messages these are."""
        return SPELLINGS[self.spelling][1]

    @property
    def namespace(self) -> str:
        """The namespace of the version."""
        return namespace(self.version)

    def control(self, rest: str, method: str = "GET", value: Any = None) -> Any:
        """Ask the control API for something of the tenant."""
        with Client(self.double.url) as client:
            return client.control(f"{self.tenant}/{rest}", method, value)

    def listed(self, box: str, key: str = "messages") -> list[Carrier]:
        """Return what is in a list, oldest first."""
        page = self.control(box)
        assert page["total"] == len(page[key])
        rows: list[Carrier] = page[key][::-1]
        return rows

    @property
    def outbox(self) -> list[Carrier]:
        """What was sent, oldest first."""
        return self.listed("outbox")
