"""What a command is, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


class CommandError(Exception):
    """The command cannot do what it was told; its text is a sentence that says why."""


@dataclass(frozen=True)
class Command:
    """One command."""

    name: str
    help: str
    """In a few words, for the list of commands."""
    about: str
    """In full, for its own help."""
    example: str
    """A whole command line."""
    run: Callable[[argparse.Namespace], bool]
    """Does it: ``False`` is exit status 1.  Raises ``CommandError``, ``RemoteError`` or ``NotReadyError``: status 2."""
    add_flags: Callable[[argparse.ArgumentParser], None]
    words: str = ""
    """What else it takes, in any number and between the flags: ``[FIELD=VALUE] ...``; they become ``words``."""
