"""HTTPS, as clients see it that check certificates."""

from __future__ import annotations

import socket
import ssl

import pytest

from .support.child import Double, run
from .support.client import path_of
from .support.hostile import post
from .support.wire import converse

trustme = pytest.importorskip("trustme")


@pytest.fixture
def adhoc(serve, tmp_path) -> tuple[Double, ssl.SSLContext]:
    double = serve("--tls", "adhoc", "--tls-ca-file", tmp_path / "ca.pem")
    return double, ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_client_that_trusts_the_ca_is_served_by_each_local_name(adhoc, client, host):
    double, context = adhoc
    assert double.url.startswith("https://127.0.0.1:")
    one = client(double, host=host, context=context)
    assert [one.send("Cust1", f"call {number}") for number in range(3)] == [[1], [2], [3]]
    assert [each["content"] for each in one.outbox("Cust1")] == ["call 2", "call 1", "call 0"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_wsdl_gives_the_https_address(adhoc, client, host):
    double, context = adhoc
    status, wsdl = client(double, host=host, context=context).ask("GET", f"{path_of('Cust1')}?wsdl")
    assert status == 200
    assert f'location="https://{host}:{double.address[1]}{path_of("Cust1")}"'.encode() in wsdl


def test_a_client_that_does_not_trust_the_ca_is_not_fooled(adhoc, client):
    double, _ = adhoc
    with pytest.raises(ssl.SSLCertVerificationError):
        client(double, context=ssl.create_default_context()).send("Cust1", "to a stranger")
    assert "Traceback" not in double.stderr


def test_a_certificate_of_ones_own_is_served(serve, client, tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    own = authority.issue_cert("double.test")
    own.private_key_pem.write_to_path(tmp_path / "key.pem")
    for pem in own.cert_chain_pems:
        pem.write_to_path(tmp_path / "cert.pem", append=True)
    double = serve("--tls-cert", tmp_path / "cert.pem", "--tls-key", tmp_path / "key.pem")

    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    with (
        socket.create_connection(double.address, timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="double.test") as secure,
    ):
        secure.sendall(b"GET /livez HTTP/1.1\r\nHost: double.test\r\nConnection: close\r\n\r\n")
        assert secure.recv(12) == b"HTTP/1.1 200"
    with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
        client(double, context=context).send("Cust1", "to another name")


@pytest.mark.parametrize("missing", ["cert", "key"])
def test_a_certificate_that_is_not_there_is_status_2_and_a_sentence(tmp_path, missing):
    pair = trustme.CA().issue_cert("localhost")
    pair.private_key_pem.write_to_path(tmp_path / "key.pem")
    pair.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    (tmp_path / f"{missing}.pem").unlink()
    ended = run(tmp_path, "--port", 0, "--tls-cert", tmp_path / "cert.pem", "--tls-key", tmp_path / "key.pem")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"{missing}.pem" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_plain_http_is_told_so_in_the_answer_the_log_and_the_journal(adhoc, client):
    double, context = adhoc
    found = converse(double.address, [post(b"<a/>", path=path_of("Cust1"))])
    assert [reply.status for reply in found.replies] == [400]
    assert b"https://" in found.replies[0].body
    assert "was answered 400: This port speaks TLS, and plain HTTP was sent to it" in double.stderr
    (exchange,) = client(double, context=context).control("Cust1/journal")["exchanges"]
    assert "plain HTTP" in exchange["refused"]


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x00\x05hello",
        b"\x80" * 500,
        b"",
        b"\x16\x03\x01",
    ],
    ids=["a broken hello", "noise", "nothing", "a cut hello"],
)
def test_what_is_no_tls_is_hung_up_on_without_an_answer(adhoc, client, data):
    double, context = adhoc
    found = converse(double.address, [data], half_close=True)
    assert found.closed
    assert found.replies == []
    assert b"HTTP" not in found.rest  # an alert of TLS, or nothing
    assert client(double, context=context).send("Cust1", "after it") == [1]
    assert "Traceback" not in double.stderr


def test_clients_that_never_shake_hands_are_ended_and_hold_up_nobody(serve, client, tmp_path):
    double = serve("--tls", "adhoc", "--tls-ca-file", tmp_path / "ca.pem", "--header-seconds", 1)
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    silent = [socket.create_connection(double.address, timeout=10) for _ in range(100)]
    try:
        assert client(double, context=context).send("Cust1", "meanwhile") == [1]
        for each in silent:
            assert each.recv(1) == b""
    finally:
        for each in silent:
            each.close()
    double.stop()
    assert double.process.returncode == 0
    assert "Traceback" not in double.stderr


def test_it_ends_without_waiting_for_idle_clients(serve, client, tmp_path):
    double = serve("--tls", "adhoc", "--tls-ca-file", tmp_path / "ca.pem", "--shutdown-seconds", 60)
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    for number in range(20):
        client(double, context=context).send("Cust1", f"call {number}")
    double.stop()
    assert double.process.returncode == 0
    assert "Traceback" not in double.stderr
