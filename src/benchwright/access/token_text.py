"""The text of a token: a prefix that scanners find, random characters, a checksum."""

from __future__ import annotations

import re
import secrets
import zlib

PREFIX = "bw_pat_"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM_LENGTH = 32  # 190 bits
CHECKSUM_LENGTH = 6  # holds any 32-bit number: 62 ** 6 > 2 ** 32
PATTERN = re.compile(
    rf"{PREFIX}([0-9A-Za-z]{{{RANDOM_LENGTH}}})([0-9A-Za-z]{{{CHECKSUM_LENGTH}}})", re.ASCII
)


def new_token_text() -> str:
    """A token that nobody has."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    return f"{PREFIX}{drawn}{_checksum(drawn)}"


def is_token_text(text: str) -> bool:
    """Whether this can be a token at all: what is mistyped or cut off never reaches a database."""
    match = PATTERN.fullmatch(text)
    return match is not None and _checksum(match[1]) == match[2]


def _checksum(drawn: str) -> str:
    number = zlib.crc32(f"{PREFIX}{drawn}".encode("ascii"))
    digits = ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits
