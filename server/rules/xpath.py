"""XPath over requests: one expression for both SOAP versions and all Services versions.

The prefixes are declared: ``s`` is the envelope's namespace, ``m`` that of the Services version, ``a`` that of the
serializer's arrays, ``i`` XML Schema's for instances. It is XPath 1.0 only: no regular expressions, no other document.

libxml2 has no time limit, and all calls wait for it. So the work is estimated beforehand: what scans the document once
for each element takes its square, once more inside that its cube; so does what compares two sets of nodes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lxml import etree

from messaging_double.models.versions import VERSIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

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
"""The functions of XPath 1.0, and its node tests."""
_LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'")
_CALL = re.compile(r"([\w.:-]+)\s*\(")
_PREFIX = re.compile(r"(?<![\w.:-])([^\W\d][\w.-]*):(?!:)")
_VARIABLE = re.compile(r"\$[\w.:-]+")
_NAMESPACE_AXIS = re.compile(r"(?<![\w.:-])namespace\s*::")
_OPERATORS = frozenset(("and", "or", "div", "mod"))
_LONGEST = 1_000
"""Characters of an expression."""
_MOST_WORK = 40_000_000
"""Visits of elements by all expressions for one call: about half a second of the slowest ones."""
_TOO_LONG = "it would take too long on a request of this size"
_CHARACTERS_A_VISIT = 100
"""How many characters are compared in the time of one visit."""
_COPY = 1 / 10
"""The cost of copying a character of a text, in visits."""
_SEARCH = 1 / 40
"""The cost of comparing a character with one while searching for a text."""
_TRANSLATION = 1 / 10
"""The same while translating."""
_UNION = 1 / 16
"""The cost of comparing the identity of two nodes."""
_COMPARISON = 1
"""The cost of comparing their texts."""
_PREDICATE = 10
"""The cost of starting a predicate for an element."""
_HIGHEST = 30
"""A power that is too high for any document, but fits a float."""

_COMPARED = r"(?:!=|<=|>=|=|<|>)"
_SINGLE = rf"(?:''|-?\s*\d|(?:{'|'.join(_FUNCTIONS - {'id', 'text', 'node'})})\s*\()"
_SEARCHES = "contains|substring-before|substring-after|translate"
_PIECE = re.compile(
    rf"(?P<single>{_COMPARED}(?=\s*{_SINGLE})|(?<='')\s*{_COMPARED})|(?P<compared>{_COMPARED})|(?P<united>\||\bid\s*(?=\())"
    rf"|(?P<searched>\b(?:{_SEARCHES})\s*\((?![^][(),]*,\s*''))|(?P<joined>\bconcat\s*\()"
    r"|//|(?<![\w)\]'.*])/|\.\.|[\[\](),]|(?<=[\w)\]'.*])\s*\b(?:and|or)\b(?![\w.:-])"
    r"|(?:ancestor|descendant|following|parent|preceding)(?:-or-self|-sibling)?(?=\s*::)"
)
_SIDEWAYS = frozenset(("following", "following-sibling", "preceding", "preceding-sibling"))
_FAR = frozenset(("//", "..", "ancestor", "ancestor-or-self", "descendant", "descendant-or-self", "parent")) | _SIDEWAYS
"""Steps that may reach an element repeatedly; all others reach it from one place only."""


class XPathError(Exception):
    """An XPath expression that cannot be used; its text says why."""


class XPathDocument:
    """A request on which expressions are evaluated, up to a limit of work."""

    def __init__(self, document: Any, soap: str, services: str) -> None:  # noqa: ANN401 (lxml's element)
        """``document`` is its envelope, ``soap`` and ``services`` are the namespaces of its versions."""
        self._document = document
        self._namespaces = soap, services
        self._nodes = sum(1 + len(each.attrib) for each in document.iter("*"))
        self._characters = sum(map(len, document.itertext()))
        self._left: float = _MOST_WORK

    def meets(self, xpath: CompiledXPath) -> bool:
        """Return the value of ``boolean(expression)``.

        Raise ``XPathError`` if it cannot be evaluated, or only with too much work.
        """
        work = xpath.work_on(self._nodes, self._characters)
        if work > self._left:
            raise XPathError(_TOO_LONG)
        self._left -= work
        try:
            return bool(_evaluator(xpath.expression, *self._namespaces)(self._document))
        except etree.XPathError as error:
            raise XPathError(str(error)) from None


class CompiledXPath:
    """A checked expression."""

    def __init__(self, expression: str) -> None:
        """Raise ``XPathError`` if it is not XPath 1.0, or uses undeclared names."""
        if problem := _problem_of(expression):
            raise XPathError(problem)
        self.expression = expression
        self._work = _work_of(_LITERAL.sub("''", expression))
        self._longest_literal = max((len(each) for each in _LITERAL.findall(expression)), default=0)
        XPathDocument(etree.Element(f"{{{_SOAP}}}Envelope"), _SOAP, VERSIONS[max(VERSIONS)].namespace).meets(self)

    def work_on(self, nodes: int, characters: int) -> float:
        """Estimate the work on a document of this size, in visits of elements."""
        size = nodes + characters * (1 + self._longest_literal) // _CHARACTERS_A_VISIT
        visits: float = sum(weight * size ** min(power, _HIGHEST) for power, weight in self._work.visits.items())
        texts = _COPY * self._work.joined**2 * characters + self._work.searches * characters**2
        return visits + float(nodes) ** min(self._work.repeated, _HIGHEST) * texts


@dataclass(frozen=True)
class _Work:
    """The work of an expression on a document."""

    visits: Mapping[int, float]
    """Weights of the visits of all elements, by the power of their number."""
    searches: float
    """The sum of the costs of all searches for one text of the document in another."""
    joined: int
    """How many texts are concatenated at most."""
    repeated: int
    """The depth of predicates at which texts are searched for or concatenated."""


@dataclass
class _Place:
    """The position of a piece within an expression."""

    outer: int = 0
    """The number of predicates around it."""
    here: int = 0
    """How far its path has gone: 0 not at all, 1 one far step, more for costlier ones."""
    reach: int = 0
    """How far any path within these parentheses has gone."""
    merged: float = 0
    """The cost of merging two nodes, if the left path has gone far."""
    in_text: bool = False
    """Whether it is an argument of a function that reads texts."""


def _work_of(plain: str) -> _Work:
    """Estimate the work of an expression whose literals are empty.

    A predicate is evaluated for each element of the path before it; ``and``, ``or``, a comma, a comparison and a union
    begin a new path. A far step of a path that has gone far already is a square, since libxml2 removes duplicates by
    comparing; one to the sides is a cube. Two sets of nodes are compared, or united, each with each: in a predicate
    once for each element, unless both sets go beyond that element.
    """
    visits: defaultdict[int, float] = defaultdict(float, {1: 1 + plain.count("/")})
    searches, joined, repeated = 0.0, 0, 0
    at = _Place()
    around: list[_Place] = []
    for found in _PIECE.finditer(plain):
        piece, kind = found[0].strip(), found.lastgroup
        if piece in _FAR or (piece == "/" and at.outer):
            at.here = max(at.here, 3 if piece in _SIDEWAYS else 2) if at.here else 1
            visits[at.outer + at.here] += 1
            visits[at.outer + 2] += at.merged
            repeated = max(repeated, at.outer * at.in_text)
        elif kind in ("compared", "united"):
            merge = _COMPARISON if kind == "compared" else _UNION
            visits[max(at.outer + 1, 2)] += merge
            at = replace(at, here=0, reach=max(at.reach, at.here), merged=merge if at.here else at.merged)
        elif piece == "[":
            around.append(at)
            at = _Place(max(at.outer + min(at.here, 2), 1), in_text=at.in_text)
            visits[at.outer] += _PREDICATE
        elif piece.endswith("("):
            around.append(at)
            at = _Place(at.outer, in_text=at.in_text or kind in ("searched", "joined"))
            if kind == "searched":
                searches += _TRANSLATION if piece.startswith("translate") else _SEARCH
            elif kind == "joined":
                joined = plain.count(",") + 1
            repeated = max(repeated, (at.outer - 1) * at.in_text)
        elif piece == "]":
            at = around.pop() if around else at
        elif piece == ")":
            reach = max(at.reach, at.here)
            at = around.pop() if around else at
            at = replace(at, here=max(at.here, reach))
        else:
            at = replace(at, here=0, merged=0)
    return _Work(visits, searches, joined, repeated)


@lru_cache(maxsize=1024)
def _evaluator(expression: str, soap: str, services: str) -> etree.XPath:
    namespaces = {"s": soap, "m": services, **_FIXED}
    etree.XPath(expression, namespaces=namespaces, regexp=False)  # by itself: no parenthesis may end the next one early
    return etree.XPath(f"boolean({expression})", namespaces=namespaces, regexp=False)


def _problem_of(expression: str) -> str:
    """Return what libxml2 would only report when it evaluates the part in question; empty if nothing."""
    plain = _LITERAL.sub("''", expression)
    if len(expression) > _LONGEST:
        return f"it has {len(expression)} characters, at most {_LONGEST} are taken"
    if variable := _VARIABLE.search(plain):
        return f"there is no variable {variable[0]}"
    if _NAMESPACE_AXIS.search(plain):
        return "there is no axis namespace; namespace-uri() returns that of an element"
    prefixes = (found[1] for found in _PREFIX.finditer(plain))
    if unknown := next((each for each in prefixes if each not in PREFIXES), None):
        return f"the prefix {unknown} is not declared; those that are: {', '.join(PREFIXES)}"
    calls = (found[1].rpartition("::")[2] for found in _CALL.finditer(plain))
    if unknown := next((each for each in calls if each not in _FUNCTIONS | _OPERATORS), None):
        return f"XPath 1.0 has no function {unknown}"
    return ""
