"""What the six operations of the Messaging agent do.

SOAP, the control API and the tests call this; nobody else decides what an operation does.  What the vendor
documents is cited; where nobody documents the truth the default is ours and a setting.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from messaging_double.models.errors import InvalidArgument
from messaging_double.models.records import MessageDeliveryStatus, StatusChange
from messaging_double.server.columns import fitted
from messaging_double.server.sending import Batch, Sending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messaging_double.models.records import ConfigPairs, IncomingMessage, OutgoingMessage, ProviderInfo
    from messaging_double.server.calls import Call
    from messaging_double.server.settings import Settings
    from messaging_double.server.simulation import Simulation
    from messaging_double.storage import Storage, UnitOfWork


class Messaging:
    """The Messaging agent on the domain's records.  Refusals are ``MessagingError``, answered in-band."""

    def __init__(self, storage: Storage, settings: Settings, simulation: Simulation) -> None:
        """Keep messages in ``storage``, deliver them by ``simulation``; ``settings`` decide what nobody documents."""
        self._storage = storage
        self._settings = settings
        self._sending = Sending(settings, simulation)
        self._profiles = simulation.profiles
        self._deliveries = simulation.deliveries

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
                registered=call.now,
            )

    def get_delivery_status(self, call: Call, messaging_ids: Sequence[int]) -> list[MessageDeliveryStatus]:
        """Return the statuses in the order asked, a repeated id repeated (ours: only the parameter is documented)."""
        with self._storage.reading() as work:
            known, is_polled = work.outbox.statuses(call.tenant, messaging_ids)
        if is_polled:
            with self._storage.writing() as work:
                self._deliveries.poll(work, call.tenant, messaging_ids, call.now)
                known, _ = work.outbox.statuses(call.tenant, messaging_ids)
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
        gives_ids = self._settings.gives_external_ids(name)
        with self._storage.writing() as work:
            found = None
            if external_message_id is not None and gives_ids:
                found = work.outbox.find(call.tenant, name, external_message_id)
            if found is not None:
                self._check_open(work, call.tenant, found)
                change = StatusChange(status, description, call.now, by="SetDeliveryStatus")
                work.outbox.change_status(call.tenant, found, change)
                return
            if not gives_ids:
                call.note(f"the plugin '{name}' gives no external ids (external-ids = false): no report can match")
            if self._settings.unknown_external_message_id == "error":
                problem = f"No message of the plugin '{name}' has the ExternalMessageId '{external_message_id}'."
                raise InvalidArgument(problem)
            call.note("no message has this Plugin and ExternalMessageId: kept as an unmatched status report")
            work.status_reports.add(
                call.tenant, name, external_message_id, status, description, services=call.services, at=call.now
            )

    def get_plugins(self, call: Call) -> Sequence[ProviderInfo]:  # noqa: ARG002 (one catalogue for all so far)
        """Return the catalogue."""
        return self._settings.plugins

    def _batch(
        self, call: Call, operation: str, plugin: str | None, messages: Sequence[OutgoingMessage | None]
    ) -> Batch:
        """Refuse what cannot be sent."""
        present = [message for message in messages if message is not None]
        if len(present) < len(messages):
            problem = f"OutgoingMessages has {len(messages) - len(present)} nil among {len(messages)}: none was sent."
            raise InvalidArgument(problem)
        return Batch(operation, self._plugin(call, plugin), present)

    def _send(self, call: Call, batch: Batch) -> list[MessageDeliveryStatus]:
        call.messages = len(batch.messages)
        if not batch.messages:
            return []
        with self._storage.writing() as work:
            entries = self._sending.send(work, call, batch)
        return [
            MessageDeliveryStatus(entry.current.status, entry.current.status_description, entry.messaging_id)
            for entry in entries
        ]

    def _check_open(self, work: UnitOfWork, tenant: str, messaging_id: int) -> None:
        """Refuse to change what is final, where the setting says so."""
        if self._settings.final_statuses == "open":
            return
        status = work.outbox.statuses(tenant, (messaging_id,))[0][messaging_id].status
        if name := self._profiles.final_name(status):
            problem = f"Message {messaging_id} is {name} ({status}), which is final."
            raise InvalidArgument(problem)

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
        return MessageDeliveryStatus(self._profiles.number("unknown"), problem, messaging_id)

    def _fit(self, call: Call, name: str, value: str | None) -> str | None:
        return fitted(call, name, value, self._settings.long_strings)
