from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from bs4 import BeautifulSoup

from benchwright.loadtests.drafts import MAX_DRAFTS
from tests.fixtures.site import Site
from tests.loadtests.test_pages import fields_of

ROOT = "/p/default/load-tests"
NEW = ROOT + "/new"

RICH = """
name: Rich
base_url: http://127.0.0.1:9
target_tps: 12.5
environment: {REGION: north}
data_files: {users: {csv: "id\\n1\\n", order: random}}
authorisation: {secret: API_KEY, header: X-Api-Key, format: "{secret}"}
setup:
  path: /sign-in
  body: {content: {user: load, password: "{{password}}"}}
  values: {password: {secret: LOAD_PASSWORD}}
  token_pointer: /data/token
auto_stop: [{metric: p95, above: 2000, window_s: 30, scenario: Search}]
scenarios:
  - name: Search
    path: /search
    executor: ramping-arrival-rate
    stages: [{duration: 10s, target: 5}, {duration: 1m, target: 5}]
    think_time_s: [0.5, 2]
    values: {query: {q: {csv: users, column: id}, where: {env: REGION}}}
    headers: {X-Trace: {generate: uuid}}
    checks: [{status: [200]}, {json_pointer: /state, equals: 1}]
    targets: {response_time: {stat: p99, ms: 300}, error_rate: 0.5%}
"""


@pytest.fixture
def form(site: Site) -> dict[str, str]:
    """The fields of a new load test of three endpoints."""
    endpoints = site.endpoints(site.add_spec())
    query = "&".join(f"endpoint={key}" for key in endpoints.values())
    return fields_of(site.page(f"{NEW}?{query}"))


def plan_at(site: Site, path: str) -> dict[str, Any]:
    plan: dict[str, Any] = site.client.get(path + ".json").json()["plan"]
    return plan


def shown_form(text: str) -> dict[str, str]:
    return fields_of(BeautifulSoup(text, "html.parser"))


def test_an_existing_load_test_opens_in_the_form_and_stays_the_same(site: Site) -> None:
    path = site.send(NEW, {"plan": RICH, "then": "save"})
    before = plan_at(site, path)
    page = site.page(path + "/edit")
    assert page.select_one("textarea[name=plan]") is None
    fields = fields_of(page)
    assert (
        fields["scenarios.0.values"]
        == 'query.q: {"csv": "users", "column": "id"}\nquery.where: {"env": "REGION"}'
    )
    assert site.send(path + "/edit", {**fields, "setup": "on", "then": "save"}) == path
    after = plan_at(site, path)
    # Boxes that are not ticked are sent by no browser, whatever a test reads from the page.
    assert {**after, "insecure_tls": 0, "no_redirects": 0} == {
        **before, "insecure_tls": 0, "no_redirects": 0,
        "setup": {**before["setup"], "method": "POST", "header": "Authorization",
                  "format": "Bearer {token}",
                  "body": {**before["setup"]["body"], "media_type": "application/json"}},
        "scenarios": [{**before["scenarios"][0], "method": "GET"}],
    }  # fmt: skip


def test_a_plan_that_the_form_would_change_opens_as_text_and_says_why(site: Site) -> None:
    text = RICH.replace("{REGION: north}", '{REGION: "north\\nsouth"}')
    path = site.send(NEW, {"plan": text, "then": "save"})
    page = site.page(path + "/edit")
    area = page.select_one("textarea[name=plan]")
    assert area is not None
    assert "environment" in [code.text for code in page.select(".notice code")]
    saved = site.send(path + "/edit", {"plan": area.text, "then": "save"})
    assert plan_at(site, saved)["environment"] == {"REGION": "north\nsouth"}


def test_a_load_test_is_taken_as_the_pattern_of_another(site: Site) -> None:
    path = site.send(NEW, {"plan": RICH, "then": "save"})
    fields = fields_of(site.page(f"{NEW}?from={path.rpartition('/')[2]}"))
    assert fields["name"] == "Rich"
    other = site.send(NEW, {**fields, "name": "Another", "then": "save"})
    assert other != path
    assert plan_at(site, path)["name"] == "Rich"


def test_a_run_is_taken_as_the_pattern_with_the_plan_that_it_had(
    site: Site, form: dict[str, str]
) -> None:
    run = site.send(NEW, {**form, "name": "Before", "then": "run"})
    crumb = site.page(run).select_one(".crumbs a[href*='/load-tests/']")
    assert crumb is not None
    changed = fields_of(site.page(f"{crumb['href']}/edit"))
    site.send(f"{crumb['href']}/edit", {**changed, "name": "After", "then": "save"})
    page = site.page(f"{NEW}?from_run={run.rpartition('/')[2]}")
    assert fields_of(page)["name"] == "Before"
    assert "plan of the run" in page.text


@pytest.mark.parametrize("query", ["from_run", "from", "draft"])
def test_what_is_not_there_is_not_found(site: Site, query: str) -> None:
    site.page(f"{NEW}?{query}={uuid.uuid4()}", status=404)


def test_scenarios_are_rearranged_without_scripts(site: Site, form: dict[str, str]) -> None:
    def names(**changes: str) -> list[str]:
        shown = shown_form(site.send(NEW, {**form, **changes}, status=200))
        return [shown[f"scenarios.{i}.name"] for i in range(9) if f"scenarios.{i}.name" in shown]

    def named(**changes: str) -> list[str]:
        return [name for name in names(**changes) if name]

    get, post, one = names(then="show")
    assert names(then="down:0") == [post, get, one]
    assert names(then="up:2") == [get, one, post]
    assert names(then="up:0") == [get, post, one]
    assert names(then="copy:1") == [get, post, post, one]
    assert names(then="remove:0") == [post, one]
    assert len(names(then="add")) == 4
    assert len(named(then="add")) == 3, "a request by hand has no name yet"
    assert site.client.post(NEW, data={**form, "then": "up:7"}).status_code == 400
    assert site.client.post(NEW, data={**form, "then": "up:x"}).status_code == 400


@pytest.mark.parametrize("action", ["add", "copy:0"])
def test_no_scenario_is_added_that_the_form_would_drop(
    site: Site, form: dict[str, str], monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    monkeypatch.setattr("benchwright.loadtests.plan_actions.MAX_SCENARIOS", 3)
    text = site.send(NEW, {**form, "then": action}, status=422)
    assert "holds 3 scenarios at most" in text
    assert "scenarios.2.name" in text
    assert "scenarios.3." not in text


def test_a_request_by_hand_is_part_of_the_plan(site: Site, form: dict[str, str]) -> None:
    shown = shown_form(site.send(NEW, {**form, "then": "add"}, status=200))
    shown |= {"scenarios.3.method": "PUT", "scenarios.3.path": "/by/hand", "then": "save"}
    scenario = plan_at(site, site.send(NEW, shown))["scenarios"][3]
    assert (scenario["method"], scenario["path"]) == ("PUT", "/by/hand")
    assert scenario["name"] == "PUT /by/hand"


def test_a_draft_keeps_what_no_load_test_may_be(site: Site, form: dict[str, str]) -> None:
    draft = site.send(NEW, {**form, "name": "", "scenarios.1.rate": "many", "then": "draft"})
    assert "/drafts/" in draft
    fields = fields_of(site.page(draft))
    assert fields["scenarios.1.rate"] == "many"
    assert "Unnamed" in site.page("/p/default/").text
    again = site.send(NEW, {**fields, "name": "Later", "then": "draft"})
    assert again == draft
    fields |= {"name": "Now", "scenarios.1.rate": "3", "then": "save"}
    site.send(NEW, fields)
    site.page(draft, status=404)
    assert "Later" not in site.page("/p/default/").text


def test_the_draft_of_an_edited_load_test_changes_that_one(
    site: Site, form: dict[str, str]
) -> None:
    path = site.send(NEW, {**form, "then": "save"})
    fields = fields_of(site.page(path + "/edit"))
    draft = site.send(path + "/edit", {**fields, "name": "Changed", "then": "draft"})
    page = site.page(draft)
    target = page.select_one("form.plan")
    assert target is not None
    assert target["action"] == path + "/edit"
    assert site.send(path + "/edit", {**fields_of(page), "then": "save"}) == path
    assert plan_at(site, path)["name"] == "Changed"


def test_a_text_is_put_aside_as_it_is(site: Site) -> None:
    draft = site.send(NEW, {"plan": "name: [broken\n", "then": "draft"})
    area = site.page(draft).select_one("textarea[name=plan]")
    assert area is not None
    assert area.text.strip() == "name: [broken"
    site.send(draft + "/delete", {})
    site.page(draft, status=404)


def test_too_many_drafts_are_said_on_the_page(
    site: Site, form: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchwright.loadtests.drafts.MAX_DRAFTS", 0)
    text = site.send(NEW, {**form, "name": "kept", "then": "draft"}, status=409)
    assert shown_form(text)["name"] == "kept"
    assert MAX_DRAFTS > 0


def test_endpoints_are_added_to_what_was_typed(site: Site, form: dict[str, str]) -> None:
    choice = site.send(NEW, {**form, "name": "Growing", "then": "choose"})
    page = site.page(choice)
    assert len(page.select("[data-taken] .badge")) == 3, "those that are in it already"
    draft = page.select_one("form.browser-form input[name=draft]")
    box = page.select_one("input[name=endpoint]")
    assert draft is not None
    assert box is not None
    fields = fields_of(site.page(f"{NEW}?draft={draft['value']}&endpoint={box['value']}"))
    assert fields["name"] == "Growing"
    assert fields["scenarios.3.endpoint"] == box["value"]
    assert len(plan_at(site, site.send(NEW, {**fields, "then": "save"}))["scenarios"]) == 4


def test_only_what_is_chosen_of_a_large_spec_is_shown(site: Site) -> None:
    spec = site.add_spec()
    other = site.add_spec("openapi: 3.1.0\ninfo: {title: Other, version: '1'}\npaths: {}\n")
    page = site.page(f"{NEW}?spec={spec.rpartition('/')[2]}")
    assert len(page.select("input[name=endpoint]")) == 3
    assert [a.text.split()[0] for a in page.select(".tabs a")] == ["Other", "Small"]
    empty = site.page(f"{NEW}?spec={other.rpartition('/')[2]}")
    assert "No endpoints" in empty.text
    site.page(f"{NEW}?spec={uuid.uuid4()}", status=404)


def test_a_script_is_told_where_to_go(site: Site, form: dict[str, str]) -> None:
    headers = {"Accept": "application/json, text/html;q=0.9"}
    for action in ("save", "run", "draft", "choose"):
        answer = site.client.post(NEW, data={**form, "then": action}, headers=headers)
        assert answer.status_code == 201, action
        site.page(answer.json()["address"])
    refused = site.client.post(NEW, data={**form, "name": "", "then": "save"}, headers=headers)
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text


def test_what_keeps_a_run_from_starting_is_said_before_anything_is_saved(
    site: Site, form: dict[str, str]
) -> None:
    fields = {**form, "authorisation.kind": "bearer", "authorisation.secret": "API_TOKEN"}
    text = site.send(NEW, {**fields, "then": "run"}, status=422)
    page = BeautifulSoup(text, "html.parser")
    assert [tag["name"] for tag in page.select("[aria-invalid=true]")] == ["authorisation.secret"]
    assert page.select_one("#authorisation[open]") is not None
    assert site.client.get("/api/v1/projects/default/load-tests").json()["items"] == []


def test_every_error_opens_the_parts_around_its_field(site: Site, form: dict[str, str]) -> None:
    wrong = {
        "base_url": "ftp://x", "request_timeout": "soon", "target_tps": "-1",
        "headers": "no colon", "scenarios.1.graceful_stop": "later", "scenarios.2.values": "x: 1",
        "scenarios.1.body": "{", "scenarios.2.checks.0.kind": "time",
        "scenarios.2.checks.0.value": "fast", "auto_stop.0.metric": "p95", "auto_stop.0.above": "x",
        "data_files.0.name": "users", "data_files.0.csv": "id",
    }  # fmt: skip
    rows = ("auto_stop", "data_files", "scenarios.2.checks")
    for name in wrong:
        row = next((row for row in rows if name.startswith(row)), name)
        related = {n: v for n, v in wrong.items() if n.startswith(row)}
        text = site.send(NEW, {**form, **related, "then": "save"}, status=422)
        page = BeautifulSoup(text, "html.parser")
        tags = page.select("[aria-invalid=true]")
        assert tags, name
        for tag in tags:
            assert all(d.has_attr("open") for d in tag.find_parents("details")), name
            link = page.select_one(f"[role=alert] a[href='#{tag['id']}']")
            assert link is not None, name


def test_parts_of_the_form_are_answered_by_themselves(site: Site, form: dict[str, str]) -> None:
    outlook = site.send(f"{ROOT}/outlook", form, status=200)
    assert "about 900" in outlook
    assert "<html" not in outlook
    assert "k6/http" in site.send(f"{ROOT}/script", form, status=200)
    broken = site.send(f"{ROOT}/script", {**form, "scenarios.0.rate": "x"}, status=200)
    assert "scenarios.0.rate" in broken
    assert "k6/http" not in broken
    folded = {"endpoint": form["scenarios.0.endpoint"], "rate": "77"}
    card = site.send(
        f"{ROOT}/card?number=5", {"scenarios.5.fields": json.dumps(folded)}, status=200
    )
    tag = BeautifulSoup(card, "html.parser").select_one("[name='scenarios.5.rate']")
    assert tag is not None
    assert tag["value"] == "77"


@pytest.mark.parametrize("part", ["outlook", "script", "card"])
@pytest.mark.parametrize(
    "sent",
    [
        {}, {"scenarios.0.fields": "{"}, {"scenarios.0.endpoint": "x"}, {"scenarios..endpoint": ""},
        {"scenarios.0.endpoint": "", "scenarios.0.path": "#", "scenarios.0.method": "<b>"},
        {"plan": "name: [", "then": "\0"}, {"scenarios.0.endpoint": "", "scenarios.0.body": "[" * 99999},
        {"scenarios.0.endpoint": "", "scenarios.0.stages": "1s:1," * 5000,
         "scenarios.0.executor": "ramping-vus"},
    ],
)  # fmt: skip
def test_parts_answer_anything_that_is_sent(site: Site, part: str, sent: dict[str, str]) -> None:
    assert site.client.post(f"{ROOT}/{part}", data=sent).status_code in {200, 400, 404}


def test_a_text_is_checked_by_line(site: Site) -> None:
    def lint(plan: str) -> Any:
        answer = site.client.post(f"{ROOT}/lint", data={"plan": plan})
        assert answer.status_code == 200
        return answer.json()

    assert lint(RICH) == []
    [fault] = lint(RICH.replace("target_tps: 12.5", "target_tps: fast"))
    assert (fault["line"], fault["field"]) == (4, "target_tps")
    [broken] = lint("name: x\nscenarios: [")
    assert broken["line"] >= 2
    assert lint("- a")[0]["line"] == 1


def test_the_script_is_downloaded(site: Site, form: dict[str, str]) -> None:
    answer = site.client.post(NEW, data={**form, "name": "Ä / b", "then": "download"})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith(".js")
    assert "k6/http" in answer.text


def test_names_of_any_kind_stay_text(site: Site, form: dict[str, str]) -> None:
    hostile = "</script><img src=x onerror=alert(1)> \u202eRTL 🐎" + "x" * 400
    fields = {**form, "name": hostile, "scenarios.0.name": hostile, "scenarios.0.rate": "x"}
    text = site.send(NEW, {**fields, "then": "save"}, status=422)
    page = BeautifulSoup(text, "html.parser")
    assert fields_of(page)["scenarios.0.name"] == hostile
    assert page.select("img") == []
    draft = site.send(NEW, {**fields, "then": "draft"})
    assert site.page(draft).select("img") == []
    assert site.page("/p/default/").select("img") == []


BY_HAND = {
    "name": "x", "base_url": "http://127.0.0.1:9", "scenarios.0.endpoint": "",
    "scenarios.0.method": "POST", "scenarios.0.path": "/", "scenarios.0.name": "a",
    "scenarios.0.executor": "constant-vus", "scenarios.0.body.own": "1",
}  # fmt: skip


def test_a_body_nested_too_deep_is_no_fault_of_the_server(site: Site) -> None:
    form = {**BY_HAND, "scenarios.0.body": "[" * 900 + "]" * 900, "then": "plan"}
    assert "nested too deep" in site.send(NEW, form, 422)
