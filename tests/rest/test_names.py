"""Clients whose host is in their code: the certificate has that name, and the addresses that they get lead on."""

from __future__ import annotations

import json
import socket
import ssl

import pytest
from support.processes import ServedDouble

NAMES = ["sod.superoffice.com", "online.superoffice.com", "online7.superoffice.com"]


def ask(double, name, request):
    """Send a request as a client does that a hosts entry leads to the double."""
    context = ssl.create_default_context(cafile=str(double.folder / "ca.pem"))
    with (
        socket.create_connection(double.address, timeout=30) as connection,
        context.wrap_socket(connection, server_hostname=name) as secure,
    ):
        secure.sendall(request.encode())
        return b"".join(iter(lambda: secure.recv(65536), b""))


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    folder = tmp_path_factory.mktemp("named")
    names = ",".join([*NAMES[:2], "*.superoffice.com"])
    with ServedDouble(folder, "--tls", "adhoc", "--tls-ca-file", folder / "ca.pem", "--tls-names", names) as double:
        yield double


@pytest.mark.parametrize("name", [*NAMES, "localhost"])
def test_the_certificate_is_for_the_further_names(named, name):
    request = f"GET /api/state/Cust12345 HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"
    head, _, body = ask(named, name, request).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert json.loads(body)["Api"] == f"https://{name}/Cust12345/api"


def test_a_name_that_was_not_named_is_not_trusted(named):
    with pytest.raises(ssl.SSLCertVerificationError):
        ask(named, "sod.example.com", "")
