from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import delete

from benchwright.kit.blobs import BlobStore
from benchwright.kit.db import Database, now
from benchwright.kit.errors import NotFound
from benchwright.loadtests.models import LoadTest
from benchwright.retention import blobs as service
from benchwright.runs.models import Run
from benchwright.specs.models import Spec, SpecRevision
from tests.fixtures.small_lab import add_project
from tests.retention.test_service import add_run

TOMORROW = dt.timedelta(days=1, minutes=1)


def add_references(database: Database, blobs: BlobStore, data_dir: Path) -> dict[str, str]:
    """A blob for each kind of reference, and one that nothing refers to."""
    names = ("document", "script", "module", "run script", "run module", "nothing")
    keys = {name: blobs.put(name.encode()) for name in names}
    with database.write() as session:
        project = add_project(session, "shop")
        spec = Spec(project_id=project.id, name="s", title="", version="", dialect="", base_url="")
        session.add(spec)
        session.flush()
        documents = [{"url": None, "blob": keys["document"], "bytes": 8}]
        session.add_all(
            [
                SpecRevision(spec_id=spec.id, number=1, title="", version="", documents=documents),
                LoadTest(
                    project_id=project.id,
                    name="own",
                    script_blob=keys["script"],
                    script_details={"files": {"m.js": keys["module"]}},
                ),
                LoadTest(project_id=project.id, name="planned", plan={}),
            ]
        )
        add_run(session, project, data_dir)
        run = add_run(session, project, data_dir)
        run.spec = {"script_blob": keys["run script"], "files": {"m.js": keys["run module"]}}
    return keys


def test_blobs_that_nothing_refers_to_go_after_a_day(database: Database, tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path / "blobs")
    keys = add_references(database, blobs, tmp_path)
    assert service.sweep_blobs(database, blobs) == 0
    assert service.sweep_blobs(database, blobs, now() + TOMORROW) == 1
    left = {key for key in keys.values() if blobs.keys_before(float("inf")) & {key}}
    assert left == set(keys.values()) - {keys["nothing"]}


def test_blobs_go_with_the_rows_that_referred_to_them(database: Database, tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path / "blobs")
    keys = add_references(database, blobs, tmp_path)
    with database.write() as session:
        session.execute(delete(Spec))
        session.execute(delete(Run))
    assert service.sweep_blobs(database, blobs, now() + TOMORROW) == 4
    assert blobs.keys_before(float("inf")) == {keys["script"], keys["module"]}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_blobs_of_another_database_stay(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blobs = BlobStore(tmp_path / "blobs")
    key = blobs.put(b"content")
    mark = blobs.root / service.USER_NAME
    mark.write_text("postgresql+psycopg://elsewhere/bw")
    assert service.sweep_blobs(database, blobs, now() + TOMORROW) == 0
    assert str(mark) in caplog.text
    mark.unlink()
    assert service.sweep_blobs(database, blobs, now() + TOMORROW) == 1
    with pytest.raises(NotFound):
        blobs.get(key)
