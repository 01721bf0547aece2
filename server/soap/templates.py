"""Reads a request that differs from earlier ones in its texts only, without parsing it.

A client sends the same envelope again and again, with other texts in it. Once some requests had the same tags, a
template is made of them: a pattern with a group for each text, and which value each text becomes. The latter is found
by reading a copy of the request with numbers in the places of its texts. So the parser and the compiled readers
decide what a request means; a template repeats their decision where nothing but texts could change it. What no
template matches is parsed: markup, references and control characters in a text, and every request that something is
noted of.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import astuple

from messaging_double.models.xml_text import NOT_XML
from messaging_double.server.soap.readers import BadValue, int_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Values = list[Any]  # the headers by their names, and the parameters
    Maker = Callable[[Sequence[str]], Any]

LONGEST = 16 * 1024
"""Characters of a request that templates are made of; in longer ones texts are more than tags."""
_TAGS = re.compile(r"(<[^>]*>)")
_TEXT = "([^<>&\x00-\x08\x0b-\x1f]*)"
_ENOUGH = 4
"""Requests with the same tags that a template is made after: it costs as much as a hundred of them take to parse."""
_MOST_TEMPLATES = 4
_MOST_MISSES = 256
"""Requests that match no template, until it is given up to look for one: this client never sends the same tags."""
_FIRST_NUMBER = 1_000_000


class Templates:
    """The templates of one operation, in one Services version and one strictness."""

    def __init__(self) -> None:
        """Begin without any."""
        self._templates: list[_Template] = []  # the latest used first
        self._seen: dict[int, int] = {}
        self._misses = 0

    def read(self, text: str) -> Values | None:
        """Return the values of a request, if a template matches it."""
        templates = self._templates
        for template in templates:
            values = template.read(text)
            if values is not None:
                if template is not templates[0]:
                    self._templates = [template, *(each for each in templates if each is not template)]
                return values
        return None

    def learn(self, text: str, values: Values, read: Callable[[str], Values | None]) -> None:
        """Note a request that no template matched and nothing was noted of; ``read`` is how others are read."""
        if self._misses >= _MOST_MISSES or len(text) > LONGEST:
            return
        self._misses += 1
        parts = _TAGS.split(text)
        tags = hash("".join(parts[1::2]))
        self._seen[tags] = self._seen.get(tags, 0) + 1
        if self._seen[tags] == _ENOUGH:
            template = _template(parts, read)
            if template is not None and template.read(text) == values:  # else they have something unusual
                self._templates = [template, *self._templates[: _MOST_TEMPLATES - 1]]
                self._seen.clear()
                self._misses = 0


class _Template:
    def __init__(self, pattern: str, make: Maker) -> None:
        self._match = re.compile(pattern).fullmatch
        self._make = make

    def read(self, text: str) -> Values | None:
        found = self._match(text)
        if found is None or not (text.isascii() or NOT_XML.search(text) is None):
            return None
        try:
            values: Values = self._make(found.groups())
        except BadValue:
            return None
        return values


def _template(parts: list[str], read: Callable[[str], Values | None]) -> _Template | None:
    """Make a template of a request, cut into its tags and what stands between them."""
    tags = parts[1::2]
    if any(tag.startswith("<!") for tag in tags) or any(tag.startswith("<?") for tag in tags[1:]):  # a comment, say
        return None
    places = [index for index in range(0, len(parts), 2) if _is_leaf(parts, index)]
    copy = parts[:]
    for number, index in enumerate(places, _FIRST_NUMBER):
        copy[index] = str(number)
    values = read("".join(copy))
    if values is None:
        return None
    used: set[int] = set()
    names: dict[str, Any] = {"int_of": int_of}
    make = f"lambda texts: {_expression(values, len(places), used, names)}"
    if len(used) < len(places):
        # What becomes no value may be refused all the same: a number in a member that the double does not keep.
        for count, index in enumerate(places):
            if count not in used:
                copy[index] = "x"
        if read("".join(copy)) != values:
            return None
    pattern = [re.escape(part) for part in parts]
    for index in places:
        pattern[index] = _TEXT
    return _Template("".join(pattern), eval(make, names))  # noqa: S307 - of indexes and names


def _is_leaf(parts: list[str], index: int) -> bool:
    """Say whether a text stands between a start tag and an end tag, and so is all of an element."""
    if not 0 < index < len(parts) - 1:
        return False
    before, after = parts[index - 1], parts[index + 1]
    return after.startswith("</") and not before.startswith(("</", "<?")) and not before.endswith("/>")


def _expression(value: Any, count: int, used: set[int], names: dict[str, Any]) -> str:
    """Return Python that makes such a value of ``texts``: numbers in it stand for them.

    Nothing that a client wrote is in it. Adds to ``used`` which texts it has, to ``names`` what it refers to.
    """

    def expressions(values: Iterable[Any]) -> str:
        return "".join([f"{_expression(each, count, used, names)}, " for each in values])

    if isinstance(value, (str, int)) and not isinstance(value, bool):
        index = int(value) - _FIRST_NUMBER if str(value).isdecimal() else -1
        if 0 <= index < count:
            used.add(index)
            return f"texts[{index}]" if isinstance(value, str) else f"int_of(texts[{index}])"
    if isinstance(value, list):
        return f"[{expressions(value)}]"
    if isinstance(value, tuple):
        return f"({expressions(value)})"
    if isinstance(value, dict):
        return f"{{{''.join([f'{key!r}: {expressions([each])}' for key, each in value.items()])}}}"
    name = f"name{len(names)}"
    if isinstance(value, Struct):
        names[name] = type(value)
        return f"{name}({expressions(astuple(value))})"
    names[name] = value
    return name
