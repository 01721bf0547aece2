"""What commands print: text, tables, JSON and bytes.

Standard output may be closed or unread, and may lack characters: that is no reason to fail. A full disk is one.
"""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Json = dict[str, Any]
    Names = dict[int, str]
    Cells = Mapping[str, Callable[[Json, Names], str]]

_GAP = "  "
_NARROWEST = 12
"""Columns that a cut text keeps at least."""
_UNREAD = (errno.EPIPE, errno.EINVAL)
"""What is said of a pipe without a reader; the second on Windows."""


class OutputError(Exception):
    """What was to be printed is lost."""


def say(text: str) -> None:
    """Print the text at once; characters that the terminal's charset lacks are escaped. Raises ``OutputError``."""
    if sys.stdout is None:
        return
    try:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OSError as error:
        _let_go(error)


def say_json(value: object) -> None:
    """Print the value as JSON, which any charset can hold."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    say(text)


def say_bytes(data: bytes) -> None:
    """Print the bytes as they are, without a newline of ours. Raises ``OutputError``."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    except OSError as error:
        _let_go(error)


def flush() -> None:
    """Print what is left, before the interpreter tries and complains. Raises ``OutputError``."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError as error:
        _let_go(error)


def _let_go(error: OSError) -> None:
    """Send what is still kept for it nowhere, or the last flush of all would fail again. Raises ``OutputError``."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    if error.errno not in _UNREAD:
        raise OutputError(f"Standard output cannot be written to ({error.strerror}): what it has is not all.") from None


def quoted(value: Any) -> str:  # noqa: ANN401 (whatever JSON has)
    """Return the value as JSON on one line, with escapes for what cannot be seen."""
    return visible(json.dumps(value, ensure_ascii=False))


def visible(text: str) -> str:
    """Return the text on one line, with escapes for what cannot be seen and for what steers a terminal."""
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)


def terminal_width() -> int | None:
    """Return how many columns there are; ``None`` where the output goes to no terminal, and nothing is cut.

    The variable ``COLUMNS`` says it for both.
    """
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return shutil.get_terminal_size().columns if is_terminal or os.environ.get("COLUMNS") else None


def columns(rows: Sequence[Sequence[str]], width: int | None = None) -> list[str]:
    """Return the rows as lines, their cells below each other; the widest columns are cut to fit ``width``."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    while width is not None and sum(widths) + len(_GAP) * (len(widths) - 1) > width and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    padded = ((_cut(cell, limit).ljust(limit) for cell, limit in zip(row, widths, strict=True)) for row in rows)
    return [_GAP.join(row).rstrip() for row in padded]


def table(rows: Sequence[Json], cells: Cells, names: Names, width: int | None) -> list[str]:
    """Return the titles and the rows as lines; ``names`` are those of the statuses."""
    return columns([[*cells], *([cell(each, names) for cell in cells.values()] for each in rows)], width)


def counted(items: Sequence[object] | int, kind: str) -> str:
    """Return ``1 rule`` or ``2 rules``."""
    number = items if isinstance(items, int) else len(items)
    return f"{number} {kind}{'' if number == 1 else 's'}"


def _cut(cell: str, limit: int) -> str:
    return cell if len(cell) <= limit else f"{cell[: limit - 1]}\u2026"
