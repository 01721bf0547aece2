"""The page at `/`: HTML, CSS and ES modules as they are in this folder, with the headers that keep it to itself."""

from __future__ import annotations

import gzip
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FOLDER = "/_mock/web/"
"""What the URLs of the page's files begin with."""
_PAGE = "index.html"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Nothing but what this server gives is loaded or asked, and no text ever becomes HTML or script."""
_HEADERS = [
    ("Cache-Control", "no-cache"),
    ("Content-Security-Policy", _POLICY),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("Vary", "Accept, Accept-Encoding"),
    ("X-Content-Type-Options", "nosniff"),
]


class _File(NamedTuple):
    content: bytes
    compressed: bytes
    type: str
    etag: str


def is_for_page(environ: dict[str, Any]) -> bool:
    """Say whether a browser asks for the page, or for one of its files."""
    path = environ["PATH_INFO"]
    return path.startswith(FOLDER) or "text/html" in environ.get("HTTP_ACCEPT", "")


def respond(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes] | None:
    """Answer with the page or one of its files (PEP 3333); return None where there is no such file."""
    name = environ["PATH_INFO"].removeprefix(FOLDER) if environ["PATH_INFO"] != "/" else _PAGE
    file = _files().get(name)
    if file is None:
        return None
    headers = [*_HEADERS, ("ETag", file.etag)]
    if environ.get("HTTP_IF_NONE_MATCH") == file.etag:
        start_response("304 Not Modified", headers)
        return []
    content = file.content
    if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        content = file.compressed
        headers.append(("Content-Encoding", "gzip"))
    headers += [("Content-Type", file.type), ("Content-Length", str(len(content)))]
    start_response("200 OK", headers)
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else content]


@cache
def _files() -> dict[str, _File]:
    """Read the files when the first one is asked for."""
    return {path.name: _file(path) for path in Path(__file__).parent.iterdir() if path.suffix in _TYPES}


def _file(path: Path) -> _File:
    content = path.read_bytes()
    return _File(content, gzip.compress(content), _TYPES[path.suffix], f'"{sha256(content).hexdigest()[:16]}"')
