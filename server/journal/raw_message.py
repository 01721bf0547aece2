"""An HTTP message in the bytes that were on the wire: its first line, its headers, its body without the framing."""

from __future__ import annotations

import re

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_SIZE = re.compile(rb"\s*([0-9A-Fa-f]{1,16})[^\r\n]*\r?\n")


class RawMessage:
    """Reads what can be read: the bytes may be no HTTP at all."""

    def __init__(self, raw: bytes) -> None:
        """Look at these bytes."""
        end = _END_OF_HEAD.search(raw)
        head = raw if end is None else raw[: end.start()]
        self._content = b"" if end is None else raw[end.end() :]
        first, *lines = re.split("\r?\n", head.decode("latin-1"))
        self.line = first
        """The request line or the status line; bytes beyond ASCII as Latin-1."""
        pairs = [line.partition(":") for line in lines]
        self.headers = [(name, value.strip(" \t")) for name, colon, value in pairs if colon]
        """Names and values in the order they came."""

    @property
    def body(self) -> bytes:
        """The body; of a chunked one as much as its framing makes sense."""
        codings = [value for name, value in self.headers if name.lower() == "transfer-encoding"]
        if not codings or not codings[-1].lower().endswith("chunked"):
            return self._content
        return _without_chunks(self._content)


def _without_chunks(content: bytes) -> bytes:
    parts = []
    position = 0
    while size := _SIZE.match(content, position):
        length = int(size[1], 16)
        if not length:
            break
        parts.append(content[size.end() : size.end() + length])
        position = size.end() + length + 2
    return b"".join(parts)
