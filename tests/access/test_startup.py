from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import update

from benchwright.access.models import ApiToken
from benchwright.access.secret_store import write_secret
from benchwright.access.startup import check_startup
from benchwright.kit.db import now
from benchwright.kit.secrets import Keyring
from benchwright.kit.startup import StartupError
from tests.fixtures.small_lab import SmallLab

MakeLab = Callable[..., SmallLab]

one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def check(lab: SmallLab) -> None:
    with lab.database.read() as session:
        check_startup(lab.settings, session, lab.keyring)


@one_database
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.53"])
def test_on_loopback_no_token_is_needed(small_lab: MakeLab, host: str) -> None:
    check(small_lab(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "lab.example"])
def test_elsewhere_the_server_refuses_to_start_without_a_token(
    small_lab: MakeLab, host: str
) -> None:
    lab = small_lab(host=host)
    with pytest.raises(StartupError, match="benchwright token create"):
        check(lab)
    lab.token("admin")
    check(lab)


@pytest.mark.parametrize("ending", ["expires_at", "revoked_at"])
def test_a_token_that_has_ended_does_not_count(small_lab: MakeLab, ending: str) -> None:
    lab = small_lab(host="0.0.0.0")
    lab.token("admin")
    with lab.database.write() as session:
        session.execute(update(ApiToken).values({ending: now() - dt.timedelta(seconds=1)}))
    with pytest.raises(StartupError):
        check(lab)


@one_database
def test_a_token_of_a_lost_key_does_not_count(small_lab: MakeLab) -> None:
    lab = small_lab(host="0.0.0.0")
    lab.token("admin")
    lab.keyring = Keyring(["x" * 32])
    with pytest.raises(StartupError, match="token"):
        check(lab)


@one_database
def test_a_lost_key_is_named_before_anything_needs_it(small_lab: MakeLab) -> None:
    lab = small_lab()
    shop = lab.project()
    with lab.database.write() as session:
        write_secret(session, lab.keyring, shop.id, "A", "one")
    check(lab)
    key_id, lab.keyring = lab.keyring.key_id, Keyring(["x" * 32])
    with pytest.raises(StartupError, match=key_id):
        check(lab)


@one_database
@pytest.mark.parametrize(
    "server",
    [
        {"cors_origins": ["*"]},
        {"cors_origins": ["front.example"]},
        {"cors_origins": ["https://front.example/app"]},
        {"cors_origins": ["ftp://front.example"]},
        {"allowed_hosts": ["https://lab.example"]},
        {"allowed_hosts": ["lab.example:8000"]},
        {"allowed_hosts": ["lab*.example"]},
    ],
)
def test_dangerous_and_useless_lists_are_refused(
    small_lab: MakeLab, server: dict[str, object]
) -> None:
    with pytest.raises(StartupError):
        check(small_lab(**server))


@one_database
def test_good_lists_pass(small_lab: MakeLab) -> None:
    hosts = ["lab.example", "*.lab.example", "10.0.0.7", "fd00::1", "*"]
    check(small_lab(cors_origins=["https://front.example"], allowed_hosts=hosts))
    lab = small_lab(host="0.0.0.0", cors_origins=["*"])
    lab.token("read")
    check(lab)
