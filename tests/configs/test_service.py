from __future__ import annotations

import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchwright.configs import service
from benchwright.kit.errors import BadRequest, Conflict, NotFound, TooLarge, Unavailable
from benchwright.kit.yaml import YamlProblem
from benchwright.settings import Settings


def names(settings: Settings) -> list[str]:
    return [config.name for config in service.list_configs(settings)]


def test_without_a_folder_there_are_none(settings: Settings) -> None:
    assert names(settings) == []
    with pytest.raises(NotFound, match="Config a.yaml not found"):
        service.read_config(settings, "a.yaml")


def test_a_text_is_kept_as_it_was_written(settings: Settings) -> None:
    text = "# why\nexperiment:\n  name: a   # kept\n"
    view = service.write_config(settings, "configs/a.yaml", text.replace("\n", "\r\n"))
    assert (view.name, view.text, view.is_valid) == ("a.yaml", text, True)
    assert view.config == {"experiment": {"name": "a"}}
    assert (settings.data_dir / "configs" / "a.yaml").read_text() == text
    assert [path.name for path in (settings.data_dir / "configs").iterdir()] == ["a.yaml"]


@pytest.mark.parametrize("name", ["a.yaml", "a.json"])
def test_an_object_is_written_in_its_order(settings: Settings, name: str) -> None:
    config = {"z": 1, "a": {"no": "no", "at": "12:30", "x": [1e-05, None, "ä"]}, "b": True}
    view = service.write_config(settings, name, config)
    assert view.config == config
    assert list(view.config) == ["z", "a", "b"]
    assert service.load_config(settings, name) == config
    assert view.faults == []


def test_what_other_programs_put_there_is_listed(settings: Settings, folder: Path) -> None:
    (folder / "b (1).yaml").write_text("a: 1\n")
    (folder / "broken.yml").write_text("a: [\n")
    (folder / "c.json").write_text('{"a": 1}')
    (folder / "notes.txt").write_text("no config")
    (folder / ".hidden.yaml").write_text("a: 1")
    (folder / "folder.yaml").mkdir()
    listed = {config.name: config.is_valid for config in service.list_configs(settings)}
    assert listed == {"b (1).yaml": True, "broken.yml": False, "c.json": True}
    assert service.read_config(settings, "b (1).yaml").config == {"a": 1}
    (folder / "broken.yml").write_text("a: [1]\n")
    assert all(config.is_valid for config in service.list_configs(settings))


def test_what_cannot_be_read_can_be_looked_at_and_mended(settings: Settings, folder: Path) -> None:
    (folder / "a.yaml").write_text("a: 1\nb: [\n")
    view = service.read_config(settings, "a.yaml")
    assert (view.is_valid, view.is_readable, view.config) == (False, True, None)
    assert [(fault.line, fault.severity) for fault in view.faults] == [(3, "error")]
    with pytest.raises(YamlProblem):
        service.load_config(settings, "a.yaml")
    with pytest.raises(YamlProblem):
        service.write_config(settings, "a.yaml", "a: ]\n", expected=view.etag)
    kept = service.write_config(
        settings, "a.yaml", "a: ]\n", expected=view.etag, must_be_valid=False
    )
    assert kept.text == "a: ]\n"
    assert service.write_config(settings, "a.yaml", "a: 2\n").is_valid


@pytest.mark.parametrize(
    "content, words", [(b"x" * 2_000_000, "2,000,000 bytes"), (b"a: \xff\xfe\n", "UTF-8")]
)
def test_what_is_no_text_says_so(
    settings: Settings, folder: Path, content: bytes, words: str
) -> None:
    (folder / "a.yaml").write_bytes(content)
    view = service.read_config(settings, "a.yaml")
    assert not view.is_readable
    assert words in view.faults[0].message
    assert service.delete_config(settings, "a.yaml") is None
    assert names(settings) == []


def test_links_and_pipes_are_no_configs(settings: Settings, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("password: x\n")
    (folder / "link.yaml").symlink_to(secret)
    os.mkfifo(folder / "pipe.yaml")
    assert names(settings) == []
    for name in ("link.yaml", "pipe.yaml", "../configs/link.yaml", "..", "a\0.yaml"):
        with pytest.raises(NotFound):
            service.read_config(settings, name)
    with pytest.raises(Conflict):
        service.write_config(settings, "link.yaml", "a: 1\n")
    assert secret.read_text() == "password: x\n"


def test_a_change_meanwhile_is_not_overwritten(settings: Settings, folder: Path) -> None:
    seen = service.write_config(settings, "a.yaml", "a: 1\n")
    (folder / "a.yaml").write_text("a: theirs\n")
    with pytest.raises(Conflict, match="changed by somebody else"):
        service.write_config(settings, "a.yaml", "a: mine\n", expected=seen.etag)
    with pytest.raises(Conflict):
        service.delete_config(settings, "a.yaml", expected=seen.etag)
    with pytest.raises(Conflict):
        service.rename_config(settings, "a.yaml", "b.yaml", expected=seen.etag)
    assert service.read_config(settings, "a.yaml").text == "a: theirs\n"
    now = service.read_config(settings, "a.yaml")
    assert service.write_config(settings, "a.yaml", "a: mine\n", expected=now.etag).config == {
        "a": "mine"
    }
    (folder / "a.yaml").unlink()
    with pytest.raises(NotFound):
        service.write_config(settings, "a.yaml", "a: mine\n", expected=now.etag)


def test_names_that_many_systems_cannot_tell_apart_are_refused(settings: Settings) -> None:
    service.write_config(settings, "Größe.yaml", "a: 1\n")
    for name in ("größe.yaml", "GRÖSSE.yaml"):
        with pytest.raises(Conflict, match="Größe.yaml"):
            service.write_config(settings, name, "a: 2\n")
    with pytest.raises(Conflict, match="already"):
        service.write_config(settings, "Größe.yaml", "a: 2\n", is_new=True)
    assert service.rename_config(settings, "Größe.yaml", "größe.yaml") == "größe.yaml"
    assert names(settings) == ["größe.yaml"]


def test_rename(settings: Settings) -> None:
    service.write_config(settings, "a.yaml", "a: 1\n")
    service.write_config(settings, "b.yaml", "b: 1\n")
    with pytest.raises(Conflict):
        service.rename_config(settings, "a.yaml", "b.yaml")
    with pytest.raises(BadRequest):
        service.rename_config(settings, "a.yaml", "../x.yaml")
    with pytest.raises(NotFound):
        service.rename_config(settings, "none.yaml", "c.yaml")
    assert service.rename_config(settings, "a.yaml", "c.yaml") == "c.yaml"
    assert names(settings) == ["b.yaml", "c.yaml"]


def test_what_was_deleted_can_be_put_back(settings: Settings) -> None:
    service.write_config(settings, "a.yaml", "a: 1\n")
    kept = service.delete_config(settings, "a.yaml")
    assert kept is not None
    kept_id = uuid.UUID(kept)
    assert (names(settings), service.deleted_name(settings, kept_id)) == ([], "a.yaml")
    service.write_config(settings, "a.yaml", "a: other\n")
    with pytest.raises(Conflict):
        service.restore_config(settings, kept_id)
    service.rename_config(settings, "a.yaml", "b.yaml")
    assert service.restore_config(settings, kept_id) == "a.yaml"
    assert service.read_config(settings, "a.yaml").text == "a: 1\n"
    with pytest.raises(NotFound):
        service.restore_config(settings, kept_id)
    for number in range(60):
        service.write_config(settings, f"{number}.yaml", "a: 1\n")
        service.delete_config(settings, f"{number}.yaml")
    assert len(list((settings.private_dir / "deleted-configs").iterdir())) == 50


def test_sizes_are_capped(settings: Settings) -> None:
    with pytest.raises(TooLarge, match="MAX_BYTES"):
        service.write_config(settings, "a.yaml", "#" + "x" * 2**20, must_be_valid=False)
    assert names(settings) == []
    settings.retention.min_free_bytes = 2**62
    with pytest.raises(Unavailable, match="no config is written"):
        service.write_config(settings, "a.yaml", "a: 1\n")


def test_a_bomb_of_aliases_costs_nothing(settings: Settings, folder: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    (folder / "bomb.yaml").write_text("\n".join(lines) + "\n")
    view = service.read_config(settings, "bomb.yaml")
    assert (view.is_valid, view.config) == (False, None)
    assert not service.list_configs(settings)[0].is_valid


def test_a_folder_that_cannot_be_written_says_so(settings: Settings) -> None:
    (settings.data_dir / "configs").write_text("no folder")
    assert names(settings) == []
    with pytest.raises(Unavailable, match="disk refuses"):
        service.write_config(settings, "a.yaml", "a: 1\n")


def test_of_two_writers_who_saw_the_same_one_wins(settings: Settings) -> None:
    seen = service.write_config(settings, "a.yaml", "a: 0\n").etag

    def write(number: int) -> bool:
        try:
            service.write_config(settings, "a.yaml", f"a: {number}\n", expected=seen)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [number for number, ok in enumerate(pool.map(write, range(1, 25)), 1) if ok]
    assert len(won) == 1
    assert service.load_config(settings, "a.yaml") == {"a": won[0]}
