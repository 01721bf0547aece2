"""What becomes of messages as they are sent: ids, session keys, and how their delivery begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from messaging_double.models.records import OutboxEntry
from messaging_double.server.columns import fitted
from messaging_double.server.simulation.identifiers import external_message_id, session_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messaging_double.models.records import ConfigPairs, OutgoingMessage
    from messaging_double.server.calls import Call
    from messaging_double.server.settings import Settings
    from messaging_double.server.simulation import Simulation
    from messaging_double.server.simulation.profiles import Progress
    from messaging_double.storage import UnitOfWork


@dataclass(frozen=True)
class Batch:
    """The messages of one call, sent together or not at all."""

    operation: str
    plugin: str
    messages: Sequence[OutgoingMessage]
    config: ConfigPairs | None = None


class Sending:
    """Makes entries of the outbox from messages."""

    def __init__(self, settings: Settings, simulation: Simulation) -> None:
        """Let deliveries begin by ``simulation``."""
        self._settings = settings
        self._simulation = simulation

    def send(self, work: UnitOfWork, call: Call, batch: Batch) -> list[OutboxEntry]:
        """Put the messages into the outbox, and what is answered at once into the inbox."""
        first = work.outbox.reserve(call.tenant, len(batch.messages), first=self._settings.first_messaging_id)
        parents = {message.parent_messaging_id for message in batch.messages if message.parent_messaging_id}
        keys = work.outbox.session_keys(call.tenant, parents) if parents else {}
        seed = self._settings.seed if call.state.seed is None else call.state.seed
        gives_ids = self._settings.gives_external_ids(batch.plugin)
        entries: list[OutboxEntry] = []
        replies: dict[int, Sequence[str]] = {}
        for number, message in enumerate(batch.messages, first):
            keys[number] = self._session_key(call, message, number, keys, seed)  # a parent may be in the same batch
            begun = self._begin(call, batch, message, seed, number)
            entry = OutboxEntry(
                messaging_id=number,
                external_message_id=external_message_id(seed, call.tenant, number) if gives_ids else None,
                plugin=batch.plugin,
                message=message,
                session_key=keys[number],
                config=batch.config,
                operation=batch.operation,
                services=call.services,
                registered=call.now,
                updated=call.now,
                statuses=begun.changes,
                delivery=begun.delivery,
                position=number - first + 1,
            )
            entries.append(entry)
            if begun.replies:
                replies[number] = begun.replies
        work.outbox.add(call.tenant, entries)
        if replies:
            self._simulation.deliveries.begun(work, call.tenant, entries, replies)
        return entries

    def _begin(self, call: Call, batch: Batch, message: OutgoingMessage, seed: str, number: int) -> Progress:
        """Let the delivery of a message begin: by a rule, by its recipient, by its plugin."""
        profiles = self._simulation.profiles
        reaction = call.reaction
        name = None
        if reaction is not None and reaction.concerns(message):
            if reaction.status is not None:
                return profiles.fixed(reaction.status, call.now, f"rule {reaction.by}")
            name = reaction.profile
        name = name or self._simulation.magic.profile_for(message.to) or profiles.name_for(call.state, batch.plugin)
        profile = profiles.resolved(name, seed, call.tenant, str(number))
        return profiles.begin(profile, call.now, batch.operation)

    def _session_key(
        self, call: Call, message: OutgoingMessage, number: int, parents: dict[int, str], seed: str
    ) -> str:
        """Take the parent's key, else the suggested one, else make one (ours: the precedence is not documented)."""
        parent = message.parent_messaging_id
        if parent:
            if parent in parents:
                return parents[parent]
            call.note(f"ParentMessagingId {parent} is unknown: the message begins a conversation of its own")
        suggested = fitted(call, "SuggestedSessionKey", message.suggested_session_key, self._settings.long_strings)
        return suggested or session_key(seed, call.tenant, number)
