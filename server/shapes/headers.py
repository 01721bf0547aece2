"""What HTTP headers look like."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .objects import MapOf
from .values import Json, Text


@dataclass(frozen=True)
class Matching(Text):
    """A text of a certain form."""

    pattern: str = ""
    """Of all of it; means the same to Python and to JSON Schema."""
    words: str = ""

    @property
    def expected(self) -> str:
        return self.words

    def schema(self) -> Json:
        return {"type": "string", "pattern": f"^(?:{self.pattern})$"}

    def read(self, value: Json, where: str) -> str:
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value):
            raise self.refusal(value, where)
        return super().read(value, where)


HEADER_NAME = Matching("X-Reason", pattern="[!#$%&'*+.^_`|~0-9A-Za-z-]+", words="the name of a header")
HEADER_VALUE = Matching(
    "text/html",
    pattern="|[!-~\u00a1-\u00ff](?:[ -~\u00a1-\u00ff]*[!-~\u00a1-\u00ff])?",
    words="the value of a header, in Latin-1",
)


@dataclass(frozen=True)
class Headers(MapOf):
    """Headers by their names."""

    def read(self, value: Json, where: str) -> Any:
        given = super().read(value, where)
        for name in given:
            HEADER_NAME.read(name, f"a key of {where}")
        return given
