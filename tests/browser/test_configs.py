"""Configs and datasets in a browser: an editor that checks, uploads that show how far they are."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

from playwright.sync_api import Dialog, FilePayload, Page, expect

from tests.fixtures.served_pages import ServedPages
from tests.services.chromium import Complaints, OpenContext
from tests.services.patience import wait_for_value

CONFIGS, DATASETS = "/p/default/configs", "/p/default/datasets"


def write(page: Page, text: str) -> None:
    """Puts a text into the editor in place of what it holds."""
    editor = page.locator(".cm-content")
    expect(editor).to_be_visible()
    editor.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)


def test_a_config_is_made_checked_mended_deleted_and_put_back(
    page: Page, served_pages: ServedPages, complaints: Complaints
) -> None:
    page.goto(served_pages.url + CONFIGS)
    page.get_by_role("link", name="New config").click()
    page.get_by_label("Name", exact=True).fill("battery.yaml")
    write(page, "experiment:\n  name: [a\nsimulator: 1\n")
    said = page.locator(".editor-faults")
    expect(said).to_contain_text("Line 3", timeout=30_000)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("This was not saved")
    complaints.expect("400")
    expect(page.locator(".cm-content")).to_contain_text("simulator: 1")
    write(page, "experiment: {name: a, run_name: b}\nsimulator: {dataset_path: ./datasets/x}\n")
    expect(said).to_contain_text("write /data/datasets/x", timeout=30_000)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="battery.yaml")).to_be_visible()
    expect(page.locator("main")).to_contain_text("A simulation would trip over this")
    shown = page.locator(".cm-content")
    expect(shown).to_contain_text("run_name: b")
    shown.click()
    page.keyboard.insert_text("not to be written")
    expect(shown).not_to_contain_text("not to be written")
    page.locator("summary", has_text="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete “battery.yaml”?")
    dialog.get_by_role("button", name="Delete it").click()
    page.get_by_role("button", name="Put it back").click()
    expect(page.locator(".cm-content")).to_contain_text("run_name: b")


def test_a_dataset_is_uploaded_looked_at_and_downloaded(
    page: Page, served_pages: ServedPages, tmp_path: Path, complaints: Complaints
) -> None:
    folder = tmp_path / "shop"
    (folder / "data").mkdir(parents=True)
    (folder / "schema.json").write_text('{"buildings": {"b1": {"file": "data/b1.csv"}}}')
    (folder / "data" / "b1.csv").write_text("time,load\n1,2.5\n")
    page.goto(served_pages.url + DATASETS)
    page.get_by_role("link", name="New dataset").click()
    expect(page.locator("file-upload[data-ready]")).to_be_attached()
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose some files first")
    page.get_by_label("Or a whole folder").set_input_files(folder)
    expect(page.locator(".chosen-files")).to_contain_text("shop/data/b1.csv")
    page.get_by_role("button", name="Upload").click()
    expect(page).to_have_url(re.compile("/datasets/shop/files$"))
    expect(page.locator(".toast")).to_contain_text("The dataset “shop” was made")
    expect(page.locator(".data-tree")).to_contain_text("b1")
    page.get_by_role("link", name="data/b1.csv", exact=True).click()
    expect(page.locator("#file-preview tbody")).to_contain_text("2.5")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download zip").click()
    with zipfile.ZipFile(io.BytesIO(downloading.value.path().read_bytes())) as archive:
        assert set(archive.namelist()) == {"shop/data/b1.csv", "shop/schema.json"}
    files: list[FilePayload] = [
        {"name": "bad?.csv", "mimeType": "text/csv", "buffer": b"1"},
        {"name": "c.csv", "mimeType": "text/csv", "buffer": b"1"},
    ]
    page.locator("#f-files").set_input_files(files)
    page.get_by_role("button", name="Add files").click()
    expect(page.locator("[data-refused]")).to_contain_text("Invalid file name")
    complaints.expect("400")
    page.locator("#f-files").set_input_files(files[1:])
    page.get_by_role("button", name="Add files").click()
    expect(page.get_by_role("link", name="c.csv", exact=True)).to_be_visible()


def test_who_leaves_the_editor_is_asked_first(page: Page, served_pages: ServedPages) -> None:
    asked = list[str]()

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto(f"{served_pages.url}{CONFIGS}/new")
    write(page, "a: 1\n")
    page.get_by_role("link", name="Cancel").click()
    wait_for_value(page, lambda: asked, lambda kinds: kinds == ["beforeunload"])
    expect(page.locator(".cm-content")).to_contain_text("a: 1")
    page.get_by_label("Name", exact=True).fill("a.yaml")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="a.yaml")).to_be_visible()
    assert asked == ["beforeunload"]


def test_files_are_dropped(page: Page, served_pages: ServedPages) -> None:
    page.goto(f"{served_pages.url}{DATASETS}/new")
    place = page.locator("file-upload[data-ready]")
    expect(place).to_be_attached()
    place.evaluate("""place => {
        const data = new DataTransfer();
        data.items.add(new File(["1,2"], "dropped.csv"));
        for (const kind of ["dragover", "drop"])
          place.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
    }""")
    expect(page.locator(".chosen-files")).to_contain_text("dropped.csv")
    page.get_by_label("Name", exact=True).fill("From drops")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("link", name="dropped.csv", exact=True)).to_be_visible()


def test_everything_works_without_scripts(
    served_pages: ServedPages, open_context: OpenContext
) -> None:
    page = open_context(java_script_enabled=False).new_page()
    page.goto(f"{served_pages.url}{CONFIGS}/new")
    page.get_by_label("Name", exact=True).fill("a.yaml")
    page.get_by_label("Text", exact=True).fill("a: 1\n")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("Text", exact=True)).to_have_value("a: 1\n")
    page.goto(f"{served_pages.url}{DATASETS}/new")
    page.get_by_label("Name", exact=True).fill("shop")
    files: list[FilePayload] = [{"name": "a.csv", "mimeType": "text/csv", "buffer": b"x,y\n1,2\n"}]
    page.get_by_label("Files", exact=True).set_input_files(files)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("link", name="a.csv", exact=True)).to_be_visible()
    page.locator("summary", has_text="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.locator("main")).to_contain_text("No datasets yet")
