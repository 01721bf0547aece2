"""What a call asks, for whoever decides how it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from messaging_double.server.simulation.asked import Asked
    from messaging_double.server.simulation.xpath import CompiledXPath, XPathDocument
    from messaging_double.server.soap.protocol import Exchange

_OF_CGI = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
"""Headers whose variables WSGI has from CGI (PEP 3333)."""


class HttpHeaders(Mapping[str, str]):
    """The headers of HTTP in a WSGI environ, by their names in small letters; read where somebody asks for one."""

    def __init__(self, environ: Mapping[str, Any]) -> None:
        """Read those of ``environ``."""
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        variable = _OF_CGI.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
        return self._environ[variable]

    def __iter__(self) -> Iterator[str]:
        for variable in self._environ:
            if variable.startswith("HTTP_"):
                yield variable[5:].lower().replace("_", "-")
        yield from (name for name, variable in _OF_CGI.items() if variable in self._environ)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def asked_of(ctx: Any, namespace: str) -> Asked:
    """Return what a call in ``namespace`` asks whose headers and parameters are read; ``ctx`` is spyne's."""
    exchange: Exchange = ctx.udc
    document: XPathDocument | None = None

    def meets(xpath: CompiledXPath) -> bool:
        nonlocal document
        if document is None:
            from messaging_double.server.simulation.xpath import XPathDocument  # noqa: PLC0415 (a rule has loaded it)

            document = XPathDocument(ctx.in_document, exchange.soap, namespace)
        return document.meets(xpath)

    asked: Asked = exchange.agent.asked(exchange.operation, ctx.in_object)
    asked.headers = exchange.headers
    asked.meets_xpath = meets
    return asked
