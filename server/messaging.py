"""What the six operations of the Messaging agent do.

SOAP, the control API and the tests call this; nobody else decides what an operation does.  What the vendor
documents is cited; where nobody documents the truth the default is ours and a setting.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from messaging_double.models.errors import InvalidArgument
from messaging_double.models.notes import Notes
from messaging_double.models.records import MessageDeliveryStatus, OutboxEntry, StatusChange
from messaging_double.server.simulation.identifiers import external_message_id, session_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messaging_double.models.records import ConfigPairs, IncomingMessage, OutgoingMessage, ProviderInfo
    from messaging_double.server.settings import Settings
    from messaging_double.server.simulation.clock import Clock
    from messaging_double.storage import Storage, UnitOfWork

COLUMN_LENGTH = 255
"""Characters of the real columns plugin, session_key, status_description, format (documented: String(255))."""


@dataclass
class Call:
    """Who calls, through which version, and what was noted on the way."""

    tenant: str
    services: str
    """``Services88``."""
    notes: Notes = field(default_factory=Notes)
    messages: int | None = None
    """How many messages it carried, once that is known."""

    def note(self, text: str) -> None:
        """Keep what the double accepted and the real service would not, or what it changed."""
        self.notes.add(text)


@dataclass(frozen=True)
class _Batch:
    """The messages of one call, sent together or not at all."""

    operation: str
    plugin: str
    messages: Sequence[OutgoingMessage]
    config: ConfigPairs | None = None


class Messaging:
    """The Messaging agent on the domain's records.  Refusals are ``MessagingError``, answered in-band."""

    def __init__(self, storage: Storage, settings: Settings, clock: Clock) -> None:
        """Keep messages in ``storage``, go by ``clock``; ``settings`` decide what nobody documents."""
        self._storage = storage
        self._settings = settings
        self._clock = clock

    def send_messages(
        self, call: Call, plugin: str | None, messages: Sequence[OutgoingMessage | None]
    ) -> list[MessageDeliveryStatus]:
        """Put the messages into the outbox: all or none.

        Returns a status each, in their order ("Length of the array is equal to the number of outgoing messages",
        documented; the order is inferred).
        """
        return self._send(call, self._batch(call, "SendMessages", plugin, messages))

    def send_messages_with_config(
        self, call: Call, plugin: str | None, messages: Sequence[OutgoingMessage | None], config: ConfigPairs | None
    ) -> list[MessageDeliveryStatus]:
        """Put the messages into the outbox with "Config values used by the plugin" (documented)."""
        batch = self._batch(call, "SendMessagesWithConfig", plugin, messages)
        return self._send(call, replace(batch, config=config))

    def create_message(self, call: Call, message: IncomingMessage | None) -> None:
        """Do as documented: "Create a new message and insert it in the message queue. (inbox)"."""
        if message is None:
            problem = "IncomingMessage is missing: there is nothing to create."
            raise InvalidArgument(problem)
        call.messages = 1
        fitting = replace(
            message,
            session_key=self._fit(call, "SessionKey", message.session_key),
            plugin=self._fit(call, "Plugin", message.plugin),
            format=self._fit(call, "Format", message.format),
        )
        with self._storage.writing() as work:
            work.inbox.add(
                call.tenant,
                fitting,
                origin="CreateMessage",
                services=call.services,
                registered=self._clock(call.tenant),
            )

    def get_delivery_status(self, call: Call, messaging_ids: Sequence[int]) -> list[MessageDeliveryStatus]:
        """Return the statuses in the order asked, a repeated id repeated (ours: only the parameter is documented)."""
        with self._storage.reading() as work:
            known = work.outbox.statuses(call.tenant, messaging_ids)
        rows = (known.get(each) or self._unknown(each) for each in messaging_ids)
        return [row for row in rows if row is not None]

    def set_delivery_status(
        self,
        call: Call,
        plugin: str | None,
        external_message_id: str | None,
        status: int,
        status_description: str | None,
    ) -> None:
        """Do as documented, "Set or change the delivery status", of the message that the plugin knows by this id.

        The pair is the key, as documented; the MessagingId is not asked for.
        """
        name = self._plugin(call, plugin)
        description = self._fit(call, "StatusDescription", status_description)
        now = self._clock(call.tenant)
        with self._storage.writing() as work:
            found = None
            if external_message_id is not None:
                found = work.outbox.find(call.tenant, name, external_message_id)
            if found is not None:
                change = StatusChange(status, description, now, by="SetDeliveryStatus")
                work.outbox.change_status(call.tenant, found, change)
                return
            if self._settings.unknown_external_message_id == "error":
                problem = f"No message of the plugin '{name}' has the ExternalMessageId '{external_message_id}'."
                raise InvalidArgument(problem)
            call.note("no message has this Plugin and ExternalMessageId: kept as an unmatched status report")
            work.status_reports.add(
                call.tenant, name, external_message_id, status, description, services=call.services, at=now
            )

    def get_plugins(self, call: Call) -> Sequence[ProviderInfo]:  # noqa: ARG002 (one catalogue for all so far)
        """Return the catalogue."""
        return self._settings.plugins

    def _batch(
        self, call: Call, operation: str, plugin: str | None, messages: Sequence[OutgoingMessage | None]
    ) -> _Batch:
        """Refuse what cannot be sent."""
        present = [message for message in messages if message is not None]
        if len(present) < len(messages):
            problem = f"OutgoingMessages has {len(messages) - len(present)} nil among {len(messages)}: none was sent."
            raise InvalidArgument(problem)
        return _Batch(operation, self._plugin(call, plugin), present)

    def _send(self, call: Call, batch: _Batch) -> list[MessageDeliveryStatus]:
        call.messages = len(batch.messages)
        if not batch.messages:
            return []
        with self._storage.writing() as work:
            entries = self._entries(work, call, batch)
            work.outbox.add(call.tenant, entries)
        return [
            MessageDeliveryStatus(entry.current.status, entry.current.status_description, entry.messaging_id)
            for entry in entries
        ]

    def _entries(self, work: UnitOfWork, call: Call, batch: _Batch) -> list[OutboxEntry]:
        settings = self._settings
        messages = batch.messages
        now = self._clock(call.tenant)
        first = work.outbox.reserve(call.tenant, len(messages), first=settings.first_messaging_id)
        parents = {message.parent_messaging_id for message in messages if message.parent_messaging_id}
        keys = work.outbox.session_keys(call.tenant, parents) if parents else {}
        sent = StatusChange(settings.status_on_send, settings.status_on_send_description, now, by=batch.operation)
        entries = []
        for number, message in enumerate(messages, first):
            keys[number] = self._session_key(call, message, number, keys)  # a parent may be in the same batch
            entry = OutboxEntry(
                messaging_id=number,
                external_message_id=external_message_id(settings.seed, call.tenant, number),
                plugin=batch.plugin,
                message=message,
                session_key=keys[number],
                config=batch.config,
                operation=batch.operation,
                services=call.services,
                registered=now,
                updated=now,
                statuses=(sent,),
            )
            entries.append(entry)
        return entries

    def _session_key(self, call: Call, message: OutgoingMessage, number: int, parents: dict[int, str]) -> str:
        """Take the parent's key, else the suggested one, else make one (ours: the precedence is not documented)."""
        parent = message.parent_messaging_id
        if parent:
            if parent in parents:
                return parents[parent]
            call.note(f"ParentMessagingId {parent} is unknown: the message begins a conversation of its own")
        suggested = self._fit(call, "SuggestedSessionKey", message.suggested_session_key)
        return suggested or session_key(self._settings.seed, call.tenant, number)

    def _plugin(self, call: Call, plugin: str | None) -> str:
        """Return the name of the plugin that a call means."""
        catalogue = self._settings.plugins
        if not plugin:
            if self._settings.empty_plugin == "error" or not catalogue:
                problem = "Plugin is empty: name one of GetPlugins."
                raise InvalidArgument(problem)
            return catalogue[0].name
        if self._settings.unknown_plugin == "error" and all(plugin != each.name for each in catalogue):
            known = ", ".join(f"'{each.name}'" for each in catalogue)
            problem = f"Plugin '{plugin}' is unknown; GetPlugins has {known or 'none'}."
            raise InvalidArgument(problem)
        return self._fit(call, "Plugin", plugin) or ""

    def _unknown(self, messaging_id: int) -> MessageDeliveryStatus | None:
        """Return what stands in the place of a message that is not there, by ``unknown-messaging-id``."""
        choice = self._settings.unknown_messaging_id
        problem = f"Unknown MessagingId {messaging_id}"
        if choice == "error":
            raise InvalidArgument(problem)
        if choice == "omit":
            return None
        return MessageDeliveryStatus(self._settings.status_of_unknown_id, problem, messaging_id)

    def _fit(self, call: Call, name: str, value: str | None) -> str | None:
        """Return ``value`` as the real column would take it, by the setting ``long-strings``."""
        if value is None or len(value) <= COLUMN_LENGTH:
            return value
        length = f"{name} has {len(value)} characters, the real column {COLUMN_LENGTH}"
        if self._settings.long_strings == "error":
            raise InvalidArgument(length)
        if self._settings.long_strings == "truncate":
            call.note(f"{length}: truncated")
            return value[:COLUMN_LENGTH]
        call.note(f"{length}: kept whole")
        return value
