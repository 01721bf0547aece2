"""``messaging-double verify``: a real command that asks a real double."""

import json

import pytest
from support.served import TOKEN

from messaging_double.server import cli


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ([], 0),
        (["to=+447700900001"], 0),
        (["to=+447700900001", "--count", "2"], 0),
        (["--count", "1", "to=+447700900001", "--in", "outbox", "content=Code 1"], 0),
        (["to=+447700900001", "--count", "1"], 1),
        (["to=447700900001"], 1),
        (["to.pattern=+4477*", "content.contains=ode"], 0),
        ([r"content.regex=ode \d$", "to.pattern=+4477*"], 0),
        (["content.contains=ode", "content.pattern=*2", "--count", "1"], 0),
        (["contains=ode", "after=1", "--count", "1"], 0),
        (["messagingId=2", "status.after=-1"], 0),
        (["from.any=false", "--at-least", "2"], 0),
        (["from.any=true"], 1),
        (["content=", "--never"], 0),
        (["--never"], 1),
        (["--at-most", "2"], 0),
        (["--at-least", "1", "--at-most", "1"], 1),
        (["--in", "inbox", "--never"], 0),
        (["config.user=ole", "--count", "1"], 0),
        (["config.user=kari"], 1),
        (["content=Code 3", "--within", "1ms"], 1),
        (["content=Code 2", "--within", "PT1M"], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_exit_status_says_whether_what_was_sent_is_what_was_expected(sender, capsys, arguments, status):
    sender.send({"To": "+447700900001", "Content": "Code 1"})
    sender.send({"To": "+447700900001", "Content": "Code 2"}, config=(("user", "ole"),))
    assert sender.verify(*arguments) == status
    said = capsys.readouterr()
    assert said.err == ""
    assert (said.out == "") == (status == 0)


def test_one_wrong_character_among_50_messages_is_explained(sender, capsys):
    contents = [f"Dear {number}, your code is {number * 7919}" for number in range(50)]
    wrong = contents[16].replace("code", "c\u00a0de")
    sender.send(*({"To": "+447700900001", "Content": each} for each in [*contents[:16], wrong, *contents[17:]]))
    assert sender.verify("to=+447700900001", f"content={contents[16]}", "--count", "1") == 1
    said = capsys.readouterr().out
    assert "found 0 of 50 messages" in said
    nearest = said[said.index("Nearest: message 17 ") :].splitlines()
    assert nearest[3:9] == [
        "  ✗ SendMessages/OutgoingMessages/OutgoingMessage[17]/Content",
        f'      expected  "{contents[16]}"',
        rf'      actual    "{wrong}"'.replace("\u00a0", r"\u00a0"),
        "                                ^^^^^^",
        r'      at character 16: expected "o", found "\u00a0"',
        "      found U+00A0 NO-BREAK SPACE",
    ]


def test_the_report_is_there_as_json_too(sender, capsys, tmp_path):
    sender.send({"To": "å", "Content": "x"})
    assert sender.verify("content=y", "--json", str(tmp_path / "report.json")) == 1
    text = capsys.readouterr().out
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["text"] == text
    assert report["nearest"][0]["criteria"][0]["actual"] == "x"
    assert sender.verify("content=y", "--json", "-") == 1
    assert json.loads(capsys.readouterr().out) == report
    assert sender.verify("content=x", "--json", "-") == 0
    assert json.loads(capsys.readouterr().out)["matched"] == [1]


def test_where_the_double_is_and_its_token_come_from_the_settings(sender, capsys, monkeypatch, config_file):
    sender.send({"Content": "x"})
    monkeypatch.setenv("MESSAGING_DOUBLE_PORT", sender.url.rpartition(":")[2])
    config = config_file(f"control-token = '{TOKEN}'")
    assert cli.main(["verify", "content=x", "--tenant", sender.tenant, "--config", str(config)]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_port_file_that_is_not_there_is_status_2_with_a_sentence(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("MESSAGING_DOUBLE_PORT", "0")
    monkeypatch.setenv("MESSAGING_DOUBLE_PORT_FILE", str(tmp_path / "port.txt"))
    assert cli.main(["verify"]) == 2
    assert "there is no port file" in capsys.readouterr().err
