from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from fastapi.testclient import TestClient

from benchwright.access import service as access
from benchwright.access.principal import Scope
from benchwright.access.secret_store import write_secret
from benchwright.projects import service as projects
from tests.fixtures.site import Site
from tests.services import databases
from tests.web.harness import Harness

NEW = "/p/default/load-tests/own-script"
SCRIPT = "export const options = {vus: 2, duration: '5s'};\r\nexport default function () {}\r\n"

pytestmark = pytest.mark.k6


def test_ways_lead_here(site: Site) -> None:
    for path in ("/", "/p/default/", "/p/default/load-tests/new"):
        assert site.page(path).select_one(f"main a[href='{NEW}']") is not None, path
    site.add_spec()
    assert site.page("/p/default/load-tests/new").select_one(f"main a[href='{NEW}']") is not None


def test_a_pasted_script_becomes_a_load_test(site: Site) -> None:
    with site.harness.database.write() as session:
        project = projects.ensure_default(session)
        write_secret(session, site.harness.installation.lab.keyring, project.id, "API_KEY", "x")
    box = site.page(NEW).select_one("input[name=secrets]")
    assert box is not None
    sent = {
        "name": "Mine", "script": SCRIPT, "secrets": str(box["value"]),
        "environment": "# where\r\nTARGET = http://127.0.0.1:9/?a=b\r\n\r\n",
    }  # fmt: skip
    path = site.send(NEW, sent)
    view = site.client.get(path + ".json").json()
    assert view["name"] == "Mine"
    assert view["script"]["environment"] == {"TARGET": "http://127.0.0.1:9/?a=b"}
    assert view["script"]["secrets"] == ["API_KEY"]
    assert view["planned_duration_s"] == 35
    text = site.client.get(f"/api/v1/load-tests/{view['public_id']}/script").text
    assert text == SCRIPT.replace("\r\n", "\n")
    page = site.page(path)
    assert page.select_one(f"form[action='{path}/run'] button") is not None
    shown = site.page(path + "?tab=script").select_one(".facts")
    assert shown is not None
    assert "TARGET=http://127.0.0.1:9/?a=b" in shown.text
    assert site.send(path + "/run", {}).startswith("/p/default/runs/")


def test_an_uploaded_script_comes_with_its_files(site: Site) -> None:
    script = b"import { x } from './part.ts'; export default function () { const n: number = x }"
    files = [
        ("file", ("checkout.ts", script)),
        ("files", ("part.ts", b"export const x: number = 1")),
        ("files", ("data.csv", b"a\n1\n")),
    ]
    answer = site.client.post(NEW, data={"name": "", "script": "ignored"}, files=files)
    assert answer.status_code == 303, answer.text
    view = site.client.get(answer.headers["location"] + ".json").json()
    assert view["name"] == "checkout"
    assert view["script"]["script_name"] == "script.ts"
    assert view["script"]["files"] == ["data.csv", "part.ts"]


def test_what_k6_refuses_is_explained_and_kept(site: Site) -> None:
    sent = {
        "name": "Mine </script>", "script": "export default function ({", "language": "typescript",
        "environment": "A=1",
    }  # fmt: skip
    page = BeautifulSoup(site.send(NEW, sent, status=422), "html.parser")
    alert = page.select_one("[role=alert]")
    assert alert is not None
    assert "k6 does not accept the script" in alert.text
    area = field(page, "script")
    assert area.text.strip() == sent["script"]
    message = page.select_one(f"#{area['aria-describedby']}")
    assert message is not None
    assert "script.ts" in message.text
    assert field(page, "name")["value"] == sent["name"]
    assert field(page, "environment").text.strip() == "A=1"
    chosen = page.select_one("select[name=language] option[selected]")
    assert chosen is not None
    assert chosen["value"] == "typescript"


def test_a_refused_file_stands_in_the_editor(site: Site) -> None:
    files = {"file": ("x.js", "export default function ({ // ä".encode())}
    answer = site.client.post(NEW, data={"name": "x"}, files=files)
    area = field(BeautifulSoup(answer.text, "html.parser"), "script")
    assert area.text.strip() == "export default function ({ // ä"


@pytest.mark.parametrize(
    "sent, name, part",
    [
        ({"name": " "}, "name", "needed"),
        ({"script": " "}, "script", "empty"),
        ({"environment": "A"}, "environment", "Line 1: write NAME=value"),
        ({"environment": "A=1\nA=2"}, "environment", "Line 2: A stands here twice"),
        ({"environment": "K6_VUS=9"}, "environment", "K6_VUS"),
    ],
)
def test_errors_stand_at_their_fields(
    site: Site, sent: dict[str, str], name: str, part: str
) -> None:
    everything = {"name": "Mine", "script": SCRIPT, **sent}
    page = BeautifulSoup(site.send(NEW, everything, status=422), "html.parser")
    wrong = page.select("[aria-invalid=true]")
    assert [tag["name"] for tag in wrong] == [name]
    message = page.select_one(f"#{wrong[0]['aria-describedby']}")
    assert message is not None
    assert part in message.text


def test_files_with_unsafe_names_are_refused(site: Site) -> None:
    answer = site.client.post(
        NEW, data={"name": "x", "script": SCRIPT}, files=[("files", ("a b", b""))]
    )
    assert answer.status_code == 422
    wrong = field(BeautifulSoup(answer.text, "html.parser"), "files")
    assert wrong["aria-invalid"] == "true"


def test_another_project_has_its_own(site: Site) -> None:
    site.send("/p/", {"name": "Other"})
    path = site.send(NEW.replace("default", "other"), {"name": "x", "script": SCRIPT})
    assert path.startswith("/p/other/load-tests/")
    site.page(NEW.replace("default", "nowhere"), status=404)


@pytest.fixture
def reachable(tmp_path: Path) -> Iterator[tuple[Harness, dict[Scope, str]]]:
    """An installation that others reach, and a token for each scope."""
    databases._copy_sqlite(tmp_path)
    local = Harness.open(tmp_path / "data")
    keyring = local.installation.lab.keyring
    with local.database.write() as session:
        tokens = {s: access.create_token(session, keyring, f"may {s}", [s])[1] for s in Scope}
    local.database.dispose()
    harness = Harness.open(tmp_path / "data", host="0.0.0.0")
    yield harness, tokens
    harness.database.dispose()


def signed_in(harness: Harness, token: str) -> TestClient:
    client = TestClient(
        harness.app, base_url="http://lab.example", follow_redirects=False,
        headers={"Accept": "text/html", "Origin": "http://lab.example"},
    )  # fmt: skip
    client.post("/sign-in", data={"token": token})
    return client


def test_off_this_machine_an_administrator_and_a_setting_are_needed(
    reachable: tuple[Harness, dict[Scope, str]],
) -> None:
    harness, tokens = reachable
    sent = {"name": "x", "script": SCRIPT}
    writer, admin = (signed_in(harness, tokens[s]) for s in (Scope.WRITE, Scope.ADMIN))
    for client, advice in (
        (writer, "benchwright token create --scope admin"),
        (admin, "BENCHWRIGHT_EXECUTORS__PROCESS__ENABLED=true"),
    ):
        page = BeautifulSoup(client.get(NEW).text, "html.parser")
        assert page.select_one("main form") is None
        notice = page.select_one(".notice")
        assert notice is not None
        assert advice in notice.text
        assert client.post(NEW, data=sent).status_code == 403
    harness.installation.lab.settings.executors.process.enabled = True
    assert admin.post(NEW, data=sent).status_code == 303
    assert writer.post(NEW, data=sent).status_code == 403


def field(page: BeautifulSoup, name: str) -> Tag:
    found = page.select_one(f"main [name={name}]")
    assert found is not None
    return found


def test_a_script_is_replaced_in_its_place(site: Site) -> None:
    files = [("files", ("a.csv", b"1")), ("files", ("b.csv", b"2"))]
    answer = site.client.post(NEW, data={"name": "Mine", "script": SCRIPT}, files=files)
    path = answer.headers["location"]
    link = site.page(path).select_one(f"a[href='{path}/edit']")
    assert link is not None
    place = site.client.get(path + "/edit").headers["location"]
    page = site.page(place)
    area = page.select_one("textarea[name=script]")
    assert area is not None
    assert "vus: 2" in area.text
    assert [box["value"] for box in page.select("input[name=kept][checked]")] == ["a.csv", "b.csv"]
    changed = {"name": "Mine", "script": SCRIPT.replace("vus: 2", "vus: 3"), "kept": "b.csv"}
    assert site.send(place, changed) == path
    view = site.client.get(path + ".json").json()
    assert (view["script"]["files"], view["script"]["max_vus"]) == (["b.csv"], 3)
    broken = site.send(place, changed | {"script": "export default {"}, status=422)
    assert "export default {" in BeautifulSoup(broken, "html.parser").text
    assert site.client.get(path + ".json").json()["script"]["max_vus"] == 3


def test_a_plan_has_no_script_to_replace(site: Site) -> None:
    plan = "name: a\nbase_url: http://127.0.0.1:9\nscenarios: [{name: a, path: /, executor: constant-vus, duration: 5s}]"
    path = site.send("/p/default/load-tests/new", {"plan": plan, "then": "save"})
    site.page(path + "/own-script", status=404)
    assert site.client.post(path + "/own-script", data={"name": "x"}).status_code == 404
