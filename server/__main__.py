"""The command's first lines; ``python -m messaging_double.server`` is ``messaging-double``."""

from __future__ import annotations

import signal
import sys


def main() -> int:
    """Run the command line; return the exit status."""
    if sys.argv[1:2] == ["serve"]:
        # In a container Python is process 1, for which the kernel drops a signal that nobody handles: a stop within the
        # first 0.1 s, while the rest is loaded, would be lost.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    from .cli import main as run  # noqa: PLC0415 (see above)

    return run()


if __name__ == "__main__":
    sys.exit(main())
