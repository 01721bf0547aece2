"""What the tests ask of a client, whichever library it is."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

Carrier = dict[str, Any]
"""A carrier by the contract's names of its members.  What is not there is left out or nil, as the library has it.

A list is a Python list of its items, a ``None`` among them a nil one; a dictionary is a list of carriers.
"""

TICKET = "7T:MQAyADMANAA="
APPLICATION_TOKEN = "1234567-1234-9876"  # noqa: S105 (the documentation's own example)
TIME_ZONE: Carrier = {"SoTimeZoneId": 48, "SoTimeZoneLocationCode": "Europe/Oslo (Åse)"}


class Answer(NamedTuple):
    """What a client library handed to its caller."""

    response: Any
    """``None`` if it is nil, or if the operation returns nothing.  Carriers are without what is nil in them."""
    succeeded: bool | None
    exception: str | None
    """The Message of ExceptionInfo; ``None`` if there is no ExceptionInfo or a nil one."""
    time_zone: Carrier | None


class SoapClient(Protocol):
    """One operation called through a client library."""

    def __call__(self, operation: str, parameters: Carrier) -> Answer:
        """Call it with the parameters by their names."""
