"""Verification: whether a box holds what is expected of it, and if not, why not.

``verify`` compares an ``Expectation`` with a tenant's messages; ``report`` renders the ``Verdict`` for a program,
``text`` for a person.
"""

from .report import report, text
from .verdict import Expectation, Verdict, verify

__all__ = ["Expectation", "Verdict", "report", "text", "verify"]
