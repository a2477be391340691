from __future__ import annotations

import re
from typing import Any

import pytest

from benchwright.jobs.examples import EXAMPLES
from tests.jobs.job_lab import JobLab

YAML = "# mine\nname: from text\ncommand: [echo, hello]\n"


def fields_of(html: str) -> dict[str, str]:
    """What a browser without scripts would send."""
    import html as entities

    found: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", html):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        is_off = 'type="radio"' in tag and " checked" not in tag
        if name is not None and not is_off:
            found[name[1]] = entities.unescape(value[1]) if value else ""
    for name, text in re.findall(
        r'<textarea [^>]*name="([^"]*)"[^>]*>\n(.*?)</textarea>', html, re.DOTALL
    ):
        found[name] = entities.unescape(text)
    return found


def post(job_lab: JobLab, path: str, data: dict[str, str], status: int = 303) -> Any:
    answer = job_lab.client.post(f"/p/default/jobs{path}", data=data)
    assert answer.status_code == status, answer.text[:2000]
    return answer


def get(job_lab: JobLab, path: str) -> str:
    answer = job_lab.client.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 200, answer.text[:2000]
    return answer.text


def test_an_empty_list_leads_to_the_first_job(job_lab: JobLab) -> None:
    page = get(job_lab, "/p/default/jobs")
    for example in EXAMPLES:
        assert f"/p/default/jobs/new?example={example.key}" in page
    assert job_lab.client.get("/p/default/jobs.json").json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("example", [one.key for one in EXAMPLES])
def test_every_example_can_be_started_as_it_stands(job_lab: JobLab, example: str) -> None:
    page = get(job_lab, f"/p/default/jobs/new?example={example}")
    sent = fields_of(page)
    assert sent["plan"] == next(one.text for one in EXAMPLES if one.key == example)
    answer = post(job_lab, "/new", {**sent, "then": "run"})
    assert re.match(r"/p/default/(runs|jobs/groups)/", answer.headers["location"])


def test_the_first_example_reports(job_lab: JobLab) -> None:
    sent = fields_of(get(job_lab, "/p/default/jobs/new"))
    run_id = post(job_lab, "/new", {**sent, "then": "run"}).headers["location"].rpartition("/")[2]
    job_lab.drive()
    assert job_lab.show(run_id)["state"] == "succeeded"
    assert job_lab.results(run_id) == {("", "answer", "value"): 42}
    assert '"percent": 100' in job_lab.folder(run_id).progress.read_text()


def test_the_form_and_the_text_are_one_plan(job_lab: JobLab) -> None:
    sent = fields_of(get(job_lab, "/p/default/jobs/new"))
    changed = {**sent, "f.name": "other", "f.parameters": "answer: 7", "edited": "form"}
    answer = post(job_lab, "/preview", changed, 200).json()
    assert "name: other" in answer["text"]
    assert "answer: 7" in answer["text"]
    assert "One run" in answer["html"]
    # An unchanged form leaves the text with its comments.
    same = post(job_lab, "/preview", {**sent, "edited": "form"}, 200).json()
    assert same["text"] == sent["plan"]
    text = {**sent, "plan": YAML, "edited": "text"}
    answer = post(job_lab, "/preview", text, 200).json()
    assert answer["text"] == YAML
    assert (answer["fields"]["f.name"], answer["fields"]["f.command"]) == (
        "from text",
        "echo hello",
    )


def test_faults_stand_at_fields_and_lines(job_lab: JobLab) -> None:
    sent = fields_of(get(job_lab, "/p/default/jobs/new"))
    answer = post(job_lab, "/preview", {**sent, "f.timeout_s": "soon"}, 200).json()
    assert "f.timeout_s" in answer["errors"]
    assert answer["text"] == sent["plan"]
    text = {**sent, "plan": YAML + "timeout_s: -1\n", "edited": "text"}
    answer = post(job_lab, "/preview", text, 200).json()
    assert answer["lines"][0]["line"] == 4
    assert answer["errors"] == {"f.timeout_s": "It must be more than 0.0"}
    page = post(job_lab, "/new", {**text, "then": "save"}, 422).text
    assert "line 4" in page
    assert "timeout_s: -1" in page
    broken = {**sent, "plan": "a: [", "edited": "text", "f.name": "typed"}
    page = post(job_lab, "/new", {**broken, "then": "run"}, 400).text
    assert fields_of(page)["plan"] == "a: ["
    assert fields_of(page)["f.name"] == "typed"


def test_without_scripts_one_side_after_the_other(job_lab: JobLab) -> None:
    sent = fields_of(get(job_lab, "/p/default/jobs/new"))
    page = post(job_lab, "/new", {**sent, "f.name": "typed", "then": "text"}, 200).text
    sent = fields_of(page)
    assert sent["edited"] == "text"
    assert "name: typed" in sent["plan"]
    sent["plan"] = sent["plan"].replace("typed", "twice")
    sent = fields_of(post(job_lab, "/new", {**sent, "then": "form"}, 200).text)
    assert (sent["edited"], sent["f.name"]) == ("form", "twice")


def test_a_job_is_saved_run_edited_copied_and_archived(job_lab: JobLab) -> None:
    sent = {"plan": YAML, "edited": "text", "description": "what for"}
    here = post(job_lab, "/new", {**sent, "then": "save"}).headers["location"]
    page = get(job_lab, here)
    assert "from text" in page
    assert "what for" in page
    assert "echo hello" in get(job_lab, f"{here}?tab=plan")
    assert job_lab.client.get(f"{here}.json").json()["plan"]["command"] == ["echo", "hello"]
    assert "command:" in job_lab.client.get(f"{here}.yaml").text
    kept = here.removeprefix("/p/default/jobs")
    run = post(job_lab, f"{kept}/run", {}).headers["location"]
    job_lab.drive()
    assert job_lab.log(run.rpartition("/")[2]) == "hello\n"
    assert run in get(job_lab, here)
    edited = {**fields_of(get(job_lab, f"{here}/edit")), "f.command": "echo other"}
    again = post(job_lab, f"{kept}/edit", {**edited, "then": "save_run"}).headers["location"]
    job_lab.drive()
    assert job_lab.log(again.rpartition("/")[2]) == "other\n"
    copy = post(job_lab, f"{kept}/duplicate", {}).headers["location"]
    assert "from text (copy)" in get(job_lab, copy)
    post(job_lab, f"{kept}/archive", {})
    assert f'href="{here}"' not in get(job_lab, "/p/default/jobs")
    assert f'href="{here}"' in get(job_lab, "/p/default/jobs?archived=true")
    post(job_lab, f"{kept}/run", {}, 409)
    post(job_lab, f"{kept}/restore", {})
    assert f'href="{here}"' in get(job_lab, "/p/default/jobs")


def test_a_start_with_other_values(job_lab: JobLab) -> None:
    text = "name: e\ncommand: echo ${{ a }}\nparameters: {a: 1}\n"
    here = post(job_lab, "/new", {"plan": text, "edited": "text", "then": "save"}).headers[
        "location"
    ]
    kept = here.removeprefix("/p/default/jobs")
    group = post(job_lab, f"{kept}/run", {"p.a": "2, 3"}).headers["location"]
    job_lab.drive()
    page = get(job_lab, group)
    assert page.count("data-run=") == 2
    assert f'href="{group}"' in get(job_lab, here)
    refused = post(job_lab, f"{kept}/run", {"p.a": "[1"}, 422).text
    assert "[1" in refused


def test_a_group_is_sorted_charted_stopped_and_repeated(job_lab: JobLab) -> None:
    script = 'printf \'{"loss": {"value": ${{ lr }}, "better": "lower"}}\' > results/result.json'
    plan = {"name": "g", "command": ["sh", "-c", f"{script}; exit ${{{{ code }}}}"],
            "matrix": {"lr": [0.2, 0.1], "code": [0, 1]}}  # fmt: skip
    started = job_lab.client.post("/api/v1/projects/default/job-runs", json={"plan": plan}).json()
    here = f"/p/default/jobs/groups/{started['group_id']}"
    get(job_lab, here)
    job_lab.drive()
    page = get(job_lab, f"{here}?sort=metric%3Aloss")
    order = re.findall(r'data-run="([^"]*)"', page)
    losses = [job_lab.results(run)["", "loss", "value"] for run in order]
    assert losses == sorted(losses)
    assert 'aria-sort="ascending"' in page
    assert '<svg class="line-chart group-chart"' in page
    assert "best" in page
    assert job_lab.client.get(f"{here}.json").json()["name"] == "g"
    assert job_lab.client.get(f"{here}.csv").text.startswith("run,name,state,target,lr,code,loss")
    again = job_lab.client.post(f"{here}/again", data={"which": "failed"}).headers["location"]
    assert get(job_lab, again).count("data-run=") == 2
    job_lab.client.post(f"{again}/stop")
    job_lab.drive()
    assert "2 stopped" in get(job_lab, again)


def test_a_run_is_edited_as_a_new_job(job_lab: JobLab) -> None:
    plan = {"name": "m", "command": "echo ${{ a }}", "matrix": {"a": [1, 2]}}
    started = job_lab.client.post("/api/v1/projects/default/job-runs", json={"plan": plan}).json()
    run_id = started["runs"][1]["public_id"]
    sent = fields_of(get(job_lab, f"/p/default/jobs/new?from_run={run_id}"))
    assert (sent["f.parameters"], sent["f.matrix"]) == ("a: 2", "")
    run = job_lab.client.post(f"/p/default/runs/{run_id}/again").headers["location"]
    job_lab.drive()
    assert job_lab.log(run.rpartition("/")[2]) == "2\n"


def test_what_is_not_of_this_project_is_not_there(job_lab: JobLab) -> None:
    job_lab.client.post("/api/v1/projects", json={"name": "Other", "slug": "other"})
    here = post(job_lab, "/new", {"plan": YAML, "edited": "text", "then": "save"}).headers[
        "location"
    ]
    elsewhere = here.replace("/p/default/", "/p/other/")
    for path in (elsewhere, f"{elsewhere}.json", f"{elsewhere}/edit", f"{elsewhere}.yaml"):
        assert job_lab.client.get(path).status_code == 404
