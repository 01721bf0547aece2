"""The page that a browser gets at a ``.svc`` URL: administrators look at it to see that a service is up."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messaging_double.models.versions import ServicesVersion

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{agent} {version}</title></head>
<body>
<h1>{agent}, {version}</h1>
<p>This is messaging-double, a test double of SuperOffice NetServer's <code>{agent}.svc</code>. It sends nothing.</p>
<p>Contract: <a href="{url}?wsdl">{url}?wsdl</a>. POST SOAP 1.1 or 1.2 envelopes to this address.</p>
<p>Operations:</p>
<ul>
{operations}
</ul>
</body>
</html>
"""


def page(agent: str, version: ServicesVersion, url: str, operations: Sequence[str]) -> bytes:
    """Return the HTML page (UTF-8) of an agent at ``url``."""
    items = "\n".join(f"<li><code>{escape(name)}</code></li>" for name in operations)
    return _PAGE.format(agent=agent, version=version.name, url=escape(url), operations=items).encode()
