"""Tenants of single tests."""

from __future__ import annotations

import os
import re
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .double import MessagingDouble

_WORKER_VARIABLE = "PYTEST_XDIST_WORKER"
_MANY = 10**9
UNIQUE = re.compile(r"Cust\d{12}")
"""The names of such tenants in a shared double."""


def unique_tenant(double: MessagingDouble, number: int, *, shared: bool) -> MessagingDouble:
    """Return the double with a tenant for test ``number`` of this process: ``Cust`` and digits, as real ones.

    In a double that this process started, names are the same in each run, and so are the ids and session keys that the
    seed makes of them. In a ``shared`` one, with tenants of other runs, they begin with a random number.
    """
    if shared:
        return double.tenant(f"Cust{_run(os.getpid()):09}{number:03}")
    worker = os.environ.get(_WORKER_VARIABLE, "").removeprefix("gw")
    return double.tenant(f"Cust{worker if worker.isdecimal() else '0':0>2}{number:03}")


@lru_cache(maxsize=1)
def _run(process: int) -> int:  # noqa: ARG001 (one that was forked is another)
    return secrets.randbelow(_MANY)
