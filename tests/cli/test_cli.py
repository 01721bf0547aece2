"""The command line: what is loaded, what is said, with which status it ends. Serving itself: test_serve.py."""

import subprocess
import sys

import pytest

from messaging_double.server import cli
from messaging_double.server.cli import double
from messaging_double.server.running import serve
from messaging_double.server.running.serve import StartError
from messaging_double.server.settings import table

HEAVY = ["asyncio", "cryptography", "httptools", "lxml", "spyne", "sqlalchemy", "trustme", "werkzeug"]
FLAGS = [row for row in table() if not row.kind.file_only]


@pytest.fixture
def served(monkeypatch):
    """Collect the settings that ``serve`` is called with."""
    settings = []
    monkeypatch.setattr(serve, "serve", lambda each, _: settings.append(each))
    return settings


@pytest.fixture
def asked(monkeypatch):
    """Collect the URLs that ``health`` asks, and how long it would wait."""
    asked = []
    monkeypatch.setattr(double, "wait_until_ready", lambda find, seconds, **_: asked.append((find(), seconds)))
    return asked


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["serve", "--help"], ["health", "--help"], ["serve", "--port", "x"], ["health"]],
    ids=" ".join,
)
def test_only_serving_loads_what_is_heavy(arguments):
    code = (
        "import sys\nfrom messaging_double.server.cli import main\n"
        f"main({arguments!r})\nsys.stderr.write('\\n' + repr([each for each in {HEAVY!r} if each in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"MESSAGING_DOUBLE_PORT": "1"}
    )
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize("row", FLAGS, ids=lambda row: row.name)
def test_serve_has_a_flag_for_every_setting(row, served):
    companions = {
        "--tls-cert": ["--tls-key", "k"],
        "--tls-key": ["--tls-cert", "c"],
        "--tls-ca-file": ["--tls", "adhoc"],
        "--tls-names": ["--tls", "adhoc"],
        "--tenant-tokens": ["--control-token", "secret"],
    }
    value = [] if row.is_switch else [row.kind.example]
    assert cli.main(["serve", row.flag, *value, *companions.get(row.flag, [])]) == 0
    assert getattr(served[0], row.name) == (True if row.is_switch else row.kind.read(row.kind.example))


@pytest.mark.parametrize("row", [row for row in FLAGS if row.is_switch], ids=lambda row: row.name)
def test_serve_has_a_no_for_every_switch(row, served):
    assert cli.main(["serve", "--no-" + row.key]) == 0
    assert getattr(served[0], row.name) is False


def test_the_help_of_serve_shows_every_flag(capsys):
    assert cli.main(["serve", "--help"]) == 0
    assert {row.flag for row in FLAGS} <= set(capsys.readouterr().out.replace(",", " ").split())


def test_serve_reads_the_environment_and_the_configuration_file(served, monkeypatch, config_file):
    monkeypatch.setenv("MESSAGING_DOUBLE_SEED", "environment")
    config = config_file("seed = 'file'\nport = 1\nstrict = true")
    assert cli.main(["serve", "--config", str(config), "--no-strict"]) == 0
    assert (served[0].seed, served[0].port, served[0].strict) == ("environment", 1, False)


def test_a_negative_number_is_a_value_and_no_flag(served):
    assert cli.main(["serve", "--seed", "-7", "--company=-8"]) == 0
    assert (served[0].seed, served[0].company) == ("-7", "-8")


NO_SECONDS = "'-1' came, but a number of seconds from 0, at most 86400, was expected; for example 30"
NO_PID = "'0' came, but a whole number from 1 to 2147483647 was expected; for example 4711"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["serve", "--prot=1"], "'--prot' is not known here; did you mean --port?"),
        (["serve", "--por", "1"], "'--por' is not known here; did you mean --port?"),
        (["serve", "--log", "debug"], "'--log' is not known here; did you mean --log-format or --log-level?"),
        (["serve", "8080"], "'8080' is not known here"),
        (["serve", "--port"], "argument --port: expected one argument"),
        (["health", "--port", "1"], "'--port' is not known here"),
        (["health", "--url", "localhost:8080"],
         "argument --url: 'localhost:8080' is no URL of a double; for example http://127.0.0.1:8080"),
        (["health", "--pid", "0"], f"argument --pid: {NO_PID}"),
        (["health", "--wait", "-1"], f"argument --wait: {NO_SECONDS}"),
        ([], "the following arguments are required: COMMAND"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_wrong_use_ends_with_status_2_and_one_sentence(arguments, sentence, served, capsys):
    assert cli.main(arguments) == 2
    command = " ".join(["messaging-double", *arguments[:1]])
    assert capsys.readouterr() == ("", f"{command}: {sentence} (see {command} --help)\n")
    assert served == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("outbx", "'outbx' is not known here; did you mean outbox?"),
        ("--versio", "'--versio' is not known here; did you mean --version?"),
        ("xyzzy", "'xyzzy' is not known here"),
    ],
)
def test_a_misspelt_command_is_answered_with_what_may_have_been_meant(name, sentence, capsys):
    assert cli.main([name]) == 2
    assert capsys.readouterr() == ("", f"messaging-double: {sentence} (see messaging-double --help)\n")


def test_a_wrong_variable_ends_both_commands_with_status_2(monkeypatch, capsys):
    monkeypatch.setenv("MESSAGING_DOUBLE_STRICKT", "1")
    assert (cli.main(["serve"]), cli.main(["health"])) == (2, 2)
    assert capsys.readouterr().err.count("did you mean MESSAGING_DOUBLE_STRICT?") == 2


def test_what_cannot_start_ends_with_status_2_and_its_sentence(monkeypatch, capsys):
    def fail(*_):
        problem = "No such luck."
        raise StartError(problem)

    monkeypatch.setattr(serve, "serve", fail)
    assert cli.main(["serve"]) == 2
    assert capsys.readouterr() == ("", "messaging-double: No such luck.\n")


def test_version_says_its_name_and_number(capsys):
    assert cli.main(["--version"]) == 0
    name, number = capsys.readouterr().out.rstrip("\n").split(" ", 1)
    assert name == "messaging-double"
    assert number[0].isdigit() or number == "(not installed: it runs from its source)"


def test_health_asks_where_the_settings_say(asked, monkeypatch, config_file):
    monkeypatch.setenv("MESSAGING_DOUBLE_CONFIG", str(config_file("port = 4711\nhost = '0.0.0.0'")))
    assert cli.main(["health"]) == 0
    monkeypatch.setenv("MESSAGING_DOUBLE_TLS", "adhoc")
    assert cli.main(["health", "--wait", "2.5"]) == 0
    assert asked == [("http://127.0.0.1:4711", 0.0), ("https://127.0.0.1:4711", 2.5)]


def test_health_with_a_url_does_not_look_at_the_settings(asked, monkeypatch):
    monkeypatch.setenv("MESSAGING_DOUBLE_PORT", "wrong")
    assert cli.main(["health", "--url", "http://elsewhere:1"]) == 0
    assert asked == [("http://elsewhere:1", 0.0)]


def test_health_of_nobody_ends_with_status_1_and_a_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MESSAGING_DOUBLE_PORT", "0")
    monkeypatch.setenv("MESSAGING_DOUBLE_PORT_FILE", str(tmp_path / "port.txt"))
    assert cli.main(["health"]) == 1
    said = f"messaging-double: Not ready: there is no port file {tmp_path / 'port.txt'} yet.\n"
    assert capsys.readouterr() == ("", said)


def test_ctrl_c_ends_the_waiting_without_a_traceback(monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(double, "wait_until_ready", interrupted)
    assert cli.main(["health", "--wait", "9"]) == 1


@pytest.mark.parametrize(
    ("arguments", "closed"), [("serve --help", "| true"), ("--help", ">&-"), ("--version", "> /dev/full")]
)
@pytest.mark.skipif(sys.platform != "linux", reason="a shell and /dev/full")
def test_a_closed_standard_output_is_no_traceback(arguments, closed):
    command = f"{sys.executable} -m messaging_double.server {arguments} {closed}"
    done = subprocess.run(["/bin/sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "messaging_double.server", "serve", "--port", "x"],
        capture_output=True,
        text=True,
        check=False,
        env={},
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        'messaging-double: The setting port came from the flag --port as "x", but a whole number from 0 to 65535 was '
        "expected; for example --port 8080\n"
    )
