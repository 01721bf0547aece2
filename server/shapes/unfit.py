"""A value that does not have the shape that was expected."""

from __future__ import annotations


class Unfit(ValueError):  # noqa: N818 (reads as what was found)
    """Something that arrived and cannot be read.

    ``error`` says where what arrived, ``hint`` what was expected, with a valid example.
    """

    def __init__(self, error: str, hint: str) -> None:
        """Both are for whoever wrote the value."""
        super().__init__(f"{error}; {hint}")
        self.error = error
        self.hint = hint
