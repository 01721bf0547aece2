"""``messaging-double outbox``, ``inbox`` and ``journal``: real commands that ask a real double."""

import json
import subprocess

import pytest
from support.served import COMMAND, TOKEN, Sender
from support.sockets import Client

from messaging_double.server import cli


def api(sender, resource):
    """Ask the control API itself."""
    path = f"/_mock/v1/tenants/{sender.tenant}/{resource}"
    with Client(sender.url) as client:
        return client.ask("GET", path, headers={"Authorization": f"Bearer {TOKEN}"}).json


def exchange(url, request):
    """Send these bytes; return those of the answer."""
    with Client(url) as client:
        return client.send(request).rest()


def titles(said: str) -> list[str]:
    return said.splitlines()[0].split()


def test_the_outbox_is_a_table(sender, capsys):
    sender.send({"To": "+447700900001", "Content": "Code 1"})
    sender.send({"To": "+447700900500", "From": "Ole", "Content": "Code 2"})
    sender.send({"To": "+447700900006"})
    assert sender.run("outbox") == 0
    heads, refused, newest, oldest, total = capsys.readouterr().out.splitlines()
    assert heads.split() == ["id", "registered", "to", "status", "content"]
    assert [each.split()[0] for each in (refused, newest, oldest)] == ["3", "2", "1"]
    assert newest.split()[2:5] == ['"+447700900500"', "1", "sent"]
    assert oldest[heads.index("status") :].split("  ") == ["2 delivered", '"Code 1"']
    assert refused[heads.index("status") :].split("  ")[0] == "0 not-sent"
    assert refused.endswith("  null")
    assert total == "3 messages"


def test_wide_shows_all_columns(sender, capsys):
    sender.send({"To": "+447700900500", "From": "Ole", "Content": "x" * 500})
    assert sender.run("outbox", "--wide") == 0
    heads, row, _ = capsys.readouterr().out.splitlines()
    wide = ["id", "registered", "plugin", "from", "to", "status", "description", "profile", "content"]
    assert heads.split() == wide
    assert row[heads.index("from") :].split()[:2] == ['"Ole"', '"+447700900500"']
    assert '1 sent  "Handed over to the gateway"' in row
    assert row.endswith("x" * 500 + '"')


def test_a_table_fits_the_terminal_and_nothing_is_cut_elsewhere(sender, capsys, monkeypatch):
    sender.send({"To": "+447700900500", "Content": "x" * 500})
    assert sender.run("outbox") == 0
    assert "x" * 500 in capsys.readouterr().out
    monkeypatch.setenv("COLUMNS", "80")
    assert sender.run("outbox") == 0
    _, row, _ = capsys.readouterr().out.splitlines()
    assert (len(row), row[-1]) == (80, "\u2026")
    assert sender.run("outbox", "--wide") == 0
    assert "x" * 500 in capsys.readouterr().out


@pytest.mark.parametrize(("name", "kind"), [("outbox", "messages"), ("journal", "exchanges")])
def test_an_empty_list_names_the_tenants_that_have_something(name, kind, sender, capsys):
    other = Sender(sender.url)
    other.send({"Content": "a"})
    assert sender.run(name) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"0 {kind}\nThis is tenant {sender.tenant}. Other tenants have some: ")
    assert sender.run(name, "--json") == 0
    assert "Other tenants" not in capsys.readouterr().out
    assert cli.main(["reset", "--all", *sender.double]) == 0
    assert sender.run(name) == 0
    assert capsys.readouterr().out == f"0 {kind}\n"


@pytest.mark.parametrize("content", ["two\nlines", "\u009b31mred", "\u202eturned", "\u2028", ' "quoted" ', "a\u00a0b"])
def test_no_content_breaks_out_of_its_line(content, sender, capsys):
    sender.send({"Content": content})
    assert sender.run("outbox") == 0
    said = capsys.readouterr().out.rstrip("\n")
    assert len(said.splitlines()) == 3
    assert said.replace("\n", "").isprintable()
    heads, row, _ = said.splitlines()
    assert json.loads(row[heads.index("content") :]) == content


@pytest.mark.parametrize(
    ("arguments", "contents"),
    [
        (["to=+447700900001"], ["Code 1"]),
        (["to.pattern=+4477*", "content.contains=2"], ["Code 2"]),
        (["contains=Code"], ["Code 2", "Code 1"]),
        (["after=1"], ["Code 2"]),
        (["since=2000-01-01T00:00:00Z", "--limit", "1"], ["Code 2"]),
        (["cursor=2"], ["Code 1"]),
        (["since=2100-01-01T00:00:00+01:00"], []),
        (["from.any=false"], ["Code 2", "Code 1"]),
        (["content=Code 1", "--wait", "PT1M", "status=2"], ["Code 1"]),
    ],
    ids=" ".join,
)
def test_the_criteria_are_those_of_the_control_api(arguments, contents, sender, capsys):
    sender.send({"To": "+447700900001", "Content": "Code 1"}, {"To": "+447700900500", "Content": "Code 2"})
    assert sender.run("outbox", "--json", *arguments) == 0
    assert [each["content"] for each in json.loads(capsys.readouterr().out)["messages"]] == contents


@pytest.mark.parametrize("name", ["outbox", "inbox", "journal"])
def test_json_is_what_the_control_api_answers(name, sender, capsys):
    sender.send({"To": "+447700900001", "Content": "æ"})
    assert sender.run("reply", "1", "Takk!", "--json") == 0
    assert json.loads(capsys.readouterr().out)["content"] == "Takk!"
    assert sender.run(name, "--json") == 0
    assert json.loads(capsys.readouterr().out) == api(sender, name)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--count", "2"], 0),
        (["--count", "3"], 1),
        (["--count", "3", "--wait", "1ms"], 1),
        (["--wait", "1ms"], 0),
        (["content=c", "--wait", "1ms"], 1),
        (["content=c"], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_exit_status_says_whether_enough_are_there(arguments, status, sender, capsys):
    sender.send({"Content": "a"}, {"Content": "b"})
    assert sender.run("outbox", *arguments) == status
    assert " messages\n" in capsys.readouterr().out


def test_waiting_ends_when_enough_have_come(sender):
    command = [*COMMAND, "outbox", "--wait", "30s", "--count", "2", *sender.where]
    sender.send({"Content": "early"})
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as waiting:
        sender.send({"Content": "late"})
        said, _ = waiting.communicate(timeout=25)
    assert waiting.returncode == 0
    assert '"early"' in said
    assert '"late"' in said


def test_a_page_says_how_many_there_are_and_how_to_go_on(sender, capsys):
    sender.send(*({"Content": str(number)} for number in range(3)))
    assert sender.run("outbox", "--limit", "1") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 of 3 messages; cursor=3 shows those before"


def test_the_inbox_is_a_table(sender, capsys):
    sender.send({"To": "+447700900500", "From": "Ole"})
    assert sender.run("reply", "1", "Takk!") == 0
    capsys.readouterr()
    assert sender.run("inbox", "content=Takk!") == 0
    said = capsys.readouterr().out
    assert titles(said) == ["id", "registered", "from", "to", "content"]
    row = said.splitlines()[1].split()
    assert (row[0], *row[2:]) == ("1", '"+447700900500"', '"Ole"', '"Takk!"')
    assert said.endswith("\n1 message\n")


def test_the_journal_tells_what_was_refused_and_what_was_forgiven(sender, capsys):
    sender.send({"Content": "a"})
    head = f"POST /{sender.tenant}/Remote/Services88/Messaging.svc HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
    form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1\r\n\r\nx"
    exchange(sender.url, f"{head}{form}".encode())
    assert sender.run("journal") == 0
    said = capsys.readouterr().out
    assert titles(said) == ["id", "at", "request", "status", "operation", "rule", "fault"]
    _, refused, *remarks, sent, total = said.splitlines()
    assert refused.split()[0:1] + refused.split()[2:] == [
        "2",
        "POST",
        f"/{sender.tenant}/Remote/Services88/Messaging.svc",
        "400",
    ]
    assert [each.split(":")[0] for each in remarks] == ["    refused", "    note"]
    assert sent.split()[4:] == ["200", "SendMessages"]
    assert total == "2 exchanges"


def test_the_journal_tells_each_reason_once_and_in_short(sender, capsys):
    path = f"/{sender.tenant}/Remote/Services88/Messaging.svc"
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n"
    long = "x" * 900
    exchange(sender.url, f"{head}Content-Type: {long}\r\n\r\nx".encode())
    assert sender.run("journal") == 0
    _, _, refused, total = capsys.readouterr().out.splitlines()
    assert refused.startswith("    refused: Cannot process the message because the content type 'xxx")
    assert (len(refused) < 300, refused[-1], total) == (True, "\u2026", "1 exchange")
    assert sender.run("journal", "--json") == 0
    assert long in json.loads(capsys.readouterr().out)["exchanges"][0]["refused"]


def test_the_journal_gives_the_bytes_that_were_on_the_wire(sender, capsysbinary):
    head = f"POST /{sender.tenant}/Remote/Services88/Messaging.svc HTTP/1.1\r\nHOST:   a\r\nX-Odd: \xe6\r\n"
    request = f"{head}Content-Length: 5\r\nConnection: close\r\n\r\n".encode("latin-1") + b"\xff\r\n\x00\xfe"
    response = exchange(sender.url, request)
    assert sender.run("journal", "1", "--request") == 0
    assert capsysbinary.readouterr() == (request, b"")
    assert sender.run("journal", "--response", "1") == 0
    assert capsysbinary.readouterr() == (response, b"")


def test_one_exchange_is_shown_in_full(sender, capsys):
    sender.send({"Content": "a"})
    assert sender.run("journal", "1") == 0
    assert json.loads(capsys.readouterr().out) == api(sender, "journal/1")
