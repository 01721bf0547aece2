"""A test double of SuperOffice CRM's SOAP endpoint Messaging.svc, as tests in Python use it.

``MessagingDouble`` starts a double or attaches to one; what else ``messaging_double.client`` has is here too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from messaging_double.client import *  # noqa: F403 (the same names)

    __version__: str
else:

    def __getattr__(name: str) -> object:
        """Load a name when it is first used (PEP 562): the pytest plugin is loaded in every run of every project."""
        if name == "__version__":
            from importlib.metadata import version  # noqa: PLC0415 (slow)

            return version("messaging-double")
        from importlib import import_module  # noqa: PLC0415

        client = import_module("messaging_double.client")
        if name == "__all__":
            return client.__all__
        if name not in client.__all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(client, name)

    def __dir__() -> list[str]:
        from messaging_double.client import __all__ as names  # noqa: PLC0415

        return sorted({*globals(), *names, "__version__"})
