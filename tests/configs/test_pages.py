from __future__ import annotations

from bs4 import BeautifulSoup
from fastapi.testclient import TestClient

from tests.fixtures.site import Site
from tests.web.harness import Harness

LIST = "/p/default/configs"
GOOD = "experiment: {name: a, run_name: b}\nsimulator: {dataset_path: /data/datasets/x}\n"


def make(site: Site, name: str = "a.yaml", text: str = "a: 1\n") -> str:
    """The address of a config that was just made, without its last part."""
    address = site.send(f"{LIST}/new", {"name": name, "text": text})
    return address.removesuffix("/view")


def etag(page: BeautifulSoup) -> str:
    return str(page.select("input[name=etag]")[0]["value"])


def test_without_configs_the_page_says_what_to_do(site: Site) -> None:
    page = site.page(LIST)
    assert "No configs yet" in page.text
    assert page.select_one(f"a[href='{LIST}/new']")
    form = site.page(f"{LIST}/new")
    assert "dataset_path" in form.select("textarea")[0].text
    assert page.select("nav [aria-current=page]")[0].text.strip() == "Configs"


def test_create_edit_rename_delete_and_undo(site: Site, client: TestClient) -> None:
    here = make(site, "My config.yaml", "a: 1\r\nb: 2")
    assert here == f"{LIST}/My%20config.yaml"
    page = site.page(f"{here}/view")
    assert page.select("textarea")[0].text.strip() == "a: 1\nb: 2"
    assert client.get(f"{here}/view.json").json()["config"] == {"a": 1, "b": 2}
    form = site.page(f"{here}/edit")
    site.send(f"{here}/edit", {"text": "a: 2\n", "etag": etag(form)})
    page = site.page(f"{here}/view")
    renamed = site.send(f"{here}/rename", {"name": "b.yaml", "etag": etag(page)})
    assert renamed == f"{LIST}/b.yaml/view"
    page = site.page(renamed)
    deleted = site.send(f"{LIST}/b.yaml/delete", {"etag": etag(page)})
    page = site.page(deleted)
    assert "“b.yaml” was deleted" in page.text
    kept = str(page.select("input[name=deleted]")[0]["value"])
    assert site.send(f"{LIST}/undo", {"deleted": kept}) == renamed
    assert client.get(f"{LIST}/b.yaml/view.json").json()["text"] == "a: 2\n"
    assert "was deleted" not in site.page(deleted).text
    assert client.post(f"{LIST}/undo", data={"deleted": kept}).status_code == 404


def test_what_cannot_be_read_is_shown_again_and_kept_only_on_demand(site: Site) -> None:
    sent = {"name": "a.yaml", "text": "a: 1\nb: ["}
    answer = BeautifulSoup(site.send(f"{LIST}/new", sent, 400), "html.parser")
    assert "Line 2" in answer.select("[role=alert]")[0].text or "Line 3" in answer.text
    assert answer.select("textarea")[0].text.strip() == sent["text"]
    assert "No configs yet" in site.page(LIST).text
    site.send(f"{LIST}/new", sent | {"then": "keep"})
    assert "cannot be read" in site.page(LIST).text
    assert "cannot be read" in site.page(f"{LIST}/a.yaml/view").text
    assert site.page(f"{LIST}/a.yaml/edit").select("textarea")[0].text.strip() == sent["text"]


def test_a_change_of_somebody_else_is_shown_before_it_is_overwritten(site: Site) -> None:
    here = make(site)
    seen = etag(site.page(f"{here}/edit"))
    site.send(f"{here}/edit", {"text": "a: theirs\n", "etag": seen})
    again = BeautifulSoup(
        site.send(f"{here}/edit", {"text": "a: mine\n", "etag": seen}, 409), "html.parser"
    )
    assert again.select("textarea")[0].text.strip() == "a: mine"
    assert "a: theirs" in again.select("pre")[0].text
    assert "Overwrite" in again.text
    site.send(f"{here}/delete", {"etag": seen}, 409)
    site.send(f"{here}/rename", {"name": "b.yaml", "etag": seen}, 409)
    site.send(f"{here}/edit", {"text": "a: mine\n", "etag": etag(again)})
    assert "a: mine" in site.page(f"{here}/view").text


def test_a_config_that_was_deleted_meanwhile_can_be_made_anew(site: Site) -> None:
    here = make(site)
    seen = etag(site.page(f"{here}/edit"))
    site.send(f"{here}/delete", {"etag": seen})
    answer = site.send(f"{here}/edit", {"text": "a: mine\n", "etag": seen}, 404)
    assert "was deleted by somebody else" in answer
    site.send(f"{here}/edit", {"text": "a: mine\n", "etag": "", "then": "anew"})
    assert "a: mine" in site.page(f"{here}/view").text


def test_names_that_cannot_be(site: Site) -> None:
    make(site)
    assert "Invalid file name" in site.send(f"{LIST}/new", {"name": "../a", "text": "a: 1"}, 400)
    assert "already" in site.send(f"{LIST}/new", {"name": "A.yaml", "text": "a: 1"}, 409)
    assert "Invalid file name" in site.send(f"{LIST}/a.yaml/rename", {"name": "a"}, 400)
    for part in ("none.yaml", "..%2f..%2fx.yaml", "a.txt"):
        site.page(f"{LIST}/{part}/view", 404)


def test_the_list_is_filtered_and_sorted(site: Site, client: TestClient) -> None:
    for name, text in (("big.yaml", "# " + "x" * 500), ("bigger.json", "{}"), ("other.yaml", "")):
        make(site, name, text)
    page = site.page(f"{LIST}?q=BIG&sort=size")
    assert [a.text for a in page.select("tbody th a")] == ["big.yaml", "bigger.json"]
    assert "No config matches" in site.page(f"{LIST}?q=zzz").text
    assert [c["name"] for c in client.get(f"{LIST}.json?q=oth").json()["items"]] == ["other.yaml"]


def test_a_long_list_has_pages(site: Site, harness: Harness, client: TestClient) -> None:
    folder = harness.installation.lab.settings.data_dir / "configs"
    folder.mkdir()
    for number in range(130):
        (folder / f"{number:03}.yaml").write_text("a: 1\n")
    page = site.page(LIST)
    following = str(page.select("a[rel=next]")[0]["href"])
    assert len(page.select("tbody tr")) == 100
    assert len(site.page(following).select("tbody tr")) == 30
    first = client.get(f"{LIST}.json").json()
    last = client.get(f"{LIST}.json?cursor={first['next_cursor']}").json()
    assert (len(first["items"]), len(last["items"]), last["next_cursor"]) == (100, 30, None)


def test_lint_and_duplicates(site: Site, client: TestClient) -> None:
    faults = client.post(f"{LIST}/lint", data={"text": GOOD}).json()
    assert [(fault["line"], fault["severity"]) for fault in faults] == [(2, "warning")]
    faults = client.post(f"{LIST}/lint?name=a.json", data={"text": "a: 1"}).json()
    assert faults[0]["severity"] == "error"
    make(site, text=GOOD)
    page = site.page(f"{LIST}/new?from=a.yaml")
    assert page.select("input[name=name]")[0]["value"] == "a copy.yaml"
    assert page.select("textarea")[0].text.strip() == GOOD.strip()
    assert "There is no dataset" in site.page(f"{LIST}/a.yaml/view").text


def test_what_is_too_large_is_not_edited(site: Site, harness: Harness) -> None:
    folder = harness.installation.lab.settings.data_dir / "configs"
    folder.mkdir()
    (folder / "a.yaml").write_bytes(b"#" * 2_000_000)
    for part in ("view", "edit"):
        assert "cannot be shown here" in site.page(f"{LIST}/a.yaml/{part}").text
    text = "".join(f"- größe {number} %&=\n" for number in range(40_000))
    make(site, "long.yaml", text)
    assert len((folder / "long.yaml").read_text()) == len(text)
