"""HTTPS, as clients see it that check certificates."""

import socket
import ssl

import pytest
from support.hostile import post
from support.processes import ServedDouble
from support.sockets import Client, converse, path_of

trustme = pytest.importorskip("trustme")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adhoc")
    with ServedDouble(folder, "--tls", "adhoc", "--tls-ca-file", folder / "ca.pem") as double:
        yield double


@pytest.fixture
def adhoc(served, connect):
    context = ssl.create_default_context(cafile=str(served.folder / "ca.pem"))
    assert connect(served, tls=context).ask("DELETE", "/_mock/v1/tenants").status == 200
    return served, context


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_client_that_trusts_the_ca_is_served_by_each_local_name_and_finds_it_in_the_wsdl(adhoc, host):
    double, context = adhoc
    assert double.url.startswith("https://127.0.0.1:")
    with Client((host, double.address[1]), tls=context) as one:
        assert [one.send_messages("Cust1", f"call {number}") for number in range(3)] == [[1], [2], [3]]
        assert [each["content"] for each in one.listed("Cust1/outbox")] == ["call 2", "call 1", "call 0"]
        wsdl = one.ask("GET", f"{path_of('Cust1')}?wsdl")
    assert f'location="https://{host}:{double.address[1]}{path_of("Cust1")}"'.encode() in wsdl.body


def test_a_client_that_does_not_trust_the_ca_is_not_fooled(adhoc, connect):
    double, _ = adhoc
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(double, tls=ssl.create_default_context()).send_messages("Cust1", "to a stranger")
    assert "Traceback" not in double.stderr


def test_a_certificate_of_ones_own_is_served(serve, connect, tmp_path):
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
        connect(double, tls=context).send_messages("Cust1", "to another name")


def test_plain_http_is_told_so_in_the_answer_the_log_and_the_journal(adhoc, connect):
    double, context = adhoc
    found = converse(double.address, [post(b"<a/>", path=path_of("Cust1"))])
    assert [reply.status for reply in found.replies] == [400]
    assert b"https://" in found.replies[0].body
    assert "was answered 400: This port expects TLS and got plain HTTP" in double.stderr
    (exchange,) = connect(double, tls=context).control("Cust1/journal")["exchanges"]
    assert "plain HTTP" in exchange["refused"]


@pytest.mark.parametrize(
    "data",
    [b"\x16\x03\x01\x00\x05hello", b"\x80" * 500, b"", b"\x16\x03\x01"],
    ids=["a broken hello", "noise", "nothing", "a cut hello"],
)
def test_what_is_no_tls_is_hung_up_on_without_an_answer(adhoc, connect, data):
    double, context = adhoc
    found = converse(double.address, [data], half_close=True)
    assert found.closed
    assert found.replies == []
    assert b"HTTP" not in found.rest  # an alert of TLS, or nothing
    assert connect(double, tls=context).send_messages("Cust1", "after it") == [1]
    assert "Traceback" not in double.stderr
