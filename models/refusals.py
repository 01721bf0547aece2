"""Why a call is not admitted: one table of the reasons, with the texts that the client gets in ExceptionInfo.

No public capture of a filled ExceptionInfo is known.  Documented are one line of a troubleshooting page,
``SuperOffice.Exceptions.SoSessionException: Authentication failed!``, and the public names of the exceptions; which
of them stands for what, and all other texts, are ours.  Every reason has a Message of its own, so that a test can
tell them apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from messaging_double.models.errors import MessagingError

_SESSION = "SuperOffice.Exceptions.SoSessionException"
_SENTRY = "SuperOffice.Exceptions.SoSentryException"
_FAILED = "Authentication failed!"
"""Documented."""


@dataclass(frozen=True)
class Reason:
    """One reason to refuse a call."""

    message: str
    exception_type: str = _SESSION
    friendly_text: str = _FAILED


TICKET_MISSING = Reason("Authentication failed! The call carries no ticket: Credentials/Ticket is missing or empty.")
TICKET_MALFORMED = Reason("Authentication failed! The ticket is malformed: neither 7T: and base64 nor an 8A: token.")
TICKET_UNKNOWN = Reason("Authentication failed! The ticket was never issued, or its tenant was reset since.")
TICKET_EXPIRED = Reason("Authentication failed! The ticket has expired: authenticate again.")
TICKET_REVOKED = Reason("Authentication failed! The ticket was revoked: authenticate again.")
TICKET_OF_ANOTHER_TENANT = Reason("Authentication failed! The ticket belongs to another tenant than that of the URL.")
ACCESS_TOKEN_TOO_EARLY = Reason("Authentication failed! Access tokens can be used as tickets from Services86 on.")
ACCESS_TOKEN_EXPIRED = Reason("Authentication failed! The access token has expired.")
APPLICATION_TOKEN_MISSING = Reason(
    "The call carries no ApplicationToken, which must be specified when calling an Online installation.",
    friendly_text="The application is not known.",
)
APPLICATION_TOKEN_UNKNOWN = Reason(
    "The ApplicationToken is not that of a known application.", friendly_text="The application is not known."
)
AGENT_NOT_GRANTED = Reason(
    "The application was not granted the restricted agent Messaging.",
    _SENTRY,
    "The application has no access to this service.",
)
LOGIN_BREAKS = Reason("Authentication failed! This user name raises an exception on purpose.")


class AccessDenied(MessagingError):  # noqa: N818 (what it says to the client)
    """A call that is not admitted; answered in-band, and nothing of it is kept."""

    def __init__(self, reason: Reason) -> None:
        """Refuse for this reason."""
        super().__init__(reason.message, friendly_text=reason.friendly_text)
        self.reason = reason
        self.exception_type = reason.exception_type
