"""The key that this double signs tokens with, its certificate, and the signatures of applications.

The libraries are loaded at the first use, and are no dependency of a double without such logins.
"""

from __future__ import annotations

import base64
import threading
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from messaging_double.models.errors import MessagingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_BITS = 2048
_NAME = "messaging-double federated login"
_VALID = (datetime(2020, 1, 1, tzinfo=timezone.utc), datetime(2120, 1, 1, tzinfo=timezone.utc))
"""Fixed, so that one key has one certificate, and one thumbprint, at every start."""


class SigningError(MessagingError):
    """Nothing can be signed, or verified; its text is a sentence for who set the double up."""


class Signer:
    """Signs JSON Web Tokens (RS256) by an RSA key: of a file, or made at the first use."""

    def __init__(self, path: Path | None) -> None:
        """Use the PEM file ``path``: a private key, and the certificate of it if the file has one."""
        self._path = path
        self._loading = threading.Lock()
        self._loaded: _Key | None = None

    def check(self, public_keys: Iterable[str]) -> None:
        """Read the files that the settings name, now and not at the first use. Raises ``SigningError``."""
        if self._path is not None:
            _ = self.key
        for each in public_keys:
            _public_key(each)

    @property
    def key(self) -> _Key:
        """The key. Raises ``SigningError``."""
        with self._loading:
            if self._loaded is None:
                self._loaded = _Key(self._path)
            return self._loaded

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a JWT with these claims. Raises ``SigningError``."""
        return self.key.sign(claims)


class _Key:
    def __init__(self, path: Path | None) -> None:
        try:
            from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415
            from joserfc.jwk import RSAKey  # noqa: PLC0415
        except ImportError:
            problem = 'Tokens can be signed only with the extra "online": pip install "messaging-double[online]"'
            raise SigningError(problem) from None
        if path is None:
            private: Any = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
            certificate = _certificate(private)
        else:
            private, certificate = _read(path)
        self._key = RSAKey.import_key(private)
        self._certificate = certificate
        self._headers = {"typ": "JWT", "alg": "RS256", "kid": self.thumbprint.hex().upper(), "x5t": self._x5t}

    def sign(self, claims: Mapping[str, Any]) -> str:
        from joserfc import jwt  # noqa: PLC0415

        return jwt.encode(dict(self._headers), dict(claims), self._key)

    @property
    def thumbprint(self) -> bytes:
        """The SHA-1 of the certificate, as which kid and x5t have it (RFC 7515, 4.1.7)."""
        from cryptography.hazmat.primitives.hashes import SHA1  # noqa: PLC0415

        digest: bytes = self._certificate.fingerprint(SHA1())  # noqa: S303 - a name, not a proof
        return digest

    @property
    def _x5t(self) -> str:
        return base64.urlsafe_b64encode(self.thumbprint).decode().rstrip("=")

    def certificate(self, encoding: str) -> bytes:
        """Return the certificate as ``PEM`` or ``DER``."""
        from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

        content: bytes = self._certificate.public_bytes(getattr(Encoding, encoding))
        return content

    def jwks(self) -> dict[str, Any]:
        """Return the key set, its members in the captured order."""
        numbers = self._key.as_dict(private=False)
        der = base64.b64encode(self.certificate("DER")).decode()
        key = {"alg": "RS256", "e": numbers["e"], "kid": self._headers["kid"], "kty": "RSA", "n": numbers["n"]}
        return {"keys": [{**key, "use": "sig", "x5c": [der], "x5t": self._x5t}]}


def _read(path: Path) -> tuple[Any, Any]:
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        content = path.read_bytes()
        private = load_pem_private_key(content, password=None)
        certificate = x509.load_pem_x509_certificate(content) if b"BEGIN CERTIFICATE" in content else None
    except OSError as error:
        raise SigningError(f"The signing-key {path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError) as error:
        problem = f"The signing-key {path} is no PEM file with a private key without a passphrase: {error}"
        raise SigningError(problem) from None
    if not isinstance(private, rsa.RSAPrivateKey):
        raise SigningError(f"The signing-key {path} is no RSA key; openssl genrsa -out signing.pem 2048 makes one")
    if certificate is not None and certificate.public_key() != private.public_key():
        raise SigningError(f"The signing-key {path} has a certificate of another key")
    return private, certificate or _certificate(private)


def _certificate(private: Any) -> Any:
    """Return a self-signed certificate, always the same for the same key."""
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, _NAME)])
    begin, end = _VALID
    builder = x509.CertificateBuilder(name, name, private.public_key(), 1, begin, end)
    return builder.sign(private, SHA256())


def is_signed(text: str, signature: str, public_key: str) -> bool:
    """Say whether ``signature`` (base64) is that of ``text`` by the owner of the public key in a file.

    The file is PEM, or .NET's RSAKeyValue as XML; the algorithm is RSASSA-PKCS1-v1_5 with SHA-256 (documented).
    """
    key = _public_key(public_key)
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    try:
        key.verify(base64.b64decode(signature, validate=True), text.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def _public_key(path: str) -> Any:
    try:
        from cryptography import x509  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
            load_pem_private_key,
            load_pem_public_key,
        )
    except ImportError:
        problem = 'Signatures can be verified only with the extra "online": pip install "messaging-double[online]"'
        raise SigningError(problem) from None
    from lxml import etree  # noqa: PLC0415

    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a setting's text
            content = file.read()
        if b"RSAKeyValue" in content:
            root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
            modulus, exponent = (
                int.from_bytes(base64.b64decode(root.findtext(name) or ""), "big") for name in ("Modulus", "Exponent")
            )
            return rsa.RSAPublicNumbers(exponent, modulus).public_key()
        if b"BEGIN CERTIFICATE" in content:
            key: Any = x509.load_pem_x509_certificate(content).public_key()
        elif b"PRIVATE KEY" in content:
            key = load_pem_private_key(content, password=None).public_key()
        else:
            key = load_pem_public_key(content)
    except OSError as error:
        raise SigningError(f"The public-key {path} of the application cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, etree.XMLSyntaxError) as error:
        problem = f"The public-key {path} of the application is neither PEM nor RSAKeyValue: {error}"
        raise SigningError(problem) from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise SigningError(f"The public-key {path} of the application is no RSA key")
    return key
