"""Gives the package's description, the README, links that lead somewhere on an index of packages.

All else is in pyproject.toml.
"""

import re
from pathlib import Path

from setuptools import setup

_FOLDER = Path(__file__).parent
_VERSION = re.search(r'^version = "(.+)"$', (_FOLDER / "pyproject.toml").read_text("utf-8"), re.MULTILINE)[1]
_FILES = f"https://github.com/messaging-double/messaging-double/%s/v{_VERSION}/"
_LINK = re.compile(r"(!?)(\[[^\]]*\])\((?!https?:|#)")

setup(
    long_description=_LINK.sub(
        lambda found: f"{found[1]}{found[2]}({_FILES % ('raw' if found[1] else 'blob')}",
        (_FOLDER / "README.md").read_text("utf-8"),
    ),
    long_description_content_type="text/markdown",
)
