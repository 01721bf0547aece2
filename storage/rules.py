"""The rules of a tenant, in the order in which they are asked."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from messaging_double.models.rules import StoredRule

from .schema import RULE
from .tenants import add_tenant
from .values import microseconds, microseconds_or_none, moment, moment_or_none

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .transaction import Transaction

_ADD = RULE.insert()
_ALL = (
    "SELECT name, position, text, made, expires, origin, matched, used, expired FROM rule "
    "WHERE tenant = ? ORDER BY position"
)
_NUMBER = "SELECT count(*) FROM rule WHERE tenant = ?"
_COUNT = "UPDATE rule SET matched = ?, used = ? WHERE tenant = ? AND name = ?"
_MAKE_ROOM = "UPDATE rule SET position = position + 1 WHERE tenant = ? AND position >= ?"
_CLOSE_GAP = "UPDATE rule SET position = position - 1 WHERE tenant = ? AND position > ?"
_EXPIRING = (
    "SELECT name, expires FROM rule WHERE tenant = ? AND expires > ? AND expires <= ? AND NOT expired "
    "ORDER BY expires, position"
)
_MARK_EXPIRED = "UPDATE rule SET expired = ? WHERE tenant = ? AND expires <= ?"
_DELETE = "DELETE FROM rule WHERE tenant = ? AND name = ?"
_CLEAR = "DELETE FROM rule WHERE tenant = ?"
_VERSION = "SELECT rules FROM tenants WHERE tenant = ?"
_SET_VERSION = "UPDATE tenants SET rules = ? WHERE tenant = ?"
_LARGEST = 2**63 - 1


class Rules:
    """The rules of each tenant (ours). All methods raise StorageError.

    Their version is made of their texts, so that rules of the same version are the same, whatever was reset or
    restored in between: what was read of them once can be kept by it.
    """

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    def version(self, tenant: str) -> int:
        """Return the version of the tenant's rules; 0 if it never had any."""
        row = self._transaction.row(_VERSION, (tenant,))
        return 0 if row is None else row[0]

    def all(self, tenant: str) -> list[StoredRule]:
        """Return the tenant's rules in their order."""
        return [
            StoredRule(
                name, position, text, moment(made), moment_or_none(expires), origin, matched, used, bool(expired)
            )
            for name, position, text, made, expires, origin, matched, used, expired in self._transaction.rows(
                _ALL, (tenant,)
            )
        ]

    def expiring(self, tenant: str, after: datetime, until: datetime) -> list[tuple[str, datetime]]:
        """Return the names of the rules that end between these moments, and when, in their order."""
        rows = self._transaction.rows(_EXPIRING, (tenant, microseconds(after), microseconds(until)))
        return [(name, moment(at)) for name, at in rows]

    def mark_expired(self, tenant: str, at: datetime) -> None:
        """Let what has expired by then stay so, whatever time it will be."""
        self._transaction.change(_MARK_EXPIRED, (True, tenant, microseconds(at)))

    def add(self, tenant: str, rules: Sequence[StoredRule]) -> None:
        """Keep rules of names that are not taken, each at its position: those from there on move back."""
        count = self._transaction.rows(_NUMBER, (tenant,))[0][0] + len(rules)
        self._transaction.quotas.check_count("rules", count, "rules", tenant)
        for each in rules:
            self._transaction.change(_MAKE_ROOM, (tenant, each.position))
            moments = (microseconds(each.made), microseconds_or_none(each.expires))
            row = (tenant, each.name, each.position, each.text, *moments, each.origin, each.matched, each.used)
            self._transaction.change(_ADD, (*row, each.expired))
        self._set_version(tenant)

    def delete(self, tenant: str, name: str) -> bool:
        """Delete a rule; say whether there was one."""
        position = next((each.position for each in self.all(tenant) if each.name == name), None)
        if position is None:
            return False
        self._transaction.change(_DELETE, (tenant, name))
        self._transaction.change(_CLOSE_GAP, (tenant, position))
        self._set_version(tenant)
        return True

    def clear(self, tenant: str) -> int:
        """Delete all rules; return how many there were."""
        deleted = self._transaction.change(_CLEAR, (tenant,))
        self._set_version(tenant)
        return deleted

    def count(self, tenant: str, name: str, *, matched: int, used: int) -> None:
        """Set the counters of a rule, as they are after a call."""
        self._transaction.change(_COUNT, (matched, used, tenant, name))

    def _set_version(self, tenant: str) -> None:
        add_tenant(self._transaction, tenant)
        self._transaction.change(_SET_VERSION, (_version_of(self.all(tenant)), tenant))
        self._transaction.touch(tenant)


def _version_of(rules: Sequence[StoredRule]) -> int:
    """Return a number that only the same names and texts in the same order have, never 0."""
    digest = blake2b(digest_size=8)
    for each in rules:
        for part in (each.name, each.text):
            encoded = part.encode("utf-8", "surrogatepass")
            digest.update(f"{len(encoded)}:".encode() + encoded)
    return int.from_bytes(digest.digest(), "big") % _LARGEST + 1
