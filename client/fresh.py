"""Tenants that no other test has."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .double import MessagingDouble
    from .tenant import Tenant

_WORKER_VARIABLE = "PYTEST_XDIST_WORKER"
_MANY = 10**12


def fresh_tenant(double: MessagingDouble, number: int, *, shared: bool) -> Tenant:
    """Return a tenant for the so-manieth test of this process, named as the real service's are: ``Cust`` and digits.

    Names in a double that was started for this process come again in each run, and with them what the seed makes of
    them, ids and session keys.  Those in a ``shared`` double are random: other runs may have theirs there.
    """
    if shared:
        return double.tenant(f"Cust{secrets.randbelow(_MANY):012}")
    worker = os.environ.get(_WORKER_VARIABLE, "").removeprefix("gw")
    return double.tenant(f"Cust{worker if worker.isdecimal() else '0':0>2}{number:03}")
