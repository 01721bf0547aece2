"""HTTPS."""

import contextlib
import os
import socket
import ssl
import sys

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from support.sockets import GET, until

from messaging_double.server.http import Limits, TlsError, adhoc_tls, file_tls


def trusting(pem):
    return ssl.create_default_context(cadata=pem.decode())


@pytest.fixture(scope="module")
def adhoc():
    return adhoc_tls(["example.org", "[::2]", "192.0.2.1", ""])


def test_an_adhoc_certificate_serves_and_is_trusted(serve, recorder, adhoc):
    server = serve(recorder.app, tls=adhoc[0])
    assert server.server.url == f"https://127.0.0.1:{server.port}"
    client = server.client(tls=trusting(adhoc[1]))
    for _ in range(2):
        assert client.send(GET).response().body == b"ok"
    assert recorder.environs[0]["wsgi.url_scheme"] == "https"
    assert recorder.raw == [GET, GET]


def test_a_client_that_also_speaks_http2_is_told_to_speak_http1(serve, recorder, adhoc):
    offering = trusting(adhoc[1])
    offering.set_alpn_protocols(["h2", "http/1.1"])
    client = serve(recorder.app, tls=adhoc[0]).client(tls=offering)
    assert client.socket.selected_alpn_protocol() == "http/1.1"


def test_an_adhoc_certificate_is_valid_for_this_machine_and_the_hosts(serve, recorder, adhoc):
    server = serve(recorder.app, tls=adhoc[0])
    certificate = server.client(tls=trusting(adhoc[1])).socket.getpeercert()
    names = {name for _, name in certificate["subjectAltName"]}
    assert names == {"localhost", "127.0.0.1", "0:0:0:0:0:0:0:1", "example.org", "0:0:0:0:0:0:0:2", "192.0.2.1"}


def test_a_refusal_reaches_a_tls_client_that_is_still_sending(serve, recorder, adhoc):
    server = serve(recorder.app, tls=adhoc[0], limits=Limits(max_body_bytes=1000))
    client = server.client(tls=trusting(adhoc[1]))
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n")
    client.send(b"x" * 3_000_000)
    assert client.response().status == 413


def test_stopping_does_not_wait_for_idle_tls_clients(serve, recorder, adhoc):
    server = serve(recorder.app, tls=adhoc[0], shutdown_seconds=60)
    clients = [server.client(tls=trusting(adhoc[1])) for _ in range(50)]
    for client in clients:
        client.send(GET).response()
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as shaking_hands:
        server.stop()
        assert shaking_hands.recv(1) == b""
    assert clients[0].rest() == b""


def test_stopping_drops_tls_clients_that_do_not_say_goodbye(serve, recorder, adhoc):
    server = serve(recorder.app, tls=adhoc[0], shutdown_seconds=0.1)
    client = server.client(tls=trusting(adhoc[1])).send(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    client.rest()
    server.stop()
    with socket.socket(fileno=os.dup(client.socket.fileno())) as below, contextlib.suppress(ConnectionResetError):
        below.settimeout(5)
        assert below.recv(1) == b""


def test_plain_http_is_told_that_the_port_speaks_tls(serve, recorder, adhoc):
    server = serve(recorder.app, tls=adhoc[0])
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as plain:
        plain.sendall(GET)
        answer = plain.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answer.endswith(b"This port expects TLS and got plain HTTP: use a URL that begins with https://\n")
    assert [(broken.raw, broken.answer) for broken in server.broken] == [(GET, answer)]
    assert recorder.environs == []


def test_clients_that_shake_hands_are_connections_too(serve, recorder, certified):
    server = serve(recorder.app, **certified, limits=Limits(max_connections=2))
    silent = [socket.create_connection(("127.0.0.1", server.port), timeout=5) for _ in range(2)]
    assert server.ask(b"").status == 503
    for client in silent:
        client.close()
    until(lambda: server.ask(GET).status == 200)


def test_clients_that_only_shake_hands_are_bounded_and_ended(serve, recorder, certified):
    server = serve(recorder.app, **certified, limits=Limits(max_connections=2, header_seconds=0.5))
    silent = [socket.create_connection(("127.0.0.1", server.port), timeout=5) for _ in range(200)]
    for client in silent:
        with client, contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""
    until(lambda: server.ask(GET).status == 200)


def test_without_trustme_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(TlsError, match=r'pip install "messaging-double\[tls\]"'):
        adhoc_tls([])


def test_an_impossible_host_is_named():
    with pytest.raises(TlsError, match="exa mple"):
        adhoc_tls(["exa mple"])


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Certificate and key files: good, of another pair, encrypted, junk."""
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    good, other = authority.issue_cert("localhost"), authority.issue_cert("localhost")
    good.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    good.private_key_pem.write_to_path(str(folder / "key.pem"))
    other.private_key_pem.write_to_path(str(folder / "other.pem"))
    key = serialization.load_pem_private_key(good.private_key_pem.bytes(), None)
    encryption = serialization.BestAvailableEncryption(b"secret")
    encrypted = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    (folder / "encrypted.pem").write_bytes(encrypted)
    (folder / "junk.pem").write_text("junk")
    return folder


@pytest.mark.parametrize(
    ("cert", "key", "in_words"),
    [
        ("none.pem", "key.pem", r"The TLS certificate .*none\.pem cannot be read: No such file"),
        ("cert.pem", "none.pem", r"The TLS key .*none\.pem cannot be read: No such file"),
        ("cert.pem", ".", r"The TLS key .* cannot be read: Is a directory"),
        ("cert.pem", "other.pem", r"The TLS key .*other\.pem is not the key of the certificate .*cert\.pem"),
        ("junk.pem", "key.pem", r"are not a PEM certificate and a PEM private key"),
        ("cert.pem", "junk.pem", r"are not a PEM certificate and a PEM private key"),
        ("cert.pem", "encrypted.pem", r"The TLS key .*encrypted\.pem is encrypted"),
    ],
)
def test_files_that_will_not_do_are_named(files, cert, key, in_words):
    with pytest.raises(TlsError, match=in_words):
        file_tls(files / cert, files / key)
