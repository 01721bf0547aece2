"""What most doubles are never asked for is not loaded at their start."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
sys.path.insert(0, "tests")
from support.double import Double

def has(name):
    return any(each == name or each.startswith(f"{name}.") for each in sys.modules)

with Double() as double:
    for path in ("/Remote/Services88/Messaging.svc", "/Cust1/api/v1", "/login/.well-known/jwks"):
        double.get(path)
        print(has("messaging_double.server.rest.endpoint"), has("joserfc"), has("cryptography"))
"""


def test_a_start_loads_neither_rest_nor_cryptography(pytestconfig):
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=pytestconfig.rootpath, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines() == ["False False False", "True False False", "True True True"], done.stderr
