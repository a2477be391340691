from __future__ import annotations

import json

import pytest
from bs4 import BeautifulSoup
from fastapi.testclient import TestClient

from benchwright.datasets.tree import MAX_NODES, TreeNode, tree_of
from tests.fixtures.site import Site
from tests.web.harness import HOSTILE, Harness

LIST = "/p/default/datasets"
SCHEMA = {"buildings": {"b1": {"active": True, "file": "b1.csv"}}, "steps": [1, 2.5, None]}
Files = list[tuple[str, tuple[str, bytes]]]

FILES: Files = [
    ("files", ("shop/schema.json", json.dumps(SCHEMA).encode())),
    ("files", ("shop/data/b1.csv", b"time,load\n1,2\n2,3\n")),
]


def upload(client: TestClient, name: str = "shop") -> str:
    answer = client.post(f"{LIST}/upload", data={"name": name}, files=FILES)
    assert answer.status_code == 303, answer.text[:2000]
    return str(answer.headers["location"])


def test_without_datasets_the_page_says_what_to_do(site: Site) -> None:
    page = site.page(LIST)
    assert "No datasets yet" in page.text
    assert page.select_one(f"a[href='{LIST}/new']")
    assert site.page(f"{LIST}/new").select("form[enctype='multipart/form-data'] input[multiple]")


@pytest.mark.parametrize("name, made", [("", "shop"), ("My shop", "My%20shop")])
def test_upload_look_and_delete(site: Site, client: TestClient, name: str, made: str) -> None:
    address = upload(client, name)
    assert address == f"{LIST}/{made}/files"
    page = site.page(address)
    assert [a.text for a in page.select("tbody th a")] == ["data/b1.csv", "schema.json"]
    assert "b1.csv" in page.select(".data-tree")[0].text
    preview = site.page(str(page.select("tbody th a")[0]["href"]).partition("#")[0])
    assert [th.text for th in preview.select(".data-table thead th")] == ["Row", "time", "load"]
    assert client.get(f"{LIST}.json").json()["items"][0]["files"] == 2
    assert client.get(f"{address}.json").json()["schema"] == SCHEMA
    for link in page.select("a[download]"):
        assert client.get(str(link["href"])).status_code == 200
    site.send(f"{address}/delete", {"file": "data/b1.csv"})
    assert [a.text for a in site.page(address).select("tbody th a")] == ["schema.json"]
    more = [("files", ("more/c.txt", b"x")), ("folder", ("", b""))]
    assert client.post(f"{LIST}/{made}/upload", files=more).status_code == 303
    assert "more/c.txt" in site.page(address).text
    site.send(f"{LIST}/{made}/delete", {})
    site.page(address, 404)


def test_uploads_that_are_refused_say_why(site: Site, client: TestClient) -> None:
    def refused(path: str, status: int, files: Files, name: str = "") -> str:
        data, html = {"name": name}, {"Accept": "text/html"}
        answer = client.post(f"{LIST}{path}", headers=html, data=data, files=files)
        assert answer.status_code == status
        return BeautifulSoup(answer.text, "html.parser").select("[role=alert]")[0].text

    upload(client)
    empty = [("files", ("", b""))]
    assert "No file was chosen" in refused("/upload", 400, empty, "x")
    assert "already" in refused("/upload", 409, FILES, "shop")
    nameless = [("files", ("a.csv", b"1"))]
    assert "a name" in refused("/upload", 400, nameless)
    bad = [("files", ("a?.csv", b"1"))]
    assert "Invalid file name" in refused("/shop/upload", 400, bad)
    assert client.post(f"{LIST}/none/upload", files=nameless).status_code == 404
    answer = client.post(
        f"{LIST}/upload", files=FILES, data={"name": "shop"}, headers={"Accept": "application/json"}
    )
    assert answer.json()["status"] == 409
    replaced = client.post(f"{LIST}/upload", files=FILES, data={"name": "shop", "replace": "1"})
    assert replaced.status_code == 303


def test_files_that_are_hard_to_show(site: Site, harness: Harness) -> None:
    folder = harness.installation.lab.settings.data_dir / "datasets" / "odd"
    folder.mkdir(parents=True)
    (folder / "bin").write_bytes(b"\0\1")
    (folder / "empty.csv").write_bytes(b"")
    (folder / "a b (1)#?.csv").write_text(f"{HOSTILE.replace(',', '')},2\n")
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "schema.json").write_text("[")
    page = site.page(f"{LIST}/odd/files")
    assert "a symbolic link" in page.text
    assert "cannot be read" in page.text
    for link in page.select("tbody th a"):
        shown = site.page(str(link["href"]).partition("#")[0])
        assert shown.select("#file-preview")
        assert not shown.select("#file-preview img")
    for download in page.select("a[download]"):
        assert site.client.get(str(download["href"])).status_code == 200
    site.page(f"{LIST}/odd/files?file=link", 404)
    site.page(f"{LIST}/odd/files?file=../odd/bin", 404)


def test_many_files_and_many_datasets(site: Site, harness: Harness) -> None:
    folder = harness.installation.lab.settings.data_dir / "datasets"
    for number in range(120):
        (folder / f"d{number:03}").mkdir(parents=True)
    for number in range(250):
        (folder / "d000" / f"{number:03}.csv").write_text("")
    page = site.page(LIST)
    assert len(page.select("tbody tr")) == 100
    assert len(site.page(str(page.select("a[rel=next]")[0]["href"])).select("tbody tr")) == 20
    assert len(site.page(f"{LIST}?q=d00").select("tbody tr")) == 10
    page = site.page(f"{LIST}/d000/files")
    assert len(page.select("tbody tr")) == 200
    assert len(site.page(str(page.select("a[rel=next]")[0]["href"])).select("tbody tr")) == 50
    assert len(site.page(f"{LIST}/d000/files?q=24").select("tbody tr")) == 13


def count(node: TreeNode) -> int:
    return 1 + sum(count(child) for child in node.children)


def test_a_tree_of_any_schema_can_be_shown() -> None:
    wide = tree_of({"a": {str(n): n for n in range(10_000)}, "b": {"c": 1}})
    assert count(wide) <= MAX_NODES
    assert [child.key for child in wide.children] == ["a", "b"]
    deep: object = 1
    for _ in range(60):
        deep = [deep]
    node = tree_of(deep)
    while node.children:
        node = node.children[0]
    assert node.left_out == 1
    assert tree_of([]).children == []
    assert tree_of("text").text == "text"
