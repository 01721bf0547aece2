"""Reads the image's recipe, as far as that goes without an engine."""

import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from ruamel.yaml import YAML

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Step:
    """One instruction of a Dockerfile: ``COPY --from=build /a /b``."""

    name: str
    text: str

    @property
    def options(self) -> dict[str, str]:
        """``{"from": "build"}``."""
        return dict(re.findall(r"--([\w-]+)=(\S+)", re.match(r"(?:--\S+\s+)*", self.text)[0]))

    @property
    def words(self) -> list[str]:
        """``["/a", "/b"]``."""
        return shlex.split(re.sub(r"^(?:--\S+\s+)*", "", self.text))


class Recipe(list[Step]):
    """A Dockerfile, or a part of it."""

    def named(self, name):
        return Recipe(step for step in self if step.name == name)

    def only(self, name: str) -> Step:
        (step,) = self.named(name)
        return step

    def pairs(self, name: str) -> dict[str, str]:
        """The KEY=VALUE of all LABEL or ENV."""
        return dict(word.split("=", 1) for step in self.named(name) for word in step.words)


def read_dockerfile(text: str) -> Recipe:
    lines = "\n".join(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    return Recipe(Step(*line.split(None, 1)) for line in re.sub(r"\\\n\s*", " ", lines).splitlines())


@pytest.fixture
def recipe():
    return read_dockerfile((ROOT / "Dockerfile").read_text("utf-8"))


@pytest.fixture
def stages(recipe):
    """The instructions before the first FROM under "", those of the image under "image"."""
    found = {"": Recipe()}
    for step in recipe:
        if step.name == "FROM":
            name = step.words[2] if step.words[1:2] == ["AS"] else "image"
            found[name] = Recipe()
        list(found.values())[-1].append(step)
    return found


@pytest.fixture
def image(stages):
    return stages["image"]


@pytest.fixture(scope="session")
def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.fixture
def compose():
    return YAML(typ="safe").load((ROOT / "docker" / "compose.yaml").read_text("utf-8"))
