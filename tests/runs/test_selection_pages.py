"""What is done with the runs of a list: forms without scripts."""

from __future__ import annotations

import uuid

import pytest
from httpx2 import Response

from benchwright.kit.errors import NotFound
from benchwright.runs import removal, service
from benchwright.runs.folder import RunFolder
from benchwright.runs.schemas import RunUpdate
from benchwright.runs.state import RunState
from tests.fixtures.site import Site

RUNS = "/p/default/runs"


def submit(site: Site, path: str, **data: object) -> Response:
    return site.client.post(RUNS + path, data=data)


def pin(site: Site, run_id: uuid.UUID) -> None:
    with site.harness.database.write() as session:
        service.update_run(session, service.get_run(session, run_id), RunUpdate(pinned=True))


def exists(site: Site, run_id: uuid.UUID) -> bool:
    with site.harness.database.read() as session:
        try:
            service.get_run(session, run_id)
        except NotFound:
            return False
    return True


def hidden_fields(page: str) -> dict[str, object]:
    from bs4 import BeautifulSoup

    fields: dict[str, list[str]] = {}
    for field in BeautifulSoup(page, "html.parser").select(f"form[action='{RUNS}/delete'] input"):
        fields.setdefault(str(field["name"]), []).append(str(field["value"]))
    return dict(fields)


def test_two_runs_are_compared_the_newer_with_the_older(site: Site) -> None:
    older, newer = site.harness.make_run(), site.harness.make_run()
    answer = submit(site, "/selection", do="compare", run=[str(older), str(newer)])
    assert answer.headers["location"] == f"{RUNS}/{newer}/compare?with={older}"
    assert submit(site, "/selection", do="compare", run=[str(older)]).status_code == 422
    assert submit(site, "/selection", do="compare").status_code == 422


def test_up_to_eight_runs_are_laid_over_the_oldest(site: Site) -> None:
    runs = [str(site.harness.make_run()) for _ in range(8)]
    answer = submit(site, "/selection", do="compare", run=runs[::-1])
    assert answer.headers["location"] == f"{RUNS}/{runs[0]}/overlay?with={','.join(runs[1:])}"
    assert site.page(answer.headers["location"]).h1 is not None
    site.harness.make_run()
    refusal = submit(site, "/selection", do="compare", all="1")
    assert refusal.status_code == 422
    assert "two to 8 runs" in refusal.text


def test_tags_are_added_to_what_was_ticked_and_to_all_that_match(site: Site) -> None:
    one, two = site.harness.make_run(name="alpha"), site.harness.make_run(name="beta")
    answer = submit(
        site, "/selection", do="tag", run=[str(one)], tags="nightly, 日本", match="q=al"
    )
    assert answer.headers["location"] == RUNS + "?q=al"
    submit(site, "/selection", do="tag", all="1", tags="seen", match="q=beta")
    tags = {run["name"]: run["tags"] for run in site.client.get(RUNS + ".json").json()["items"]}
    assert tags == {"alpha": ["nightly", "日本"], "beta": ["seen"]}
    submit(site, "/selection", do="untag", all="1", tags="nightly,seen")
    tags = {run["name"]: run["tags"] for run in site.client.get(RUNS + ".json").json()["items"]}
    assert tags == {"alpha": ["日本"], "beta": []}
    assert submit(site, "/selection", do="tag", run=[str(two)], tags=" , ").status_code == 422
    assert submit(site, "/selection", do="tag", run=[str(two)], tags="x" * 51).status_code == 422
    assert submit(site, "/selection", do="tag", run=["no id"], tags="x").status_code == 422
    assert (
        submit(site, "/selection", do="tag", all="1", tags="x", match="sort=no").status_code == 422
    )


def test_deleting_asks_first_and_says_how_much(site: Site) -> None:
    ended = [site.harness.make_run(name=f"run {n}") for n in range(3)]
    live = site.harness.make_run(RunState.RUNNING, results=False, age_s=5)
    pin(site, ended[0])
    ids = [str(run_id) for run_id in (*ended, live)]
    asked = submit(site, "/selection", do="delete", run=ids)
    assert asked.status_code == 200
    assert "Delete 2 runs?" in asked.text
    assert "1 run is under way and will stay" in asked.text
    assert "1 run is pinned and will stay" in asked.text
    assert all(exists(site, run_id) for run_id in ended)
    answer = site.client.post(RUNS + "/delete", data=hidden_fields(asked.text))
    assert answer.headers["location"] == RUNS
    assert [exists(site, run_id) for run_id in (*ended, live)] == [True, False, False, True]
    folders = [RunFolder.of(site.harness.data_dir, run_id).root.exists() for run_id in ended]
    assert folders == [True, False, False]
    assert "Deleted 2 runs; 2 runs stayed" in site.page(RUNS).text


def test_all_that_match_are_deleted_but_not_what_came_later(site: Site) -> None:
    first = [site.harness.make_run(name="old") for _ in range(3)]
    other = site.harness.make_run(name="other")
    asked = submit(site, "/selection", do="delete", all="1", match="q=old")
    assert "Delete 3 runs?" in asked.text
    later = site.harness.make_run(name="old but new")
    site.client.post(RUNS + "/delete", data=hidden_fields(asked.text))
    assert [exists(site, run_id) for run_id in (*first, other, later)] == [False] * 3 + [True] * 2


def test_much_is_deleted_in_several_requests(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "RUNS_PER_TRANSACTION", 2)
    ids = [site.harness.make_run() for _ in range(5)]

    def clock() -> float:
        clock.at += 0.4  # type: ignore[attr-defined]  # a counter
        return float(clock.at)  # type: ignore[attr-defined]  # a counter

    clock.at = 0.0  # type: ignore[attr-defined]  # a counter
    monkeypatch.setattr("benchwright.runs.removal.time.monotonic", clock)
    asked = submit(site, "/selection", do="delete", all="1")
    monkeypatch.setattr(removal.delete_batch, "__defaults__", (0.5,))
    text, rounds = asked.text, 0
    while True:
        answer = site.client.post(RUNS + "/delete", data=hidden_fields(text))
        rounds += 1
        if answer.status_code == 303:
            break
        text = answer.text
        assert "data-goes-on" in text
        assert "of 5 runs are deleted" in text
    assert rounds == 3
    assert not any(exists(site, run_id) for run_id in ids)
    assert "Deleted 5 runs" in site.page(RUNS).text


def test_one_run_is_deleted_from_its_page(site: Site) -> None:
    run_id = site.harness.make_run()
    pin(site, run_id)
    assert submit(site, f"/{run_id}/delete").status_code == 409
    submit(site, f"/{run_id}/annotate", tags="", note="")
    assert submit(site, f"/{run_id}/delete").headers["location"] == RUNS
    assert not exists(site, run_id)
    live = site.harness.make_run(RunState.RUNNING, results=False, age_s=5)
    assert submit(site, f"/{live}/delete").status_code == 409
    assert submit(site, f"/{uuid.uuid4()}/delete").status_code == 404


def test_tags_and_note_are_edited_on_the_run_page(site: Site) -> None:
    run_id = site.harness.make_run()
    submit(site, f"/{run_id}/annotate", tags="b, a", note="first\r\nsecond", pinned="1")
    page = site.page(f"{RUNS}/{run_id}")
    assert [tag.text.strip() for tag in page.select("#run-notes > .run-tag")] == [
        "a",
        "b",
        "Pinned",
    ]
    note = page.select_one(".run-note")
    assert note is not None
    assert note.text == "first\nsecond"
    assert submit(site, f"/{run_id}/annotate", note="x" * 10_001).status_code == 422
    assert submit(site, f"/{run_id}/annotate", note="\0").status_code == 422
    submit(site, f"/{run_id}/annotate", tags="", note="")
    assert site.client.get(f"{RUNS}/{run_id}.json").json()["tags"] == []


def test_runs_of_other_projects_are_left_alone(site: Site) -> None:
    run_id = site.harness.make_run()
    site.send("/p/", {"name": "Other"})
    for action in ("delete", "annotate"):
        assert site.client.post(f"/p/other/runs/{run_id}/{action}", data={}).status_code == 404
    site.client.post("/p/other/runs/delete", data={"run": str(run_id)})
    site.client.post("/p/other/runs/selection", data={"run": str(run_id), "do": "tag", "tags": "x"})
    assert site.client.get(f"{RUNS}/{run_id}.json").json()["tags"] == []


def test_an_address_of_too_many_values_is_refused(site: Site) -> None:
    form = {"do": "delete", "all": "1", "match": "a=1&" * 1500}
    site.send("/p/default/runs/selection", form, 400)
