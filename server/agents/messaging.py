"""What the six operations of the Messaging agent do, and the one of CustomerService that goes with them.

What the vendor documents is cited; what is undocumented has a default of ours and a setting.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from msgspec.structs import replace

from messaging_double.models.errors import InvalidArgument
from messaging_double.models.identifiers import message_keys
from messaging_double.models.records import MessageDeliveryStatus, OutboxEntry, StatusChange
from messaging_double.server.logs import explain, explains
from messaging_double.server.rules.reactions import pairs_of
from messaging_double.storage import StorageBusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from messaging_double.models.records import ConfigPairs, IncomingMessage, OutgoingMessage, ProviderInfo
    from messaging_double.server.agents.access import Access, Credentials
    from messaging_double.server.calls.call import Call
    from messaging_double.server.settings import Settings
    from messaging_double.server.simulation import Simulation
    from messaging_double.server.simulation.profiles import Progress

    Replies = dict[int, Sequence[str]]  # what comes back at once, by MessagingIds

_MOST_AT_ONCE = 500
"""Messages of one call that are added in one transaction: others wait for no more than these."""
COLUMN_LENGTH = 255
"""Characters of the real columns plugin, session_key, status_description, format (documented: String(255))."""


class _Agent:
    """An agent whose operations all ask for a ticket."""

    def __init__(self, settings: Settings, access: Access) -> None:
        self._settings = settings
        self._access = access

    def admit(self, call: Call, credentials: Credentials) -> None:
        """Decide on the application and the ticket. Raises ``AccessDenied``."""
        self._access.admit(call, credentials)

    def time_zone(self, headers: Mapping[str, Any]) -> Any:
        """Return the TimeZone header of the request (ours; the proxies pass it by reference)."""
        return headers.get("TimeZone")


class Messaging(_Agent):
    """The Messaging agent: operations take and return records. Refusals are ``MessagingError``, answered in-band.

    What a call keeps, it keeps in the unit of work of the call.
    """

    def __init__(self, settings: Settings, access: Access, simulation: Simulation) -> None:
        """Deliver messages by ``simulation``; ``settings`` decide what is undocumented."""
        super().__init__(settings, access)
        self._simulation = simulation
        self._profiles = simulation.profiles
        self._deliveries = simulation.deliveries
        self._without_external_ids = {
            each.name for each in settings.plugins if not settings.gives_external_ids(each.name)
        }
        self.handlers = {
            "CreateMessage": _without_result(self.create_message),
            "GetDeliveryStatus": _with_result(self.get_delivery_status),
            "SetDeliveryStatus": _without_result(self.set_delivery_status),
            "SendMessages": _with_result(self.send_messages),
            "SendMessagesWithConfig": _with_result(self.send_messages_with_config),
            "GetPlugins": _with_result(self.get_plugins),
        }

    def send_messages(
        self, call: Call, plugin: str | None, messages: Sequence[OutgoingMessage | None] | None
    ) -> list[MessageDeliveryStatus]:
        """Put the messages into the outbox: all or none.

        Returns a status each, in their order ("Length of the array is equal to the number of outgoing messages",
        documented; the order is inferred).
        """
        return self._send(call, plugin, messages or (), None)

    def send_messages_with_config(
        self,
        call: Call,
        plugin: str | None,
        messages: Sequence[OutgoingMessage | None] | None,
        config: Sequence[Sequence[str | None] | None] | None,
    ) -> list[MessageDeliveryStatus]:
        """Put the messages into the outbox with "Config values used by the plugin" (documented)."""
        return self._send(call, plugin, messages or (), pairs_of(config))

    def create_message(self, call: Call, message: IncomingMessage | None) -> None:
        """Do as documented: "Create a new message and insert it in the message queue. (inbox)"."""
        if message is None:
            raise InvalidArgument("IncomingMessage is missing: there is nothing to create.")
        call.messages = 1
        fitting = replace(
            message,
            session_key=self._truncated(call, "SessionKey", message.session_key),
            plugin=self._truncated(call, "Plugin", message.plugin),
            format=self._truncated(call, "Format", message.format),
        )
        call.work.inbox.add(
            call.tenant, fitting, origin="CreateMessage", services=call.version.name, registered=call.now
        )

    def get_delivery_status(
        self, call: Call, messaging_ids: Sequence[int | None] | None
    ) -> list[MessageDeliveryStatus]:
        """Return the statuses in the order asked, a repeated id repeated (ours: only the parameter is documented).

        A nil id counts as 0, .NET's int of nothing.
        """
        ids = [each or 0 for each in messaging_ids or ()]
        known, are_polled = call.work.outbox.statuses(call.tenant, ids)
        if are_polled:
            call.work.begin()
            self._deliveries.poll(call.work, call.tenant, ids, call.now)
            known, _ = call.work.outbox.statuses(call.tenant, ids)
        rows = [known.get(each) or self._unknown(each) for each in ids]
        return [row for row in rows if row is not None]

    def set_delivery_status(
        self,
        call: Call,
        plugin: str | None,
        external_message_id: str | None,
        status: int | None,
        status_description: str | None,
    ) -> None:
        """Do as documented, "Set or change the delivery status", of the message with this external id at the plugin.

        The pair is the key, as documented; the MessagingId is not asked for. A Status left out counts as 0, .NET's int
        of nothing.
        """
        name = self._plugin(call, plugin)
        description = self._truncated(call, "StatusDescription", status_description)
        work = call.work
        work.begin()
        gives_ids = name not in self._without_external_ids
        found = work.outbox.find(call.tenant, name, external_message_id) if external_message_id and gives_ids else None
        if found is not None:
            self._check_open(call, found)
            change = StatusChange(status or 0, description, call.now, by="SetDeliveryStatus")
            work.outbox.change_status(call.tenant, found, change)
            return
        if not gives_ids:
            call.note(f"the plugin '{name}' gives no external ids (external-ids = false): no report can match")
        if self._settings.unknown_external_message_id == "error":
            problem = f"No message of the plugin '{name}' has the ExternalMessageId '{external_message_id}'."
            raise InvalidArgument(problem)
        call.note("no message has this Plugin and ExternalMessageId: kept as an unmatched status report")
        work.status_reports.add(
            call.tenant, name, external_message_id, status or 0, description, services=call.version.name, at=call.now
        )

    def get_plugins(self, call: Call) -> Sequence[ProviderInfo]:  # noqa: ARG002 - one catalogue for all so far
        """Return the catalogue."""
        return self._settings.plugins

    def _send(
        self, call: Call, plugin: str | None, messages: Sequence[OutgoingMessage | None], config: ConfigPairs | None
    ) -> list[MessageDeliveryStatus]:
        if None in messages:
            problem = f"OutgoingMessages has {messages.count(None)} nil among {len(messages)}: none was sent."
            raise InvalidArgument(problem)
        name = self._plugin(call, plugin)
        call.messages = len(messages)
        if not messages:
            return []
        if len(messages) > _MOST_AT_ONCE and call.patience is not None:
            raise StorageBusyError(
                "Many messages are added where others need not wait, and where nothing is half done."
            )
        entries, replies = self._entries(call, name, cast("Sequence[OutgoingMessage]", messages), config)
        if len(entries) > _MOST_AT_ONCE:
            self._add_in_parts(call, entries, replies)
        else:
            self._add(call, entries, replies)
        return [
            MessageDeliveryStatus(now.status, now.status_description, entry.messaging_id)
            for entry in entries
            for now in (entry.statuses[-1],)
        ]

    def _add(self, call: Call, entries: Sequence[OutboxEntry], replies: Replies) -> list[int]:
        """Add entries, and the replies to them; return the ids of the replies."""
        call.work.outbox.add(call.tenant, entries)
        return [
            self._deliveries.reply(call.work, call.tenant, entry, content, call.now)
            for entry in (entries if replies else ())
            for content in replies.get(entry.messaging_id, ())
        ]

    def _add_in_parts(self, call: Call, entries: Sequence[OutboxEntry], replies: Replies) -> None:
        """Add many entries in several transactions, between which others write. Where it fails, none is kept."""
        work, tenant, first, last = call.work, call.tenant, entries[0].messaging_id, entries[-1].messaging_id
        replied: list[int] = []
        try:
            for start in range(0, len(entries), _MOST_AT_ONCE):
                work.begin()
                if work.tenants.is_emptied(tenant, call.state.resets):
                    return  # as this would have deleted all of them after the call
                added = self._add(call, entries[start : start + _MOST_AT_ONCE], replies)
                work.keep()
                replied += added  # others may have the ids of what was not kept
        except Exception:
            work.undo_to_savepoint()
            work.outbox.take_back(tenant, first, last, replied, call.state.resets)
            raise

    def _entries(
        self, call: Call, plugin: str, messages: Sequence[OutgoingMessage], config: ConfigPairs | None
    ) -> tuple[list[OutboxEntry], Replies]:
        """Make entries of the outbox: ids, session keys, and how the deliveries begin; and the replies to them."""
        outbox, tenant, now = call.work.outbox, call.tenant, call.now
        if len(messages) > _MOST_AT_ONCE:
            first = outbox.reserve(tenant, len(messages), first=self._settings.first_messaging_id)
            call.work.keep()  # others need not wait while the entries are made
        else:
            first = outbox.next_ids(tenant, len(messages), first=self._settings.first_messaging_id)
        parents = {message.parent_messaging_id for message in messages if message.parent_messaging_id}
        keys = outbox.session_keys(tenant, parents) if parents else {}
        seed = self._settings.seed if call.state.seed is None else call.state.seed
        usual = self._profiles.name_for(call.state, plugin)
        begun: dict[str, Progress] = {}  # most messages of a call go by one profile
        gives_ids = plugin not in self._without_external_ids
        operation, services = call.operation or "", call.version.name
        entries: list[OutboxEntry] = []
        replies: Replies = {}
        for position, message in enumerate(messages, 1):
            number = first + position - 1
            external_id, key = message_keys(seed, tenant, number)
            if message.parent_messaging_id or message.suggested_session_key:
                key = self._session_key(call, message, keys) or key
            keys[number] = key  # a parent may be in the same call
            progress = self._begun(call, message, number, usual, seed, begun)
            entry = OutboxEntry(
                number,
                external_id if gives_ids else None,
                plugin,
                message,
                key,
                config,
                operation,
                services,
                now,
                now,
                progress.changes,
                progress.delivery,
                position,
            )
            entries.append(entry)
            if progress.replies:
                replies[number] = progress.replies
        if explains():
            chosen = Counter(each.delivery.profile if each.delivery else "a fixed status" for each in entries)
            counts = ", ".join(f"{name} ({count})" for name, count in chosen.items())
            explain(call, [f"profile of the plugin: {usual}; profiles of the messages: {counts}"])
        return entries, replies

    def _begun(  # noqa: PLR0913, PLR0917 - a message, and what holds for those of its call
        self, call: Call, message: OutgoingMessage, number: int, usual: str, seed: str, begun: dict[str, Progress]
    ) -> Progress:
        """Begin the delivery of a message: by a rule, by its recipient, by its plugin, which has the ``usual`` profile.

        ``begun`` are those of the call by their profiles.
        """
        profiles, reaction, name = self._profiles, call.reaction, None
        if reaction is not None and reaction.concerns(message):
            if reaction.status is not None:
                return profiles.fixed(reaction.status, call.now, f"rule {reaction.by}")
            name = reaction.profile
        name = name or self._simulation.magic.profile_for(message.to) or usual
        progress = begun.get(name)
        if progress is None:
            profile = profiles.resolved(name, seed, call.tenant, str(number))
            progress = profiles.begin(profile, call.now, call.operation or "")
            if profile.name == name:  # else it was drawn for this message
                begun[name] = progress
        return progress

    def _session_key(self, call: Call, message: OutgoingMessage, parents: dict[int, str]) -> str | None:
        """Return the parent's key, else the suggested one (ours: the precedence is not documented)."""
        parent = message.parent_messaging_id
        if parent:
            if parent in parents:
                return parents[parent]
            call.note(f"ParentMessagingId {parent} is unknown: the message begins a conversation of its own")
        return self._truncated(call, "SuggestedSessionKey", message.suggested_session_key)

    def _check_open(self, call: Call, messaging_id: int) -> None:
        """Refuse to change what is final, where the setting says so."""
        if self._settings.final_statuses == "open":
            return
        status = call.work.outbox.statuses(call.tenant, (messaging_id,))[0][messaging_id].status
        if name := self._profiles.final_name(status):
            raise InvalidArgument(f"Message {messaging_id} is {name} ({status}), which is final.")

    def _plugin(self, call: Call, plugin: str | None) -> str:
        """Return the name of the plugin that a call means."""
        catalogue = self._settings.plugins
        if not plugin:
            if self._settings.empty_plugin == "error" or not catalogue:
                raise InvalidArgument("Plugin is empty: name one of GetPlugins.")
            return catalogue[0].name
        if self._settings.unknown_plugin == "error" and all(plugin != each.name for each in catalogue):
            known = ", ".join(f"'{each.name}'" for each in catalogue)
            raise InvalidArgument(f"Plugin '{plugin}' is unknown; GetPlugins has {known or 'none'}.")
        return self._truncated(call, "Plugin", plugin) or ""

    def _unknown(self, messaging_id: int) -> MessageDeliveryStatus | None:
        """Return what stands in the place of a message that is not there, by ``unknown-messaging-id``."""
        choice = self._settings.unknown_messaging_id
        problem = f"Unknown MessagingId {messaging_id}"
        if choice == "error":
            raise InvalidArgument(problem)
        if choice == "omit":
            return None
        return MessageDeliveryStatus(self._profiles.number("unknown"), problem, messaging_id)

    def _truncated(self, call: Call, name: str, value: str | None) -> str | None:
        """Return a value as the real column would take it, by the setting ``long-strings``."""
        if value is None or len(value) <= COLUMN_LENGTH:
            return value
        length = f"{name} has {len(value)} characters, the real column {COLUMN_LENGTH}"
        choice = self._settings.long_strings
        if choice == "error":
            raise InvalidArgument(length)
        call.note(f"{length}: {'truncated' if choice == 'truncate' else 'kept whole'}")
        return value[:COLUMN_LENGTH] if choice == "truncate" else value


def _with_result(handler: Callable[..., Any]) -> Callable[..., Sequence[Any]]:
    return lambda call, *parameters: [handler(call, *parameters)]


def _without_result(handler: Callable[..., None]) -> Callable[..., Sequence[Any]]:
    def handle(call: Call, *parameters: Any) -> Sequence[Any]:
        handler(call, *parameters)
        return ()

    return handle


class CustomerService(_Agent):
    """GetSmsConfig: how an application learns which plugin the tenant has chosen (documented; its values are ours)."""

    def __init__(self, settings: Settings, access: Access) -> None:
        """Name the first plugin of the catalogue."""
        super().__init__(settings, access)
        self.handlers = {"GetSmsConfig": self._sms_config}

    def _sms_config(self, call: Call) -> Sequence[Any]:  # noqa: ARG002 - the same for all tenants so far
        plugins = self._settings.plugins
        carrier = {
            "DefaultSmsCountry": "",
            "NetServerSmsProvider": plugins[0].name if plugins else "",
            "NsPluginSender": "",
            "NsPluginConfig": (),
        }
        return [carrier]
