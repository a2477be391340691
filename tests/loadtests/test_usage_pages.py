from __future__ import annotations

import uuid

from benchwright.loadtests.plan_form import MAX_SCENARIOS
from benchwright.specs.endpoint_browser import FORM_HOLDS
from tests.fixtures.site import SMALL_SPEC, Site

SHORT = "executor: constant-vus, vus: 1, duration: 5s"


def make_test(site: Site, name: str, *endpoints: str) -> str:
    scenarios = "".join(
        f"- {{name: s{n}, endpoint: {endpoint}, {SHORT}}}\n" for n, endpoint in enumerate(endpoints)
    )
    plan = f"name: {name}\nscenarios:\n{scenarios}"
    return site.send("/p/default/load-tests/new", {"plan": plan, "then": "save"})


def using(site: Site, **query: str) -> list[str]:
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    rows = site.page(f"/p/default/load-tests/using?{asked}").select("#usage tbody tr")
    return [row.get_text(" ", strip=True) for row in rows]


def test_names_the_load_tests_that_request_an_endpoint(site: Site) -> None:
    endpoints = site.endpoints(site.add_spec())
    make_test(site, "Both", endpoints["GET /items"], endpoints["POST /items"])
    make_test(site, "One", endpoints["GET /items"])
    assert using(site, endpoint=endpoints["GET /items"]) == [
        "One s0 no run yet",
        "Both s0 no run yet",
    ]
    assert using(site, endpoint=endpoints["POST /items"]) == ["Both s1 no run yet"]
    assert using(site, endpoint=str(uuid.uuid4())) == []
    address = f"/p/default/load-tests/using.json?endpoint={endpoints['POST /items']}"
    (usage,) = site.client.get(address).json()
    assert (usage["name"], usage["last_p95_ms"]) == ("Both", None)


def test_says_what_to_do_about_a_change(site: Site) -> None:
    spec = site.add_spec()
    endpoints = site.endpoints(spec)
    make_test(site, "Reads", endpoints["GET /items"])
    make_test(site, "One", endpoints["GET /items/{id}"])
    make_test(site, "Adds", endpoints["POST /items"])
    changed = SMALL_SPEC.replace("  /items/{id}:", "  /things/{id}:")
    changed = changed.replace("List items", "All").replace(
        "name: {type: string}", "name: {type: integer}"
    )
    files = {"file": ("openapi.yaml", changed.encode())}
    site.client.post(f"{spec}/refresh", files=files)
    adds, one, reads = using(site, spec=spec.rpartition("/")[2], revision="2")
    assert adds.startswith("Adds changed POST /items Look through its values")
    assert one.startswith("One removed GET /items/{id} Take the removed endpoints out")
    assert reads.startswith("Reads changed GET /items Nothing has to be done")


def test_a_question_without_a_subject_is_refused(site: Site) -> None:
    site.page("/p/default/load-tests/using", status=400)
    spec = site.add_spec()
    site.page(f"/p/default/load-tests/using?spec={spec.rpartition('/')[2]}&revision=9", status=404)
    site.page(f"/p/default/load-tests/using?spec={uuid.uuid4()}&revision=1", status=404)


def test_more_endpoints_than_an_address_holds_are_posted(site: Site) -> None:
    endpoints = list(site.endpoints(site.add_spec()).values())
    answer = site.client.post("/p/default/load-tests/choose", data={"endpoint": endpoints})
    assert answer.status_code == 200
    assert answer.text.count("data-scenario") >= 3
    for wrong in ({"endpoint": ["x"]}, {"endpoint": endpoints, "draft": "x"}):
        answer = site.client.post("/p/default/load-tests/choose", data=wrong)
        assert answer.status_code == 400
    answer = site.client.post("/p/default/load-tests/choose", data={"endpoint": [uuid.uuid4()]})
    assert "New load test" in answer.text, "none of them is there any more: choose again"


def test_endpoints_that_are_chosen_stay_so_while_they_are_filtered_without_scripts(
    site: Site,
) -> None:
    spec = site.add_spec()
    endpoints = site.endpoints(spec)
    chosen = endpoints["POST /items"]
    choose = f"/p/default/load-tests/choose?spec={spec.rpartition('/')[2]}"
    page = site.page(f"{choose}&method=GET&endpoint={chosen}")
    boxes = page.select("form.browser-form input[name=endpoint]")
    assert sorted(str(box["value"]) for box in boxes) == sorted(endpoints.values())
    assert [box["value"] for box in boxes if box["type"] == "hidden"] == [chosen]
    go = page.select_one("form.browser-form button[data-set-up]")
    assert go is not None
    assert go["formaction"] == "/p/default/load-tests/new"
    assert "chosen for a first run" in site.page(f"{choose}&suggested=1").text


def test_the_spec_page_knows_how_many_scenarios_the_form_holds() -> None:
    assert FORM_HOLDS == MAX_SCENARIOS
