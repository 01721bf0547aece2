"""Reads a request that differs from earlier ones in its texts only, without parsing it.

A client sends the same envelope again and again, with other texts in it. Once some requests had the same tags, a
template is made of them: a pattern with a group for each text, and which value each text becomes. The latter is found
by reading a copy of the request with numbers in the places of its texts. So the parser and the compiled readers
decide what a request means; a template repeats their decision where nothing but texts could change it. Of a list the
template has one item, and reads any number of them. What no
template matches is parsed: markup, references and control characters in a text, and every request that something is
noted of.
"""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct
from msgspec.structs import astuple

from messaging_double.models.texts import NOT_XML
from messaging_double.server.soap.envelope import MOST_ELEMENTS
from messaging_double.server.soap.readers import BadValue, int_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Values = list[Any]  # the headers by their names, and the parameters
    Maker = Callable[[Sequence[str], Sequence[Sequence[str]]], Values]  # of the texts, and those of each item

LONGEST = 16 * 1024
"""Characters of a request that templates are made of, with one item of a list; beyond it texts are more than tags."""
_TAGS = re.compile(r"(<[^>]*>)")
_TEXT = "([^<>&\x00-\x08\x0b-\x1f]*)"
_ENOUGH = 4
"""Requests with the same tags that a template is made after: it costs as much as a hundred of them take to parse."""
_MOST_TEMPLATES = 4
_MOST_MISSES = 256
"""Requests that match no template, until it is given up to look for one: this client never sends the same tags."""
_FIRST_NUMBER = 1_000_000
_LOOP = "for item in items"


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
        if self._misses >= _MOST_MISSES:
            return
        self._misses += 1
        items = _items_of(text)
        short = text if items is None else items.around(text, items.first)
        if len(short) > LONGEST:
            return
        parts = _TAGS.split(short)
        tags = hash("".join(parts[1::2]))
        self._seen[tags] = self._seen.get(tags, 0) + 1
        if self._seen[tags] == _ENOUGH:
            template = _template(parts, items, read)
            with suppress(NameError):  # what is repeated is no list
                if template is not None and template.read(text) == values:  # else they have something unusual
                    self._templates = [template, *self._templates[: _MOST_TEMPLATES - 1]]
                    self._seen.clear()
                    self._misses = 0


class _Items(NamedTuple):
    """A list in a request, whose items have the same tags."""

    start: str
    """The tag that each begins with."""
    end: str
    between: str
    """White space."""
    first: str
    at: int
    """How many parts the request has before the first one: its tags, and the texts between them."""

    def around(self, text: str, instead: str = "") -> str:
        """Return a request with something else in the place of all items."""
        return text[: text.find(self.start)] + instead + text[text.rfind(self.end) + len(self.end) :]

    def all_of(self, text: str) -> str:
        """Return the items of a request."""
        return text[text.find(self.start) : text.rfind(self.end) + len(self.end)]


def _items_of(text: str) -> _Items | None:
    """Find the first list: of at least two items."""
    parts = _TAGS.split(text[:LONGEST])
    tags = parts[1::2]
    latest: dict[str, int] = {}
    for end, tag in enumerate(tags):
        start = latest.get(tag, end)
        latest[tag] = end
        at, behind = 2 * start + 1, 2 * end
        is_item = end - start > 1 and not tag.startswith(("</", "<!", "<?")) and not parts[behind].strip()
        if is_item and tags[start:end] == tags[end : 2 * end - start]:
            return _Items(tag, tags[end - 1], parts[behind], "".join(parts[at:behind]), at)
    return None


class _Template:
    def __init__(self, pattern: str, make: Maker) -> None:
        self._match = re.compile(pattern).fullmatch
        self._make = make

    def read(self, text: str) -> Values | None:
        found = self._match(text)
        if found is None or not _is_xml(text):
            return None
        try:
            return self._make(found.groups(), ())
        except BadValue:
            return None


class _ListTemplate(_Template):
    """A template of requests with a list of any length."""

    def __init__(self, pattern: str, make: Maker, items: _Items, item: str, size: int) -> None:
        """``pattern`` is of what is around the items, ``item`` of each, whose tags have ``size`` characters."""
        super().__init__(pattern, make)
        self._items = items._replace(first="")  # no text of a client is kept
        self._texts_of = re.compile(item).findall
        self._size = size

    def read(self, text: str) -> Values | None:
        found = self._match(self._items.around(text))
        if found is None or not _is_xml(text) or text.count("<") > MOST_ELEMENTS:
            return None
        items = self._items.all_of(text) + self._items.between
        texts = self._texts_of(items)
        if len(texts) * self._size + sum(map(len, chain.from_iterable(texts))) != len(items):
            return None  # there is more than such items
        try:
            return self._make(found.groups(), texts)
        except BadValue:
            return None


def _is_xml(text: str) -> bool:
    return text.isascii() or NOT_XML.search(text) is None


def _template(parts: list[str], items: _Items | None, read: Callable[[str], Values | None]) -> _Template | None:
    """Make a template of a request, cut into its tags and what stands between them; of its items it has the first."""
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
    start = stop = 0
    if items is not None:
        start, stop = items.at, items.at + len(_TAGS.split(items.first)) - 2
    of_item = [index for index in places if start < index < stop]
    others = [index for index in places if index not in of_item]
    texts = [f"item[{of_item.index(each)}]" if each in of_item else f"texts[{others.index(each)}]" for each in places]
    used: set[str] = set()
    names: dict[str, Any] = {"int_of": int_of}
    make = f"lambda texts, items: {_expression(values, texts, used, names)}"
    if len(used) < len(places):
        # What becomes no value may be refused all the same: a number in a member that the double does not keep.
        for text, index in zip(texts, places, strict=True):
            if text not in used:
                copy[index] = "x"
        if read("".join(copy)) != values:
            return None
    pattern = [re.escape(part) for part in parts]
    for index in places:
        pattern[index] = _TEXT
    maker = eval(make, names)  # noqa: S307 - of indexes and names
    if items is None:
        return _Template("".join(pattern), maker)
    if _LOOP not in make:
        return None
    size = sum(len(part) for index, part in enumerate(parts) if start <= index < stop and index not in places)
    item = "".join([*pattern[start:stop], re.escape(items.between), "()" * 2])  # of two groups findall returns both
    return _ListTemplate("".join(pattern[:start] + pattern[stop:]), maker, items, item, size + len(items.between))


def _is_leaf(parts: list[str], index: int) -> bool:
    """Say whether a text stands between a start tag and an end tag, and so is all of an element."""
    if not 0 < index < len(parts) - 1:
        return False
    before, after = parts[index - 1], parts[index + 1]
    return after.startswith("</") and not before.startswith(("</", "<?")) and not before.endswith("/>")


def _expression(value: Any, texts: Sequence[str], used: set[str], names: dict[str, Any]) -> str:
    """Return Python that makes such a value: numbers in it stand for the texts that these expressions return.

    Nothing that a client wrote is in it. Adds to ``used`` which of them it has, to ``names`` what it refers to.
    """

    def expressions(values: Iterable[Any]) -> str:
        return "".join([f"{_expression(each, texts, used, names)}, " for each in values])

    if isinstance(value, (str, int)) and not isinstance(value, bool):
        index = int(value) - _FIRST_NUMBER if str(value).isdecimal() else -1
        if 0 <= index < len(texts):
            used.add(texts[index])
            return texts[index] if isinstance(value, str) else f"int_of({texts[index]})"
    if isinstance(value, list):
        every = expressions(value)
        is_of_items = len(value) == 1 and "item[" in every and _LOOP not in every
        return f"[{every[:-2]} {_LOOP}]" if is_of_items else f"[{every}]"
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
