"""The commands that change something: what they print, and what the control API shows afterwards."""

import json
import os
import subprocess

import pytest
from support.served import COMMAND, TOKEN, Sender, serving

from messaging_double.server import cli


@pytest.fixture
def shell(sender, capsys):
    """Run command lines; return what they print."""

    def run(line, status=0):
        assert sender.run(*line.split()) == status
        said = capsys.readouterr()
        assert said.err == ""
        return said.out.rstrip("\n")

    return run


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["delivered"], "message 1 has status 2 delivered"),
        (["3"], "message 1 has status 3 failed"),
        (["-1"], "message 1 has status -1 unknown"),
        (["17"], "message 1 has status 17"),
        (["not-sent"], "message 1 has status 0 not-sent"),
        (["failed", "--description", "No such\nnumber"], r'message 1 has status 3 failed "No such\nnumber"'),
        (["failed", "--description", ""], 'message 1 has status 3 failed ""'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_status_is_set_by_hand(arguments, sentence, sender, capsys):
    sender.send({"To": "+447700900500"})
    assert sender.run("set-status", "1", *arguments) == 0
    assert capsys.readouterr() == (sentence + "\n", "")
    assert sender.run("outbox", "--json") == 0
    last = json.loads(capsys.readouterr().out)["messages"][0]["statuses"][-1]
    assert (f"status {last['status']}" in sentence, last["by"]) == (True, "control API")


def test_a_delivery_goes_on_step_by_step(sender, capsys):
    sender.send({"To": "+447700900500"})
    statuses = []
    while sender.run("step", "1", "--json") == 0:
        statuses.append(json.loads(capsys.readouterr().out)["status"])
    assert statuses[-1] == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "the delivery of message 1 has no further step" in said.err


def test_a_reply_is_in_the_inbox_and_in_the_thread(sender, shell):
    sender.send({"To": "+447700900500", "From": "Ole", "SuggestedSessionKey": "a-key"})
    assert shell("reply 1 -- -1") == 'inbox message 1 came from "+447700900500" to "Ole", session key "a-key"'
    shell("inbox content=-1 sessionKey=a-key --count 1")
    heads, sent, came = shell("thread a-key").splitlines()
    assert [each.split()[0] for each in (heads, sent, came)] == ["direction", "out", "in"]
    assert came[heads.index("content") :] == '"-1"'


def test_advancing_tells_what_happened_in_its_order(capsys):
    late = {"name": "late", "steps": [{"after": "30s", "status": "sent"}, {"after": "1h", "reply": "Takk!"}]}
    down = {"name": "gateway down", "when": {"to": "nobody"}, "then": {"http": 503}, "ttl": "10m"}
    with serving(clock="2026-11-21T08:00:00Z", profile="late", profiles=[late], rules=[down]) as url:
        sender = Sender(url)
        sender.send({"Content": "a"})
        assert sender.run("advance", "6h") == 0
        assert capsys.readouterr().out.splitlines() == [
            "2026-11-21T08:00:30.000000Z  status        message 1: status 1 sent",
            "2026-11-21T08:10:00.000000Z  rule expired  gateway down",
            "2026-11-21T09:00:30.000000Z  reply         message 1: inbox message 1",
            "2026-11-21T14:00:00.000000Z  now",
        ]
        assert sender.run("advance", "--to", "2026-11-21T15:00:00+01:00") == 0
        assert capsys.readouterr().out == "2026-11-21T14:00:00.000000Z  now\n"


def test_the_clock_is_shown_frozen_and_moved(shell):
    assert shell("clock freeze 2026-11-21T08:00:00Z") == "2026-11-21T08:00:00.000000Z  frozen"
    assert shell("clock") == "2026-11-21T08:00:00.000000Z  frozen"
    assert shell("clock freeze").endswith("08:00:00.000000Z  frozen")
    assert shell("clock run 2030-01-01T00:00:00Z").startswith("2030-01-01T00:00:0")
    assert shell("clock shift 6h").endswith("  shifted")
    for shift in ("shift 6h --json", "--json shift 6h", "shift --json 6h"):
        assert '"offset": "PT6H"' in shell(f"clock {shift}")
    for shift in ("shift -6h --json", "shift --json -PT6H", "--json shift -- -6h"):
        assert '"offset": "-PT6H"' in shell(f"clock {shift}")
    assert shell("clock real").endswith("  real")


@pytest.mark.parametrize(
    ("given", "then"),
    [
        ("reply-lost", {"wire": "reply-lost"}),
        ("http=503", {"http": 503}),
        ("delay=2s", {"delay": "PT2S"}),
        ("profile=slow", {"profile": "slow"}),
        ("status=failed", {"status": {"status": "failed"}}),
        ("error=No=way", {"error": {"message": "No=way"}}),
        ("fault=Busy", {"fault": {"text": "Busy"}}),
        ('{"http":503,"retryAfter":2}', {"http": 503, "retryAfter": 2}),
    ],
)
def test_a_fault_is_a_rule(given, then, shell):
    rule = json.loads(shell(f"fault {given} to.pattern=+44* --times 2 --skip 1 --ttl 1h --name down --json"))
    assert {**rule["then"], "delay": "PT2S"} == {**then, "delay": "PT2S"}
    assert ("delay" in rule["then"]) == ("delay" in then)
    assert (rule["when"], rule["times"], rule["skip"]) == ({"to": {"pattern": "+44*"}}, 2, 1)
    heads, row, total = shell("rules").splitlines()
    assert heads.split() == ["name", "state", "matched", "used", "when", "then"]
    assert row.split()[2:4] == ["0", "0"]
    assert row.startswith("down")
    assert total == "1 rule"
    shell("delete rule down")
    assert shell("rules") == "0 rules"


def test_a_fault_may_be_one_answer_after_the_other(shell):
    rule = json.loads(shell("fault http=503 --then http=500 --json"))
    assert [each["http"] for each in rule["then"]] == [503, 500]
    assert "answers all calls with" in shell("fault empty-reply")


def test_the_story_of_a_ticket_a_snapshot_and_a_seed_needs_no_curl(sender, shell, tmp_path):
    assert shell("auth onsite") == "auth: onsite"
    ticket = shell("ticket ole")
    assert len(ticket) > 10
    assert shell("tickets").splitlines()[1].split()[:2] == ["1", "ole"]
    assert shell("expire 1") == ""
    assert shell("ticket ole")
    assert shell("expire") == "1 ticket expired"
    shell("delete ticket 2")
    assert shell("auth default") == "auth: none"
    sender.send({"Content": "kept"})
    assert shell("snapshot before") == 'snapshot "before" has 1 message'
    sender.send({"Content": "lost"})
    shell("restore before")
    assert shell("outbox").endswith("\n1 message")
    assert "before" in shell("snapshots")
    shell("delete snapshot before")
    assert shell("snapshots") == "0 snapshots"
    contents = tmp_path / "contents.json"
    contents.write_text('{"seed": "s", "outbox": [{"to": "a"}, {"to": "b"}], "inbox": [{"content": "c"}]}')
    assert shell(f"load {contents}") == f"tenant {sender.tenant}: 2 in the outbox, 1 in the inbox"
    keys = [each["sessionKey"] for each in json.loads(shell("outbox --json"))["messages"]]
    shell(f"load {contents}")
    assert [each["sessionKey"] for each in json.loads(shell("outbox --json"))["messages"]] == keys


def test_profiles_are_shown_and_set(shell):
    assert shell("profile") == "profile: that of the settings"
    assert shell("profile slow --plugin CM=fails") == "profile: slow\nplugin CM: fails"
    assert shell("profile --plugin CM=default") == "profile: slow"
    assert shell("profile default") == "profile: that of the settings"


@pytest.mark.parametrize(
    ("command", "shown"),
    [("settings", "shutdown-seconds"), ("profiles", "by-hand"), ("magic", "+447700900005"), ("faults", "reply-lost")],
)
def test_what_the_double_is_can_be_seen(command, shown, shell):
    assert shown in shell(command)
    assert shown in shell(f"{command} --json")


def test_things_are_deleted_one_by_one_by_criteria_and_all(sender, shell):
    sender.send(*({"Content": each, "To": "+447700900500"} for each in "aabc"))
    shell("delete outbox 1")
    assert shell("delete outbox content=a") == "1 deleted"
    assert shell("delete outbox") == "2 deleted"
    assert shell("delete journal") == "1 deleted"
    assert shell("delete rules") == "0 deleted"


def test_a_reset_empties_one_tenant_or_all(capsys):
    with serving() as url:
        one, other = Sender(url), Sender(url)
        for each in (one, other):
            each.send({"Content": "a"})
        assert one.run("reset") == 0
        assert (one.run("outbox", "--count", "1"), other.run("outbox", "--count", "1")) == (1, 0)
        assert one.run("reset", "--all") == 0
        assert other.run("outbox", "--count", "1") == 1
        capsys.readouterr()
        assert cli.main(["tenants", *one.double]) == 0
        assert capsys.readouterr().out.splitlines()[-1] == "0 tenants"
        other.send({"Content": "a"})
        assert cli.main(["delete", "tenant", "--all", *one.double]) == 0
        assert cli.main(["tenants", *one.double]) == 0
        assert capsys.readouterr().out == "1 deleted\n0 tenants\n"


def test_a_tenant_is_deleted_only_if_it_is_named(sender, capsys):
    assert cli.main(["delete", "tenant", *sender.double]) == 2
    assert "say which tenant: --tenant NAME, or --all" in capsys.readouterr().err
    assert sender.run("delete", "tenant") == 0


def test_the_description_of_the_api_needs_no_double(tmp_path, sender, capsys):
    environment = {name: each for name, each in os.environ.items() if not name.startswith("MESSAGING_DOUBLE_")}
    environment |= {"MESSAGING_DOUBLE_CONTROL_TOKEN": TOKEN, "MESSAGING_DOUBLE_PORT": "1", "TMPDIR": str(tmp_path)}
    done = subprocess.run([*COMMAND, "openapi"], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert list(tmp_path.iterdir()) == []
    assert sender.run("openapi") == 0
    assert json.loads(done.stdout) == json.loads(capsys.readouterr().out)
    assert "/_mock/v1/tenants/{tenant}/outbox" in json.loads(done.stdout)["paths"]


def test_a_description_that_cannot_be_made_is_status_2_with_a_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    assert cli.main(["openapi"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("messaging-double: ")
    assert said.err.count("\n") == 1
