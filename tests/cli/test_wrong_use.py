"""Commands that ask for what there is not: status 2, and one sentence that says what is right."""

import shlex

import pytest

WRONG_USE = [
    ("outbox tp=1", 'unknown query parameter "tp"'),
    ("outbox 17", "'17' is no criterion; for example to=+447700900001 or content.contains=code"),
    ("inbox =x", "'=x' is no criterion; for example to=+447700900001 or content.contains=code"),
    ("outbox to=1 to=2", "to is there 2 times"),
    ("outbox --limit 1001", "limit is 1001"),
    ("outbox --count 0", "argument --count: '0' came, but a whole number from 1 to 2147483647 was expected"),
    ("outbox --wait soon", "argument --wait: 'soon' came, but a length of time such as 10s"),
    ("outbox --wait 1d", 'wait is "1d"'),
    ("journal --request", "--request goes with the id of one exchange; for example messaging-double journal 1"),
    ("journal 1 2", "'1' is no criterion"),
    ("journal 1 --request --response", "--response: not allowed with argument --request"),
    ("journal 77", "has no exchange 77"),
    ("journal 77 --request", "has no exchange 77"),
    ("set-status 1 nope", 'status is "nope"; expected'),
    ("set-status 1 accepted", 'status is "accepted"; did you mean sent? expected'),
    ("set-status 1 rejected", 'status is "rejected"; did you mean not-sent? expected'),
    ("set-status x 1", "argument MESSAGING_ID: 'x' came, but a whole number from 1"),
    ("set-status 1", "the following arguments are required: STATUS"),
    ("set-status 77 1", "has no messagingId 77"),
    ("step 77", "has no messagingId 77"),
    ("reply 77 Takk!", "has no messagingId 77"),
    ("advance", "either TIME or --to is needed; for example messaging-double advance 6h"),
    ("advance 6h --to 2100-01-01T00:00:00Z", "either TIME or --to is needed"),
    ("advance soon", "argument TIME: 'soon' came, but a length of time such as 10s"),
    ("advance --to tomorrow", 'to is "tomorrow"; expected a moment in ISO 8601 with its zone'),
    ("advance --to 2000-01-01T00:00:00Z", "to is before the tenant's now"),
    ("reset now", "'now' is not known here"),
    ("clock shift", "real takes no value, run a MOMENT, shift a TIME"),
    ("clock real 6h", "real takes no value, run a MOMENT, shift a TIME"),
    ("clock shift 6h 7h", "real takes no value, run a MOMENT, shift a TIME"),
    ("clock -6h", "real takes no value, run a MOMENT, shift a TIME"),
    ("clock shift -x", "'-x' is not known here"),
    ("fault reply-lst", "reply-lst"),
    ("fault {", "'{' is no JSON"),
    ("profile slwo", 'there is no profile "slwo"'),
    ("profile --plugin CM", "'CM' is no PLUGIN=PROFILE; for example CM=slow"),
    ("load nowhere.json", "nowhere.json cannot be read as JSON"),
    ("delete rule", "say which rule; for example messaging-double delete rule 1"),
    ("delete outbox nonsense", "'nonsense' is no criterion"),
    ("restore nope", "has no snapshot"),
    ("verify tp=1", 'unknown member "tp" in match'),
    ("verify status=snt", 'match.status is "snt"'),
    ("verify to.any=yes", '"yes"'),
    ("verify --count 1 --never", "count and never do not go together"),
    ("verify to", "'to' is no criterion; for example to=+447700900001 or content.contains=code"),
    ("verify =x", "'=x' is no criterion; for example to=+447700900001 or content.contains=code"),
    ("verify to=1 --never to=2", "to is there twice; for example to=+447700900001 or content.contains=code"),
    ("verify --count -1", "argument --count: '-1' came, but a whole number from 0 to 2147483647 was expected"),
    ("verify --within soon", "argument --within: 'soon' came, but a length of time such as 10s"),
    ("verify --cuont 1", "'--cuont' is not known here; did you mean --count?"),
    ("verify --in out", "argument --in: invalid choice: 'out'"),
    ("verify --token 'secret\n'", "argument --token: something else came, but a text of letters"),
    ("verify --json /nowhere/report.json", "The report cannot be written to /nowhere/report.json"),
]


@pytest.mark.parametrize(("line", "sentence"), WRONG_USE)
def test_wrong_use_ends_with_status_2_and_says_what_is_right(line, sentence, sender, capsys):
    sender.send({"Content": "a"})
    assert sender.run(*shlex.split(line)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert "secret" not in said.err
