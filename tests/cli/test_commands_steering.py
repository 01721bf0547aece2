"""``messaging-double status``, ``step``, ``reply``, ``advance``, ``reset`` and ``openapi`` against a real double."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
from support.served import COMMAND, TOKEN, Sender, serving

from messaging_double.server import cli


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["delivered"], 2, "message 1 has status 2"),
        (["3"], 3, "message 1 has status 3"),
        (["-1"], -1, "message 1 has status -1"),
        (["sent"], 1, "message 1 has status 1"),
        (["not-sent"], 0, "message 1 has status 0"),
        (["failed", "--description", "No such\nnumber"], 3, r'message 1 has status 3 "No such\nnumber"'),
        (["failed", "--description", ""], 3, 'message 1 has status 3 ""'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_status_is_set_by_hand(arguments, status, sentence, sender, capsys) -> None:
    sender.send({"To": "+447700900500"})
    assert sender.run("status", "1", *arguments) == 0
    assert capsys.readouterr() == (sentence + "\n", "")
    assert sender.run("outbox", "--json") == 0
    last = json.loads(capsys.readouterr().out)["messages"][0]["statuses"][-1]
    assert (last["status"], last["by"]) == (status, "control API")


def test_a_delivery_goes_on_step_by_step(sender, capsys) -> None:
    sender.send({"To": "+447700900500"})
    statuses = []
    while sender.run("step", "1", "--json") == 0:
        statuses.append(json.loads(capsys.readouterr().out)["status"])
    assert statuses[-1] == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "the delivery of message 1 has no further step" in said.err


def test_a_reply_is_in_the_inbox(sender, capsys) -> None:
    sender.send({"To": "+447700900500", "From": "Ole", "SuggestedSessionKey": "a-key"})
    assert sender.run("reply", "1", "--", "-1") == 0
    sentence = 'message 1 of the inbox came from "+447700900500" to "Ole", session key "a-key"\n'
    assert capsys.readouterr() == (sentence, "")
    assert sender.run("inbox", "content=-1", "sessionKey=a-key", "--count", "1") == 0


def test_advancing_tells_what_happened_in_its_order(tmp_path, config_file, capsys) -> None:
    settings = """
    clock = "2026-11-21T08:00:00Z"
    profile = "late"
    [[profiles]]
    name = "late"
    steps = [{ after = "30s", status = "sent" }, { after = "1h", reply = "Takk!" }]
    [[rules]]
    name = "gateway down"
    when = { to = "nobody" }
    then = { http = 503 }
    ttl = "10m"
    """
    with serving(tmp_path, "--config", str(config_file(settings))) as url:
        sender = Sender(url)
        sender.send({"Content": "a"})
        assert sender.run("advance", "6h") == 0
        assert capsys.readouterr().out.splitlines() == [
            "2026-11-21T08:00:30.000000Z  status        message 1: status 1",
            "2026-11-21T08:10:00.000000Z  rule expired  gateway down",
            "2026-11-21T09:00:30.000000Z  reply         message 1: message 1 of the inbox",
            "2026-11-21T14:00:00.000000Z  now",
        ]
        assert sender.run("advance", "--to", "2026-11-21T15:00:00+01:00", "--json") == 0
        assert json.loads(capsys.readouterr().out) == {"now": "2026-11-21T14:00:00.000000Z", "happened": []}


def test_a_reset_empties_one_tenant(sender, capsys) -> None:
    other = Sender(sender.url)
    sender.send({"Content": "a"})
    other.send({"Content": "a"})
    assert sender.run("reset") == 0
    assert capsys.readouterr() == ("", "")
    assert sender.run("outbox", "--count", "1") == 1
    assert other.run("outbox", "--count", "1") == 0


def test_the_description_of_the_api_needs_no_double(tmp_path, sender, capsys) -> None:
    environment = {name: each for name, each in os.environ.items() if not name.startswith("MESSAGING_DOUBLE_")}
    environment |= {"MESSAGING_DOUBLE_CONTROL_TOKEN": TOKEN, "MESSAGING_DOUBLE_PORT": "1", "TMPDIR": str(tmp_path)}
    done = subprocess.run([*COMMAND, "openapi"], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert list(tmp_path.iterdir()) == []
    assert sender.run("openapi") == 0
    assert json.loads(done.stdout) == json.loads(capsys.readouterr().out)
    assert "/_mock/v1/tenants/{tenant}/outbox" in json.loads(done.stdout)["paths"]


def test_a_description_that_cannot_be_made_is_status_2_with_a_sentence(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    assert cli.main(["openapi"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("messaging-double: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["status", "1", "nope"], 'status is "nope"; expected'),
        (["status", "1", "accepted"], 'status is "accepted"; did you mean sent? expected'),
        (["status", "1", "rejected"], 'status is "rejected"; did you mean not-sent? expected'),
        (["status", "x", "1"], "argument MESSAGING_ID: 'x' came, but a whole number from 1"),
        (["status", "1"], "the following arguments are required: STATUS"),
        (["status", "77", "1"], "has no messagingId 77"),
        (["step", "77"], "has no messagingId 77"),
        (["reply", "77", "Takk!"], "has no messagingId 77"),
        (["advance"], "one of TIME and --to is to be said; for example messaging-double advance 6h"),
        (["advance", "6h", "--to", "2100-01-01T00:00:00Z"], "one of TIME and --to is to be said"),
        (["advance", "soon"], "argument TIME: 'soon' came, but a length of time such as 10s"),
        (["advance", "--to", "tomorrow"], 'to is "tomorrow"; expected a moment in ISO 8601 with its zone'),
        (["advance", "--to", "2000-01-01T00:00:00Z"], "to is before the tenant's now"),
        (["reset", "now"], "'now' is not known here"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_ends_with_status_2_and_says_what_is_right(arguments, sentence, sender, capsys) -> None:
    sender.send({"Content": "a"})
    assert sender.run(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert said.err.count("\n") == 1
