"""The Python of the README and of docs/python.md does what it says, pasted into an empty folder."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import environment, plugins

ROOT = Path(__file__).parents[2]
MODULE = re.compile(r"^```python\n(# (?P<name>\w+\.py)\n.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("page", "tests"), [("README.md", 1), ("docs/python.md", 9)])
def test_modules_pasted_into_an_empty_folder_pass(page, tests, tmp_path):
    for found in MODULE.finditer((ROOT / page).read_text("utf-8")):
        (tmp_path / found["name"]).write_text(found[1], "utf-8")
    command = [sys.executable, "-m", "pytest", "-W", "error", "--rootdir=.", *plugins()]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(), capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert f"{tests} passed" in done.stdout, done.stdout + done.stderr
