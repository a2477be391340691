"""Keys and known machines: whether they can be used, before they are stored.

The library of SSH is loaded when it is first needed: it takes long to load.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MAX_PEM = 64 * 1024
MAX_KNOWN_HOSTS = 16 * 1024
MAX_KNOWN_LINES = 50


def check_certificates(text: str) -> None:
    """Raises `ValueError` unless the text holds certificates in PEM."""
    _load_certificates(text)


def check_key_pair(certificate: str, key: str) -> None:
    """Raises `ValueError` unless the key is that of the certificate."""
    own = _load_certificates(certificate)[0].public_key()
    try:
        private = serialization.load_pem_private_key(key.encode(), password=None)
    except TypeError:
        raise ValueError("The key asks for a passphrase; store one without") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("That is no private key in PEM (-----BEGIN … PRIVATE KEY-----)") from None
    kinds = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*kinds) != own.public_bytes(*kinds):
        raise ValueError("The key does not belong to the certificate")


def check_ssh_key(text: str) -> None:
    """Raises `ValueError` unless the text is a private key that opens without a passphrase."""
    import asyncssh

    try:
        asyncssh.import_private_key(text)
    except (asyncssh.KeyEncryptionError, asyncssh.KeyImportError, ValueError) as error:
        if isinstance(error, asyncssh.KeyEncryptionError) or "passphrase" in str(error).lower():
            raise ValueError("The key asks for a passphrase; store one without") from None
        raise ValueError("That is no private key of SSH (-----BEGIN … PRIVATE KEY-----)") from None


def check_known_hosts(text: str) -> None:
    """Raises `ValueError` unless each line is one of a `known_hosts` file."""
    import asyncssh

    lines = _lines(text)
    if len(lines) > MAX_KNOWN_LINES:
        raise ValueError(f"{MAX_KNOWN_LINES} lines are the most")
    for number, line in enumerate(lines, start=1):
        parts = line.split()
        try:
            if len(parts) < 3:
                raise ValueError
            asyncssh.import_public_key(
                " ".join(parts[-2:] if parts[0].startswith("@") else parts[1:3])
            )
            asyncssh.import_known_hosts(line)
        except (asyncssh.KeyImportError, ValueError):
            raise ValueError(
                f"Line {number} is none of a known_hosts file; `ssh-keyscan name` prints such lines"
            ) from None


def known_fingerprints(text: str) -> list[str]:
    """The fingerprints of stored lines, as `ssh` shows them when it asks."""
    import asyncssh

    found = []
    for line in _lines(text):
        parts = line.split()
        key = asyncssh.import_public_key(" ".join(parts[1:3]))
        found.append(f"{parts[1]} {key.get_fingerprint()}")
    return found


def _lines(text: str) -> Sequence[str]:
    return [line for raw in text.splitlines() if (line := raw.strip()) and not line.startswith("#")]


def _load_certificates(text: str) -> list[x509.Certificate]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        found = []
    if not found:
        raise ValueError("That is no certificate in PEM (-----BEGIN CERTIFICATE-----)")
    return found
