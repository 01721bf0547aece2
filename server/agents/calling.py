"""One call of an operation, whichever API it came by: what is due, rules, who calls, what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from messaging_double.models.control.values import SENDING
from messaging_double.models.errors import MessagingError, QuotaExceeded
from messaging_double.server.calls.call import Response, printable
from messaging_double.server.logs import explain, explains
from messaging_double.server.rules.faults import (
    InjectedError,
    describe,
    headers_of,
    is_carried_out,
    reason_of,
    without_wire,
)
from messaging_double.server.simulation import is_due

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from messaging_double.models.records import TenantState
    from messaging_double.models.rules import HttpAnswer, Reaction
    from messaging_double.server.agents.access import Credentials
    from messaging_double.server.calls.call import Call
    from messaging_double.server.rules.reactions import CallFacts, Reactions
    from messaging_double.server.simulation import Simulation
    from messaging_double.storage import Storage


class Agent(Protocol):
    """What an agent's operations do, and who is admitted to them."""

    @property
    def handlers(self) -> Mapping[str, Callable[..., Sequence[Any]]]:
        """By their names: called with the call and the parameters, they return the results that the response has."""

    def admit(self, call: Call, credentials: Credentials) -> None:
        """Decide on the caller. Raises ``AccessDenied``."""

    def time_zone(self, headers: Mapping[str, Any]) -> Any:
        """Return the TimeZone header of the response to a request with these headers."""


class Caller:
    """Carries operations out."""

    def __init__(self, storage: Storage, simulation: Simulation, reactions: Reactions) -> None:
        """Keep in ``storage`` what operations keep, unless ``reactions`` have another answer."""
        self._storage = storage
        self._simulation = simulation
        self._reactions = reactions

    def carry_out(
        self, call: Call, facts: CallFacts | None, admit: Callable[[], object], handle: Callable[[], Any]
    ) -> tuple[Any, MessagingError | None, Reaction | None]:
        """Apply what is due, admit the caller, and do what the operation does, in one unit of work.

        Return what the operation returned, ``None`` where it was not carried out or failed; the exception that is to be
        answered, the operation's, the access's or a rule's; and a reaction that is to be answered instead of both.
        Without ``facts`` rules have no say. Raises StorageBusyError where the call may not wait for other writers.
        """
        results = reaction = None
        refusal: MessagingError | None = None
        with self._storage.calling(call.tenant, patience=call.patience) as work:
            call.work = work
            call.state, call.now = self._begin(call)
            call.received = self._simulation.real_time(call.state, call.tenant)
            try:
                if facts is not None:
                    reaction = self._reaction(call, facts)
                if reaction is None or is_carried_out(reaction):
                    work.set_savepoint()
                    admit()
                    work.set_savepoint()
                    results = handle()
            except MessagingError as error:
                work.undo_to_savepoint()
                refusal = error
                if isinstance(error, QuotaExceeded):
                    call.exceeded = error.bound
        if reaction is None:
            return results, refusal, None
        return _outcome(call, results, refusal, reaction)

    def _begin(self, call: Call) -> tuple[TenantState, datetime]:
        """Apply what is due; return the tenant's state and time. What most calls read then comes in one round trip."""
        if self._storage.may_block and call.operation in SENDING:
            call.work.outbox.expect_ids(call.tenant)
            state, now = self._simulation.seen(call.tenant)
            if is_due(state, now):
                self._simulation.deliveries.apply_due_events(call.work, call.tenant, now)
                state = self._storage.state(call.tenant)
            return state, now
        return self._simulation.apply_due_events(call.tenant, call.patience)

    def _reaction(self, call: Call, facts: CallFacts) -> Reaction | None:
        reaction = self._reactions.decide(call, facts)
        if explains():
            explain(call, self._reactions.reasons(call, facts, reaction))
        if reaction is not None and call.connection is None:
            reaction = without_wire(reaction)
        call.reaction = reaction
        return reaction


def _outcome(
    call: Call, results: Any, refusal: MessagingError | None, reaction: Reaction
) -> tuple[Any, MessagingError | None, Reaction | None]:
    """Return what a reaction makes of a call; where the operation failed, that is what is answered."""
    call.fault = describe(reaction, instead=refusal is None)
    if call.fault:
        call.note(f"answered by '{reaction.by}': {call.fault}")
    if refusal is None and reaction.error is not None:
        refusal = InjectedError(reaction.error)
    return results, refusal, reaction if refusal is None and reaction.is_instead else None


def is_on_purpose(refusal: MessagingError) -> bool:
    """Say whether an exception is a rule's: a client gets no hint at it."""
    return isinstance(refusal, InjectedError)


def http_response(http: HttpAnswer) -> Response:
    """Return the bare HTTP response of a reaction."""
    return Response(http.status, printable(reason_of(http)), headers_of(http), http.body.encode("utf-8", "replace"))
