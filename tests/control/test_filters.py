"""Filters of the lists: what they find, count, delete and show as the latest."""

from __future__ import annotations

import re
import sys
from urllib.parse import quote

import pytest
from support.control import assert_problem
from support.double import Double, control_url
from support.envelopes import NIL, outgoing
from support.logins import BEGIN, HandClock

from messaging_double.models.criteria import INBOX, JOURNAL, OUTBOX, STATUS_REPORTS

OUTBOX_QUERIES = [
    ("", [5, 4, 3, 2, 1]),
    ("to=+447700900001", [2, 1]),
    ("to=%2B447700900001", [2, 1]),
    ("to=447700900001", []),
    ("to=", [4]),
    ("to.pattern=+4477009*", [3, 2, 1]),
    ("to.pattern=*2", [3]),
    ("to.contains=0900", [3, 2, 1]),
    ("to.contains=+44", [3, 2, 1]),
    ("to.any=false", [5]),
    ("to.any=true", [4, 3, 2, 1]),
    ("from=SuperOffice", [1]),
    ("from.any=true", [2, 1]),
    ("content=Your%20code%20is%204711", [1]),
    ("content.pattern=Your%20code*", [2, 1]),
    ("content.pattern=your*", []),
    ("content.pattern=100%25%20%5C*", [3]),
    ("content.pattern=100%25%20%3F", [3]),
    ("content.contains=code", [2, 1]),
    ("content.regex=code%20is%20%5Cd%2B1$", [1]),
    ("to.regex=%5E.44&content.regex=(?i)CODE", [2, 1]),
    ("contains=code", [2, 1]),
    ("contains=code&to=%2B447700900001&from=SuperOffice", [1]),
    ("contains=code&content.any=false", []),
    ("format=sms/160", [1]),
    ("format.any=false", [5, 4, 3, 2]),
    ("parentMessagingId=1", [2]),
    ("parentMessagingId=0", []),
    ("suggestedSessionKey=k", [3]),
    ("sessionKey=k", [3]),
    ("sessionKey.any=true", [5, 4, 3, 2, 1]),
    ("plugin=Twilio+SMS", [3]),
    ("plugin.pattern=T*", [3]),
    ("messagingId=4", [4]),
    ("messagingId=2147483647", []),
    ("externalMessageId.pattern=%3F*", [5, 4, 3, 2, 1]),
    ("status=7", [2]),
    ("status=-1", []),
    ("status=sent", [5, 4, 3]),
    ("status=failed", []),
    ("statusDescription=by+hand", [2]),
    ("profile=never", [5, 4]),
    ("operation=SendMessagesWithConfig", [3]),
    ("services=Services84", [3]),
    ("services.pattern=Services8?", [5, 4, 3, 2, 1]),
    ("since=2026-11-21T08:04:57.120Z", [5, 4, 3, 2, 1]),
    ("since=2026-11-21T09:04:57.120Z", [5, 4]),
    ("since=2026-11-21T10:04:57.12+01:00", [5, 4]),
    ("since=2026-11-21T10:04:57.12%2B01:00", [5, 4]),
    ("since=2026-11-21T09:04:57.121Z", []),
    ("after=3", [5, 4]),
    ("after=5", []),
]
INBOX_QUERIES = [
    ("", [3, 2, 1]),
    ("to=1234", [1]),
    ("from=+447700900001", [2, 1]),
    ("contains=Takk", [2, 1]),
    ("content.pattern=Takk?", [1]),
    ("format.any=true", []),
    ("sessionKey=k", [2]),
    ("plugin=CM", [1]),
    ("id=3", [3]),
    ("origin=CreateMessage", [3, 2, 1]),
    ("services.contains=88", [3, 2, 1]),
    ("since=2026-11-21T08:00:00Z&after=1", [3, 2]),
]
REPORT_QUERIES = [
    ("", [2, 1]),
    ("plugin=CM", [1]),
    ("externalMessageId.pattern=x*", [2, 1]),
    ("status=9", [2]),
    ("status=sent", [1]),
    ("statusDescription.any=false", [1]),
    ("id=1", [1]),
    ("services=Services88&after=1", [2]),
    ("since=2026-11-22T08:00:00Z", []),
]
JOURNAL_QUERIES = [
    ("operation=SendMessagesWithConfig", [3]),
    ("operation.any=false", [13]),
    ("method=GET", [13]),
    ("target.contains=wsdl", [13]),
    ("status=200&operation=CreateMessage", [10, 9, 8]),
    ("services=Services84", [3]),
    ("refused.any=true", []),
    ("rule.any=true", []),
    ("fault.any=true", []),
    ("peer.any=false&after=12", [13]),
    ("since=2026-11-21T09:04:57.12Z&after=11", [13, 12]),
    ("id=2", [2]),
]
QUERIES = [
    pytest.param(box, query, found, id=f"{box}?{query}")
    for box, queries in (
        ("outbox", OUTBOX_QUERIES),
        ("inbox", INBOX_QUERIES),
        ("status-reports", REPORT_QUERIES),
        ("journal", JOURNAL_QUERIES),
    )
    for query, found in queries
]
NAMES = {"outbox": "messages", "inbox": "messages", "status-reports": "statusReports", "journal": "exchanges"}


def filled() -> Double:
    """Return a double with a bit of everything; journal entries are numbered by the calls below, from 1."""
    clock = HandClock()
    double = Double(clock=clock, profile="never")
    number = "+447700900001"
    double.send(outgoing(To=number, From="SuperOffice", Content="Your code is 4711", Format="sms/160"))
    double.send(outgoing(To=number, From="", Content="Your code is 4712", ParentMessagingId=1))
    third = outgoing(To="+447700900002", Content="100% *", SuggestedSessionKey="k")
    double.send(third, plugin="Twilio SMS", config=[("cm_username", "ole")], services=84)
    clock.advance(hours=1)
    double.send(outgoing(To="", Content=""))
    double.send(outgoing(To=NIL))
    (second,) = double.get(control_url("default", "outbox?messagingId=2")).json["messages"]
    double.set_status("CM", second["externalMessageId"], 7, "by hand")
    double.plugins()
    double.create(To="1234", From=number, Content="Takk!", Plugin="CM")
    double.create(From=number, Content="Takk for det", SessionKey="k")
    double.create(Content=NIL)
    double.set_status("CM", "x1", 1)
    double.set_status("Twilio SMS", "x2", 9, "")
    double.get("/Remote/Services88/Messaging.svc?wsdl")
    return double


@pytest.fixture(scope="module")
def double():
    with filled() as double:
        yield double


@pytest.fixture
def fresh_double():
    with filled() as double:
        yield double


def ids(double: Double, box: str, query: str = "") -> list[int]:
    answer = double.get(control_url("default", f"{box}?{query}"))
    assert answer.status == 200, answer
    found = answer.json
    assert found["total"] == len(found[NAMES[box]])
    return [each["messagingId" if box == "outbox" else "id"] for each in found[NAMES[box]]]


@pytest.mark.parametrize(("box", "query", "found"), QUERIES)
def test_a_list_and_its_latest_have_what_meets_all_filters(double, box, query, found) -> None:
    assert ids(double, box, query) == found
    answer = double.get(control_url("default", f"{box}/latest?{query}"))
    if found:
        assert answer.json["messagingId" if box == "outbox" else "id"] == found[0]
    else:
        assert_problem(answer, 404, "none like that", "?wait=10s")


@pytest.mark.parametrize(("box", "query", "found"), QUERIES[::8])
def test_what_is_deleted_is_what_the_filters_find(fresh_double, box, query, found) -> None:
    before = ids(fresh_double, box)
    answer = fresh_double.request("DELETE", control_url("default", f"{box}?{query}"))
    assert (answer.status, answer.json) == (200, {"deleted": len(found)})
    assert ids(fresh_double, box) == [each for each in before if each not in found]


def test_all_is_deleted_where_no_filter_is(fresh_double) -> None:
    for box, names in NAMES.items():
        before = ids(fresh_double, box)
        assert fresh_double.request("DELETE", control_url("default", box)).json == {"deleted": len(before)}
        assert fresh_double.get(control_url("default", box)).json[names] == []
    fresh_double.send(outgoing())
    assert ids(fresh_double, "outbox") == [6], "an id is not given out twice"
    assert ids(fresh_double, "journal") == [14]


@pytest.mark.parametrize("box", ["outbox", "inbox", "status-reports"])
def test_one_is_deleted_by_its_id_once(fresh_double, box) -> None:
    before = ids(fresh_double, box)
    one = control_url("default", f"{box}/2")
    assert fresh_double.request("DELETE", one).status == 204
    assert ids(fresh_double, box) == [each for each in before if each != 2]
    for method in ("DELETE", "GET"):
        assert_problem(fresh_double.request(method, one), 404, "2", "those that it has are at")


def test_a_deleted_message_is_unknown_to_its_statuses(fresh_double) -> None:
    fresh_double.request("DELETE", control_url("default", "outbox/2"))
    assert fresh_double.get_status(2).statuses[0].status == -1
    assert fresh_double.steer("POST", "outbox/2/status", {"status": 1}).status == 404


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 1000])
def test_pages_go_on_within_the_filters(start_double, limit) -> None:
    double = start_double()
    for number in range(10):
        double.send(outgoing(Content="odd" if number % 2 else "even"))
    seen: list[int] = []
    cursor = ""
    while cursor is not None:
        page = double.get(control_url("default", f"outbox?contains=odd&limit={limit}{cursor}")).json
        assert page["total"] == 5
        seen += [each["messagingId"] for each in page["messages"]]
        cursor = page["next"] and f"&cursor={page['next']}"
    assert seen == [10, 8, 6, 4, 2]


@pytest.fixture(scope="module")
def varied():
    """Give a double in whose lists every member has several values, and those that may be null are that, too."""
    with filled() as double:
        double.steer("POST", "rules", {"then": {"http": 503, "delay": "1ms"}, "times": 1})
        double.send(outgoing())
        double.post(b"no XML", services=85)
        double.request("GET", "/nowhere", REMOTE_ADDR="127.0.0.1", REMOTE_PORT="35080")
        double.create(To="4321", Format="sms/160", SessionKey="l", Plugin="Twilio SMS", services=84)
        double.steer("POST", "outbox/3/reply", {"content": "Ja"})
        double.set_status("CM", NIL, 1, "late", services=84)
        yield double


def selected(rows: list[dict], name: str, meets) -> list[int]:
    number = "messagingId" if "messagingId" in rows[0] else "id"
    return [row[number] for row in rows if meets(row[name])]


@pytest.mark.parametrize(
    ("box", "fields"),
    [("outbox", OUTBOX), ("inbox", INBOX), ("status-reports", STATUS_REPORTS), ("journal", JOURNAL)],
)
def test_every_member_is_a_filter(varied, box, fields) -> None:
    rows = varied.get(control_url("default", f"{box}?limit=1000")).json[NAMES[box]]
    for field in fields:
        if field.kind not in {"text", "number"}:
            continue
        one = max((row[field.name] for row in rows if row[field.name] is not None), key=lambda value: len(str(value)))
        queries = {f"{field.name}={quote(str(one))}": lambda value, one=one: value == one}
        if field.kind == "text":
            rest = re.sub(r"([*?\\])", r"\\\1", one[1:])
            queries |= {
                f"{field.name}.pattern=?{quote(rest)}": lambda value, one=one: (value or "")[1:] == one[1:] and value,
                f"{field.name}.contains={quote(one[-3:])}": lambda value, one=one: one[-3:] in (value or ""),
                f"{field.name}.any=true": lambda value: value is not None,
                f"{field.name}.any=false": lambda value: value is None,
            }
        for query, meets in queries.items():
            found = selected(rows, field.name, meets)
            assert ids(varied, box, query) == found, query
            assert ".any" in query or 0 < len(found) < len(rows), f"{query} tells nothing apart"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("to.any=yes", ["to.any", "true or false"]),
        ("status=one", ["status", "a whole number"]),
        ("after=x", ["after", "to 2147483647: 1"]),
        ("status=one", ["sent, unknown: 1"]),
        ("since=yesterday", ["since", "ISO 8601", "2026-"]),
        ("since=2026-11-21T08:00:00", ["since", "with its zone"]),
        ("since=2026-11-21T08:00:00Z1", ["since", "ISO 8601"]),
        ("To=1", ['unknown query parameter "To"', "to"]),
        ("to.contain=1", ["unknown query parameter", "to.contains"]),
        ("config=1", ["unknown query parameter"]),
        ("to=1&to=2", ["to is there 2 times"]),
        ("contains=%00", ["contains", "XML"]),
        ("contains=bl%E5b%E6r", ["the query has %E5, which is not UTF-8", "%C3%A5"]),
        ("to=%FF", ["%FF, which is not UTF-8"]),
        ("contains=bl\xe5", ["%E5, which is not UTF-8"]),
        ("%E5=1", ["%E5, which is not UTF-8"]),
        (f"to.pattern={'a' * 201}", ["at most 200"]),
        (f"to.regex={'a' * 201}", ["at most 200"]),
        (f"contains={'a' * 1001}", ["at most 1000"]),
        ("wait=long", ["wait", "10s"]),
        ("wait=11m", ["wait", "PT10M"]),
        ("wait=1s&count=0", ["count", "1"]),
        ("count=2", ["count without wait", "?wait=10s&count=2"]),
    ],
)
def test_a_filter_that_cannot_be_is_refused(double, query, words) -> None:
    assert_problem(double.get(control_url("default", f"outbox?{query}")), 400, *words)


@pytest.mark.parametrize(("how", "most"), [("pattern", 200), ("regex", 200), ("contains", 1000)])
def test_a_text_of_the_greatest_length_is_sought(double, how, most) -> None:
    assert double.get(control_url("default", f"outbox?to.{how}={'a' * most}")).status == 200
    assert double.steer("POST", "verify", {"match": {"to": {how: "a" * most}}, "never": True}).status == 200


def test_without_the_extra_a_regular_expression_is_refused_with_what_to_install(double, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)
    answer = double.get(control_url("default", "outbox?content.regex=not%20asked%20before"))
    assert_problem(answer, 400, "pip install 'messaging-double[regex]'")


def test_a_moment_is_the_tenants(double) -> None:
    assert BEGIN.isoformat() == "2026-11-21T08:04:57.120000+00:00"
    assert {each["registered"] for each in double.outbox()} == {
        "2026-11-21T08:04:57.120000Z",
        "2026-11-21T09:04:57.120000Z",
    }


@pytest.mark.parametrize(
    ("box", "query", "words"),
    [
        ("outbox", "operation=sendmessages", ["did you mean SendMessages?"]),
        ("outbox", "operation=CreateMessage", ["one of SendMessages, SendMessagesWithConfig"]),
        ("outbox", "services=88", ["one of REST, Services84"]),
        ("outbox", "status=deliverd", ["did you mean delivered?", "a whole number"]),
        ("inbox", "origin=Reply", ["did you mean reply?"]),
        ("inbox", "services=Services8", ["did you mean Services8"]),
        ("status-reports", "status=snt", ["did you mean sent?"]),
        ("status-reports", "services=bogus", ["one of REST, Services84"]),
        ("journal", "operation=SendMesages", ["did you mean SendMessages?"]),
        ("journal", "status=delivered", ["a whole number"]),
    ],
)
def test_a_word_that_no_message_can_have_is_refused_with_what_may_have_been_meant(double, box, query, words) -> None:
    answer = double.get(control_url("default", f"{box}?{query}"))
    assert_problem(answer, 400, *words)


@pytest.mark.parametrize(
    ("match", "words"),
    [
        ({"operation": "SendMesages"}, ["match.operation is", "did you mean SendMessages?"]),
        ({"operation": {"is": "SendMesages"}}, ["match.operation.is is", "did you mean SendMessages?"]),
        ({"services": "88"}, ["match.services is", "Services88"]),
        ({"status": "deliverd"}, ["match.status is", "did you mean delivered?"]),
        ({"status": "accepted"}, ["match.status is", "did you mean sent?"]),
        ({"status": "rejected"}, ["match.status is", "did you mean not-sent?"]),
    ],
)
def test_never_does_not_pass_on_a_word_that_no_message_can_have(double, match, words) -> None:
    assert_problem(double.steer("POST", "verify", {"match": match, "never": True}), 400, *words)


@pytest.mark.parametrize(
    "match",
    [
        {"status": "sent"},
        {"status": {"is": "sent"}},
        {"status": 1},
        {"operation": {"pattern": "Send*"}},
        {"services": "Services88"},
    ],
)
def test_an_expectation_takes_the_names_of_statuses_and_patterns_of_words(double, match) -> None:
    assert double.steer("POST", "verify", {"match": match, "atLeast": 3}).status == 200


def test_a_status_is_named_as_the_settings_have_it(start_double) -> None:
    double = start_double(statuses=(("delivered", 42),), profile="never")
    double.send(outgoing())
    double.steer("POST", "outbox/1/status", {"status": "delivered"})
    assert ids(double, "outbox", "status=delivered") == ids(double, "outbox", "status=42") == [1]
