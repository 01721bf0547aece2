"""Turns the contract's carriers into the domain's records for one call, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messaging_double.models.contract.messaging import PORT_TYPE
from messaging_double.models.operations import SENDING
from messaging_double.models.records import IncomingMessage, OutgoingMessage
from messaging_double.server.simulation.asked import Asked
from messaging_double.server.soap.request_headers import RequestHeaders, credentials_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messaging_double.models.contract.netserver import Contract
    from messaging_double.models.records import ConfigPairs, MessageDeliveryStatus
    from messaging_double.server.access import Access
    from messaging_double.server.calls import Call
    from messaging_double.server.messaging import Messaging


class MessagingAgent:
    """What the declared operations call; decides nothing."""

    def __init__(self, messaging: Messaging, access: Access, call: Call, contract: Contract) -> None:
        """Answer one ``call`` in the carriers of ``contract``."""
        self._messaging = messaging
        self._access = access
        self._call = call
        self._contract = contract
        self._records: list[OutgoingMessage | None] | None = None

    def admit(self, headers: RequestHeaders) -> None:
        """Let ``access`` decide on the caller.  Raises ``AccessDenied``."""
        self._access.admit(self._call, credentials_of(headers), PORT_TYPE)

    def asked(self, operation: str, parameters: Sequence[Any]) -> Asked:
        """Return what a call asks, by its parameters in the contract's order."""
        if operation in SENDING:
            plugin, messages, *config = parameters
            sent = [each for each in self._outgoing(messages) if each is not None]
            return Asked(operation, plugin, sent, _pairs(config[0]) if config else None)
        if operation == "CreateMessage":
            created = _incoming(parameters[0])
            return Asked(operation) if created is None else Asked(operation, created.plugin, [created])
        return Asked(operation, parameters[0] if operation == "SetDeliveryStatus" else None)

    def time_zone(self, headers: RequestHeaders) -> Any:
        """Return the TimeZone header of the answer: that of the request (ours; the proxies pass it by reference)."""
        return headers.get("TimeZone")

    def send_messages(self, plugin: str | None, messages: Any) -> list[Any]:
        """SendMessages."""
        return self._statuses(self._messaging.send_messages(self._call, plugin, self._outgoing(messages)))

    def send_messages_with_config(self, plugin: str | None, messages: Any, config: Any) -> list[Any]:
        """SendMessagesWithConfig."""
        return self._statuses(
            self._messaging.send_messages_with_config(self._call, plugin, self._outgoing(messages), _pairs(config))
        )

    def create_message(self, message: Any) -> None:
        """CreateMessage."""
        self._messaging.create_message(self._call, _incoming(message))

    def get_delivery_status(self, messaging_ids: list[int | None] | None) -> list[Any]:
        """GetDeliveryStatus; a nil id counts as 0, .NET's int of nothing."""
        ids = [each or 0 for each in messaging_ids or ()]
        return self._statuses(self._messaging.get_delivery_status(self._call, ids))

    def set_delivery_status(
        self, plugin: str | None, external_message_id: str | None, status: int | None, description: str | None
    ) -> None:
        """SetDeliveryStatus; a Status left out counts as 0, .NET's int of nothing."""
        self._messaging.set_delivery_status(self._call, plugin, external_message_id, status or 0, description)

    def get_plugins(self) -> list[Any]:
        """GetPlugins."""
        return [
            self._contract.carriers.ProviderInfo(
                Name=plugin.name,
                SupportedMessagingFormats=list(plugin.supported_messaging_formats),
                SupportsConfig=plugin.supports_config,
            )
            for plugin in self._messaging.get_plugins(self._call)
        ]

    def _outgoing(self, carriers: list[Any] | None) -> list[OutgoingMessage | None]:
        """Return the records of the call's messages, which are read twice: to decide on them, and to send them."""
        if self._records is None:
            self._records = _outgoing(carriers)
        return self._records

    def _statuses(self, statuses: Sequence[MessageDeliveryStatus]) -> list[Any]:
        carrier = self._contract.carriers.MessageDeliveryStatus
        return [
            carrier(Status=each.status, StatusDescription=each.status_description, MessagingId=each.messaging_id)
            for each in statuses
        ]


def _outgoing(carriers: list[Any] | None) -> list[OutgoingMessage | None]:
    return [
        None
        if each is None
        else OutgoingMessage(
            from_=each.From,
            to=each.To,
            content=each.Content,
            format=each.Format,
            parent_messaging_id=each.ParentMessagingId,
            suggested_session_key=each.SuggestedSessionKey,
        )
        for each in carriers or ()
    ]


def _incoming(carrier: Any) -> IncomingMessage | None:
    if carrier is None:
        return None
    return IncomingMessage(
        to=carrier.To,
        from_=carrier.From,
        content=carrier.Content,
        format=carrier.Format,
        session_key=carrier.SessionKey,
        plugin=carrier.Plugin,
    )


def _pairs(config: list[Any] | None) -> ConfigPairs | None:
    if config is None:
        return None
    return tuple((pair.Key, pair.Value) for pair in config if pair is not None)
