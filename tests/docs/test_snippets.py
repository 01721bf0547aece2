"""Every shell snippet of the README and of docs/ says how it is run, and is."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docker").glob("*.md"))]
MARK = r"^(?:<!-- (?P<how>\w+): (?P<name>[\w-]+) -->\n)?"
SNIPPET = re.compile(MARK + r"```sh\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS = "http://127.0.0.1:8080"
OTHER_ADDRESS = "127.0.0.1:8000"


def snippets() -> list[tuple[str, str | None, str | None, str]]:
    return [
        (page.relative_to(ROOT).as_posix(), match["how"], match["name"], match["text"])
        for page in PAGES
        for match in SNIPPET.finditer(page.read_text("utf-8"))
    ]


def texts_of(page: str) -> list[str]:
    """Return what a page says that an answer looks like."""
    return re.findall(r"^```text\n(.*?)^```$", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


def free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]


def run(text: str, folder: Path, double_url: str) -> subprocess.CompletedProcess[str]:
    """Run a snippet as a reader would, at the address of a double of ours, with its command on the PATH."""
    text = text.replace(ADDRESS, double_url).replace(OTHER_ADDRESS, f"127.0.0.1:{free_port()}")
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(("page", "how", "name"), [(p, h, n) for p, h, n, _ in snippets()])
def test_every_snippet_says_how_it_is_run(page, how, name):
    assert how in {"command", "test"}, f"a snippet of {page} has no <!-- test: name --> before it"
    assert name


def test_the_snippets_are_found():
    assert {("README.md", "run"), ("README.md", "test"), ("README.md", "first")} <= {
        (p, n) for p, _, n, _ in snippets()
    }


@pytest.mark.skipif(shutil.which("curl") is None, reason="the snippets use curl")
@pytest.mark.parametrize(
    ("name", "text"), [pytest.param(n, t, id=f"{p}:{n}") for p, how, n, t in snippets() if how == "test"]
)
def test_a_snippet_does_what_its_page_says(name, text, tmp_path, double_url):
    done = run(text, tmp_path, double_url)
    assert done.returncode == 0, done.stderr
    expected = {
        "first": ["<MessagingId>1</MessagingId>", '"found": 1', "found 1 of 1 message"],
        "hint": texts_of("docs/wire.md"),
        "wsdl": ["<wsdl:definitions", f'location="{double_url}/Cust12345/Remote/Services86/Messaging.svc"'],
        "control-api": ['"outbox": 1', '"content": "Your code is 4711"', '"total": 1', '"messages": []'],
        "verify": [*texts_of("docs/control-api.md")[:-1], "it ended with 1"],
        "events": texts_of("docs/control-api.md")[-1:],
        "journal": ['"refused": "', '"status": 400', "POST /Cust12345/Remote/Services88/Messaging.svc HTTP/1.1"],
        "log": ["WARNING messaging_double.calls POST ", "1 exchange\n"],
        "rest": ['[{"Status":1,', '[{"Status":2,', '"services": "REST"'],
        "system-user": ['{"IsSuccessful":true,"Token":"eyJ', '"user": "My App"', '{"keys":[{"alg":"RS256"'],
        "signing-key": ["CN = messaging-double federated login"],
        "tls-names": ['"Api":"https://sod.superoffice.com/Cust12345/api"'],
        "snapshots": ['"name": "greeted"', '"content": "God morgen!"'],
        "simulation": [
            '"at": "2026-11-21T14:00:00.000000Z"',
            '"statusDescription": "After all"',
            '"content": "At nine"',
            '"found": 1',
            '"content": "Fine"',
        ],
        "simulation-profiles": ['"CM": "slow"'],
        "simulation-clock": ['"at": "2026-11-21T14:00:00.000000Z"', '"what": "ticket expired"'],
        "simulation-magic": ["503\n", '"+447700900005": "fails"', '"reply-lost"'],
        "rules": ["200\n503\n503\n200\n", '"used": 2', '"state": "exhausted"'],
        "faults": ["curl ended with 56", "<MessagingId>2</MessagingId>", '"total": 2'],
        "tenant-tokens": ["it ended with ", *texts_of("docs/team.md")],
        "backup": ['"content": "kept"'],
        "tickets": [
            '{"auth": "onsite"}'.replace("{", "{\n  ").replace("}", "\n}"),
            ">true</h:Succeeded>",
            '"expired": 1',
            "The ticket has expired: authenticate again.",
            '"uses": 1',
        ],
    }
    for text_of_answer in expected.get(name, []):
        assert text_of_answer in done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="the snippets use curl")
def test_the_first_test_is_short_does_not_sleep_and_fails_when_it_should(tmp_path, double_url):
    (text,) = [text for page, _, name, text in snippets() if (page, name) == ("README.md", "first")]
    assert len(text.splitlines()) <= 10
    assert "sleep" not in text
    assert run(text, tmp_path, double_url).returncode == 0
    again = run(text, tmp_path, double_url)
    assert again.returncode == 22
    assert "Expected exactly 1 message" in again.stdout
    assert "found 2 of 2 messages" in again.stdout


def test_the_readme_installs_no_extra_so_that_pip_refuses_an_old_python_at_once():
    (install,) = [text for page, how, name, text in snippets() if (page, how, name) == ("README.md", "command", "run")]
    assert ".venv/bin/pip install . &&" in install


def test_ci_runs_the_readme_s_test_command_word_for_word():
    (test,) = [text for page, how, name, text in snippets() if (page, how, name) == ("README.md", "command", "test")]
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert 'eval "$(command_of_readme test)"' in script
    assert test.strip() not in script, "a copy of the command would drift"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_the_pages_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
