"""Which tenant a URL means."""

from __future__ import annotations

DEFAULT_TENANT = "default"


def tenant_of(prefix: str) -> str:
    """Return the tenant of the path before ``/Remote``: its last segment, ``default`` if there is none.

    As the host of the real service does, letter case is passed over: ``CUST12345`` is ``Cust12345``.  What stands
    before the last segment may be a proxy's prefix or a virtual directory.  ``prefix`` is WSGI's: bytes as Latin-1.
    """
    segment = prefix.rpartition("/")[2]
    return canonical_tenant(segment.encode("latin-1", "replace").decode("utf-8", "replace"))


def canonical_tenant(name: str) -> str:
    """Return the one spelling that stands for all of a tenant's: ``Cust`` and digits, everything else in small."""
    if not name:
        return DEFAULT_TENANT
    folded = name.casefold()
    return f"Cust{folded[4:]}" if folded.startswith("cust") and folded[4:].isdigit() else folded
