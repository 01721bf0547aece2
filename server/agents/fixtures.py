"""Loads fixtures into tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import UNSET

from messaging_double.models.identifiers import message_keys
from messaging_double.models.profiles import STATUSES
from messaging_double.models.records import ENDED, Delivery, IncomingMessage, OutboxEntry, OutgoingMessage, StatusChange

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from msgspec import UnsetType

    from messaging_double.models.control.tenants import Fixtures, NewIncomingMessage, NewOutgoingMessage
    from messaging_double.server.settings import Settings
    from messaging_double.server.simulation import Clock
    from messaging_double.storage import Storage, UnitOfWork

_BY = "seed"
"""The origin of what fixtures contain."""
_NEWEST_SERVICES = "Services88"
_T = TypeVar("_T")
_M = TypeVar("_M", "NewOutgoingMessage", "NewIncomingMessage")


class FixtureError(ValueError):
    """Fixtures contradict themselves; the text says where."""

    def __init__(self, text: str, hint: str) -> None:
        """``hint`` says what to do."""
        super().__init__(text)
        self.hint = hint


class Loader:
    """Loads fixtures."""

    def __init__(self, storage: Storage, settings: Settings, clock: Clock) -> None:
        """Load into ``storage``; what is missing comes from ``settings`` and ``clock``, that of a new tenant."""
        self._storage = storage
        self._settings = settings
        self._clock = clock
        self._numbers = {**STATUSES, **dict(settings.statuses)}

    def load(self, tenant: str, fixtures: Fixtures) -> None:
        """Reset the tenant, then load the fixtures. Raise ``FixtureError``; the tenant then stays as it was."""
        self._check_room(tenant, fixtures)
        now = self._clock(tenant)
        seed = self._settings.seed if fixtures.seed is None else fixtures.seed
        first = self._settings.first_messaging_id
        for index, each in enumerate(fixtures.outbox):
            _check(each, f"outbox[{index}]")
        outbox = _numbered(fixtures.outbox, "outbox", first)
        entries = [self._entry(each, tenant, seed, number, now) for number, each in outbox]
        inbox = _numbered(fixtures.inbox, "inbox", 1)
        with self._storage.writing() as work:
            work.tenants.reset(tenant)
            work.tenants.set(tenant, auth=fixtures.auth, seed=fixtures.seed)
            work.outbox.add(tenant, entries)
            work.outbox.advance_past(tenant, first - 1)
            for number, came in inbox:
                _add_to_inbox(work, tenant, number, came, now)

    def _check_room(self, tenant: str, fixtures: Fixtures) -> None:
        quotas = self._storage.quotas
        for box in ("outbox", "inbox"):
            count = len(getattr(fixtures, box))
            if count > quotas.fixture_messages:
                cure = "Load fewer, send the others by SendMessages, or raise max-fixture-messages."
                raise quotas.refusal("fixture_messages", f"The {box} has {count} messages", cure)
            quotas.check_count("messages", count, f"messages in its {box}", tenant)

    def _entry(self, given: NewOutgoingMessage, tenant: str, seed: str, number: int, now: datetime) -> OutboxEntry:
        message = OutgoingMessage(**_members(given, OutgoingMessage))
        external_id, own_key = message_keys(seed, tenant, number)
        registered = _or(given.registered, now)
        pairs = _or(given.config, None)
        config = None if pairs is None else tuple((pair.key, pair.value) for pair in pairs)
        plugin = _or(given.plugin, "") or self._first_plugin()
        gives_ids = self._settings.gives_external_ids(plugin)
        profile = _or(given.profile, None)
        return OutboxEntry(
            messaging_id=number,
            external_message_id=_or(given.external_message_id, external_id if gives_ids else None),
            plugin=plugin,
            message=message,
            session_key=_or(given.session_key, "") or message.suggested_session_key or own_key,
            config=config,
            operation=_or(given.operation, "SendMessages" if config is None else "SendMessagesWithConfig"),
            services=_or(given.services, _NEWEST_SERVICES),
            registered=registered,
            updated=_or(given.updated, registered),
            statuses=self._statuses(given, registered),
            delivery=Delivery(profile, ENDED) if profile else None,
        )

    def _statuses(self, given: NewOutgoingMessage, at: datetime) -> tuple[StatusChange, ...]:
        history = _or(given.statuses, [])
        if not history:
            description = _or(given.status_description, None)
            return (StatusChange(self._number(_or(given.status, "sent")), description, at, _BY),)
        return tuple(
            StatusChange(self._number(each.status), each.status_description, each.at, each.by) for each in history
        )

    def _number(self, status: Any) -> int:
        return self._numbers[status] if isinstance(status, str) else status

    def _first_plugin(self) -> str:
        catalogue = self._settings.plugins
        return catalogue[0].name if catalogue else ""


def _check(given: NewOutgoingMessage, where: str) -> None:
    """Refuse a status that contradicts the history."""
    history = _or(given.statuses, [])
    if not history:
        return
    last = history[-1]
    for name, shown in (("status", "status"), ("status_description", "statusDescription")):
        if getattr(given, name) not in (UNSET, getattr(last, name)):
            hint = 'say one: {"statuses": [{"status": 1, "at": "2026-11-21T08:00:00Z"}]} or {"status": 1}'
            raise FixtureError(f"{where} has statuses, and beside them another {shown} than the last of them", hint)


def _numbered(messages: Sequence[_M], box: str, first: int) -> list[tuple[int, _M]]:
    """Give each message its id, in their order; one without gets the next of the highest before it."""
    following = first
    numbered: dict[int, _M] = {}
    name, shown = ("messaging_id", "messagingId") if box == "outbox" else ("id", "id")
    for index, each in enumerate(messages):
        number: int = _or(getattr(each, name), following)
        if number in numbered:
            hint = "leave it out, or give each message one of its own"
            raise FixtureError(f"{box}[{index}] has {shown} {number}, as another message has", hint)
        numbered[number] = each
        following = max(following, number + 1)
    return sorted(numbered.items())


def _add_to_inbox(work: UnitOfWork, tenant: str, number: int, given: NewIncomingMessage, now: datetime) -> None:
    work.inbox.advance_past(tenant, number - 1)
    work.inbox.add(
        tenant,
        IncomingMessage(**_members(given, IncomingMessage)),
        origin=_or(given.origin, _BY),
        services=_or(given.services, None),
        registered=_or(given.registered, now),
    )


def _members(given: object, record: type[OutgoingMessage | IncomingMessage]) -> dict[str, Any]:
    """Return the members of a message that are given."""
    every = {name: getattr(given, name) for name in record.__struct_fields__}
    return {name: value for name, value in every.items() if value is not UNSET}


def _or(value: _T | UnsetType, default: _T) -> _T:
    return default if value is UNSET else value
