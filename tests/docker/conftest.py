"""Reads the image's recipe, as far as that goes without an engine."""

from __future__ import annotations

import json
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

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

    def named(self, name: str) -> Recipe:
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
def recipe() -> Recipe:
    return read_dockerfile((ROOT / "Dockerfile").read_text("utf-8"))


@pytest.fixture
def stages(recipe) -> dict[str, Recipe]:
    """The instructions before the first FROM under "", those of the image under "image"."""
    found: dict[str, Recipe] = {"": Recipe()}
    for step in recipe:
        if step.name == "FROM":
            name = step.words[2] if step.words[1:2] == ["AS"] else "image"
            found[name] = Recipe()
        list(found.values())[-1].append(step)
    return found


@pytest.fixture
def image(stages) -> Recipe:
    return stages["image"]


@pytest.fixture(scope="session")
def pyproject() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.fixture
def compose() -> dict:
    return read_yaml((ROOT / "docker" / "compose.yaml").read_text("utf-8"))


# Not YAML but the part of it that compose.yaml keeps to, so that its tests need no YAML library: block mappings, block
# lists of scalars, plain scalars that mean a string in every version of YAML, and what is JSON.
_ENTRY = re.compile(r"(?P<indent> *)(?:- (?P<item>\S.*)|(?P<key>[a-z_][\w-]*|[A-Z_]+):(?: (?P<value>\S.*))?)")
_PLAIN = re.compile(r"[A-Za-z0-9./](?:[\w./=${}-]|:(?=\S))*")
_NO_STRING = re.compile(r"(?i)true|false|yes|no|on|off|y|n|null|[-+.:e_]*\d[-+.:e_\d]*")


def read_yaml(text: str) -> dict:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    value, rest = _read_block(lines, 0)
    assert not rest, f"indented in a way that is not expected: {rest[0]!r}"
    return value


def _read_block(lines: list[str], indent: int) -> tuple[dict | list | None, list[str]]:
    """Read what has this indent at least; return it with the lines that follow."""
    block: dict | list | None = None
    while lines:
        entry = _ENTRY.fullmatch(lines[0])
        assert entry, f"more of YAML than these tests read: {lines[0]!r}"
        if len(entry["indent"]) != indent:
            break
        lines = lines[1:]
        kind = list if entry["item"] else dict
        block = kind() if block is None else block
        assert isinstance(block, kind), f"a list and a mapping in one: {entry[0]!r}"
        if entry["item"]:
            block.append(_read_scalar(entry["item"]))
            continue
        assert entry["key"] not in block, f"twice: {entry[0]!r}"
        if entry["value"]:
            block[entry["key"]] = _read_scalar(entry["value"])
        else:
            block[entry["key"]], lines = _read_block(lines, indent + 2)
    return block, lines


def _read_scalar(text: str) -> object:
    if text[0] in '["' or text in {"true", "false"} or re.fullmatch(r"[1-9]\d*", text):
        return json.loads(text)
    assert _PLAIN.fullmatch(text), f"put it in double quotes: {text}"
    assert not _NO_STRING.fullmatch(text), f"some readers of YAML take this for no string: {text}"
    return text
