"""XPath over requests: one expression for both SOAP versions and all Services versions.

The prefixes are declared: ``s`` is the envelope's namespace, ``m`` that of the Services version, ``a`` that of the
serializer's arrays, ``i`` XML Schema's for instances.  XPath 1.0 and nothing beside it: no regular expressions, no
other document.

libxml2 cannot be told when to give up, and the whole double waits for it.  So the work is estimated beforehand: what
goes through the document once for each element takes its square, once more inside that its cube.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from lxml import etree

from messaging_double.models.versions import VERSIONS
from messaging_double.server.simulation.asked import XPathFailed

_FIXED = {
    "a": "http://schemas.microsoft.com/2003/10/Serialization/Arrays",
    "i": "http://www.w3.org/2001/XMLSchema-instance",
}
PREFIXES = ("s", "m", *_FIXED)
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_FUNCTIONS = frozenset(
    "last position count id local-name namespace-uri name string concat starts-with contains substring-before "
    "substring-after substring string-length normalize-space translate boolean not true false lang number sum floor "
    "ceiling round text node".split()
)
"""Those of XPath 1.0, and its node tests."""
_LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'")
_CALL = re.compile(r"([\w.:-]+)\s*\(")
_PREFIX = re.compile(r"(?<![\w.:-])([^\W\d][\w.-]*):(?!:)")
_VARIABLE = re.compile(r"\$[\w.:-]+")
_OPERATORS = frozenset(("and", "or", "div", "mod"))
_LONGEST = 1_000
"""Characters of an expression."""
_MOST_WORK = 40_000_000
"""Visits of elements: about half a second of those that take longest."""
_TOO_LONG = "it would take too long on a request of this size"
_CHARACTERS_A_VISIT = 100
"""How many characters are compared while one element is visited."""
_PIECE = re.compile(
    r"//|(?<![\w)\]'.*])/|\.\.|[\[\](),]|(?<=[\w)\]'.*])\s*\b(?:and|or)\b(?![\w.:-])"
    r"|(?:ancestor|descendant|following|parent|preceding)(?:-or-self|-sibling)?(?=\s*::)"
)
_SIDEWAYS = frozenset(("following", "following-sibling", "preceding", "preceding-sibling"))
_FAR = frozenset(("//", "..", "ancestor", "ancestor-or-self", "descendant", "descendant-or-self", "parent")) | _SIDEWAYS
"""Steps that may come by an element again and again; all others lead to each from one place only."""


class CompiledXPath:
    """An expression that was found good."""

    def __init__(self, expression: str) -> None:
        """Raises ``XPathFailed`` for an expression that is none, or asks for what is not there."""
        if problem := _problem_of(expression):
            raise XPathFailed(problem)
        self.expression = expression
        plain = _LITERAL.sub("''", expression)
        self._far, self._degree = _far_and_degree(plain)
        self._longest_literal = max((len(each) for each in _LITERAL.findall(expression)), default=0)
        newest = max(VERSIONS)
        sample = etree.Element(f"{{{_SOAP}}}Envelope")
        self.met_by(sample, _SOAP, VERSIONS[newest].namespace)

    def met_by(self, document: Any, soap: str, services: str) -> bool:  # noqa: ANN401 (lxml's element)
        """Say whether a request meets it, in XPath's words ``boolean(expression)``.

        ``document`` is its envelope, ``soap`` and ``services`` are the namespaces of its versions.  Raises
        ``XPathFailed`` where it cannot be evaluated, or only with too much work.
        """
        if self._work_on(document) > _MOST_WORK:
            raise XPathFailed(_TOO_LONG)
        try:
            return bool(_evaluator(self.expression, soap, services)(document))
        except etree.XPathError as error:
            raise XPathFailed(str(error)) from None

    def _work_on(self, document: Any) -> int:  # noqa: ANN401
        """Estimate how many elements are visited; comparing texts counts as well."""
        nodes = sum(1 + len(each.attrib) for each in document.iter("*"))
        characters = sum(map(len, document.itertext()))
        size = nodes + characters * (1 + self._longest_literal) // _CHARACTERS_A_VISIT
        work: int = self._far * size**self._degree
        return work


def _far_and_degree(plain: str) -> tuple[int, int]:
    """Give how many far steps an expression has, and how deeply they are within each other.

    Each is at least 1.  What stands in a predicate is done for each element of the path before it; ``and``, ``or`` and
    a comma begin something of its own.  A far step of a path that has gone far already is a square, since libxml2 drops
    what it has found twice by comparing; one to the sides is a cube.
    """
    outer, here, far, most = 0, 0, 0, 1
    around: list[tuple[int, int]] = []
    for piece in map(str.strip, _PIECE.findall(plain)):
        if piece in _FAR or (piece == "/" and outer):
            here = max(here, 3 if piece in _SIDEWAYS else 2) if here else 1
            far += 1
            most = max(most, outer + here)
        elif piece in {"[", "("}:
            around.append((outer, here))
            if piece == "[":
                outer, here = max(outer + min(here, 2), 1), 0
        elif piece in {"]", ")"}:
            outer, left = around.pop() if around else (0, 0)
            here = left if piece == "]" else max(left, here)
        elif piece in {"and", "or", ","}:
            here = 0
    return max(far, 1), most


@lru_cache(maxsize=1024)
def _evaluator(expression: str, soap: str, services: str) -> etree.XPath:
    namespaces = {"s": soap, "m": services, **_FIXED}
    etree.XPath(expression, namespaces=namespaces, regexp=False)  # by itself: no parenthesis may end the next one early
    return etree.XPath(f"boolean({expression})", namespaces=namespaces, regexp=False)


def _problem_of(expression: str) -> str:
    """Say what libxml2 would only find out once a request comes to the place in question."""
    plain = _LITERAL.sub("''", expression)
    if len(expression) > _LONGEST:
        return f"it has {len(expression)} characters, at most {_LONGEST} are taken"
    if variable := _VARIABLE.search(plain):
        return f"there is no variable {variable[0]}"
    prefixes = (found[1] for found in _PREFIX.finditer(plain))
    if unknown := next((each for each in prefixes if each not in PREFIXES), None):
        return f"the prefix {unknown} is not declared; those that are: {', '.join(PREFIXES)}"
    calls = (found[1].rpartition("::")[2] for found in _CALL.finditer(plain))
    if unknown := next((each for each in calls if each not in _FUNCTIONS | _OPERATORS), None):
        return f"XPath 1.0 has no function {unknown}"
    return ""
