"""Empties tenants, and fills them with what a test wants to find there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from messaging_double.models.identifiers import message_keys
from messaging_double.models.records import ENDED, Delivery, IncomingMessage, OutboxEntry, OutgoingMessage, StatusChange
from messaging_double.models.statuses import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from messaging_double.server.settings import Settings
    from messaging_double.server.simulation.clock import Clock
    from messaging_double.storage import Storage, UnitOfWork

BY = "seed"
"""Who set the status of a message that was filled in."""
_NEWEST_SERVICES = "Services88"
_SHOWN_AS = {"messaging_id": "messagingId", "id": "id"}


class SeedError(ValueError):
    """What is to be filled in contradicts itself; its text says where."""


@dataclass(frozen=True)
class Contents:
    """What a tenant is to have; members are named as the records' fields are."""

    seed: str | None = None
    """What its ids and keys are made from; ``None``: that of the settings."""
    auth: str | None = None
    """How its tickets are checked; ``None``: as the settings say."""
    outbox: Sequence[Mapping[str, Any]] = ()
    """Oldest first, or with their ids in any order."""
    inbox: Sequence[Mapping[str, Any]] = ()
    """Likewise."""


class Seeding:
    """Replaces the contents of tenants."""

    def __init__(self, storage: Storage, settings: Settings, clock: Clock) -> None:
        """Fill ``storage``; what is not said comes from ``settings`` and ``clock``, that of a new tenant."""
        self._storage = storage
        self._settings = settings
        self._clock = clock

    def reset(self, tenant: str) -> None:
        """Empty the tenant; its snapshots stay.  Raises ``StorageError``."""
        with self._storage.writing() as work:
            work.tenants.reset(tenant)

    def delete(self, tenant: str) -> None:
        """Delete the tenant with its snapshots.  Raises ``StorageError``."""
        with self._storage.writing() as work:
            work.tenants.delete(tenant)

    def replace(self, tenant: str, contents: Contents) -> None:
        """Reset the tenant, then fill it.  Raises ``SeedError``; the tenant then stays as it was."""
        now = self._clock(tenant)
        seed = self._settings.seed if contents.seed is None else contents.seed
        with self._storage.writing() as work:
            work.tenants.reset(tenant)
            work.tenants.set(tenant, auth=contents.auth, seed=contents.seed)
            first = self._settings.first_messaging_id
            sent = _numbered(contents.outbox, "messaging_id", "outbox", first)
            work.outbox.add(tenant, [self._entry(given, tenant, seed, number, now) for number, given in sent])
            work.outbox.advance_past(tenant, first - 1)
            for number, given in _numbered(contents.inbox, "id", "inbox", 1):
                _add_to_inbox(work, tenant, number, given, now)

    def _entry(self, given: Mapping[str, Any], tenant: str, seed: str, number: int, now: datetime) -> OutboxEntry:
        message = OutgoingMessage(**_of(given, OutgoingMessage))
        external_id, own_key = message_keys(seed, tenant, number)
        registered = given.get("registered", now)
        config = given.get("config")
        plugin = given.get("plugin") or self._first_plugin()
        gives_ids = self._settings.gives_external_ids(plugin)
        return OutboxEntry(
            messaging_id=number,
            external_message_id=given.get("external_message_id", external_id if gives_ids else None),
            plugin=plugin,
            message=message,
            session_key=given.get("session_key") or message.suggested_session_key or own_key,
            config=config,
            operation=given.get("operation", "SendMessages" if config is None else "SendMessagesWithConfig"),
            services=given.get("services", _NEWEST_SERVICES),
            registered=registered,
            updated=given.get("updated", registered),
            statuses=given.get("statuses") or (self._status(given, registered),),
            delivery=Delivery(given["outcome"], ENDED) if given.get("outcome") else None,
        )

    def _status(self, given: Mapping[str, Any], at: datetime) -> StatusChange:
        sent = dict(self._settings.statuses).get("sent", NUMBERS["sent"])
        return StatusChange(given.get("status", sent), given.get("status_description"), at, BY)

    def _first_plugin(self) -> str:
        catalogue = self._settings.plugins
        return catalogue[0].name if catalogue else ""


def _numbered(
    messages: Sequence[Mapping[str, Any]], name: str, box: str, first: int
) -> list[tuple[int, Mapping[str, Any]]]:
    """Give each message its id, in their order; one that does not say any gets the next of the highest before it."""
    following = first
    numbered: dict[int, Mapping[str, Any]] = {}
    for index, given in enumerate(messages):
        number = given.get(name, following)
        if number in numbered:
            problem = f"{box}[{index}] has {_SHOWN_AS[name]} {number}, as another message has"
            raise SeedError(problem)
        numbered[number] = given
        following = max(following, number + 1)
    return sorted(numbered.items())


def _add_to_inbox(work: UnitOfWork, tenant: str, number: int, given: Mapping[str, Any], now: datetime) -> None:
    message = IncomingMessage(**_of(given, IncomingMessage))
    registered = given.get("registered", now)
    work.inbox.advance_past(tenant, number - 1)
    work.inbox.add(
        tenant, message, origin=given.get("origin", BY), services=given.get("services"), registered=registered
    )


def _of(given: Mapping[str, Any], record: type[OutgoingMessage | IncomingMessage]) -> dict[str, Any]:
    return {name: given[name] for name in record.__struct_fields__ if name in given}
