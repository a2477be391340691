from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from tests.fixtures.served_pages import ServedPages
from tests.fixtures.site import Site
from tests.services.chromium import OpenContext

NEW = "/p/default/load-tests/new"
MANY = 200


def site_of(pages: ServedPages) -> Site:
    return Site(pages.harness, pages.harness.client())


def wait_for_script(page: Page) -> None:
    """Before it is there the form works too, but the server does what the script would do."""
    expect(page.locator("plan-form")).to_be_attached()
    expect(page.locator("plan-form [data-plain]:visible")).to_have_count(0)


def open_form(page: Page, pages: ServedPages, *, scripted: bool = True) -> None:
    site = site_of(pages)
    endpoints = site.endpoints(site.add_spec())
    query = "&".join(f"endpoint={endpoint}" for endpoint in endpoints.values())
    page.goto(f"{pages.url}{NEW}?{query}")
    if scripted:
        wait_for_script(page)


def card(page: Page, number: int = 0) -> Locator:
    return page.locator("[data-scenario]").nth(number)


def opened(page: Page, number: int = 0) -> Locator:
    """A scenario's card, open."""
    found = card(page, number)
    if not found.locator("details").first.evaluate("details => details.open"):
        found.locator("summary").first.click()
    return found


def summary(page: Page, number: int = 0) -> Locator:
    return card(page, number).locator("[data-summary]")


def kept(page: Page) -> list[str]:
    """The forms that this browser keeps."""
    keys: list[str] = page.evaluate("Object.keys(localStorage)")
    return [key for key in keys if key.startswith("benchwright.form.")]


def test_only_the_fields_of_the_chosen_load_are_shown(
    page: Page, served_pages: ServedPages
) -> None:
    open_form(page, served_pages)
    scenario = card(page)
    expect(scenario.get_by_label("Requests/s")).to_be_visible()
    expect(scenario.get_by_role("group", name="Stages")).to_be_hidden()
    scenario.get_by_label("Load", exact=True).select_option("ramping-vus")
    expect(scenario.get_by_label("Requests/s")).to_be_hidden()
    expect(scenario.get_by_role("group", name="Stages")).to_be_visible()


def test_one_load_for_all(page: Page, served_pages: ServedPages) -> None:
    open_form(page, served_pages)
    card(page).get_by_label("Load", exact=True).select_option("constant-vus")
    card(page).get_by_label("Virtual users", exact=True).fill("7")
    page.get_by_role("button", name="Use this load").click()
    for number in range(3):
        scenario = opened(page, number)
        expect(scenario.get_by_label("Virtual users", exact=True)).to_have_value("7")
        expect(scenario.get_by_label("Requests/s")).to_be_hidden()
        expect(summary(page, number)).to_contain_text("7 virtual users for 30")


def test_an_error_in_a_closed_card_is_opened_and_focused_without_losing_anything(
    page: Page, served_pages: ServedPages, complaints: list[str]
) -> None:
    open_form(page, served_pages)
    page.locator("#f-name").fill("my test")
    opened(page, 1).get_by_text("More about the load").click()
    card(page, 1).get_by_label("Graceful stop").fill("half a minute")
    card(page, 1).locator("summary").first.click()
    page.get_by_role("button", name="Save", exact=True).click()
    wrong = card(page, 1).get_by_label("Graceful stop")
    expect(wrong).to_be_focused()
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#f-name")).to_have_value("my test")
    complaints[:] = [c for c in complaints if "422" not in c]
    # The list above leads to it, also when someone closed the card again.
    card(page, 1).locator("summary").first.click()
    page.get_by_role("alert").get_by_role("link", name="graceful stop").click()
    expect(wrong).to_be_focused()
    wrong.fill("30s")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("my test")
    assert kept(page) == []


def test_stages_are_edited_by_keyboard_alone(page: Page, served_pages: ServedPages) -> None:
    open_form(page, served_pages)
    card(page).get_by_label("Load", exact=True).select_option("ramping-arrival-rate")
    stages = card(page).get_by_role("group", name="Stages")
    first = stages.get_by_label("Stage 1, duration")
    first.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("1m")
    page.keyboard.press("Tab")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("80")
    page.keyboard.press("Alt+ArrowDown")
    expect(stages.get_by_label("Stage 2, target")).to_be_focused()
    page.keyboard.press("Enter")
    expect(stages.get_by_label("Stage 4, duration")).to_be_focused()
    sent = page.locator('[name="scenarios.0.stages"]')
    expect(sent).to_have_value("20s:10, 1m:80, 5s:0, 5s:0")
    remove = stages.get_by_role("button", name="Remove stage 4")
    remove.focus()
    page.keyboard.press("Enter")
    expect(stages.get_by_label("Stage 3, duration")).to_be_focused()
    expect(sent).to_have_value("20s:10, 1m:80, 5s:0")
    expect(summary(page)).to_contain_text("up to 80 requests/s in 3 stages")
    stages.get_by_label("Stages like").select_option("Spike")
    expect(sent).to_have_value("30s:8, 5s:80, 30s:80, 5s:8, 30s:8")
    corner = stages.get_by_role("slider", name="End of stage 1")
    corner.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowRight")
    expect(corner).to_have_attribute("aria-valuetext", "to 9 in 40s")
    expect(sent).to_have_value("40s:9, 5s:80, 30s:80, 5s:8, 30s:8")


def test_stages_are_dragged_in_their_picture(page: Page, served_pages: ServedPages) -> None:
    open_form(page, served_pages)
    card(page).get_by_label("Load", exact=True).select_option("ramping-arrival-rate")
    sent = page.locator('[name="scenarios.0.stages"]')
    expect(sent).to_have_value("10s:10, 20s:10, 5s:0")
    shape = card(page).get_by_role("group", name="Shape of the load")
    corner = shape.get_by_role("slider", name="End of stage 2")
    # What the server says of the new load moves what is below it.
    expect(summary(page)).to_contain_text("in 3 stages, 35")
    corner.hover()
    held, plot = corner.bounding_box(), shape.locator("svg").bounding_box()
    assert held is not None
    assert plot is not None
    x, y = held["x"] + held["width"] / 2, held["y"] + held["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    # The axes have a quarter more room than 35 s and 10 requests/s need.
    page.mouse.move(x - plot["width"] * 10 / 43.75, y + plot["height"] * 4 / 12.5, steps=4)
    page.mouse.up()
    expect(sent).to_have_value("10s:10, 10s:6, 5s:0")
    expect(summary(page)).to_contain_text("in 3 stages, 25 s")


def test_the_picture_follows_what_is_typed(page: Page, served_pages: ServedPages) -> None:
    open_form(page, served_pages)
    picture = page.get_by_role("img", name="Requests/s over")
    expect(picture).to_have_accessible_name(re.compile("at most 30$"))
    before = picture.locator("polygon").first.get_attribute("points")
    card(page).get_by_label("Requests/s").fill("50")
    expect(picture).to_have_accessible_name(re.compile("at most 70$"))
    expect(picture.locator("polygon").first).not_to_have_attribute("points", before or "")
    expect(page.locator("[data-fact=requests]")).to_have_text("about 2,100")
    # What cannot be read is left out, and comes back.
    card(page).get_by_label("Requests/s").fill("many")
    expect(picture).to_have_accessible_name(re.compile("at most 20$"))
    expect(summary(page)).to_have_class(re.compile("is-faulty"))
    card(page).get_by_label("Requests/s").fill("5")
    expect(picture).to_have_accessible_name(re.compile("at most 25$"))


def test_the_script_stays_while_something_is_wrong(page: Page, served_pages: ServedPages) -> None:
    open_form(page, served_pages)
    page.get_by_role("tab", name="Script").click()
    script = page.get_by_role("tabpanel", name="Script").locator("pre")
    expect(script).to_contain_text('"rate": 10')
    card(page).get_by_label("Requests/s").fill("44")
    expect(script).to_contain_text('"rate": 44')
    card(page).get_by_label("Requests/s").fill("-")
    expect(page.get_by_role("tabpanel", name="Script")).to_contain_text("No script yet")
    expect(script).to_contain_text('"rate": 44')
    with page.expect_download() as download:
        card(page).get_by_label("Requests/s").fill("45")
        page.get_by_role("button", name="Download the script").click()
    assert download.value.suggested_filename.endswith(".js")
    page.get_by_role("tab", name="Script").press("ArrowLeft")
    expect(page.get_by_role("tab", name="Load over time")).to_be_focused()
    expect(script).to_be_hidden()


def test_a_body_is_checked_while_it_is_typed(page: Page, served_pages: ServedPages) -> None:
    open_form(page, served_pages)
    scenario = opened(page, 1)
    assert page.evaluate("customElements.get('code-editor') === undefined"), "not fetched yet"
    scenario.get_by_text("application/json").click()
    editor = scenario.get_by_role("textbox", name="Body of each request")
    expect(editor).to_contain_text("name")
    editor.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type('{"name": oops')
    expect(scenario.locator(".editor-faults")).to_contain_text("Line 1:")
    expect(scenario.locator(".cm-lint-marker-error")).to_be_visible()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type('{"name":"b"')
    # The editor closes what it opened, or not: both are to be valid in the end.
    sent = page.locator('[name="scenarios.1.body"]')
    if not sent.input_value().endswith("}"):
        page.keyboard.type("}")
    expect(scenario.locator(".editor-faults")).to_have_text("")
    scenario.get_by_role("button", name="Pretty-print").click()
    expect(sent).to_have_value('{\n  "name": "b"\n}')
    scenario.get_by_role("button", name="Reset to the example").click()
    expect(sent).not_to_have_value(re.compile('"b"'))
    assert json.loads(sent.input_value()).keys() == {"name"}


def test_a_reload_keeps_what_was_typed(page: Page, served_pages: ServedPages) -> None:
    open_form(page, served_pages)
    page.locator("#f-name").fill("half done")
    opened(page, 2).get_by_label("Requests/s").fill("not yet")
    page.reload()
    expect(page.locator("#f-name")).to_have_value("half done")
    expect(page.locator('[name="scenarios.2.rate"]')).to_have_value("not yet")
    note = page.get_by_text("Restored what you typed at")
    expect(note).to_be_visible()
    page.go_back()
    page.go_forward()
    expect(page.locator("#f-name")).to_have_value("half done")
    page.get_by_role("button", name="Discard").click()
    expect(page.locator("#f-name")).to_have_value("GET /items and 2 more")
    assert kept(page) == []


def test_a_server_that_does_not_answer_loses_nothing(
    page: Page, served_pages: ServedPages, complaints: list[str]
) -> None:
    open_form(page, served_pages)
    page.locator("#f-name").fill("patient")
    page.route("**/load-tests/new", lambda route: route.abort())
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The server does not answer.")).to_be_visible()
    page.unroute("**/load-tests/new")
    page.route("**/load-tests/new", lambda route: route.fulfill(status=500, body="oh"))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The server answered with 500.")).to_be_visible()
    page.unroute("**/load-tests/new")
    complaints.clear()
    expect(page.locator("#f-name")).to_have_value("patient")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("patient")


def test_a_draft_is_put_aside_and_taken_up_again(page: Page, served_pages: ServedPages) -> None:
    open_form(page, served_pages)
    page.locator("#f-name").fill("for later")
    card(page).get_by_label("Duration", exact=True).fill("some time")
    page.get_by_role("button", name="Save as draft").click()
    page.wait_for_url("**/drafts/*")
    expect(card(page).get_by_label("Duration", exact=True)).to_have_value("some time")
    assert kept(page) == []
    page.goto(f"{served_pages.url}/p/default/")
    page.get_by_role("link", name="for later").click()
    wait_for_script(page)
    card(page).get_by_label("Duration", exact=True).fill("20s")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("for later")
    page.goto(f"{served_pages.url}/p/default/")
    expect(page.get_by_role("heading", name="Drafts")).to_have_count(0)


def test_more_endpoints_are_added_without_losing_what_was_typed(
    page: Page, served_pages: ServedPages
) -> None:
    open_form(page, served_pages)
    page.locator("#f-name").fill("growing")
    card(page).get_by_label("Requests/s").fill("33")
    page.get_by_role("button", name="Add endpoints").click()
    page.get_by_role("searchbox").fill("post")
    page.get_by_role("checkbox", name="Choose POST").check()
    page.get_by_role("button", name="Add to the load test").click()
    expect(page.locator("[data-scenario]")).to_have_count(4)
    expect(page.locator("#f-name")).to_have_value("growing")
    expect(page.locator('[name="scenarios.0.rate"]')).to_have_value("33")
    expect(card(page, 3).locator("details").first).to_have_attribute("open", "")


def test_scenarios_are_moved_copied_and_removed(page: Page, served_pages: ServedPages) -> None:
    open_form(page, served_pages)
    paths = page.locator("[data-scenario] h3")
    expect(paths).to_have_text([re.compile("GET"), re.compile("POST"), re.compile("GET")])
    card(page, 1).get_by_role("button", name="Move up").click()
    expect(paths.first).to_contain_text("POST")
    expect(card(page, 0).get_by_role("button", name="Move up")).to_be_focused()
    card(page, 2).get_by_role("button", name="Remove").click()
    expect(paths).to_have_count(2)
    page.get_by_role("button", name="Undo").click()
    expect(paths).to_have_count(3)
    card(page, 0).get_by_role("button", name="Duplicate").click()
    expect(paths).to_have_count(4)
    expect(paths.nth(1)).to_contain_text("POST")
    page.locator("#f-name").fill("moved")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("moved")
    plan = served_pages.harness.client().get(
        page.url.split("?")[0][len(served_pages.url) :] + ".json"
    )
    names = [scenario["name"] for scenario in plan.json()["plan"]["scenarios"]]
    assert names == ["POST /items", "POST /items", "GET /items", "GET /items/{id}"]


def test_a_secret_is_stored_without_leaving_the_page(page: Page, served_pages: ServedPages) -> None:
    open_form(page, served_pages)
    page.locator("#f-name").fill("guarded")
    page.locator("#authorisation > summary").click()
    page.get_by_label("Requests carry").select_option("bearer")
    page.get_by_role("button", name="New secret").click()
    dialog = page.get_by_role("dialog", name="New secret")
    dialog.get_by_label("Name").fill("API_TOKEN")
    dialog.get_by_label("Value").fill("s3cr3t-value")
    dialog.get_by_role("button", name="Store").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_label("Stored secret")).to_have_value("API_TOKEN")
    page.wait_for_timeout(500)
    assert "s3cr3t-value" not in page.evaluate("JSON.stringify(localStorage)")
    assert "s3cr3t-value" not in page.content()
    assert "s3cr3t" not in page.url
    expect(page.locator("#f-name")).to_have_value("guarded")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("guarded")


def test_rows_and_values_are_added_where_they_are_needed(
    page: Page, served_pages: ServedPages
) -> None:
    open_form(page, served_pages)
    page.locator("#all-targets > summary").click()
    page.get_by_role("button", name="Add: End the run").click()
    page.get_by_label("is above").fill("5")
    expect(page.locator("[data-outlook]")).to_contain_text("Stops when more than 5")
    page.locator("#advanced > summary").click()
    page.get_by_role("button", name="Add: Data files").click()
    page.locator('[name="data_files.0.name"]').fill("people")
    page.locator('[name="data_files.0.csv"]').fill("number,name\n1,ann\n2,bob\n")
    scenario = opened(page, 2)
    scenario.get_by_label("Vary id").select_option("A column of a data file")
    value = scenario.get_by_label("id (path, required)", exact=True)
    expect(value).to_have_value(re.compile("people"))
    assert json.loads(value.input_value()) == {"csv": "people", "column": "number"}
    scenario.get_by_text("Headers, further values, checks").click()
    scenario.get_by_role("button", name="Add: Checks").click()
    scenario.get_by_label("Expected").fill("200, 204")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile(r"/load-tests/[0-9a-f-]{36}$"))
    answer = served_pages.harness.client().get(page.url[len(served_pages.url) :] + ".json")
    plan: dict[str, Any] = answer.json()["plan"]
    assert plan["auto_stop"] == [{"metric": "error_rate", "above": 0.05}]
    assert plan["scenarios"][2]["checks"] == [{"status": [200, 204]}]
    assert plan["scenarios"][2]["values"]["path"]["id"]["csv"] == "people"
    page.get_by_role("link", name="Edit").click()
    expect(page.locator('[name="data_files.0.name"]')).to_have_value("people")


def test_the_editor_sends_what_stands_in_it(page: Page, served_pages: ServedPages) -> None:
    open_form(page, served_pages)
    page.get_by_role("button", name="Edit as text").click()
    editor = page.get_by_role("textbox", name="Plan")
    editor.click()
    page.keyboard.press("Control+Home")
    expect(editor.locator(".cm-line").first.locator("span").first).to_have_text("name")
    # Over coloured text, whose colours a browser would keep against the page's policy.
    for text in ("name: typed", "name: typed again", "name: typed here"):
        page.keyboard.press("Home")
        page.keyboard.press("Shift+End")
        page.keyboard.type(text, delay=20)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("typed here")


def test_the_text_is_checked_at_its_lines(page: Page, served_pages: ServedPages) -> None:
    open_form(page, served_pages)
    page.get_by_role("button", name="Edit as text").click()
    editor = page.get_by_role("textbox", name="Plan")
    editor.locator(".cm-line", has_text="rate: 10").first.click()
    page.keyboard.press("End")
    page.keyboard.type("x")
    expect(page.locator(".editor-faults")).to_contain_text("scenarios.0.rate")
    expect(page.locator(".cm-lint-marker-error")).to_be_visible()
    page.keyboard.press("Backspace")
    expect(page.locator(".editor-faults")).to_have_text("")


def test_many_scenarios_stay_usable(page: Page, served_pages: ServedPages) -> None:
    site = site_of(served_pages)
    paths = "".join(
        f"  /thing{i}:\n    get: {{responses: {{'200': {{description: ok}}}}}}\n"
        for i in range(MANY)
    )
    document = f"openapi: 3.1.0\ninfo: {{title: Many, version: '1'}}\npaths:\n{paths}"
    endpoints = site.endpoints(site.add_spec(document))
    query = "&".join(f"endpoint={endpoint}" for endpoint in endpoints.values())
    page.goto(f"{served_pages.url}{NEW}?{query}")
    expect(page.locator("[data-scenario]")).to_have_count(MANY)
    page.get_by_label("Base address").fill("http://127.0.0.1:9")
    scenario = opened(page, 150)
    scenario.get_by_label("Requests/s").fill("60")
    expect(summary(page, 150)).to_contain_text("60 requests/s")
    scenario.get_by_role("button", name="Use this load").click()
    expect(summary(page, 199)).to_contain_text("60 requests/s")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile(r"/load-tests/[0-9a-f-]{36}$"))
    answer = served_pages.harness.client().get(page.url[len(served_pages.url) :] + ".json")
    assert [s["rate"] for s in answer.json()["plan"]["scenarios"]] == [60] * MANY


def test_a_phone_has_everything_below_each_other(page: Page, served_pages: ServedPages) -> None:
    page.set_viewport_size({"width": 420, "height": 800})
    open_form(page, served_pages)
    page.evaluate("document.querySelectorAll('.plan details').forEach((d) => { d.open = true; })")
    card(page).get_by_label("Load", exact=True).select_option("ramping-vus")
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    expect(page.get_by_role("button", name="Run now")).to_be_in_viewport()
    side = page.get_by_role("img", name="over 3").first.bounding_box()
    form = card(page).bounding_box()
    assert side is not None
    assert form is not None
    assert side["y"] > form["y"] + form["height"]


def test_what_was_typed_before_the_script_came_counts(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    page = open_context(is_patient=False).new_page()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/plan-form.js*", hold)
    open_form(page, served_pages, scripted=False)
    card(page).get_by_label("Requests/s").fill("50")
    while not held:
        page.wait_for_timeout(50)
    held[0].continue_()
    expect(summary(page)).to_contain_text("50 requests/s")


def test_what_was_sent_before_the_script_came_is_not_kept_as_typed(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    page = open_context(is_patient=False).new_page()
    scripts: list[Route] = []
    forms: list[Route] = []

    def hold_form(route: Route) -> None:
        if route.request.method == "POST" and not forms:
            forms.append(route)
        else:
            route.continue_()

    def hold_script(route: Route) -> None:
        scripts.append(route)

    page.route("**/plan-form.js*", hold_script)
    page.route("**/load-tests/new", hold_form)
    open_form(page, served_pages, scripted=False)
    page.locator("#f-name").fill("sent early")
    page.get_by_role("button", name="Save as draft").click(no_wait_after=True)
    while not (scripts and forms):
        page.wait_for_timeout(50)
    scripts[0].continue_()
    # While a page is on its way Playwright looks at nothing: the script gets a moment.
    page.wait_for_timeout(1000)
    forms[0].continue_()
    page.wait_for_url("**/drafts/*")
    assert kept(page) == []


def test_endpoints_to_add_are_filtered_and_counted(page: Page, served_pages: ServedPages) -> None:
    site_of(served_pages).add_spec()
    page.goto(served_pages.url + NEW)
    go = page.get_by_role("button", name="Set up a load test")
    expect(go).to_be_disabled()
    words = page.get_by_role("searchbox", name="Filter endpoints")
    words.fill("add")
    expect(page.locator(".endpoint:visible")).to_have_count(1)
    expect(page.get_by_text("1 of 3")).to_be_visible()
    page.get_by_role("checkbox", name="Choose POST /items").check()
    expect(page.get_by_text("1 chosen", exact=True)).to_be_visible()
    words.fill("")
    go.click()
    expect(card(page)).to_contain_text("/items")
