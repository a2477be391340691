from __future__ import annotations

import json

import pytest
from bs4 import BeautifulSoup

from tests.fixtures.site import Site

NEW = "/p/default/load-tests/new"


@pytest.fixture
def form(site: Site) -> dict[str, str]:
    """The fields of a new load test of two endpoints, as a browser would send them."""
    endpoints = site.endpoints(site.add_spec())
    chosen = [endpoints["GET /items"], endpoints["GET /items/{id}"]]
    page = site.page(NEW + "?" + "&".join(f"endpoint={key}" for key in chosen))
    return fields_of(page)


def fields_of(page: BeautifulSoup) -> dict[str, str]:
    fields = {
        str(tag["name"]): str(tag.get("value", "")) for tag in page.select("main form input[name]")
    }
    # HTML leaves out a line end at the begin of an area.
    fields |= {
        str(tag["name"]): tag.text.removeprefix("\n")
        for tag in page.select("main form textarea[name]")
    }
    for tag in page.select("main form select[name]"):
        option = tag.select_one("option[selected]") or tag.select_one("option")
        fields[str(tag["name"])] = str(option["value"]) if option else ""
    return fields


def test_without_a_choice_the_specs_are_shown(site: Site) -> None:
    assert site.page(NEW).select_one("input[name=url]") is not None
    spec = site.add_spec()
    shown = {str(tag["value"]) for tag in site.page(NEW).select("input[name=endpoint]")}
    assert shown == set(site.endpoints(spec).values())


def test_the_form_has_a_scenario_for_each_endpoint(form: dict[str, str]) -> None:
    assert form["base_url"] == "http://127.0.0.1:9"
    assert form["scenarios.0.name"] == "GET /items"
    assert form["scenarios.1.name"] == "GET /items/{id}"
    assert form["scenarios.1.rate"] == "10"
    assert "scenarios.1.values.path.id" in form


def test_an_example_stays_text_in_its_field(site: Site) -> None:
    example = '" onfocus=alert(1) x="</script>ä'
    document = {
        "openapi": "3.1.0", "info": {"title": "Odd", "version": "1"},
        "paths": {"/a": {"get": {"parameters": [
            {"name": "q", "in": "query", "example": example, "schema": {"type": "string"}}
        ], "responses": {"200": {"description": "ok"}}}}},
    }  # fmt: skip
    spec = site.add_spec(json.dumps(document))
    endpoint = site.endpoints(spec)["GET /a"]
    tag = site.page(f"{NEW}?endpoint={endpoint}").select_one("input[placeholder*=onfocus]")
    assert tag is not None
    assert "onfocus" not in tag.attrs
    assert json.loads(str(tag["placeholder"])) == example
    shown = site.page(f"{spec}/endpoints/{endpoint}").select_one("td code")
    assert shown is not None
    assert shown.text == example


def test_the_preview_keeps_what_was_typed(site: Site, form: dict[str, str]) -> None:
    text = site.send(NEW, {**form, "scenarios.0.rate": "40", "then": "preview"}, status=200)
    page = BeautifulSoup(text, "html.parser")
    assert fields_of(page)["scenarios.0.rate"] == "40"
    script = page.select_one("#panel-script pre")
    assert script is not None
    assert "k6/http" in script.text
    requests = page.select_one("[data-fact=requests]")
    assert requests is not None
    assert requests.text == "about 1,500"


def test_errors_stand_at_their_fields(site: Site, form: dict[str, str]) -> None:
    text = site.send(NEW, {**form, "scenarios.1.duration": "30 sec", "then": "save"}, status=422)
    page = BeautifulSoup(text, "html.parser")
    wrong = page.select("[aria-invalid=true]")
    assert [tag["name"] for tag in wrong] == ["scenarios.1.duration"]
    message = page.select_one(f"#{wrong[0]['aria-describedby']}")
    assert message is not None
    assert "30s" in message.text
    assert fields_of(page)["scenarios.1.duration"] == "30 sec"


def test_saving_leads_to_the_load_test(site: Site, form: dict[str, str]) -> None:
    path = site.send(NEW, {**form, "name": "Noon", "then": "save"})
    page = site.page(path)
    assert page.h1 is not None
    assert page.h1.text == "Noon"
    assert "No runs yet" in page.text
    for tab, part in (("plan", "constant-arrival-rate"), ("script", "k6/http")):
        assert part in site.page(f"{path}?tab={tab}").text
    body = site.client.get(path + ".json").json()
    assert body == site.client.get(f"/api/v1/load-tests/{path.rpartition('/')[2]}").json()


def test_running_leads_to_the_run(site: Site, form: dict[str, str]) -> None:
    run = site.send(NEW, {**form, "name": "Noon", "then": "run"})
    page = site.page(run)
    assert page.h1 is not None
    assert page.h1.text == "Noon"
    assert "Queued" in page.text
    crumb = page.select_one(".crumbs a[href*='/load-tests/']")
    assert crumb is not None
    again = site.send(str(crumb["href"]) + "/run", {})
    assert again != run
    assert len(site.page(str(crumb["href"])).select("#load-test-runs tbody tr")) == 2


def test_the_plan_can_be_edited_as_text(site: Site, form: dict[str, str]) -> None:
    text = site.send(NEW, {**form, "then": "plan"}, status=200)
    plan = BeautifulSoup(text, "html.parser").select_one("textarea[name=plan]")
    assert plan is not None
    changed = plan.text.replace("rate: 10", "rate: 25")
    path = site.send(NEW, {"plan": changed, "then": "save"})
    body = site.client.get(path + ".json").json()
    assert [scenario["rate"] for scenario in body["plan"]["scenarios"]] == [25, 25]


def test_a_kept_plan_can_be_changed(site: Site, form: dict[str, str]) -> None:
    path = site.send(NEW, {**form, "then": "save"})
    renamed = fields_of(site.page(path + "/edit")) | {"name": "Evening", "then": "save"}
    assert site.send(path + "/edit", renamed) == path
    page = site.page(path)
    assert page.h1 is not None
    assert page.h1.text == "Evening"


@pytest.mark.parametrize(
    "plan, part",
    [
        ("- a list", "mapping"),
        ("name: [", "Line 2"),
        ("name: x\nscenarios: []", "scenarios"),
        ("&a [*a]", ""),
        ("", "mapping"),
    ],
)
def test_a_broken_plan_is_explained_and_kept(site: Site, plan: str, part: str) -> None:
    answer = site.client.post(NEW, data={"plan": plan, "then": "save"})
    assert 400 <= answer.status_code < 500
    page = BeautifulSoup(answer.text, "html.parser")
    notice = page.select_one("[role=alert]")
    assert notice is not None
    assert part in notice.text
    area = page.select_one("textarea[name=plan]")
    assert area is not None
    assert area.text.strip() == plan


def test_a_missing_secret_is_named_when_it_starts(site: Site, form: dict[str, str]) -> None:
    text = site.send(NEW, {**form, "then": "plan"}, status=200)
    plan = BeautifulSoup(text, "html.parser").select_one("textarea[name=plan]")
    assert plan is not None
    path = site.send(
        NEW, {"plan": plan.text + "\nauthorisation: {secret: API_TOKEN}\n", "then": "save"}
    )
    assert "Store a secret API_TOKEN" in site.send(path + "/run", {}, status=422)


def test_a_stored_secret_is_chosen_as_authorisation(site: Site, form: dict[str, str]) -> None:
    assert form["authorisation.secret"] == "", "without secrets there is none to choose"
    site.send("/p/default/secrets", {"name": "API_TOKEN", "value": "s3cr3t-value"})
    shown = BeautifulSoup(site.send(NEW, form | {"then": "preview"}, status=200), "html.parser")
    choices = [option["value"] for option in shown.select("[name='authorisation.secret'] option")]
    assert choices == ["", "API_TOKEN"]
    chosen = {**fields_of(shown), "authorisation.secret": "API_TOKEN", "then": "save"}
    chosen["authorisation.kind"] = "bearer"
    place = site.send(NEW, chosen)
    plan = site.client.get(f"{place}.json").json()["plan"]
    assert plan["authorisation"] == {"secret": "API_TOKEN"}
    chosen["authorisation.kind"] = "header"
    wrong = site.send(NEW, chosen | {"authorisation.format": "Bearer"}, status=422)
    error = BeautifulSoup(wrong, "html.parser").select_one("#f-authorisation-format-error")
    assert error is not None


def test_more_scenarios_than_a_form_bears_become_text(site: Site) -> None:
    paths = "".join(
        f"  /thing{i}:\n    get: {{responses: {{'200': {{description: ok}}}}}}\n"
        for i in range(201)
    )
    document = f"openapi: 3.1.0\ninfo: {{title: Many, version: '1'}}\npaths:\n{paths}"
    spec = site.add_spec(document).rpartition("/")[2]
    listed = site.client.get(f"/api/v1/specs/{spec}/endpoints?limit=201").json()["items"]
    page = site.page(NEW + "?" + "&".join(f"endpoint={row['public_id']}" for row in listed))
    area = page.select_one("textarea[name=plan]")
    assert area is not None
    assert area.text.count("executor:") == 201


def test_forms_that_no_page_sends_are_refused(site: Site, form: dict[str, str]) -> None:
    assert site.client.post(NEW, data={**form, "then": "explode"}).status_code == 400
    assert site.client.post(NEW, data={"scenarios.0.endpoint": "x"}).status_code == 400
    answer = site.client.post(NEW, data={"then": "save"})
    assert answer.status_code == 422


def test_deleting_asks_by_name_and_keeps_the_runs(site: Site, form: dict[str, str]) -> None:
    path = site.send(NEW, {**form, "name": "Noon", "then": "save"})
    question = site.page(path).select_one(f"dialog:has(form[action='{path}/delete'])")
    assert question is not None
    assert question.h2 is not None
    assert "Noon" in question.h2.text
    assert site.send(path + "/delete", {}) == "/p/default/"
    assert site.page("/p/default/").select_one(f"a[href='{path}']") is None
    assert "deleted" in site.page(path).text


def test_a_load_test_belongs_to_its_project(site: Site, form: dict[str, str]) -> None:
    path = site.send(NEW, {**form, "then": "save"})
    site.send("/p/", {"name": "Other"})
    site.page(path.replace("/p/default/", "/p/other/"), status=404)
