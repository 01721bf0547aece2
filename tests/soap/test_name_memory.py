"""Names that are new cost the process no more memory than a bound; its dictionary is lxml's to count."""

from itertools import count
from threading import Thread

import pytest
from lxml import etree
from support.double import Double
from support.envelopes import ACTION, Xml, envelope, operation

from messaging_double.server.soap import envelope as envelopes
from messaging_double.server.soap.envelope import NameMemory

NUMBERS = count()
SIZE = 14_000


def new_names(how: str, size: int) -> bytes:
    """Return a request of about this size with names that were never there before."""
    count = size // len(how.format(f"n{0:012}")) + 1
    parts = [how.format(f"n{next(NUMBERS):012}") for _ in range(count)]
    return envelope(operation("SendMessages", Plugin=Xml("".join(parts))))


def kept() -> int:
    return etree.memory_debugger.dict_size()


@pytest.fixture
def bound(monkeypatch) -> int:
    bodies = 3
    monkeypatch.setattr(envelopes, "_names", NameMemory(bodies * SIZE))
    return bodies


WAYS = {
    "elements": "<{}/>",
    "attributes": "<a {}=''/>",
    "instructions": "<?{}?>",
    "prefixes": "<a xmlns:{}='u'/>",
    "namespaces": "<a xmlns='urn:{}'/>",
}


@pytest.mark.parametrize("how", WAYS.values(), ids=WAYS)
def test_short_requests_with_new_names_are_kept_up_to_a_bound(double, bound, how) -> None:
    double.plugins()
    sizes = []
    for _ in range(2 * bound):
        double.post(new_names(how, SIZE), ACTION)
        sizes.append(kept())
    assert sizes[0] < sizes[bound - 1] == sizes[-1]
    assert double.plugins().succeeded


@pytest.mark.parametrize("how", [WAYS["elements"], WAYS["instructions"]], ids=["elements", "instructions"])
def test_a_long_request_leaves_nothing(double, bound, how) -> None:
    double.post(new_names(how, 100), ACTION)
    before = kept()
    for _ in range(bound):
        double.post(new_names(how, 200_000), ACTION)
    assert kept() == before


def test_the_names_that_clients_have_are_no_reason_for_a_thread(double, monkeypatch) -> None:
    double.plugins()

    def no_thread(*_args, **_kwargs) -> None:
        pytest.fail("a thread was started")

    monkeypatch.setattr(Thread, "start", no_thread)
    before = kept()
    for _ in range(50):
        assert double.plugins().succeeded
    assert kept() == before


def test_what_is_parsed_apart_is_answered_as_ever(monkeypatch) -> None:
    monkeypatch.setattr(envelopes, "_names", NameMemory(0))
    with Double() as double:
        rule = {"when": {"xpath": "//m:Plugin[.='CM']"}, "then": {"error": {"message": "No."}}}
        assert double.steer("POST", "rules", rule).status == 201
        assert double.plugins().succeeded
        assert not double.call("SendMessages", Plugin="CM").succeeded
        assert double.post(b"<a", ACTION).status == 400
        assert double.post(b"<!DOCTYPE x>" + envelope("<a/>"), ACTION).status == 400
