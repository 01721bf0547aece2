"""The control API's JSON: names are the contract's nouns in lower camel case, times ISO 8601 in UTC.

What a client left out or sent as nil is ``null``, an empty string is ``""``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from messaging_double.models.records import InboxEntry, OutboxEntry, StatusChange, StatusReport

Json = dict[str, Any]


def outbox_message(entry: OutboxEntry) -> Json:
    """Show a message that was sent; ``status`` and ``statusDescription`` are those of the last of ``statuses``."""
    message = entry.message
    current = entry.current
    return {
        "messagingId": entry.messaging_id,
        "externalMessageId": entry.external_message_id,
        "plugin": entry.plugin,
        "from": message.from_,
        "to": message.to,
        "content": message.content,
        "format": message.format,
        "parentMessagingId": message.parent_messaging_id,
        "suggestedSessionKey": message.suggested_session_key,
        "sessionKey": entry.session_key,
        "config": None if entry.config is None else [{"key": key, "value": value} for key, value in entry.config],
        "status": current.status,
        "statusDescription": current.status_description,
        "outcome": None,  # of a simulated delivery; nothing is simulated after the sending yet
        "operation": entry.operation,
        "services": entry.services,
        "registered": iso(entry.registered),
        "updated": iso(entry.updated),
        "statuses": [_status(change) for change in entry.statuses],
    }


def inbox_message(entry: InboxEntry) -> Json:
    """Show a message that came in."""
    message = entry.message
    return {
        "id": entry.id,
        "to": message.to,
        "from": message.from_,
        "content": message.content,
        "format": message.format,
        "sessionKey": message.session_key,
        "plugin": message.plugin,
        "origin": entry.origin,
        "services": entry.services,
        "registered": iso(entry.registered),
    }


def status_report(report: StatusReport) -> Json:
    """Show a SetDeliveryStatus that no message matched."""
    return {
        "id": report.id,
        "plugin": report.plugin,
        "externalMessageId": report.external_message_id,
        "status": report.status,
        "statusDescription": report.status_description,
        "services": report.services,
        "at": iso(report.at),
    }


def _status(change: StatusChange) -> Json:
    return {
        "status": change.status,
        "statusDescription": change.status_description,
        "at": iso(change.at),
        "by": change.by,
    }


def iso(moment: datetime) -> str:
    """Write a moment in UTC: ``2026-11-21T08:04:57.123456Z``, always with microseconds."""
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
