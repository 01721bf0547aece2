"""The names of the contract's operations, in its order, for those who do not know spyne."""

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
SENDING = ("SendMessages", "SendMessagesWithConfig")
"""Those that put messages into the outbox."""
