"""Lets deliveries go on: by the time, by being asked for, by hand; and lets recipients answer.

Nothing here waits: whatever looks at a tenant first lets happen what was due, in its order and each at its own moment.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from msgspec.structs import replace

from messaging_double.models.happenings import Happening
from messaging_double.models.records import IncomingMessage, Moved

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from messaging_double.models.records import OutboxEntry, Pending
    from messaging_double.server.simulation.profiles import Profiles, Progress
    from messaging_double.storage import UnitOfWork

REPLY = "reply"
"""The origin of what a recipient answered."""


class Deliveries:
    """The deliveries of all tenants."""

    def __init__(self, profiles: Profiles) -> None:
        """Go by ``profiles``."""
        self._profiles = profiles

    def settle(self, work: UnitOfWork, tenant: str, until: datetime) -> list[Happening]:
        """Let everything happen that is due by then; return it in its order."""
        queue = [(each.delivery.due or until, each.messaging_id, each) for each in work.deliveries.due(tenant, until)]
        heapify(queue)
        happened: list[Happening] = []
        moved: dict[int, Moved] = {}
        while queue:
            at, number, pending = heappop(queue)
            now = moved.get(number, Moved(pending, (), pending.delivery))
            progress = self._profiles.step(now.delivery, at)
            if progress is None:  # its profile is gone from the configuration
                moved[number] = replace(now, delivery=replace(now.delivery, due=None))
                continue
            moved[number] = Moved(pending, (*now.changes, *progress.changes), progress.delivery)
            happened += _statuses(pending, progress)
            happened += self._answers(work, tenant, pending, progress.replies, at)
            if progress.delivery.due is not None and progress.delivery.due <= until:
                heappush(queue, (progress.delivery.due, number, pending))
        work.deliveries.keep(tenant, list(moved.values()))
        return happened

    def poll(self, work: UnitOfWork, tenant: str, messaging_ids: Iterable[int], at: datetime) -> None:
        """Count that GetDeliveryStatus asked for these messages; those for which it is the last time go on."""
        moved = []
        for pending in work.deliveries.polled(tenant, messaging_ids):
            left = (pending.delivery.polls_left or 1) - 1
            progress = self._profiles.step(pending.delivery, at) if left <= 0 else None
            if progress is None:
                moved.append(Moved(pending, (), replace(pending.delivery, polls_left=left or None)))
                continue
            moved.append(Moved(pending, progress.changes, progress.delivery))
            self._answers(work, tenant, pending, progress.replies, at)
        work.deliveries.keep(tenant, moved)

    def step(self, work: UnitOfWork, tenant: str, messaging_id: int, at: datetime) -> bool:
        """Take the next step of a message now, whatever it waits for; say whether there was one."""
        pending = work.deliveries.get(tenant, messaging_id)
        progress = None if pending is None else self._profiles.step(pending.delivery, at)
        if pending is None or progress is None:
            return False
        work.deliveries.keep(tenant, [Moved(pending, progress.changes, progress.delivery)])
        self._answers(work, tenant, pending, progress.replies, at)
        return True

    def reply(
        self, work: UnitOfWork, tenant: str, entry: OutboxEntry | Pending, content: str | None, at: datetime
    ) -> int:
        """Put the recipient's answer into the inbox, in the conversation of the message; return its id."""
        message = entry.message
        answer = IncomingMessage(
            to=message.from_,
            from_=message.to,
            content=content,
            format=message.format,
            session_key=entry.session_key,
            plugin=entry.plugin,
        )
        return self.put_reply(work, tenant, answer, at)

    def put_reply(self, work: UnitOfWork, tenant: str, answer: IncomingMessage, at: datetime) -> int:
        """Put an answer into the inbox; return its id."""
        return work.inbox.add(tenant, answer, origin=REPLY, services=None, registered=at)

    def _answers(
        self, work: UnitOfWork, tenant: str, pending: Pending, replies: Sequence[str], at: datetime
    ) -> list[Happening]:
        return [
            Happening(at, "reply", pending.messaging_id, inbox_id=self.reply(work, tenant, pending, content, at))
            for content in replies
        ]


def _statuses(pending: Pending, progress: Progress) -> list[Happening]:
    return [Happening(change.at, "status", pending.messaging_id, status=change.status) for change in progress.changes]
