"""What the CustomerService agent does, as far as it concerns messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from messaging_double.server.agents.access import Access, Credentials
    from messaging_double.server.calls.call import Call
    from messaging_double.server.settings import Settings


class CustomerServiceAgent:
    """GetSmsConfig: how an application learns which plugin the tenant has chosen (documented; its values are ours)."""

    def __init__(self, settings: Settings, access: Access) -> None:
        """Name the first plugin of the catalogue."""
        self._settings = settings
        self._access = access
        self.handlers = {"GetSmsConfig": self._sms_config}

    def admit(self, call: Call, credentials: Credentials) -> None:
        """Decide on the application and the ticket. Raises ``AccessDenied``."""
        self._access.admit(call, credentials)

    def time_zone(self, headers: Mapping[str, Any]) -> Any:
        """Return the TimeZone header of the request (ours)."""
        return headers.get("TimeZone")

    def _sms_config(self, call: Call) -> Sequence[Any]:  # noqa: ARG002 - the same for all tenants so far
        plugins = self._settings.plugins
        carrier = {
            "DefaultSmsCountry": "",
            "NetServerSmsProvider": plugins[0].name if plugins else "",
            "NsPluginSender": "",
            "NsPluginConfig": (),
        }
        return [carrier]
