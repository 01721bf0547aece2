"""The errors of the client."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from messaging_double.models.control.verification import Report


class MessagingDoubleError(Exception):
    """The base of all errors of the client that are not failed expectations."""


class StartFailed(MessagingDoubleError):  # noqa: N818 (reads as a sentence in the report of a test)
    """A double could not be started; the text says why, with the last lines of its log."""


class Unreachable(MessagingDoubleError):  # noqa: N818
    """Nothing answers where the double should be, or what answers is no double."""


class ControlError(MessagingDoubleError):
    """The double refused a request of the control API.

    ``error`` says what arrived and what is wrong with it, ``hint`` what was expected, with a valid example.
    """

    def __init__(self, status: int, error: str, hint: str) -> None:
        """``status`` is that of HTTP."""
        super().__init__(status, error, hint)
        self.status = status
        self.error = error
        self.hint = hint

    def __str__(self) -> str:
        """Return all of it in a line."""
        return f"{self.status}: {self.error}; {self.hint}"


class ExpectationFailed(AssertionError):  # noqa: N818
    """What was sent is not what was expected; the text is the double's report, with the nearest misses."""

    def __init__(self, text: str, report: Report | None = None) -> None:
        """``report`` is the same for a program, where there is one."""
        super().__init__(text)
        self.report = report


class NotArrived(ExpectationFailed):
    """What was waited for has not come; the text has the nearest misses."""
