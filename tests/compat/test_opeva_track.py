from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.compat.opeva.track import JobTrack

ENTRY = {"container_id": "c", "job_name": "j"}
FOREIGN = {"container_id": "f", "added_by": "somebody"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".private").mkdir()
    return tmp_path


def track_in(folder: Path, database_id: str = "one") -> JobTrack:
    return JobTrack(folder, folder / ".private", database_id)


def content(folder: Path) -> object:
    return json.loads((folder / "job_track.json").read_text())


def test_what_others_wrote_stays(folder: Path) -> None:
    path = folder / "job_track.json"
    path.write_text(json.dumps({"foreign": FOREIGN, "odd": 5, "a": {"mlflow": 1, "job_name": "x"}}))
    track = track_in(folder)
    assert set(track.read()) == {"foreign", "a"}
    track.put({"a": ENTRY, "b": ENTRY})
    assert content(folder) == {
        "foreign": FOREIGN, "odd": 5, "a": {"mlflow": 1, **ENTRY}, "b": ENTRY,
    }  # fmt: skip
    track.drop(["a"])
    assert content(folder) == {"foreign": FOREIGN, "odd": 5, "b": ENTRY}
    assert track.known() == {"b"}
    track.adopt(["foreign"])
    assert track_in(folder).known() == {"b", "foreign"}


def test_with_another_database_nothing_is_known(folder: Path) -> None:
    track_in(folder).put({"a": ENTRY})
    assert track_in(folder, "two").known() == set()
    assert track_in(folder).known() == {"a"}


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "[" * 100_000, "\0", '{"a": \ud800}'])
def test_a_file_that_cannot_be_read_is_set_aside_and_not_lost(folder: Path, text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    (folder / "job_track.json").write_bytes(data)
    track = track_in(folder)
    assert track.read() == {}
    track.put({"a": ENTRY})
    assert content(folder) == {"a": ENTRY}
    (aside,) = folder.glob("job_track.unreadable-*.json")
    assert aside.read_bytes() == data


def test_links_in_its_place_are_replaced_and_not_followed(folder: Path) -> None:
    victim = folder / "victim.json"
    victim.write_text(json.dumps({"victim": FOREIGN}))
    for name in ("job_track.json", "job_track.json.tmp"):
        (folder / name).symlink_to(victim)
    track = track_in(folder)
    assert track.read() == {}
    track.put({"a": ENTRY})
    assert json.loads(victim.read_text()) == {"victim": FOREIGN}
    assert not (folder / "job_track.json").is_symlink()
    assert content(folder) == {"a": ENTRY}


def test_many_writers_lose_nothing(folder: Path) -> None:
    def write(number: int) -> None:
        track = track_in(folder)
        for step in range(5):
            track.put({f"{number}-{step}": ENTRY})

    writers = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(track_in(folder).read()) == len(track_in(folder).known()) == 30


@given(
    st.dictionaries(
        st.text(max_size=5), st.dictionaries(st.text(max_size=3), st.text()), max_size=5
    ),
    st.sets(st.text(max_size=5), max_size=3),
)
def test_what_is_put_is_read_and_what_is_dropped_is_gone(
    tmp_path_factory: pytest.TempPathFactory,
    entries: dict[str, dict[str, str]],
    dropped: set[str],
) -> None:
    folder = tmp_path_factory.mktemp("track")
    (folder / ".private").mkdir()
    track = track_in(folder)
    track.put(entries)
    track.drop(dropped)
    left = {key: value for key, value in entries.items() if key not in dropped}
    assert track.read() == left
    assert track.known() == set(left)
