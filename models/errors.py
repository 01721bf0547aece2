"""Errors whose cause is the client, known by the domain.

They are answered in-band (Succeeded=false, ExceptionInfo filled), as the real service answers its exceptions.  What
the double itself cannot do is another type: ``messaging_double.storage.StorageError`` and whatever Python raises.
"""

from __future__ import annotations

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

    def __init__(self, problem: str, cure: str) -> None:
        """``problem`` says what arrived and what is allowed, ``cure`` what to do."""
        super().__init__(f"{problem}. {cure}")
        self.problem = problem
        self.cure = cure


class InvalidArgument(MessagingError):  # noqa: N818 (named after what it becomes: SoInvalidArgumentException)
    """An argument that no implementation could use, or that the settings say to refuse."""

    exception_type = "SuperOffice.Exceptions.SoInvalidArgumentException"
