"""Threads: what was sent and what came in under one session key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, literal, select, union_all

from .inbox import Inbox
from .outbox import Outbox
from .schema import inbox, outgoing_message

if TYPE_CHECKING:
    from sqlalchemy import BindParameter

    from messaging_double.models.records import InboxEntry, OutboxEntry

    from .transaction import Transaction

_o = outgoing_message.c
_i = inbox.c
_KEY: BindParameter[str] = bindparam("of_key")
_TENANT: BindParameter[str] = bindparam("of_tenant")
_sent = select(literal("out").label("way"), _o.messaging_id.label("number"), _o.arrival).where(
    _o.tenant == _TENANT, _o.session_key == _KEY
)
_came = select(literal("in"), _i.id, _i.arrival).where(_i.tenant == _TENANT, _i.session_key == _KEY)
_both = union_all(_sent, _came).subquery()
_THREAD = select(_both.c.way, _both.c.number).order_by(_both.c.arrival, _both.c.way.desc())


class Threads:
    """The conversations of a tenant."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    def messages(self, tenant: str, session_key: str) -> list[OutboxEntry | InboxEntry]:
        """Give what was sent and what came in under the key, in the order in which it did."""
        rows = self._transaction.rows(_THREAD, {"of_tenant": tenant, "of_key": session_key})
        sent, came = Outbox(self._transaction), Inbox(self._transaction)
        found = [sent.get(tenant, number) if way == "out" else came.get(tenant, number) for way, number in rows]
        return [each for each in found if each is not None]
