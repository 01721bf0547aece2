"""PUT loads fixtures into a tenant."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.control import assert_problem, fill
from support.double import Double, control_url
from support.envelopes import NIL, ids, outgoing
from support.logins import HandClock
from support.texts import xml_texts

from messaging_double.models.records import Plugin

TENANT = "Cust1"
SENT_AT_EIGHT = {"status": 1, "at": "2026-11-21T08:00:00Z"}


def put(double: Double, contents, tenant: str = TENANT):
    return double.steer("PUT", "", contents, tenant=tenant)


@pytest.fixture(scope="module")
def kept():
    with Double(clock=HandClock()) as double:
        yield double


MAYBE = st.none() | st.just(NIL) | xml_texts(5)
SENT = st.fixed_dictionaries(
    {"To": st.sampled_from(["+447700900001", "+447700900006", "1"]) | MAYBE, "Content": MAYBE, "From": MAYBE},
    optional={"Format": MAYBE, "SuggestedSessionKey": MAYBE, "ParentMessagingId": st.integers(1, 3)},
)
CAME = st.fixed_dictionaries({}, optional=dict.fromkeys(("To", "From", "Content", "SessionKey", "Plugin"), MAYBE))


@settings(max_examples=25)
@given(st.lists(SENT, max_size=4), st.lists(CAME, max_size=3), st.sets(st.integers(1, 4)), st.booleans())
def test_what_was_shown_can_be_put_again_unchanged(kept, sent, came, gone, twice) -> None:
    kept.reset(TENANT)
    config = [("k", "v"), ("k", None)] if twice else None
    for each in sent:
        kept.send(outgoing(**each), tenant=TENANT, config=config)
    for each in came:
        kept.create(tenant=TENANT, **each)
    kept.get_status(1, 2, tenant=TENANT)
    kept.steer("POST", "outbox/1/status", {"status": 99, "description": "by hand"}, tenant=TENANT)
    for number in gone:
        kept.request("DELETE", control_url(TENANT, f"outbox/{number}"))
        kept.request("DELETE", control_url(TENANT, f"inbox/{number}"))
    shown = {"outbox": kept.outbox(TENANT), "inbox": kept.inbox(TENANT)}
    assert put(kept, shown).status == 200
    assert {"outbox": kept.outbox(TENANT), "inbox": kept.inbox(TENANT)} == shown
    assert put(kept, {name: each[::-1] for name, each in shown.items()}).status == 200
    assert {"outbox": kept.outbox(TENANT), "inbox": kept.inbox(TENANT)} == shown


def test_what_is_not_said_is_as_if_it_had_been_sent(double) -> None:
    answer = put(double, {"outbox": [{"to": "+447700900001", "content": "God morgen!"}, {}], "inbox": [{}]})
    assert answer.json == {
        "tenant": "Cust1",
        "auth": "none",
        "outbox": 2,
        "inbox": 1,
        "statusReports": 0,
        "journal": 0,
    }
    second, first = double.outbox(TENANT)
    assert (first["messagingId"], first["to"], first["content"], first["from"]) == (
        1,
        "+447700900001",
        "God morgen!",
        None,
    )
    assert (first["plugin"], first["operation"], first["services"]) == (
        second["plugin"],
        "SendMessages",
        "Services88",
    )
    assert first["externalMessageId"] != second["externalMessageId"]
    assert [each["by"] for each in first["statuses"]] == ["seed"]
    (came,) = double.inbox(TENANT)
    assert (came["id"], came["origin"], came["services"]) == (1, "seed", None)


def test_loading_replaces_everything_and_touches_no_other_tenant(double) -> None:
    for tenant in ("Cust1", "Cust2"):
        fill(double, 3, tenant)
        double.steer("PUT", "auth", {"auth": "onsite"}, tenant=tenant)
    before = double.outbox("Cust2"), double.inbox("Cust2"), double.reports("Cust2")
    assert put(double, {}).status == 200
    assert double.is_empty("Cust1")
    assert double.steer("GET", "auth", tenant="Cust1").json["auth"] == "none"
    assert (double.outbox("Cust2"), double.inbox("Cust2"), double.reports("Cust2")) == before


def test_ids_continue_after_loaded_ones(double) -> None:
    put(double, {"outbox": [{"messagingId": 40}, {"messagingId": 7}, {}], "inbox": [{"id": 9}, {}]})
    assert [each["messagingId"] for each in double.outbox(TENANT)] == [41, 40, 7]
    assert [each["id"] for each in double.inbox(TENANT)] == [10, 9]
    assert double.send(outgoing(), tenant=TENANT).messaging_ids == [42]
    double.create(tenant=TENANT)
    assert double.inbox(TENANT)[0]["id"] == 11


def test_the_contract_s_operations_find_what_was_loaded(double) -> None:
    put(double, {"outbox": [{"messagingId": 5, "status": 3, "externalMessageId": "x", "plugin": "CM"}]})
    assert [each.status for each in double.get_status(5, tenant=TENANT).statuses] == [3]
    double.set_status("CM", "x", 4, tenant=TENANT)
    assert [each.status for each in double.get_status(5, tenant=TENANT).statuses] == [4]
    put(double, {"outbox": [{"sessionKey": "k"}]})
    double.send(outgoing(ParentMessagingId=1), tenant=TENANT)
    assert double.outbox(TENANT)[0]["sessionKey"] == "k"


def test_a_message_that_is_filled_in_has_an_external_id_where_its_plugin_gives_one(start_double) -> None:
    double = start_double(plugins=(Plugin("CM", external_ids=False), Plugin("Twilio SMS")))
    put(double, {"outbox": [{}, {"plugin": "Twilio SMS"}, {"externalMessageId": "x"}]})
    said, given, none = double.outbox(TENANT)
    assert (said["externalMessageId"], none["externalMessageId"]) == ("x", None)
    assert len(given["externalMessageId"]) == 32
    double.set_status("CM", "x", 4, tenant=TENANT)
    before = double.outbox(TENANT)
    assert {each["status"] for each in before} == {1}
    put(double, {"outbox": before})
    assert double.outbox(TENANT) == before
    listed = double.get(control_url(TENANT, "outbox?externalMessageId.any=false")).json["messages"]
    assert listed == [none]


def test_nothing_goes_on_by_itself_for_what_was_filled_in(start_double) -> None:
    clock = HandClock()
    double = start_double(clock=clock, profile="slow")
    put(double, {"outbox": [{"profile": "slow", "status": 1}]})
    clock.advance("Cust1", days=1)
    double.get_status(1, tenant=TENANT)
    (message,) = double.outbox(TENANT)
    assert (message["profile"], message["status"], len(message["statuses"])) == ("slow", 1, 1)
    assert_problem(double.steer("POST", "outbox/1/step", tenant=TENANT), 409, "no further step")


def test_the_same_seed_makes_the_same_bytes(start_double) -> None:
    seen = []
    for seed in ("a", "a", "b"):
        double = start_double(clock=HandClock())
        for _ in range(2):
            put(double, {"seed": seed})
            sent = [double.send(outgoing(Content=each), tenant=TENANT).body for each in ("1", "2")]
            got = double.call("GetDeliveryStatus", MessagingIds=ids(1, 2, 3), tenant=TENANT).body
            seen.append((seed, *sent, got, double.get(control_url(TENANT, "outbox")).body))
    assert seen[0] == seen[1] == seen[2] == seen[3]
    assert seen[4] == seen[5] != seen[0]


@pytest.mark.parametrize(("statuses", "sent"), [((), 1), ((("sent", 7),), 7)], ids=["ours", "mapped"])
def test_a_message_that_is_filled_in_without_a_status_is_sent(start_double, statuses, sent) -> None:
    double = start_double(statuses=statuses)
    put(double, {"outbox": [{}]})
    assert double.outbox(TENANT)[0]["status"] == sent
    assert double.get_status(1, tenant=TENANT).statuses == [(sent, None, 1)]


def test_a_message_that_is_filled_in_takes_the_names_of_statuses(double) -> None:
    history = [{"status": "sent", "at": "2026-11-21T08:00:00Z"}, {"status": "failed", "at": "2026-11-21T09:00:00Z"}]
    put(double, {"outbox": [{"status": "delivered"}, {"statuses": history, "status": "failed"}]})
    second, first = double.outbox(TENANT)
    assert (first["status"], second["status"]) == (2, 3)
    assert [each["status"] for each in second["statuses"]] == [1, 3]


def test_the_highest_ids_that_can_be_filled_in_leave_others_for_what_follows(double) -> None:
    assert put(double, {"outbox": [{"messagingId": 2_147_000_000}], "inbox": [{"id": 2_147_000_000}]}).status == 200
    assert double.send(outgoing(), tenant=TENANT).messaging_ids == [2_147_000_001]
    double.create(tenant=TENANT)
    assert double.inbox(TENANT)[0]["id"] == 2_147_000_001
    assert_problem(put(double, {"outbox": [{"messagingId": 2_147_000_001}]}), 400, "messagingId is", "2147000000")


def test_a_reset_goes_back_to_the_seed_of_the_settings(start_double) -> None:
    double = start_double(clock=HandClock())

    def keys() -> list[str]:
        double.send(outgoing(), tenant=TENANT)
        return [each["sessionKey"] for each in double.outbox(TENANT)]

    of_the_settings = keys()
    put(double, {"seed": "another"})
    assert keys() != of_the_settings
    double.reset(TENANT)
    assert keys() == of_the_settings


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        ({"outbox": [{"messagingId": 1}, {"messagingId": 1}]}, ["outbox[1]", "messagingId 1", "another message"]),
        ({"outbox": [{"messagingId": 2}, {"messagingId": 1}, {"messagingId": 2}]}, ["outbox[2]"]),
        ({"inbox": [{"id": 3}, {"id": 3}]}, ["inbox[1]", "id 3"]),
        ({"outbox": [{"to": 1}]}, ["outbox[0].to is 1"]),
        ({"outbox": [{"operation": "SendMessage"}]}, ["outbox[0].operation", "did you mean SendMessages?"]),
        ({"inbox": [{"services": "services88"}]}, ["inbox[0].services", "did you mean Services88?"]),
        ({"outbox": [{"status": 2, "statuses": [SENT_AT_EIGHT]}]}, ["outbox[0]", "statuses", "another status"]),
    ],
)
def test_contents_that_cannot_be_are_refused_and_change_nothing(double, contents, words) -> None:
    double.send(outgoing(Content="stays"), tenant=TENANT)
    assert_problem(put(double, contents), 400, *words)
    assert [each["content"] for each in double.outbox(TENANT)] == ["stays"]


@pytest.mark.parametrize(("used", "following"), [(5, 1000), (1000, 1001), (2000, 2001)])
def test_ids_go_on_above_those_that_were_filled_in_and_not_below_the_first(start_double, used, following) -> None:
    double = start_double(first_messaging_id=1000)
    assert put(double, {"outbox": [{"messagingId": used}]}).status == 200
    assert [row.messaging_id for row in double.send(outgoing(), outgoing(), tenant=TENANT).statuses] == [
        following,
        following + 1,
    ]
