import os
import subprocess
import sys

import pytest


@pytest.fixture
def double_url(tmp_path):
    """The address of a double that runs for one snippet."""
    command = [sys.executable, "-m", "messaging_double.server", "serve", "--port", "0", "--log-level", "error"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MESSAGING_DOUBLE_")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path) as process:
        try:
            yield process.stdout.readline().removeprefix("READY url=").strip()
        finally:
            process.terminate()
            process.wait(timeout=10)
