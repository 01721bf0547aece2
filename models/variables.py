"""The environment variables by which clients of a double find it: the commands, the pytest plugin, unittest."""

from __future__ import annotations

URL = "MESSAGING_DOUBLE_URL"
"""Where it is."""
TENANT = "MESSAGING_DOUBLE_TENANT"
"""Which tenant is meant."""
CONTROL_TOKEN = "MESSAGING_DOUBLE_CONTROL_TOKEN"  # noqa: S105 (a name)
"""The token that its control API wants."""
