"""Errors whose cause is the client, known by the domain.

They are answered in-band (Succeeded=false, ExceptionInfo filled), as the real service answers its exceptions. What
the double itself cannot do is another type: ``messaging_double.storage.StorageError`` and whatever Python raises.
"""

from __future__ import annotations

from dataclasses import dataclass

LONGEST = 1000
"""Characters of an error's text."""


class MessagingError(Exception):
    """The Messaging agent refuses a call; nothing of the call was kept.

    ``exception_type`` is one of the public names of ``SuperOffice.Exceptions`` (documented); no public capture of a
    filled ExceptionInfo is known, so which name stands for what is ours.
    """

    exception_type = "SuperOffice.Exceptions.SoException"

    def __init__(self, message: str, *, friendly_text: str | None = None) -> None:
        """``message`` is for the developer, ``friendly_text`` for who sits in front of the application."""
        super().__init__(message)
        # .NET's clients take strings of 8,192 characters by default; an error must reach them.
        self.message = message if len(message) <= LONGEST else f"{message[:LONGEST]}…"
        self.friendly_text = friendly_text or self.message


class QuotaExceeded(MessagingError):  # noqa: N818 (as those beside it)
    """A bound of the double, such as ``max-messages``, leaves no room for what a call would keep."""

    def __init__(self, bound: str, problem: str, cure: str) -> None:
        """``problem`` says what arrived and what ``bound`` (``messages``) allows, ``cure`` what to do."""
        super().__init__(f"{problem}. {cure}")
        self.bound = bound
        self.problem = problem
        self.cure = cure


class InvalidArgument(MessagingError):  # noqa: N818 (named after what it becomes: SoInvalidArgumentException)
    """An argument that no implementation could use, or that the settings say to refuse."""

    exception_type = "SuperOffice.Exceptions.SoInvalidArgumentException"


# Why a call is not admitted. No public capture of a filled ExceptionInfo is known. Documented are one line of a
# troubleshooting page, ``SuperOffice.Exceptions.SoSessionException: Authentication failed!``, and the public names of
# the exceptions. Which of them stands for what, and every sentence beside that line, is ours. Every reason has a
# Message of its own, so that a test can distinguish them.
SESSION_EXCEPTION = "SuperOffice.Exceptions.SoSessionException"
AUTHENTICATION_FAILED = "Authentication failed!"
"""Documented, the two together."""

_SENTRY_EXCEPTION = "SuperOffice.Exceptions.SoSentryException"
"""A documented name; that it stands for an agent that was not granted is ours."""


@dataclass(frozen=True)
class Reason:
    """One reason to refuse a call."""

    message: str
    friendly_text: str
    exception_type: str = SESSION_EXCEPTION


def _session(ours: str) -> Reason:
    """Make a reason of the documented line and a sentence of ours."""
    return Reason(f"{AUTHENTICATION_FAILED} {ours}", AUTHENTICATION_FAILED)


_UNKNOWN_APPLICATION = "The application is not known."

APPLICATION_TOKEN_MISSING = Reason(
    "The call carries no ApplicationToken, which must be specified when calling an Online installation.",
    _UNKNOWN_APPLICATION,
)
APPLICATION_TOKEN_UNKNOWN = Reason("The ApplicationToken is not that of a known application.", _UNKNOWN_APPLICATION)
AGENT_NOT_GRANTED = Reason(
    "The application was not granted the restricted agent Messaging.",
    "The application has no access to this service.",
    _SENTRY_EXCEPTION,
)
TICKET_MISSING = _session("The call carries no ticket: Credentials/Ticket is missing or empty.")
TICKET_MALFORMED = _session("The ticket is malformed: neither 7T: and base64 nor an 8A: token.")
TICKET_OF_ANOTHER_TENANT = _session("The ticket belongs to another tenant than that of the URL.")
TICKET_UNKNOWN = _session("The ticket was never issued, or its tenant was reset since.")
TICKET_REVOKED = _session("The ticket was revoked: authenticate again.")
TICKET_EXPIRED = _session("The ticket has expired: authenticate again.")
ACCESS_TOKEN_TOO_EARLY = _session("Access tokens can be used as tickets from Services86 on.")
ACCESS_TOKEN_EXPIRED = _session("The access token has expired.")
AUTHORIZATION_MISSING = _session("The request has no Authorization header: Basic, SOTicket or Bearer.")
SCHEME_UNKNOWN = _session("The scheme of the Authorization header is none of Basic, SOTicket and Bearer.")
SCHEME_OF_OTHER_CREDENTIALS = _session("SOTicket takes a ticket, 7T:, and Bearer an access token, 8A:.")
PASSWORD_WRONG = _session("The user name or the password is wrong.")
BASIC_ONLINE = _session("Basic is for onsite installations: online use SOTicket or Bearer.")
OF_REST = (AUTHORIZATION_MISSING, SCHEME_UNKNOWN, SCHEME_OF_OTHER_CREDENTIALS, PASSWORD_WRONG, BASIC_ONLINE)
"""Those that only a REST call is refused for."""
LOGIN_BREAKS = _session("This user name raises an exception on purpose.")


class AccessDenied(MessagingError):  # noqa: N818 (what it says to the client)
    """A call that is not admitted; answered in-band, and nothing of it is kept."""

    def __init__(self, reason: Reason) -> None:
        """Refuse for this reason."""
        super().__init__(reason.message, friendly_text=reason.friendly_text)
        self.reason = reason
        self.exception_type = reason.exception_type
