"""The Python of the README and of docs/python.md does what it says, pasted into an empty folder."""

import re
from pathlib import Path

import pytest

from .conftest import plugins

ROOT = Path(__file__).parents[2]
MODULE = re.compile(r"^```python\n(# (?P<name>\w+\.py)\n.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("page", "tests"), [("README.md", 1), ("docs/python.md", 9)])
def test_modules_pasted_into_an_empty_folder_pass(page, tests, pytester):
    for found in MODULE.finditer((ROOT / page).read_text("utf-8")):
        (pytester.path / found["name"]).write_text(found[1], "utf-8")
    pytester.runpytest_subprocess("-W", "error", *plugins()).assert_outcomes(passed=tests)
