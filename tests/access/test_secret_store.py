from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from benchwright.access.models import Secret
from benchwright.access.secret_store import (
    delete_secret,
    list_secrets,
    read_secret,
    rotate_secrets,
    write_secret,
)
from benchwright.kit.errors import NotFound, Unavailable
from benchwright.kit.secrets import Keyring
from tests.fixtures.small_lab import SmallLab

MakeLab = Callable[..., SmallLab]


def test_secret_comes_back_for_a_run(small_lab: MakeLab) -> None:
    lab = small_lab()
    shop, bank = lab.project("shop"), lab.project("bank")
    with lab.database.write() as session:
        write_secret(session, lab.keyring, shop.id, "TOKEN", "shop's")
        write_secret(session, lab.keyring, bank.id, "TOKEN", "bank's")
        write_secret(session, lab.keyring, shop.id, "TOKEN", "shop's new")
    with lab.database.read() as session:
        assert read_secret(session, lab.keyring, shop.id, "TOKEN") == "shop's new"
        assert read_secret(session, lab.keyring, bank.id, "TOKEN") == "bank's"
        assert [secret.name for secret in list_secrets(session, shop.id)] == ["TOKEN"]
        with pytest.raises(NotFound, match="NOWHERE"):
            read_secret(session, lab.keyring, shop.id, "NOWHERE")
    with lab.database.write() as session:
        delete_secret(session, shop.id, "TOKEN")
    with lab.database.read() as session:
        assert list_secrets(session, shop.id) == []
        assert read_secret(session, lab.keyring, bank.id, "TOKEN") == "bank's"


def test_a_ciphertext_does_not_open_elsewhere(small_lab: MakeLab) -> None:
    lab = small_lab()
    shop, bank = lab.project("shop"), lab.project("bank")
    with lab.database.write() as session:
        write_secret(session, lab.keyring, shop.id, "TOKEN", "shop's")
        write_secret(session, lab.keyring, bank.id, "TOKEN", "bank's")
        theirs = session.scalars(
            select(Secret.ciphertext).where(Secret.project_id == bank.id)
        ).one()
        session.execute(
            update(Secret).where(Secret.project_id == shop.id).values(ciphertext=theirs)
        )
        session.expire_all()
        with pytest.raises(Unavailable, match="damaged"):
            read_secret(session, lab.keyring, shop.id, "TOKEN")


def test_of_many_writers_at_once_none_fails(small_lab: MakeLab) -> None:
    lab = small_lab()
    shop = lab.project("shop")

    def write(number: int) -> str:
        with lab.database.write() as session:
            write_secret(session, lab.keyring, shop.id, "TOKEN", f"value {number}")
        return f"value {number}"

    with ThreadPoolExecutor(8) as pool:
        written = set(pool.map(write, range(8)))
    with lab.database.read() as session:
        assert read_secret(session, lab.keyring, shop.id, "TOKEN") in written


def test_rotation_frees_the_old_key(small_lab: MakeLab) -> None:
    lab = small_lab()
    shop = lab.project("shop")
    with lab.database.write() as session:
        write_secret(session, lab.keyring, shop.id, "A", "one")
        write_secret(session, lab.keyring, shop.id, "B", "two")
    both = Keyring(["n" * 32, "k" * 32])
    with lab.database.write() as session:
        assert rotate_secrets(session, both) == 2
        assert rotate_secrets(session, both) == 0
    with lab.database.read() as session:
        assert read_secret(session, Keyring(["n" * 32]), shop.id, "A") == "one"
        with pytest.raises(Unavailable):
            read_secret(session, Keyring(["k" * 32]), shop.id, "B")


def test_secrets_go_with_their_project(small_lab: MakeLab) -> None:
    lab = small_lab()
    shop = lab.project("shop")
    with lab.database.write() as session:
        write_secret(session, lab.keyring, shop.id, "A", "one")
        session.delete(session.merge(shop))
    with lab.database.read() as session:
        assert session.scalars(select(Secret)).all() == []
