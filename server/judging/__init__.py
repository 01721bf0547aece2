"""Whether what was sent is what was expected, and if not, why not.

``judge`` compares an ``Expectation`` with a tenant's messages; ``report`` tells a program its ``Verdict``, ``text`` a
person.
"""

from .expectation import Expectation
from .report import report
from .text import text
from .verdict import Verdict, judge

__all__ = ["Expectation", "Verdict", "judge", "report", "text"]
