"""The rules of a tenant, in the order in which they are asked."""

from __future__ import annotations

from dataclasses import astuple, fields
from hashlib import blake2b
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from messaging_double.models.rules import KeptRule

from .schema import rule, tenants
from .tenants import add_tenant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .transaction import Transaction

_FIELDS = [field.name for field in fields(KeptRule)]
_r = rule.c
_OURS = _r.tenant == bindparam("of_tenant")
_THIS = _OURS & (_r.name == bindparam("of_name"))
_ALL = select(*(_r[name] for name in _FIELDS)).where(_OURS).order_by(_r.position)
_ADD = rule.insert()
_COUNT = rule.update().where(_THIS).values(matched=bindparam("of_matched"), used=bindparam("of_used"))
_MAKE_ROOM = rule.update().where(_OURS, _r.position >= bindparam("at")).values(position=_r.position + 1)
_CLOSE_GAP = rule.update().where(_OURS, _r.position > bindparam("at")).values(position=_r.position - 1)
_EXPIRING = (
    select(_r.name, _r.expires)
    .where(_OURS, _r.expires > bindparam("after"), _r.expires <= bindparam("until"), ~_r.expired)
    .order_by(_r.expires, _r.position)
)
_MARK_EXPIRED = rule.update().where(_OURS, _r.expires <= bindparam("at")).values(expired=True)
_DELETE = rule.delete().where(_THIS)
_CLEAR = rule.delete().where(_OURS)
_HERE = tenants.c.tenant == bindparam("of_tenant")
_VERSION = select(tenants.c.rules).where(_HERE)
_SET_VERSION = tenants.update().where(_HERE).values(rules=bindparam("to"))
_LARGEST = 2**63 - 1
"""That SQLite keeps in an integer."""


class Rules:
    """The rules of each tenant (ours).  All methods raise StorageError.

    Their version is made of their texts, so that rules of the same version are the same, whatever was reset or
    restored in between: what was read of them once can be kept by it.
    """

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    def version(self, tenant: str) -> int:
        """Give the version of the tenant's rules; 0 if it never had any."""
        row = self._transaction.row(_VERSION, {"of_tenant": tenant})
        return 0 if row is None else row[0] or 0

    def all(self, tenant: str) -> list[KeptRule]:
        """Give the tenant's rules in their order."""
        return [KeptRule(*row) for row in self._transaction.rows(_ALL, {"of_tenant": tenant})]

    def expiring(self, tenant: str, after: datetime, until: datetime) -> list[tuple[str, datetime]]:
        """Give the names of the rules that end between these moments, and when, in their order."""
        rows = self._transaction.rows(_EXPIRING, {"of_tenant": tenant, "after": after, "until": until})
        return [(name, at) for name, at in rows]

    def mark_expired(self, tenant: str, at: datetime) -> None:
        """Let what has expired by then stay so, whatever time it will be."""
        self._transaction.change(_MARK_EXPIRED, {"of_tenant": tenant, "at": at})

    def add(self, tenant: str, rules: Sequence[KeptRule]) -> None:
        """Keep rules of names that are not taken, each at its position: those from there on move back."""
        for each in rules:
            self._transaction.change(_MAKE_ROOM, {"of_tenant": tenant, "at": each.position})
            row = dict(zip(_FIELDS, astuple(each), strict=True))
            self._transaction.change(_ADD, {"tenant": tenant, **row})
        self._changed(tenant)

    def delete(self, tenant: str, name: str) -> bool:
        """Forget a rule; say whether there was one."""
        position = next((each.position for each in self.all(tenant) if each.name == name), None)
        if position is None:
            return False
        self._transaction.change(_DELETE, {"of_tenant": tenant, "of_name": name})
        self._transaction.change(_CLOSE_GAP, {"of_tenant": tenant, "at": position})
        self._changed(tenant)
        return True

    def clear(self, tenant: str) -> int:
        """Forget all rules; give how many there were."""
        deleted = self._transaction.change(_CLEAR, {"of_tenant": tenant})
        self._changed(tenant)
        return deleted

    def count(self, tenant: str, name: str, *, matched: int, used: int) -> None:
        """Set the counters of a rule, as they are after a call."""
        row = {"of_tenant": tenant, "of_name": name, "of_matched": matched, "of_used": used}
        self._transaction.change(_COUNT, row)

    def _changed(self, tenant: str) -> None:
        add_tenant(self._transaction, tenant)
        version = _version_of(self.all(tenant))
        self._transaction.change(_SET_VERSION, {"of_tenant": tenant, "to": version})


def _version_of(rules: Sequence[KeptRule]) -> int:
    """Give a number that only the same names and texts in the same order have, never 0."""
    digest = blake2b(digest_size=8)
    for each in rules:
        for part in (each.name, each.text):
            encoded = part.encode("utf-8", "surrogatepass")
            digest.update(f"{len(encoded)}:".encode() + encoded)
    return int.from_bytes(digest.digest(), "big") % _LARGEST + 1
