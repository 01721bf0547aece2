"""The command line: ``serve``, ``health``, and the commands that use the control API of a running double."""

from .parser import main

__all__ = ["main"]
