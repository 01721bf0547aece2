"""Compressed answers of the control API: for who takes gzip, where it is worth it."""

from __future__ import annotations

import gzip
from urllib.request import Request, urlopen

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.control import OUTBOX, fill
from support.double import Double, url_of
from support.envelopes import outgoing

from messaging_double.client import MessagingDouble

pytestmark = pytest.mark.no_database


@pytest.fixture(scope="module")
def filled():
    with Double() as double:
        fill(double, 20)
        yield double


@pytest.mark.parametrize(
    ("accepted", "is_compressed"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("GZIP;q=0.5", True),
        ("*", True),
        ("identity", False),
        ("deflate", False),
        ("gzip;q=0", False),
        ("", False),
        (None, False),
    ],
)
def test_a_large_answer_is_compressed_for_clients_that_take_gzip(filled, accepted, is_compressed):
    plain = filled.get(OUTBOX)
    assert len(plain.body) > 1000
    answer = filled.request("GET", OUTBOX, headers={"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == ("gzip" if is_compressed else None)
    assert answer.headers["vary"] == "Accept-Encoding"
    assert (gzip.decompress(answer.body) if is_compressed else answer.body) == plain.body
    assert is_compressed == (len(answer.body) < len(plain.body))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=3000))
def test_what_is_compressed_is_what_would_be_sent_plain(double, content):
    double.steer("PUT", "", {"outbox": [{"content": content}]})
    plain, packed = double.get(OUTBOX), double.get(OUTBOX, **{"Accept-Encoding": "gzip"})
    body = gzip.decompress(packed.body) if "content-encoding" in packed.headers else packed.body
    assert body == plain.body


@pytest.mark.parametrize("url", ["/readyz", "/_mock/v1/tenants", "/_mock/v1/nothing"])
def test_a_small_answer_is_sent_as_it_is(double, url):
    assert "content-encoding" not in double.get(url, **{"Accept-Encoding": "gzip"}).headers


def test_a_long_poll_is_compressed_too(filled):
    answer = filled.get(f"{OUTBOX}?wait=1s", **{"Accept-Encoding": "gzip"})
    assert gzip.decompress(answer.body) == filled.get(OUTBOX).body


def test_head_says_the_length_that_get_would_have(filled):
    packed = {"Accept-Encoding": "gzip"}
    head, get = filled.request("HEAD", OUTBOX, headers=packed), filled.get(OUTBOX, **packed)
    assert head.headers["content-length"] == get.headers["content-length"] == str(len(get.body))


def test_neither_soap_nor_a_stream_is_compressed():
    packed = {"Accept-Encoding": "gzip"}
    with Double() as double:
        answer = double.get(f"{url_of()}?wsdl", **packed)
        assert len(answer.body) > 1000
        assert "content-encoding" not in answer.headers
        double.send(*[outgoing(Content="x" * 100)] * 50)
    with MessagingDouble() as served:
        request = Request(f"{served.url}/_mock/v1/tenants/Cust1/events", headers=packed)
        with urlopen(request) as stream:
            assert stream.headers["Content-Encoding"] is None
            assert stream.readline() == b"retry: 1000\n"
