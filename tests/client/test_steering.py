"""What a test makes happen in a tenant."""

from datetime import datetime, timedelta, timezone
from urllib.error import HTTPError

import pytest
from support.soap_calls import call, create, send

from messaging_double.client import (
    ControlError,
    IncomingMessage,
    MessagingDouble,
    OutgoingMessage,
    actions,
    contains,
    pattern,
)
from messaging_double.models.control.messages import Pair

BEGIN = datetime(2026, 11, 21, 8, tzinfo=timezone.utc)


@pytest.fixture
def message(tenant):
    """The message that was sent to the tenant."""
    send(tenant.soap_url(), To="+447700900500", From="Ole", Content="Hei")
    return tenant.outbox.latest()


def test_a_reply_comes_in_with_the_session_key_of_its_message(tenant, message):
    reply = tenant.reply(message, "Takk!")
    assert (reply.content, reply.from_, reply.to) == ("Takk!", message.to, message.from_)
    assert reply.session_key == message.session_key
    assert tenant.reply(message.messaging_id, None, from_="Kari", to=None).from_ == "Kari"


def test_a_thread_has_both_directions(tenant, message):
    tenant.reply(message, "Takk!")
    thread = tenant.thread(message.session_key)
    assert [(type(each), each.content) for each in thread] == [(OutgoingMessage, "Hei"), (IncomingMessage, "Takk!")]


def test_a_status_is_set_by_name_or_number(tenant, message):
    assert tenant.set_status(message, "delivered").statuses[-1].by == "control API"
    assert tenant.set_status(message.messaging_id, 17, "seventeen").status_description == "seventeen"


def test_a_profile_is_gone_through_by_hand(tenant):
    tenant.profile = "by-hand"
    send(tenant.soap_url())
    message = tenant.outbox.latest()
    assert (tenant.profile, message.profile) == ("by-hand", "by-hand")
    assert len(tenant.step(message).statuses) == len(message.statuses) + 1


def test_profiles_of_plugins_and_of_all_do_not_touch_each_other(tenant):
    tenant.plugin_profiles = {"CM": "fails"}
    tenant.profile = "slow"
    assert (tenant.profile, tenant.plugin_profiles) == ("slow", {"CM": "fails"})
    tenant.profile = None
    assert (tenant.profile, tenant.plugin_profiles) == (None, {"CM": "fails"})


@pytest.mark.parametrize("hours", ["6h", "PT6H", 21600, timedelta(hours=6)], ids=repr)
def test_the_clock_is_moved_forward(tenant, hours):
    clock = tenant.clock
    assert clock.freeze(BEGIN) == clock.now == BEGIN
    clock.advance(hours)
    assert clock.now == BEGIN + timedelta(hours=6)
    clock.advance_to(BEGIN + timedelta(days=1))
    assert (clock.now, clock.mode) == (BEGIN + timedelta(days=1), "frozen")
    clock.real()
    assert clock.mode == "real"
    assert clock.shift("1d") > datetime.now(timezone.utc) + timedelta(hours=23)
    assert clock.run_from("2026-11-21T08:00:00Z") - BEGIN < timedelta(minutes=1)
    assert clock.mode == "shifted"


def test_advancing_returns_what_became_due(tenant):
    tenant.profile = "slow"
    tenant.clock.freeze(BEGIN)
    send(tenant.soap_url())
    events = tenant.clock.advance("30d")
    assert events
    assert {each.what for each in events} == {"status"}
    assert events == sorted(events, key=lambda each: each.at)
    assert events[-1].status == tenant.outbox.latest().status


def test_a_rule_answers_and_counts(tenant):
    when = {"operation": "SendMessages", "to": pattern("+47*"), "header": {"User-Agent": contains("Python")}}
    rule = tenant.rules.add(actions.http(503, retry_after=2), when=when, times=2, name="gateway down")
    send(tenant.soap_url(), To="+45")
    for _ in range(2):
        with pytest.raises(HTTPError) as failed:
            send(tenant.soap_url(), To="+47")
        assert (failed.value.code, failed.value.headers["Retry-After"]) == (503, "2")
        failed.value.close()
    send(tenant.soap_url(), To="+47")
    assert (rule.used, rule.matched, rule.state) == (2, 2, "exhausted")
    assert tenant.rules["gateway down"].details().when["to"] == {"pattern": "+47*"}
    assert tenant.journal.latest(rule="gateway down").fault == "http 503"


@pytest.mark.parametrize(
    "answer",
    [
        actions.error("No.", type="SuperOffice.Exceptions.SoException", friendly_text="No!"),
        actions.fault("Busy.", subcode="InternalServiceFault", side="Receiver"),
        actions.http(500, headers={"X-Reason": "a"}, body="<html/>", content_type="text/html"),
        actions.wire("reply-lost"),
        actions.status("failed", "Number not in use"),
        actions.status(17),
        actions.status(description="Queued"),
        actions.profile("fails"),
        actions.delay(timedelta(seconds=2)),
        actions.delay("2s") | actions.wire("malformed"),
        actions.drip(10, "100ms"),
        actions.http(503) | actions.processed(),
        [actions.http(503), actions.as_usual()],
    ],
    ids=repr,
)
def test_the_double_takes_every_answer(tenant, answer):
    rule = tenant.rules.add(answer, ttl="1h", probability=0.5, skip=1, position=1)
    assert [each.name for each in tenant.rules] == [rule.name]
    rule.delete()
    assert len(tenant.rules) == tenant.rules.clear() == 0


def test_a_wrong_answer_is_refused_in_the_words_of_the_double(tenant):
    with pytest.raises(ControlError, match="reply-lost"):
        tenant.rules.add(actions.wire("lost-reply"))


def test_tickets_are_issued_used_and_ended(tenant):
    tenant.auth = "onsite"
    assert tenant.auth == "onsite"
    ticket = tenant.tickets.issue("ole")
    assert ticket.ticket not in repr((ticket, tenant.tickets))
    assert [each.user for each in tenant.tickets] == ["ole"]
    assert tenant.tickets.get(ticket.number).ticket != ticket.ticket  # masked
    assert tenant.tickets.expire(ticket.number).state == "expired"
    tenant.tickets.issue("kari")
    assert (tenant.tickets.expire_all(), len(tenant.tickets), len(list(tenant.tickets))) == (1, 2, 2)
    tenant.tickets.revoke(ticket.number)
    assert tenant.tickets.get(ticket.number).state == "revoked"
    assert (tenant.tickets.authentications, tenant.tickets.uses) == (0, 0)
    tenant.auth = None
    assert tenant.auth == "none"


def test_fixtures_are_loaded_kept_in_a_snapshot_and_restored(tenant):
    state = tenant.load(
        outbox=[
            {"to": "+447700900001", "content": "God morgen!", "registered": BEGIN},
            {"messaging_id": 7, "from_": "Ole", "session_key": "a key", "config": {"a": "1"}},
        ],
        inbox=[{"from_": "+447700900001", "content": "Takk!"}],
        seed="a",
        auth="onsite",
    )
    assert (state.outbox, state.inbox, state.auth) == (2, 1, "onsite")
    assert tenant.outbox.get(1).registered == BEGIN
    assert (tenant.outbox.get(7).from_, tenant.outbox.get(7).config) == ("Ole", [Pair("a", "1")])
    assert tenant.snapshot("loaded").messages == 3
    tenant.reset()
    assert (tenant.state().outbox, len(tenant.inbox)) == (0, 0)
    tenant.restore("loaded")
    assert tenant.state().outbox == 2
    assert [each.name for each in tenant.snapshots()] == ["loaded"]
    tenant.delete_snapshot("loaded")
    assert tenant.snapshots() == []


def test_records_can_be_loaded_as_they_came_back(tenant):
    send(tenant.soap_url(), To="+447700900500", Content="Hei", config={"b": "1", "a": ""})
    create(tenant.soap_url(), Content="Takk!")
    sent, received = tenant.outbox.latest(), tenant.inbox.latest()
    tenant.load(outbox=[sent], inbox=[received])
    assert (tenant.outbox(), tenant.inbox()) == ([sent], [received])


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/", None, "\ud800"])
def test_a_tenant_that_no_url_has_is_refused(running, name):
    with pytest.raises(ValueError, match=r"can be no tenant|surrogate"):
        running.tenant(name)


def test_an_empty_name_deletes_no_rules(tenant):
    tenant.rules.add(actions.http(503))
    with pytest.raises(ValueError, match="is empty"):
        tenant.rules[""].delete()
    assert len(tenant.rules) == 1


def test_a_moment_that_utc_has_not_is_refused(tenant):
    with pytest.raises(ValueError, match="between the years 1 and 9999"):
        tenant.clock.freeze(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))))


@pytest.mark.usefixtures("message")
def test_deleting_a_tenant_leaves_no_trace(running, tenant):
    assert tenant.name in [each.tenant for each in running.tenants()]
    tenant.delete()
    assert tenant.name not in [each.tenant for each in running.tenants()]


def test_the_double_tells_what_it_knows(running):
    assert "delivers" in [each.name for each in running.profiles().profiles]
    assert "reply-lost" in [each.name for each in running.faults()]
    assert "+447700900001" in running.magic().numbers
    assert running.health().status == "ready"
    assert running.openapi()["openapi"].startswith("3.1")


@pytest.mark.parametrize(
    ("name", "base"), [("default", ""), ("Cust12345", "/Cust12345"), ("caf\u00e9 1", "/caf%C3%A9%201")]
)
def test_urls_are_those_of_the_real_service(running, name, base):
    tenant = running.tenant(name)
    assert tenant.base_url == f"{running.url}{base}"
    assert tenant.soap_url() == f"{running.url}{base}/Remote/Services88/Messaging.svc"
    assert tenant.soap_url(84, "SoPrincipal") == f"{running.url}{base}/Remote/Services84/SoPrincipal.svc"
    assert tenant.wsdl_url == f"{tenant.soap_url()}?wsdl"
    assert b"GetPluginsResponse" in call(tenant.soap_url(), "GetPlugins")
    assert repr(tenant).startswith(f"<MessagingDouble at {running.url}")
    assert tenant.tenant("other").base_url == f"{running.url}/other"
    tenant.delete()


def test_all_tenants_are_reset_or_deleted_at_once():
    with MessagingDouble() as double:
        for name in ("Cust1", "Cust2"):
            send(double.tenant(name).soap_url())
        double.reset_all()
        assert [double.tenant(name).outbox for name in ("Cust1", "Cust2")] == [[], []]
        send(double.tenant("Cust1").soap_url())
        assert (double.delete_all(), double.tenants()) == (1, [])
