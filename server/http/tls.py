"""TLS contexts: a throw-away certificate, or one from files."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_LOCAL = ("localhost", "127.0.0.1", "::1")


class TlsError(Exception):
    """TLS cannot be set up as asked. The message is a sentence for the person who asked."""


def adhoc_tls(hosts: Sequence[str]) -> tuple[ssl.SSLContext, bytes]:
    """A context with a certificate made for the moment, and as PEM the CA that clients are to trust.

    It is valid for `localhost`, `127.0.0.1`, `::1` and the given hosts. Raises TlsError without the package trustme.
    """
    try:
        import trustme  # noqa: PLC0415 - it brings cryptography, which is heavy and not everyone's
    except ImportError:
        msg = 'A certificate can be made only with the package trustme: pip install "messaging-double[tls]"'
        raise TlsError(msg) from None
    authority = trustme.CA()
    names = dict.fromkeys((*_LOCAL, *(host.strip("[]") for host in hosts if host)))
    try:
        certificate = authority.issue_cert(*names)
    except ValueError as error:
        msg = f"No certificate can be made for {', '.join(names)}: {error}"
        raise TlsError(msg) from None
    context = _server_context()
    certificate.configure_cert(context)
    return context, authority.cert_pem.bytes()


def file_tls(cert: Path, key: Path) -> ssl.SSLContext:
    """A context with the certificate (and its chain) and the private key of two PEM files.

    Raises TlsError for files that are missing, unreadable, encrypted, no PEM, or not of one pair.
    """
    for what, path in (("certificate", cert), ("key", key)):
        try:
            path.read_bytes()  # OpenSSL's error does not say which of the two it is about
        except OSError as error:  # noqa: PERF203 - two files
            msg = f"The TLS {what} {path} cannot be read: {error.strerror}"
            raise TlsError(msg) from None
    context = _server_context()
    try:
        context.load_cert_chain(cert, key, password=lambda: _refuse_password(key))
    except ssl.SSLError as error:
        msg = f"The TLS files {cert} and {key} are not a PEM certificate and a PEM private key: {error}"
        if error.reason == "KEY_VALUES_MISMATCH":
            msg = f"The TLS key {key} is not the key of the certificate {cert}"
        raise TlsError(msg) from None
    return context


def _server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _refuse_password(key: Path) -> str:
    # Without this OpenSSL would ask on the terminal, and a container would hang.
    msg = f"The TLS key {key} is encrypted; give one without a passphrase (openssl pkey -in {key.name} -out plain.pem)"
    raise TlsError(msg)
