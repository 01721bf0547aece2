"""The names of the contract's operations, in its order, for modules that do not load spyne."""

from __future__ import annotations

MESSAGING = (
    "CreateMessage",
    "GetDeliveryStatus",
    "SetDeliveryStatus",
    "SendMessages",
    "SendMessagesWithConfig",
    "GetPlugins",
)
PRINCIPAL = (
    "GetSystemInfo",
    "AuthenticateImplicit",
    "AuthenticateUsernamePassword",
    "AuthenticateGeneric",
    "AuthenticateWithAccessToken",
)
CUSTOMER_SERVICE = ("GetSmsConfig",)
"""Of the agent CustomerService, the one operation that concerns messages."""
SYSTEM_USER = ("Authenticate",)
"""Of the PartnerSystemUserService."""
USER = ("currentPrincipal",)
"""Of the REST API alone."""
OPERATIONS = (*MESSAGING, *PRINCIPAL, *CUSTOMER_SERVICE, *SYSTEM_USER, *USER)
SENDING = ("SendMessages", "SendMessagesWithConfig")
"""Those that put messages into the outbox."""
