"""What all commands that ask a running double have in common, one table for all of them."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from support.answering import answering
from support.served import COMMAND, TOKEN

from messaging_double.server import cli
from messaging_double.server.cli.parser import control_commands

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
HEAVY = ["asyncio", "httptools", "lxml", "spyne", "sqlalchemy", "werkzeug"]
COMMANDS = control_commands()
ASKING = [shlex.split(each.example.partition(" >")[0])[1:] for each in COMMANDS.values()] + [
    line.split()
    for line in "journal,journal 1,verify,clock,profile,auth,reset --all,delete tenant --all,openapi".split(",")
]
ASKING = [each for each in ASKING if each[0] != "load"]  # whose file is not there: see test_steering
RAW = [each for each in ASKING if "--request" not in each]


@pytest.fixture(scope="module")
def web_site():
    with answering(b"<html>\nwelcome</html>") as server:
        yield server.url


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
def test_the_example_of_a_command_s_help_works(command, sender, tmp_path, monkeypatch, capsys):
    assert cli.main([command.name, "--help"]) == 0
    assert f"For example: {command.example}\n" in capsys.readouterr().out
    monkeypatch.chdir(tmp_path)
    (tmp_path / "contents.json").write_text('{"outbox": [{"to": "+447700900001"}], "seed": "a"}')
    sender.send({"To": "+447700900500", "SuggestedSessionKey": "KEY"}, {"To": "+447700900001", "From": "+447700900002"})
    assert sender.run("reply", "2", "Takk!") == 0
    assert sender.run("snapshot", "logged-in") == 0
    program, *arguments = shlex.split(command.example.partition(" >")[0])
    assert (program, arguments[0]) == ("messaging-double", command.name)
    assert sender.run(*arguments) == 0


def test_the_flags_that_say_which_double_come_last_in_the_help(capsys):
    for command in COMMANDS.values():
        assert cli.main([command.name, "--help"]) == 0
        said = capsys.readouterr().out
        own = [said.index(f"\n  {flag} ") for flag, _ in command.arguments if flag.startswith("--")]
        assert all(each < said.index("which double") < said.rindex("--url URL") for each in own)


@pytest.mark.parametrize("arguments", ASKING, ids=" ".join)
def test_a_double_that_cannot_be_reached_is_status_2_with_a_sentence(arguments, closed_url, capsys):
    assert cli.main([*arguments, "--url", closed_url]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"messaging-double: No double answers at {closed_url} (")
    assert "start one with messaging-double serve" in said.err


@pytest.mark.parametrize("arguments", [each for each in RAW if each != ["restore", "logged-in"]], ids=" ".join)
def test_whatever_else_answers_is_no_double(arguments, web_site, capsys):
    assert cli.main([*arguments, "--url", web_site]) == 2
    sentence = f"messaging-double: No double that can do this answers at {web_site}: 200 <html> welcome</html>\n"
    assert capsys.readouterr() == ("", sentence)


@pytest.mark.parametrize("arguments", ASKING, ids=" ".join)
def test_the_token_of_a_configuration_file_is_for_no_other_url(arguments, url, tmp_path, capsys):
    config = tmp_path / "double.toml"
    config.write_text(f'control-token = "{TOKEN}"\n')
    assert cli.main([*arguments, "--url", url, "--config", str(config)]) == 2
    assert "there is no Authorization header" in capsys.readouterr().err


def test_the_token_of_the_environment_goes_to_whatever_url_is_named(url, monkeypatch):
    monkeypatch.setenv("MESSAGING_DOUBLE_CONTROL_TOKEN", TOKEN)
    assert cli.main(["outbox", "--url", url]) == 0


def test_where_the_double_is_comes_from_the_settings(sender, capsys, monkeypatch):
    sender.send({"To": "+447700900001"})
    monkeypatch.setenv("MESSAGING_DOUBLE_CONTROL_TOKEN", TOKEN)
    monkeypatch.setenv("MESSAGING_DOUBLE_PORT", sender.url.rpartition(":")[2])
    monkeypatch.setenv("MESSAGING_DOUBLE_TENANT", sender.tenant)
    assert cli.main(["outbox"]) == 0
    assert '"+447700900001"' in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [*ASKING, ["health"]], ids=" ".join)
def test_the_variable_says_where_the_double_is_before_the_settings(arguments, url, closed_url, capsys, monkeypatch):
    monkeypatch.setenv("MESSAGING_DOUBLE_PORT", url.rpartition(":")[2])
    monkeypatch.setenv("MESSAGING_DOUBLE_CONTROL_TOKEN", TOKEN)
    monkeypatch.setenv("MESSAGING_DOUBLE_URL", closed_url)
    assert cli.main(arguments) == (1 if arguments == ["health"] else 2)
    assert f" at {closed_url} (" in capsys.readouterr().err
    assert cli.main(["outbox", "--url", url]) == 0
    monkeypatch.setenv("MESSAGING_DOUBLE_URL", "127.0.0.1:8080")
    assert cli.main(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("messaging-double: The environment variable MESSAGING_DOUBLE_URL is wrong: '127.0.0.1:8080'")
    assert said.endswith("; for example http://127.0.0.1:8080\n")


@pytest.mark.parametrize("arguments", ASKING, ids=" ".join)
def test_the_double_refuses_in_its_own_words(arguments, sender, capsys):
    assert sender.run(*arguments, "--url", f"{sender.url}/elsewhere") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("messaging-double: nothing is at /elsewhere/_mock/v1/")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--control-tokn=SECRET", "serve"], "messaging-double: '--control-tokn' is not known here"),
        (["--control-token", "SECRET", "serve"], "messaging-double: '--control-token' is not known here"),
        (["serve", "--control-tokn=SECRET"], "'--control-tokn' is not known here; did you mean --control-token?"),
        (["serve", "--control-tokn", "SECRET"], "'--control-tokn' is not known here; did you mean --control-token?"),
        (["outbox", "--tokn=SECRET"], "'--tokn' is not known here; did you mean --token?"),
        (["outbox", "--tokn", "SECRET"], "'--tokn' is not known here; did you mean --token?"),
        (["outbox", "--token", "SECRET "], "argument --token: something else came"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistyped_flag_does_not_tell_the_secret_behind_it(arguments, sentence, capsys):
    assert cli.main(arguments) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert "SECRET" not in said.out + said.err


def test_asking_loads_nothing_that_is_heavy(closed_url):
    every = [[*each, "--url", closed_url] for each in ASKING]
    code = (
        "import sys\nfrom messaging_double.server.cli import main\n"
        f"for each in {every!r}: main(each)\n"
        f"print([each for each in {HEAVY!r} if each in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={})
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("command", "closed"),
    [("outbox", "| true"), ("outbox", ">&-"), ("outbox --json", "| true"), ("journal 1 --request", "| true")],
)
@pytest.mark.skipif(sys.platform != "linux", reason="a shell and /dev/full")
def test_a_standard_output_that_nobody_reads_is_no_traceback(command, closed, sender):
    sender.send({"Content": "x" * 100_000})
    command = f"{shlex.join([*COMMAND, *command.split(), *sender.where])} {closed}"
    done = subprocess.run(["/bin/sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False)
    assert done.stderr == ""


@pytest.mark.parametrize("command", ["outbox", "outbox --json", "journal 1 --request", "openapi"])
@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full")
def test_what_does_not_fit_on_the_disk_is_an_error(command, sender):
    sender.send({"Content": "x" * 100_000})
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *command.split(), *sender.where], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert done.stderr.startswith(b"messaging-double: Standard output cannot be written to (No space left on device)")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("arguments", "status", "shown"),
    [
        (["outbox"], 0, rb'"\xe6"'),
        (["outbox", "--json"], 0, rb'"\u00e6"'),
        (["verify", "content=x"], 1, rb'actual    "\xe6"'),
    ],
)
def test_a_terminal_that_lacks_characters_is_told_all_the_same(arguments, status, shown, sender):
    sender.send({"Content": "æ"})
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "1"}
    done = subprocess.run([*COMMAND, *arguments, *sender.where], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (status, b"")
    assert shown in done.stdout


def test_the_page_has_every_command(capsys):
    page = PAGE.read_text("utf-8")
    rows = [line.split(" | ")[0] for line in page.splitlines() if line.startswith("| `")]
    assert cli.main(["--help"]) == 0
    every = re.findall(r"^    ([a-z][\w-]+)(?:  |$)", capsys.readouterr().out, re.MULTILINE)
    assert len(every) > len(COMMANDS)
    assert {name for row in rows for name in re.findall(r"`([\w-]+)`", row)} == set(every)


@pytest.mark.skipif(sys.platform == "win32", reason="bash")
@pytest.mark.parametrize(
    ("line", "offered"),
    [("adv", {"advance"}), ("verify --at-", {"--at-least", "--at-most"}), ("clock f", {"freeze"}), ("nope --", set())],
)
def test_the_completion_of_bash_offers_commands_flags_and_values(line, offered, capsys):
    assert cli.main(["completion", "bash"]) == 0
    words = ["messaging-double", *line.split(" ")]
    code = (
        f"{capsys.readouterr().out}\nCOMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}\n"
        '_messaging_double; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == offered
    assert cli.main(["completion", "zsh"]) == 0
    assert capsys.readouterr().out.startswith("autoload -Uz +X compinit bashcompinit")
