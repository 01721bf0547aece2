"""Each example in another language is run as its own first line says, and fails when it should."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
HAS_SOAP = "php -r 'exit((int) !class_exists(\"SoapClient\"));'"
HAS_WCF = "echo 'class P { static void Main() {} }' >p.cs && mcs -r:System.ServiceModel,System.Net.Http p.cs"


@dataclass(frozen=True)
class Example:
    """A file, what tells whether this machine can run it, and whether CI installs what it takes."""

    name: str
    probe: str
    ci_installs_it: bool

    @property
    def text(self) -> str:
        return (EXAMPLES / self.name).read_text("utf-8")

    @property
    def command(self) -> str:
        (command,) = re.findall(r"\A(?:<\?php\n/\*\n)?(?://| \*) (.+)", self.text)
        return command

    @property
    def expecting_another_code(self) -> str:
        text, changed = re.subn(r"(contains\W+)4711", r"\g<1>4712", self.text)
        assert changed == 1
        return text.replace("5s", "10ms")


ALL = (
    Example("php/first-test.php", HAS_SOAP, ci_installs_it=True),
    Example("node/first-test.mjs", "node -e fetch", ci_installs_it=False),
    Example("java/FirstTest.java", "javac --version", ci_installs_it=False),
    Example("csharp/FirstTest.cs", HAS_WCF, ci_installs_it=True),
)


@pytest.fixture(params=ALL, ids=lambda example: example.name)
def example(request, run) -> Example:
    """Each example, if it can be run; with TEST_ALL_CLIENTS=1 it has to."""
    example = request.param
    if run(example.probe).returncode:
        missing = f"what {example.name} is run with is not installed: {example.probe}"
        if example.ci_installs_it and os.environ.get("TEST_ALL_CLIENTS") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return example


def test_an_example_passes_and_sends_what_it_says(example, run, double, tmp_path):
    (tmp_path / Path(example.name).name).write_text(example.text, "utf-8")
    done = run(example.command, MESSAGING_DOUBLE_URL=double.url)
    assert done.returncode == 0, done.stdout + done.stderr
    (message,) = double.tenant("Cust12345").outbox()
    assert (message.to, message.content) == ("+447700900001", "Your code is 4711")


def test_a_wrong_expectation_fails_and_names_the_wrong_field(example, run, double, tmp_path):
    (tmp_path / Path(example.name).name).write_text(example.expecting_another_code, "utf-8")
    done = run(example.command, MESSAGING_DOUBLE_URL=double.url)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "✗ SendMessages/OutgoingMessages/OutgoingMessage[1]/Content\n" in said
    assert re.search(r'expected  contains "4712"\n +actual +"Your code is 4711"\n +\^\n', said)
    assert 'at character 17: expected "2", found "1"\n' in said


def test_an_example_fails_where_no_double_is(example, run, tmp_path):
    (tmp_path / Path(example.name).name).write_text(example.text, "utf-8")
    assert run(example.command, MESSAGING_DOUBLE_URL="http://127.0.0.1:1").returncode != 0


@pytest.mark.parametrize("example", ALL, ids=lambda example: example.name)
def test_an_example_is_short_and_does_not_sleep(example):
    assert len(example.text.splitlines()) <= 100
    assert "sleep" not in example.text.lower()


def test_the_page_lists_every_example():
    listed = re.findall(r"\]\(examples/([\w/.-]+)\)", (EXAMPLES.parent / "elsewhere.md").read_text("utf-8"))
    assert sorted(listed) == sorted(example.name for example in ALL)
    assert {path.name for path in EXAMPLES.iterdir()} == {"pipelines", *(name.split("/")[0] for name in listed)}
