"""XPath over requests: one expression for both SOAP versions and all Services versions.

The prefixes are declared: ``s`` is the envelope's namespace, ``m`` that of the Services version, ``a`` that of the
serializer's arrays, ``i`` XML Schema's for instances.  XPath 1.0 and nothing beside it: no regular expressions, no
other document.

libxml2 cannot be told when to give up, and the whole double waits for it.  So the work is estimated beforehand: what
goes through the document once for each element takes its square, once more inside that its cube; so does what compares
each of some nodes with each of others.
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
"""Those of XPath 1.0, and its node tests."""
_LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'")
_CALL = re.compile(r"([\w.:-]+)\s*\(")
_PREFIX = re.compile(r"(?<![\w.:-])([^\W\d][\w.-]*):(?!:)")
_VARIABLE = re.compile(r"\$[\w.:-]+")
_NAMESPACE_AXIS = re.compile(r"(?<![\w.:-])namespace\s*::")
_OPERATORS = frozenset(("and", "or", "div", "mod"))
_LONGEST = 1_000
"""Characters of an expression."""
_MOST_WORK = 40_000_000
"""Visits of elements by all expressions for one call: about half a second of those that take longest."""
_TOO_LONG = "it would take too long on a request of this size"
_CHARACTERS_A_VISIT = 100
"""How many characters are compared while one element is visited."""
_COPY = 1 / 10
"""What it takes to copy a character of a text, in visits."""
_SEARCH = 1 / 40
"""To compare one with one where a text is looked for."""
_TRANSLATION = 1 / 10
"""The same where it is one of those to be replaced."""
_UNION = 1 / 16
"""To tell whether two nodes are the same."""
_COMPARISON = 1
"""To tell whether their texts are."""
_PREDICATE = 10
"""To begin with a predicate for an element."""
_HIGHEST = 30
"""A power that is too much for any document, and not for a float."""

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
"""Steps that may come by an element again and again; all others lead to each from one place only."""


class XPathFailed(Exception):  # noqa: N818 (names what happened)
    """An XPath expression that cannot be used; its text says why."""


class XPathDocument:
    """A request for which expressions are evaluated, until they have taken too much work."""

    def __init__(self, document: Any, soap: str, services: str) -> None:  # noqa: ANN401 (lxml's element)
        """``document`` is its envelope, ``soap`` and ``services`` are the namespaces of its versions."""
        self._document = document
        self._namespaces = soap, services
        self._nodes = sum(1 + len(each.attrib) for each in document.iter("*"))
        self._characters = sum(map(len, document.itertext()))
        self._left: float = _MOST_WORK

    def meets(self, xpath: CompiledXPath) -> bool:
        """Say whether it meets an expression, in XPath's words ``boolean(expression)``.

        Raises ``XPathFailed`` where that cannot be evaluated, or only with too much work.
        """
        work = xpath.work_on(self._nodes, self._characters)
        if work > self._left:
            raise XPathFailed(_TOO_LONG)
        self._left -= work
        try:
            return bool(_evaluator(xpath.expression, *self._namespaces)(self._document))
        except etree.XPathError as error:
            raise XPathFailed(str(error)) from None


class CompiledXPath:
    """An expression that was found good."""

    def __init__(self, expression: str) -> None:
        """Raises ``XPathFailed`` for an expression that is none, or asks for what is not there."""
        if problem := _problem_of(expression):
            raise XPathFailed(problem)
        self.expression = expression
        self._work = _work_of(_LITERAL.sub("''", expression))
        self._longest_literal = max((len(each) for each in _LITERAL.findall(expression)), default=0)
        XPathDocument(etree.Element(f"{{{_SOAP}}}Envelope"), _SOAP, VERSIONS[max(VERSIONS)].namespace).meets(self)

    def work_on(self, nodes: int, characters: int) -> float:
        """Estimate how many visits of elements it takes where there are so many; comparing texts counts as well."""
        size = nodes + characters * (1 + self._longest_literal) // _CHARACTERS_A_VISIT
        visits: float = sum(weight * size ** min(power, _HIGHEST) for power, weight in self._work.visits.items())
        texts = _COPY * self._work.joined**2 * characters + self._work.searches * characters**2
        return visits + float(nodes) ** min(self._work.repeated, _HIGHEST) * texts


@dataclass(frozen=True)
class _Work:
    """What an expression takes on a document."""

    visits: Mapping[int, float]
    """How often all of its elements are visited, by the power of their number that it takes."""
    searches: float
    """How often a text of it is looked for in another one, each with what it takes."""
    joined: int
    """How many texts are put together at most."""
    repeated: int
    """For the elements of how many predicates, within each other, texts are looked for and put together."""


@dataclass
class _Place:
    """Where in an expression a piece stands."""

    outer: int = 0
    """Within how many predicates."""
    here: int = 0
    """How far its path has gone: not, once, and what takes more."""
    reach: int = 0
    """How far any path of this pair of parentheses has gone."""
    merged: float = 0
    """What it takes to merge two nodes, where the left one has gone far."""
    in_text: bool = False
    """Whether it is within the arguments of a function that reads texts."""


def _work_of(plain: str) -> _Work:
    """Take an expression, without what its literals say, to pieces.

    What stands in a predicate is done for each element of the path before it; ``and``, ``or``, a comma, a comparison
    and a union begin something of their own.  A far step of a path that has gone far already is a square, since libxml2
    drops what it has found twice by comparing; one to the sides is a cube.  Two sets of nodes are compared, or united,
    each with each: in a predicate once for each element, unless both sets go beyond that element.
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
    """Say what libxml2 would only find out once a request comes to the place in question."""
    plain = _LITERAL.sub("''", expression)
    if len(expression) > _LONGEST:
        return f"it has {len(expression)} characters, at most {_LONGEST} are taken"
    if variable := _VARIABLE.search(plain):
        return f"there is no variable {variable[0]}"
    if _NAMESPACE_AXIS.search(plain):
        return "there is no axis namespace; namespace-uri() tells that of an element"
    prefixes = (found[1] for found in _PREFIX.finditer(plain))
    if unknown := next((each for each in prefixes if each not in PREFIXES), None):
        return f"the prefix {unknown} is not declared; those that are: {', '.join(PREFIXES)}"
    calls = (found[1].rpartition("::")[2] for found in _CALL.finditer(plain))
    if unknown := next((each for each in calls if each not in _FUNCTIONS | _OPERATORS), None):
        return f"XPath 1.0 has no function {unknown}"
    return ""
