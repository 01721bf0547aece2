"""Tenants that no other test has."""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .double import MessagingDouble
    from .tenant import Tenant

_WORKER_VARIABLE = "PYTEST_XDIST_WORKER"
_MANY = 10**9


def fresh_tenant(double: MessagingDouble, number: int, *, shared: bool) -> Tenant:
    """Return a tenant for the so-manieth test of this process, named as the real service's are: ``Cust`` and digits.

    Names in a double that has nothing from before this process come again in each run, and with them what the seed
    makes of them, ids and session keys.  Those in a ``shared`` one, where other runs have theirs or have left some,
    begin with a number that is drawn once for each process.
    """
    if shared:
        return double.tenant(f"Cust{_run(os.getpid()):09}{number:03}")
    worker = os.environ.get(_WORKER_VARIABLE, "").removeprefix("gw")
    return double.tenant(f"Cust{worker if worker.isdecimal() else '0':0>2}{number:03}")


@lru_cache(maxsize=1)
def _run(process: int) -> int:  # noqa: ARG001 (one that was forked is another)
    return secrets.randbelow(_MANY)
