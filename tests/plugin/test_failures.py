"""What a failing test says, and what it leaves."""

import json

import pytest

from messaging_double.client.reporting import folder_name

SENT = """
def test_code(messaging_double):
    send(messaging_double.soap_url(), To="+447700900500", Content="Your code is 1234")
    messaging_double.verify(to="+447700900500", content="Your code is 1235")
"""


def test_a_failing_test_says_what_comes_nearest_and_what_was_sent(run):
    failed = run(
        f"""
def test_passes(messaging_double):
    send(messaging_double.soap_url())

def test_does_not_use_it(messaging_double_server):
    assert 1 == 3

{SENT}

def test_ten(messaging_double):
    messaging_double.load(outbox=[{{"content": "before"}}] * 8)
    for length in (60, 61):
        send(messaging_double.soap_url(), Content="x" * length)
    assert 1 == 4

def test_many(messaging_double, messaging_double_server):
    messaging_double_server.tenant("Cust99").auth = "none"
    for number in range(12):
        send(messaging_double.soap_url(), Content=str(number))
    messaging_double.wait_for(within=0.01, content="12")

def test_gone(messaging_double, messaging_double_server):
    messaging_double_server.stop()
    assert 1 == 2
"""
    )
    failed.assert_outcomes(passed=1, failed=5, errors=1)
    failed.stdout.fnmatch_lines(
        [
            '>       messaging_double.verify(to="+447700900500", content="Your code is 1235")',
            'E       *ExpectationFailed: Expected at least 1 message meeting 2 criteria in the outbox of tenant "Cust*',
            "E *Nearest: message 1 meets 1 of 2:",
            'E *expected  "Your code is 1235"',
            'E *actual    "Your code is 1234"',
            "test_it.py:*: ExpectationFailed",
            "*- messaging-double -*",
            "tenant Cust*: 1 in the outbox, newest first",
            "  1 to='+447700900500' content='Your code is 1234' *",
            "calls: 1",
            "  1 POST /Cust*/Remote/Services88/Messaging.svc SendMessages status=200",
            "tenant Cust*: 10 in the outbox, newest first",
            f"  10 to=None content='{'x' * 60}…' *",
            f"  9 to=None content='{'x' * 60}' *",
            "calls: 2, the last 2, newest first",
            ">       messaging_double.wait_for(*",
            "E       *NotArrived: *",
            "test_it.py:*: NotArrived",
            "*- messaging-double -*",
            "tenant Cust*: 12 in the outbox, newest first",
            "  12 to=None content='11' *",
            "  … and 2 older ones",
            "calls: 12, the last 5, newest first",
            "  12 POST *",
            "E       assert 1 == 2",  # a double that is gone does not hide the failure
            "*- messaging-double -*",
            "tenant Cust*",
        ]
    )
    assert str(failed.stdout).count("- messaging-double -") == 4
    failed.stdout.no_fnmatch_line("  2 to=None content='1' *")
    failed.stdout.no_fnmatch_line("  … and 0 older ones")
    failed.stdout.no_fnmatch_line("*does not use the base URL*")
    failed.stdout.no_fnmatch_line("*lists.py*")  # of the client's own code nothing is shown
    failed.stdout.no_fnmatch_line("*assert False*")


def test_the_journal_of_a_failing_test_is_kept_in_place_of_a_former_one(run, tmp_path):
    folder = tmp_path / folder_name("test_it.py::test_code")
    folder.mkdir()
    (folder / "017-request.http").touch()
    failed = run(SENT, f"--messaging-double-report={tmp_path}")
    kept = ["001-request.http", "001-response.http", "inbox.json", "journal.json", "outbox.json"]
    assert sorted(path.name for path in folder.iterdir()) == kept
    assert (folder / "001-request.http").read_bytes().startswith(b"POST /Cust")
    assert (folder / "001-response.http").read_bytes().startswith(b"HTTP/1.1 200 ")
    (exchange,) = json.loads((folder / "journal.json").read_text("utf-8"))
    (message,) = json.loads((folder / "outbox.json").read_text("utf-8"))
    assert (exchange["operation"], message["content"]) == ("SendMessages", "Your code is 1234")
    failed.stdout.fnmatch_lines([f"everything is in {folder}"])
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_that_cannot_be_written_does_not_hide_the_failure(run, tmp_path):
    (tmp_path / "file").touch()
    failed = run(SENT, f"--messaging-double-report={tmp_path / 'file'}")
    failed.assert_outcomes(failed=1)
    failed.stdout.fnmatch_lines(["E *ExpectationFailed: *", "tenant Cust00001: *Not a directory*"])


def test_a_fixture_that_fails_in_its_end_leaves_as_much_in_a_folder_below_where_pytest_was_started(run, pytester):
    names = ("test_not_the_last", "test_elsewhere", "test_the_last")
    result = run(
        """
import pytest

@pytest.fixture
def sms(messaging_double):
    yield messaging_double
    messaging_double.verify(to="+1", count=1)

def test_not_the_last(sms):
    send(sms.soap_url(), Content="Hei")

def test_elsewhere(messaging_double, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    send(messaging_double.soap_url(), Content="Hei")
    assert 1 == 2

def test_the_last(sms):
    send(sms.soap_url(), Content="Hei")
""",
        "--messaging-double-report=kept",
    )
    result.assert_outcomes(passed=2, failed=1, errors=2)
    ends = [f"*ERROR at teardown of {names[0]}*", f"*ERROR at teardown of {names[2]}*", f"*_ {names[1]} _*"]
    for end in ends:
        result.stdout.fnmatch_lines([end, "*- messaging-double -*", "*content='Hei'*"])
    for name in names:
        (message,) = json.loads(
            (pytester.path / "kept" / folder_name(f"test_it.py::{name}") / "outbox.json").read_text()
        )
        assert message["content"] == "Hei"


@pytest.mark.parametrize(
    "test",
    ["a/b.py::test[../..]", "con.py::test_x", f"t.py::test[{'x' * 500}]", 't.py::test[\u00e5:*?"<>|]', "t::T"],
)
def test_folders_have_names_that_every_file_system_takes(test):
    name = folder_name(test)
    assert name.isascii()
    assert name.replace("-", "").replace("_", "").isalnum()
    assert len(name) < 100
    assert "--" not in name
    assert name != folder_name(test.swapcase())


def test_the_section_says_what_was_wrong_with_the_last_calls(run):
    result = run(
        """
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

SERVICES = "http://www.superoffice.net/ws/crm/NetServer/Services"
ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">{}<s:Body>{}</s:Body></s:Envelope>'
SEND = '<SendMessages xmlns="%s{}"><OutgoingMessages/></SendMessages>' % SERVICES

def post(url, body, action, header=""):
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
    try:
        urlopen(Request(url, ENVELOPE.format(header, body).encode(), headers)).close()
    except HTTPError as error:
        error.close()

def test_services_86_at_the_url_of_88(messaging_double):
    post(messaging_double.soap_url(), SEND.format(86), f"{SERVICES}86/Messaging/SendMessages")
    messaging_double.verify()

def test_an_action_of_messaging_at_so_principal(messaging_double):
    url = messaging_double.soap_url(agent="SoPrincipal")
    post(url, SEND.format(88), f"{SERVICES}88/Messaging/SendMessages")
    messaging_double.verify()

def test_credentials_without_their_namespace(messaging_double):
    messaging_double.auth = "onsite"
    header = "<s:Header><Credentials><Ticket>7T:abc</Ticket></Credentials></s:Header>"
    post(messaging_double.soap_url(), SEND.format(88), f"{SERVICES}88/Messaging/SendMessages", header)
    messaging_double.verify()

def test_a_rule(messaging_double):
    messaging_double.rules.add({"http": 503}, name="down")
    post(messaging_double.soap_url(), SEND.format(88), f"{SERVICES}88/Messaging/SendMessages")
    messaging_double.verify()

def test_elsewhere(messaging_double, messaging_double_server):
    post(messaging_double_server.soap_url(), SEND.format(88), f"{SERVICES}88/Messaging/SendMessages")
    for name in ("Cust123456789012", "other1", "other2", "other3", "other4", "other5"):
        messaging_double_server.tenant(name).load(outbox=[{"content": "x"}])
    messaging_double.verify()
"""
    )
    result.assert_outcomes(failed=5)
    sections = str(result.stdout).split("- messaging-double -")[1:]
    cures = [
        ("refused: ", "Services86", "Services88"),
        ("refused: ", "SoPrincipal", "Messaging.svc"),
        ("refused: ", "Credentials", "namespace"),
        ("rule: down", "fault: http 503"),
        ("tenant default: 1 calls", "does not use the base URL http://", "tenant other4: 0 calls, 1 in the outbox"),
    ]
    for section, cure in zip(sections, cures, strict=True):
        assert all(each in section for each in cure), (cure, section)
    result.stdout.no_fnmatch_line('*"other5" has 1 message*')
    assert not [each for each in sections[:3] if "note: " in each], "what refused says is not said twice"
    assert sections[4].count("does not use the base URL") == 5
    assert "tenant Cust123456789012" not in sections[4], "it is of a test of another run"
