"""Which tenant a URL means."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

_UNFIT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_ORIGIN = re.compile(r"https?://[^/?]*", re.IGNORECASE)
_BEFORE_REMOTE = re.compile(r"(.*)/remote[^/]*(?:/|$)", re.IGNORECASE | re.DOTALL)
_OF_THE_CONTROL_API = re.compile(r"/_mock(?:/v1/tenants(/[^/]+)|/|$)")
_CUSTOMER = re.compile(r"(.*?/cust\d+)(?:/|$)", re.IGNORECASE | re.DOTALL)
DEFAULT_TENANT = "default"


def tenant_of(prefix: str) -> str:
    """Return the tenant of the path before ``/Remote``: its last segment, ``default`` if there is none.

    As the host of the real service does, letter case is passed over: ``CUST12345`` is ``Cust12345``.  What stands
    before the last segment may be a proxy's prefix or a virtual directory.  ``prefix`` is WSGI's: bytes as Latin-1.
    """
    segment = prefix.rpartition("/")[2]
    return canonical_tenant(segment.encode("latin-1", "replace").decode("utf-8", "replace"))


def tenant_of_path(path: str) -> str:
    """Return the tenant of a request that is no call: whose journal has it (ours).

    It is the segment before what looks like ``/Remote``, as in a call; else a ``CustNNNNN`` wherever it stands; else
    ``default``.  Below the control API it is the tenant that was asked about.  ``path`` is WSGI's.
    """
    shown = _OF_THE_CONTROL_API.match(path)
    found = shown or _BEFORE_REMOTE.match(path) or _CUSTOMER.match(path)
    return tenant_of((found[1] or "").rstrip("/")) if found else DEFAULT_TENANT


def tenant_of_target(target: str) -> str:
    """Return ``tenant_of_path`` of a request's target as it came: percent-encoded, maybe with a host and a query."""
    return tenant_of_path(path_of_target(target))


def path_of_target(target: str) -> str:
    """Return the path of a request's target, as WSGI has it."""
    path = _ORIGIN.sub("", target, count=1).partition("?")[0]
    return unquote_to_bytes(path).decode("latin-1")


def canonical_tenant(name: str) -> str:
    """Return the one spelling that stands for all of a tenant's: ``Cust`` and digits, everything else in small.

    What no text of ours may hold, control characters and halves of surrogate pairs, is written as an escape.
    """
    if not name:
        return DEFAULT_TENANT
    folded = _UNFIT.sub(lambda unfit: ascii(unfit[0])[1:-1], name).casefold()
    return f"Cust{folded[4:]}" if folded.startswith("cust") and folded[4:].isdigit() else folded
