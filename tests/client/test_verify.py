"""Expectations, waiting, and what a failing one says."""

import asyncio
import json
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.error import HTTPError

import pytest
from support.soap_calls import create, send
from support.sockets import until

from messaging_double.client import (
    ControlError,
    ExpectationFailed,
    NotArrived,
    absent,
    after,
    contains,
    given,
    pattern,
    regex,
    since,
)


@pytest.fixture
def sent(tenant):
    """A tenant to which one message was sent."""
    send(tenant.soap_url(), To="+447700900500", Content="Your code is 1234", config={"cm_username": "ole"})
    return tenant


MET = [
    {},
    {"to": "+447700900500"},
    {"to": pattern("+4477*"), "content": contains("1234")},
    {"from_": None},
    {"from_": absent(), "to": given()},
    {"config": {"cm_username": "ole"}},
    {"config": {"cm_username": contains("o")}},
    {"content": regex(r"code is \d{4}$"), "config": {"cm_username": regex("^ol")}},
    {"config": [("cm_username", "ole")]},
    {"messaging_id": after(0)},
    {"parent_messaging_id": None, "operation": "SendMessagesWithConfig"},
    {"contains": "code"},
]
UNMET = [
    {"to": "+44"},
    {"content": contains("1235")},
    {"content": regex("^code")},
    {"from_": given()},
    {"config": {"cm_username": "kari"}},
]


@pytest.mark.parametrize("match", MET, ids=repr)
def test_an_expectation_that_is_met_gives_its_report(sent, match):
    report = sent.verify(count=1, **match)
    assert (report.found, report.total, report.matched) == (1, 1, [1])
    assert sent.wait_for(within=0, **match).messaging_id == 1


@pytest.mark.parametrize("match", UNMET, ids=repr)
def test_one_that_is_not_met_fails_with_the_text_of_the_double(sent, match):
    with pytest.raises(ExpectationFailed) as failed:
        sent.verify(**match)
    assert isinstance(failed.value, AssertionError)
    assert str(failed.value) == failed.value.report.text
    assert "Nearest: message 1 meets 0 of 1:" in str(failed.value)
    sent.verify(never=True, **match)


def test_the_text_is_that_of_the_control_api_to_the_letter(sent):
    url = f"{sent.base_url.rpartition('/')[0]}/_mock/v1/tenants/{sent.name}/verify"
    body = json.dumps({"match": {"to": "+44770090050O"}}).encode()
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(url, body))
    with refused.value as answer:
        text = json.load(answer)["text"]
    with pytest.raises(ExpectationFailed) as failed:
        sent.verify(to="+44770090050O")
    assert str(failed.value) == text


@pytest.mark.parametrize(
    "counts",
    [{"count": 2}, {"at_least": 2}, {"at_most": 0}, {"never": True}, {"count": 0}],
    ids=repr,
)
def test_a_wrong_count_fails(sent, counts):
    with pytest.raises(ExpectationFailed):
        sent.verify(**counts)


def test_registered_and_updated_are_compared_with_moments(sent):
    message = sent.outbox.latest()
    sent.verify(registered=since(message.registered), updated=since(message.updated), since=message.registered)
    sent.verify(never=True, since=message.registered + timedelta(seconds=1))


def test_the_inbox_is_verified_too(tenant):
    create(tenant.soap_url(), From="+447700900500", Content="Takk!")
    tenant.verify(in_="inbox", from_="+447700900500")
    with pytest.raises(ExpectationFailed, match="in the inbox of tenant"):
        tenant.verify(in_="inbox", content="Nei takk!")


def test_what_comes_meanwhile_is_waited_for(tenant):
    late = threading.Timer(0.1, send, [tenant.soap_url()], {"Content": "late"})
    late.start()
    try:
        assert tenant.wait_for(content="late").content == "late"
        tenant.verify(content="late", within="5s")
    finally:
        late.join()


def test_the_newest_of_several_is_returned(tenant):
    for content in ("first", "second", "other"):
        send(tenant.soap_url(), To="+447700900500" if content != "other" else "+447700900501", Content=content)
    assert tenant.wait_for(to="+447700900500").content == "second"


def test_what_does_not_come_is_told_with_what_comes_nearest(sent):
    with pytest.raises(NotArrived, match="at character 15: expected") as missing:
        sent.wait_for(within=timedelta(milliseconds=10), content="Your code is 1Z34")
    assert missing.value.report.nearest[0].messaging_id == 1


def test_a_field_that_there_is_not_is_refused_with_a_hint(sent):
    with pytest.raises(TypeError, match="did you mean content"):
        sent.verify(kontent="Hei")
    with pytest.raises(TypeError, match="timeout is no criterion; within says how long to wait"):
        sent.verify(timeout=2)


@pytest.mark.parametrize("within", [float("inf"), float("nan"), 1e300, "zz", -1], ids=repr)
def test_a_time_that_is_none_is_refused_by_the_double(sent, within):
    with pytest.raises(ControlError, match="400: "):
        sent.verify(within=within)


def test_a_value_that_json_has_not_is_refused(sent):
    with pytest.raises(TypeError, match="b'x' has no form in JSON; expected a text"):
        sent.verify(status=b"x")


def test_an_application_in_the_same_event_loop_is_waited_for(tenant):
    async def application():
        await asyncio.sleep(0)
        await asyncio.to_thread(send, tenant.soap_url(), Content="late")

    async def test():
        task = asyncio.create_task(application())
        assert (await tenant.async_wait_for(content="late")).content == "late"
        assert (await tenant.async_verify(content="late", count=1, within="5s")).found == 1
        await task
        with pytest.raises(NotArrived, match="This thread runs an event loop, which stood still meanwhile"):
            tenant.wait_for(content="later", within=0.01)

    asyncio.run(test())


def test_waiting_leaves_the_threads_of_the_event_loop_to_the_application(tenant):
    async def test():
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        waiting = [tenant.async_wait_for(content="late"), tenant.async_verify(content="late", within=5)]
        message, report, _ = await asyncio.gather(*waiting, asyncio.to_thread(send, tenant.soap_url(), Content="late"))
        assert (message.messaging_id, report.found) == (1, 1)

    asyncio.run(test())


def test_an_event_loop_ends_without_a_wait_that_was_cancelled(running, tenant):
    def waits() -> bool:
        with urllib.request.urlopen(f"{running.url}/metrics", timeout=5) as metrics:
            return b"\nmessaging_double_long_polls 1\n" in metrics.read()

    async def test():
        waiting = asyncio.create_task(tenant.async_wait_for(content="never", within=5))
        await asyncio.sleep(0)
        until(waits)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(test())
    assert waits()
    send(tenant.soap_url(), Content="never")
    until(lambda: not waits())
