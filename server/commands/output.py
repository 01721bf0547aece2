"""What commands print: text, JSON and bytes, on a standard output that may lack characters or a reader."""

from __future__ import annotations

import io
import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from messaging_double.server import standard_output

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP = "  "


def say(text: str) -> None:
    """Print the text; characters that the terminal's charset lacks are escaped."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    standard_output.say(text)


def say_json(value: object) -> None:
    """Print the value as JSON, which any charset can hold."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    standard_output.say(text)


def say_bytes(data: bytes) -> None:
    """Print the bytes as they are, without a newline of ours."""
    if sys.stdout is None:
        return
    with suppress(OSError):  # the flush meets it again
        sys.stdout.buffer.write(data)
    standard_output.flush()


def quoted(value: Any) -> str:  # noqa: ANN401 (whatever JSON has)
    """Return the value as JSON on one line, with escapes for what cannot be seen."""
    return visible(json.dumps(value, ensure_ascii=False))


def visible(text: str) -> str:
    """Return the text on one line, with escapes for what cannot be seen and for what steers a terminal."""
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows as lines, their cells below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = ((cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return [_GAP.join(row).rstrip() for row in padded]
