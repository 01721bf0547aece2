"""docs/first-test.md is typed into one shell, from its first line to its last, and shows what it says."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "first-test.md"
STEP = re.compile(r"^<!-- command: (\w+) -->\n", re.MULTILINE)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{8,15}Z")
PORT = "8080"


def fenced(kind: str, text: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def steps() -> dict[str, str]:
    """Return the parts of the page, each from what is typed to the next thing that is."""
    parts = STEP.split(PAGE.read_text("utf-8"))[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def typed(names: list[str]) -> str:
    """Return the steps as one script, which tells where the output of each begins."""
    return "".join(f"echo '== {name}'\n{fenced('sh', steps()[name])[0]}" for name in names)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page uses curl")
def test_every_step_shows_what_the_page_says(run, port):
    names = [name for name in steps() if name != "install"]
    done = run(typed(names).replace(PORT, port), MESSAGING_DOUBLE_PORT=port)
    assert (done.returncode, done.stderr) == (0, "")
    parts = re.split(r"^== (\w+)\n", done.stdout, flags=re.MULTILINE)[1:]
    shown = dict(zip(parts[::2], parts[1::2], strict=True))
    assert list(shown) == names
    for name in names:
        expected = "".join(fenced("text", steps()[name]))
        assert MOMENT.sub("then", shown[name].replace(port, PORT)) == MOMENT.sub("then", expected), name


@pytest.mark.skipif(sys.platform == "win32", reason="the page is for a shell of Unix")
def test_an_older_double_on_its_port_is_noticed(run, port):
    older = "messaging-double serve 2>older.log & older=$!\nmessaging-double health --wait 30 --pid $older\n"
    start = fenced("sh", steps()["start"])[0]
    done = run(f"{older}{start}status=$?; kill $older; wait; exit $status", MESSAGING_DOUBLE_PORT=port)
    assert done.returncode == 1
    assert "has ended; its log says why" in done.stderr


def test_it_begins_by_installing_as_the_readme_does_and_never_sleeps():
    assert next(iter(steps())) == "install"
    assert "pip install ." in steps()["install"]
    assert not re.search(r"\bsleep\b", "".join(steps().values()))
