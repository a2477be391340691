"""What must be so before a server listens."""

from __future__ import annotations

import re

from benchwright.access import repository
from benchwright.access.hosts import is_loopback_name
from benchwright.access.origins import normal_origin
from benchwright.kit.db import ReadSession, now
from benchwright.kit.secrets import Keyring, key_id_of
from benchwright.kit.startup import StartupError
from benchwright.settings import ServerSettings, Settings

_ALLOWED_HOST = re.compile(r"\*|(\*\.)?[a-z0-9._-]+|[0-9a-f:]+", re.ASCII | re.IGNORECASE)


def check_startup(settings: Settings, session: ReadSession, keyring: Keyring) -> None:
    """Raises `StartupError` if the server would be open to strangers or lacks a key."""
    _check_lists(settings.server)
    _check_keys(session, keyring)
    loopback = is_loopback_name(settings.server.host)
    if not loopback and not repository.count_usable_tokens(session, keyring.key_ids, now()):
        raise StartupError(
            f"The server would listen on {settings.server.host}, where others can reach it, and "
            "there is no token yet. Make one with `benchwright token create NAME "
            "--scope admin`, or listen on 127.0.0.1."
        )


def _check_lists(server: ServerSettings) -> None:
    for host in server.allowed_hosts:
        if not _ALLOWED_HOST.fullmatch(host.strip()):
            raise StartupError(
                f"BENCHWRIGHT_SERVER__ALLOWED_HOSTS holds {host!r}; it lists names without "
                "scheme and port, such as lab.example.org or *.example.org."
            )
    for origin in server.cors_origins:
        if origin == "*":
            if is_loopback_name(server.host):
                raise StartupError(
                    "BENCHWRIGHT_SERVER__CORS_ORIGINS=* would let every web page that you visit "
                    "use this server, which asks nobody on this machine for a token. List the "
                    "origins of your front ends."
                )
        elif normal_origin(origin) is None or origin.count("/") != 2:
            raise StartupError(
                f"BENCHWRIGHT_SERVER__CORS_ORIGINS holds {origin!r}; an origin looks like "
                "https://lab.example.org, without a path."
            )


def _check_keys(session: ReadSession, keyring: Keyring) -> None:
    used = {key_id_of(secret.ciphertext) for secret in repository.all_secrets(session)}
    if missing := used - keyring.key_ids:
        raise StartupError(
            f"Stored secrets were encrypted with a key that is missing (id {missing.pop()}). "
            "Restore the key file from a backup, or put the old key behind the new one in "
            "BENCHWRIGHT_SECRET_KEY."
        )
