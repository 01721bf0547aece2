"""Which certificates the commands that ask a running double take: what they send may hold a token."""

import sys

import pytest
from support.served import Sender, serving

trustme = pytest.importorskip("trustme")
ELSEWHERE = "0.0.0.0"  # noqa: S104 - on Linux this very machine, although it is no loopback address
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="an address of this machine that does not look so")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return where ca.pem is, and the certificate of ELSEWHERE that it signed."""
    folder = tmp_path_factory.mktemp("tls")
    ca = trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    certificate = ca.issue_cert(ELSEWHERE)
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "double.pem")
    return folder


@pytest.fixture(scope="module")
def port(folder):
    pem = folder / "double.pem"
    with serving(tls_cert=pem, tls_key=pem) as url:
        yield url.rpartition(":")[2]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_on_this_machine_any_certificate_will_do(host, port):
    assert Sender(f"https://{host}:{port}").run("outbox") == 0


def test_elsewhere_an_unknown_certificate_is_refused(port, capsys):
    elsewhere = Sender(f"https://{ELSEWHERE}:{port}")
    assert elsewhere.run("outbox") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"messaging-double: The certificate of https://{ELSEWHERE}:{port} cannot be verified (")
    assert said.err.endswith("SSL_CERT_FILE, or accept any certificate (--insecure, tls=).\n")


def test_elsewhere_an_unknown_certificate_is_taken_if_it_is_said(port):
    assert Sender(f"https://{ELSEWHERE}:{port}").run("outbox", "--insecure") == 0


def test_elsewhere_a_certificate_of_a_known_ca_is_taken(port, folder, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    assert Sender(f"https://{ELSEWHERE}:{port}").run("outbox") == 0
