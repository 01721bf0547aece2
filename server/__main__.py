"""``python -m messaging_double.server`` is ``messaging-double``."""

import sys

from .cli import main

sys.exit(main())
