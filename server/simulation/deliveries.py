"""Advance deliveries: by time, by polls, by hand; and deliver the replies of recipients.

Nothing here waits: due events are applied before a tenant is read, in order and each at its own time.
"""

from __future__ import annotations

import logging
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from msgspec.structs import replace

from messaging_double.models.errors import QuotaExceeded
from messaging_double.models.records import DeliveryUpdate, Event, IncomingMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from messaging_double.models.records import OutboxEntry, PendingDelivery
    from messaging_double.storage import UnitOfWork

    from .profiles import Profiles, Progress

_log = logging.getLogger("messaging_double.simulation")

REPLY = "reply"
"""The origin of a recipient's reply in the inbox."""


class Deliveries:
    """The deliveries of all tenants."""

    refused: Callable[[str], object] = staticmethod(lambda _: None)
    """Is called with the bound that left no room for a reply that was due."""

    def __init__(self, profiles: Profiles) -> None:
        """Advance them as ``profiles`` say."""
        self._profiles = profiles

    def apply_due_events(self, work: UnitOfWork, tenant: str, until: datetime) -> list[Event]:
        """Apply all events that are due by then; return them in order.

        A reply that there is no room for is lost: no client asked for it, and without that nothing could make room.
        """
        queue = [(each.delivery.due or until, each.messaging_id, each) for each in work.deliveries.due(tenant, until)]
        heapify(queue)
        events: list[Event] = []
        updates: dict[int, DeliveryUpdate] = {}
        while queue:
            at, number, pending = heappop(queue)
            now = updates.get(number, DeliveryUpdate(pending, (), pending.delivery))
            progress = self._profiles.step(now.delivery, at)
            if progress is None:  # its profile was removed from the configuration
                updates[number] = replace(now, delivery=replace(now.delivery, due=None))
                continue
            updates[number] = DeliveryUpdate(pending, (*now.changes, *progress.changes), progress.delivery)
            events += _statuses(pending, progress)
            for content in progress.replies:
                try:
                    events += self._replies(work, tenant, pending, (content,), at)
                except QuotaExceeded as error:  # noqa: PERF203 - the loop is there for this exception
                    self.refused(error.bound)
                    _log.warning("a reply to message %d is lost: %s", number, error)
            if progress.delivery.due is not None and progress.delivery.due <= until:
                heappush(queue, (progress.delivery.due, number, pending))
        work.deliveries.keep(tenant, list(updates.values()))
        return events

    def poll(self, work: UnitOfWork, tenant: str, messaging_ids: Iterable[int], at: datetime) -> None:
        """Count a GetDeliveryStatus poll of these messages; take the step of those that waited for this poll."""
        updates = []
        for pending in work.deliveries.polled(tenant, messaging_ids):
            left = (pending.delivery.polls_left or 1) - 1
            progress = self._profiles.step(pending.delivery, at) if left <= 0 else None
            if progress is None:
                updates.append(DeliveryUpdate(pending, (), replace(pending.delivery, polls_left=left or None)))
                continue
            updates.append(DeliveryUpdate(pending, progress.changes, progress.delivery))
            self._replies(work, tenant, pending, progress.replies, at)
        work.deliveries.keep(tenant, updates)

    def step(self, work: UnitOfWork, tenant: str, messaging_id: int, at: datetime) -> bool:
        """Take the next step of a message now, whatever it waits for; return whether there was one."""
        pending = work.deliveries.get(tenant, messaging_id)
        progress = None if pending is None else self._profiles.step(pending.delivery, at)
        if pending is None or progress is None:
            return False
        work.deliveries.keep(tenant, [DeliveryUpdate(pending, progress.changes, progress.delivery)])
        self._replies(work, tenant, pending, progress.replies, at)
        return True

    def reply(
        self, work: UnitOfWork, tenant: str, entry: OutboxEntry | PendingDelivery, content: str | None, at: datetime
    ) -> int:
        """Put the recipient's reply into the inbox, in the conversation of the message; return its id."""
        message = entry.message
        incoming = IncomingMessage(
            to=message.from_,
            from_=message.to,
            content=content,
            format=message.format,
            session_key=entry.session_key,
            plugin=entry.plugin,
        )
        return self.put_reply(work, tenant, incoming, at)

    def put_reply(self, work: UnitOfWork, tenant: str, incoming: IncomingMessage, at: datetime) -> int:
        """Put a reply into the inbox; return its id."""
        return work.inbox.add(tenant, incoming, origin=REPLY, services=None, registered=at)

    def _replies(
        self, work: UnitOfWork, tenant: str, pending: PendingDelivery, replies: Sequence[str], at: datetime
    ) -> list[Event]:
        return [
            Event(at, "reply", pending.messaging_id, inbox_id=self.reply(work, tenant, pending, content, at))
            for content in replies
        ]


def _statuses(pending: PendingDelivery, progress: Progress) -> list[Event]:
    return [Event(change.at, "status", pending.messaging_id, status=change.status) for change in progress.changes]
