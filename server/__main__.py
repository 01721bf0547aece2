"""The command's first lines; ``python -m messaging_double.server`` is ``messaging-double``."""

from __future__ import annotations

import gc
import signal
import sys

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def main() -> int:
    """Run the command line; return the exit status."""
    if sys.argv[1:2] != ["serve"]:
        return _run()
    # In a container Python is process 1, for which the kernel drops a signal without a handler: a stop within the
    # first 0.1 s, while the rest is loaded, would be lost.
    for number in _SIGNALS:
        signal.signal(number, _leave)
    # Nothing that is loaded becomes garbage: collecting meanwhile takes a quarter of the start.
    gc.disable()
    try:
        return _run()
    finally:
        _ignore_signals()


def _run() -> int:
    from .cli import main as run  # noqa: PLC0415 (after the signals)

    return run()


def _leave(*_: object) -> None:
    _ignore_signals()
    sys.exit(0)


def _ignore_signals() -> None:
    """End with this exit status, however many signals still come."""
    for number in {*_SIGNALS, getattr(signal, "SIGHUP", signal.SIGTERM)}:  # Windows has none
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
