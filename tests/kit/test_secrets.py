from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.kit.errors import Unavailable
from benchwright.kit.secrets import Keyring, key_id_of, open_keyring
from benchwright.kit.startup import StartupError

OLD, NEW = "o" * 32, "n" * 32


@given(plaintext=st.text(max_size=200), context=st.text(max_size=50))
def test_what_is_encrypted_opens_in_its_context_only(plaintext: str, context: str) -> None:
    ring = Keyring([NEW])
    token = ring.encrypt(plaintext, context)
    assert ring.decrypt(token, context) == plaintext
    with pytest.raises(Unavailable, match="damaged"):
        ring.decrypt(token, context + "x")


def test_equal_secrets_look_different() -> None:
    ring = Keyring([NEW])
    assert ring.encrypt("hunter2", "c") != ring.encrypt("hunter2", "c")


def test_every_key_decrypts_and_the_first_encrypts() -> None:
    before = Keyring([OLD]).encrypt("hunter2", "c")
    ring = Keyring([NEW, OLD])
    assert ring.decrypt(before, "c") == "hunter2"
    assert key_id_of(ring.encrypt("x", "c")) == Keyring([NEW]).key_id


def test_rotation_makes_the_old_key_superfluous() -> None:
    before = Keyring([OLD]).encrypt("hunter2", "c")
    ring = Keyring([NEW, OLD])
    after = ring.rotate(before, "c")
    assert Keyring([NEW]).decrypt(after, "c") == "hunter2"
    assert ring.rotate(after, "c") == after


def test_missing_key_is_named() -> None:
    token = Keyring([OLD]).encrypt("hunter2", "c")
    with pytest.raises(Unavailable, match="does not have"):
        Keyring([NEW]).decrypt(token, "c")


@given(data=st.data())
def test_no_changed_character_goes_unnoticed(data: st.DataObject) -> None:
    ring = Keyring([NEW])
    token = ring.encrypt("hunter2", "c")
    place = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.sampled_from("abcxyzABCXYZ019-_.").filter(lambda c: c != token[place]))
    with pytest.raises(Unavailable):
        ring.decrypt(token[:place] + other + token[place + 1 :], "c")


@given(text=st.text(max_size=100))
def test_any_text_is_refused_in_a_known_way(text: str) -> None:
    with pytest.raises(Unavailable):
        Keyring([NEW]).decrypt(text, "c")
    with pytest.raises(Unavailable):
        Keyring([NEW]).decrypt(f"bw1.{Keyring([NEW]).key_id}.{text}", "c")


def test_derived_keys_differ_by_purpose_and_key() -> None:
    ring = Keyring([NEW, OLD])
    assert len({ring.derive("a"), ring.derive("b"), Keyring([OLD]).derive("a")}) == 3
    assert ring.derive_all("a") == [Keyring([NEW]).derive("a"), Keyring([OLD]).derive("a")]
    assert len(ring.derive("a")) == 32


@pytest.mark.parametrize("keys", [[], ["short"], [NEW, "short"]])
def test_weak_keys_are_refused(keys: list[str]) -> None:
    with pytest.raises(StartupError):
        Keyring(keys)


def test_setting_lists_keys(tmp_path: Path) -> None:
    ring = open_keyring(f" {NEW} , {OLD},", tmp_path / "key")
    assert ring.key_ids == {Keyring([NEW]).key_id, Keyring([OLD]).key_id}
    assert not (tmp_path / "key").exists()


def test_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "private" / "key"
    first = open_keyring(None, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert open_keyring(None, file).key_id == first.key_id
    assert [path.name for path in file.parent.iterdir()] == ["key"]


def test_servers_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    file = tmp_path / "key"
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(lambda _: open_keyring(None, file), range(16)))
    assert len({ring.key_id for ring in rings}) == 1


def test_key_file_open_to_everybody_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key"
    open_keyring(None, file)
    file.chmod(0o644)
    with pytest.raises(StartupError, match="chmod 600"):
        open_keyring(None, file)


@pytest.mark.parametrize("content", [b"", b"\n", b"short", b"\xff" * 40])
def test_broken_key_file_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(StartupError):
        open_keyring(None, file)


def test_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartupError, match="key"):
        open_keyring(None, tmp_path / "file" / "key")
