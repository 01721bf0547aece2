"""Clients whose host is in their code: the certificate has that name, and the addresses that they get lead on."""

from __future__ import annotations

import ssl

import pytest
from support.sockets import Client

from messaging_double.client import MessagingDouble

NAMES = ["sod.superoffice.com", "online.superoffice.com", "online7.superoffice.com"]


@pytest.fixture(scope="module")
def connect(tmp_path_factory):
    """Connect as a client does that a hosts entry leads to the double."""
    ca = tmp_path_factory.mktemp("named") / "ca.pem"
    names = (*NAMES[:2], "*.superoffice.com")
    with MessagingDouble(tls="adhoc", tls_ca_file=ca, tls_names=names) as double:
        yield lambda name: Client(double.url, tls=ssl.create_default_context(cafile=str(ca)), name=name)


@pytest.mark.parametrize("name", [*NAMES, "localhost"])
def test_the_certificate_is_for_the_further_names(connect, name):
    with connect(name) as client:
        answer = client.send(f"GET /api/state/Cust12345 HTTP/1.1\r\nHost: {name}\r\n\r\n".encode()).response()
    assert answer.json["Api"] == f"https://{name}/Cust12345/api"


def test_a_name_that_was_not_named_is_not_trusted(connect):
    with pytest.raises(ssl.SSLCertVerificationError):
        connect("sod.example.com")
