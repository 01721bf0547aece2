"""The files, folders and modules that pages about the code name are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ["CONTRIBUTING.md", *(str(each.relative_to(ROOT)) for each in sorted((ROOT / "docs").rglob("*.md")))]
QUOTED = re.compile(r"`((?:bench|client|docs|models|package|server|storage|tests)/[\w./-]*\w)/?`")
TREE = re.compile(r"^( {0,4})([\w/]+(?:, [\w/]+)*)(?: |$)", re.MULTILINE)


def is_there(name: str) -> bool:
    return (ROOT / name).exists() or (ROOT / f"{name}.py").exists()


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_quotes_is_there(page: str) -> None:
    quoted = QUOTED.findall((ROOT / page).read_text("utf-8"))
    assert [name for name in quoted if not is_there(name)] == []


def test_what_the_tree_of_the_architecture_shows_is_there() -> None:
    tree = (ROOT / "docs/architecture.md").read_text("utf-8").split("```")[1]
    folders = {-2: ""}
    shown = []
    for indentation, names in TREE.findall(tree):
        inside = folders[len(indentation) - 2]
        shown += [inside + name for name in names.split(", ")]
        folders[len(indentation)] = shown[-1]
    assert len(shown) > 50
    assert [name for name in shown if not is_there(name)] == []
