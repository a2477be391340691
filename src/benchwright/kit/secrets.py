"""Encryption of stored secrets, and keys derived for other purposes."""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from benchwright.kit.errors import Unavailable
from benchwright.kit.startup import StartupError

MIN_KEY_LENGTH = 32
NONCE_BYTES = 12
_CIPHERTEXT = re.compile(r"bw1\.([0-9a-f]{16})\.([A-Za-z0-9_-]+)", re.ASCII)


class Keyring:
    """The installation's keys: the first one encrypts, each one decrypts.

    A ciphertext reads `bw1.{key id}.{base64url of nonce and AES-256-GCM output}`. Its context
    (whose secret, which field) is authenticated with it: moved to another row it does not open.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise StartupError("There is no secret key; set BENCHWRIGHT_SECRET_KEY.")
        if any(len(key) < MIN_KEY_LENGTH for key in keys):
            raise StartupError(
                f"A secret key is shorter than {MIN_KEY_LENGTH} characters; make one with "
                "`openssl rand -hex 32`. A list of keys is separated by commas, the new one first."
            )
        self._masters = [key.encode() for key in keys]
        self._ciphers = {
            _key_id(master): AESGCM(_expand(master, "encrypt")) for master in self._masters
        }
        self.key_id = _key_id(self._masters[0])

    @property
    def key_ids(self) -> frozenset[str]:
        """The ids of all keys that open something."""
        return frozenset(self._ciphers)

    def encrypt(self, plaintext: str, context: str) -> str:
        """The ciphertext of `plaintext`, bound to `context`, under the first key."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self.key_id].encrypt(nonce, plaintext.encode(), context.encode())
        return f"bw1.{self.key_id}.{_encode(nonce + sealed)}"

    def decrypt(self, token: str, context: str) -> str:
        """The plaintext; raises `Unavailable` when the key is missing or anything was changed."""
        match = _CIPHERTEXT.fullmatch(token)
        cipher = self._ciphers.get(match[1]) if match else None
        if match is None or cipher is None:
            raise Unavailable(
                "A stored secret was encrypted with a key that this server does not have. Add the "
                "old key behind the new one in BENCHWRIGHT_SECRET_KEY, or store the secret again."
            )
        try:
            sealed = _decode(match[2])
            opened = cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError):
            raise Unavailable("A stored secret is damaged; store it again.") from None
        return opened.decode()

    def needs_rotation(self, token: str) -> bool:
        """Whether a ciphertext was made with another key than the first."""
        return key_id_of(token) != self.key_id

    def rotate(self, token: str, context: str) -> str:
        """The same secret under the first key; unchanged when it is so already."""
        if not self.needs_rotation(token):
            return token
        return self.encrypt(self.decrypt(token, context), context)

    def derive(self, purpose: str) -> bytes:
        """32 bytes that only this purpose has (HKDF-SHA256 of the first key)."""
        return _expand(self._masters[0], f"derive:{purpose}")

    def derive_all(self, purpose: str) -> list[bytes]:
        """`derive` for each key, the first one's first: what old keys signed stays valid."""
        return [_expand(master, f"derive:{purpose}") for master in self._masters]


def key_id_of(token: str) -> str | None:
    """The id of the key that made a ciphertext, if it is one."""
    match = _CIPHERTEXT.fullmatch(token)
    return match[1] if match else None


def open_keyring(secret_key: str | None, key_file: Path) -> Keyring:
    """The keys of the setting (comma-separated), else of the key file, made when first needed."""
    if secret_key is not None:
        return Keyring([key.strip() for key in secret_key.split(",") if key.strip()])
    if not key_file.exists():
        _create_key_file(key_file)
    try:
        mode = key_file.stat().st_mode
        text = key_file.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise StartupError(f"The key file {key_file} cannot be read: {error}.") from error
    if stat.S_IMODE(mode) & 0o007:
        raise StartupError(
            f"Everybody on this machine can open the key file {key_file}; "
            f"run `chmod 600 {key_file}`."
        )
    keys = text.split()
    if not keys:
        raise StartupError(f"The key file {key_file} is empty; restore it from a backup.")
    return Keyring(keys)


def _create_key_file(key_file: Path) -> None:
    # Written aside and linked into place: of two servers that start together, one key wins.
    try:
        key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix="key-", dir=key_file.parent)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32) + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.link(temporary, key_file)
        except FileExistsError:
            pass
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise StartupError(f"The key file {key_file} cannot be created: {error}.") from error


@lru_cache(maxsize=256)
def _expand(master: bytes, info: str) -> bytes:
    salt = b"benchwright keyring 1"
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info.encode()).derive(master)


def _key_id(master: bytes) -> str:
    return _expand(master, "key id")[:8].hex()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _decode(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64") from error
