"""The pages of hosts."""

from __future__ import annotations

import datetime as dt

from benchwright.hosts import repository
from benchwright.kit.db import now
from benchwright.runs.state import RunKind, RunState
from tests.fixtures.site import Site
from tests.hosts.certificates import make_pair, make_ssh_key
from tests.hosts.daemon import fake_daemon
from tests.hosts.harness import add_host, add_run

HOSTS = "/p/default/hosts"
FORM = {"name": "gpu-1", "address": "tcp://127.0.0.1:1", "capacity": "2"}


def test_all_hosts_with_what_runs_there(site: Site) -> None:
    database = site.harness.database
    add_host(database, "gpu-1", capacity=2, labels={"gpu": "a100"}, is_exclusive=True)
    add_host(
        database, "away", unreachable_since=now() - dt.timedelta(hours=1),
        problem="Nothing listens. Start Docker.",
    )  # fmt: skip
    add_run(database, "docker:gpu-1", RunState.RUNNING, name="Training")
    add_run(database, "docker:gpu-1", name="Next")
    page = site.page(HOSTS)
    local, gpu, away = page.select(".host")
    assert "Not checked yet" in local.text
    assert "1 of 1 in use · 1 waiting" in " ".join(gpu.text.split())
    assert [a.text for a in gpu.select(".host-runs a")] == ["Training", "Next"]
    for words in ("Busy", "One at a time", "gpu=a100"):
        assert words in gpu.text
    assert "Out of reach" in away.text
    assert "Nothing listens. Start Docker." in away.text
    told = site.client.get(f"{HOSTS}.json").json()
    assert [host["state"] for host in told] == ["unknown", "busy", "unreachable"]
    assert site.page("/p/nowhere/hosts", 404)


def test_the_page_of_a_host_and_what_can_be_done_there(site: Site) -> None:
    with fake_daemon() as address:
        add_host(site.harness.database, "gpu-1", address=address, seen_at=None)
        page = site.page(f"{HOSTS}/gpu-1")
        assert "Nothing is known of it" in page.text
        assert site.send(f"{HOSTS}/gpu-1/check", {}) == f"{HOSTS}/gpu-1"
        text = site.page(f"{HOSTS}/gpu-1").text
        for words in ("Ready", "bridge, opeva_network", "6.12", "12", "opeva_network"):
            assert words in text
        assert "Nothing was left over" in site.page(f"{HOSTS}/gpu-1/left-over").text
        assert site.client.get(f"{HOSTS}/gpu-1/left-over.json").json()["items"] == []
        site.send(f"{HOSTS}/gpu-1/left-over/remove", {"container_id": "a" * 64})
    assert "nothing is known" in site.page(f"{HOSTS}/gpu-1/left-over").text
    site.send(f"{HOSTS}/gpu-1/drain", {})
    assert "Drained: what runs may end" in site.page(f"{HOSTS}/gpu-1").text
    add_run(site.harness.database, "docker:gpu-1")
    refused = site.client.post(f"{HOSTS}/gpu-1/remove")
    assert refused.status_code == 409
    assert "1 run is there or waits for “gpu-1”" in refused.text
    site.send(f"{HOSTS}/gpu-1/undrain", {})
    assert site.client.get(f"{HOSTS}/gpu-1.json").json()["is_drained"] is False
    assert site.page(f"{HOSTS}/gone", 404)
    site.send(f"{HOSTS}/local/remove", {}, 409)


def test_a_host_is_added_changed_and_removed_by_forms(site: Site) -> None:
    form = {**FORM, "labels": "gpu=a100, site=lab\n", "mount_roots": "/srv/a\n/srv/b\n"}
    assert site.send(f"{HOSTS}/new", form) == f"{HOSTS}/gpu-1"
    page = site.page(f"{HOSTS}/gpu-1/edit")
    assert page.select_one("[name=labels]").text.strip() == "gpu=a100\nsite=lab"  # type: ignore[union-attr]  # it is there
    assert page.select_one("[name=name]") is None
    changed = {**form, "stored": "gpu-1", "is_exclusive": "true", "labels": ""}
    assert site.send(f"{HOSTS}/gpu-1/edit", changed) == f"{HOSTS}/gpu-1"
    told = site.client.get(f"{HOSTS}/gpu-1.json").json()
    assert (told["is_exclusive"], told["labels"]) == (True, {})
    assert told["mount_roots"] == ["/srv/a", "/srv/b"]
    assert site.send(f"{HOSTS}/gpu-1/remove", {}) == HOSTS


def test_errors_stand_at_their_fields_and_keys_are_not_shown_again(site: Site) -> None:
    pair = make_pair()
    form = {
        **FORM, "address": "ssh://gpu-1", "capacity": "many", "labels": "gpu", "tls_key": pair.key,
        "tls_certificate": pair.certificate, "ssh_key": make_ssh_key(),
    }  # fmt: skip
    text = site.send(f"{HOSTS}/new", form, 422)
    assert "write it like gpu=a100" in text
    text = site.send(f"{HOSTS}/new", {**form, "labels": ""}, 422)
    assert "f-capacity-error" in text
    text = site.send(f"{HOSTS}/new", {**form, "labels": "", "capacity": "1"}, 422)
    assert "f-address-error" in text
    assert "PRIVATE KEY-----\n" not in text
    assert "BEGIN CERTIFICATE" in text
    text = site.send(f"{HOSTS}/new", {**FORM, "name": "local"}, 409)
    assert "exists already" in text


def test_a_connection_is_tried_from_the_form(site: Site) -> None:
    with fake_daemon() as address:
        text = site.send(f"{HOSTS}/test", {**FORM, "address": address}, 200)
        assert "It answers: Docker 29.1.0 on fake-1." in text
        add_host(site.harness.database, "known", address=address)
        text = site.send(f"{HOSTS}/test", {**FORM, "stored": "known", "address": address}, 200)
        assert "It answers" in text
    text = site.send(f"{HOSTS}/test", {**FORM, "address": address}, 200)
    assert "It cannot be reached." in text
    text = site.send(f"{HOSTS}/test", {**FORM, "address": "moon"}, 200)
    assert "Address: Write unix:///" in text
    with site.harness.database.read() as session:
        assert repository.find(session, "gpu-1") is None


def test_activity_tells_what_a_queued_run_waits_for(site: Site) -> None:
    add_host(site.harness.database, "gpu-1", is_drained=True)
    add_run(site.harness.database, "docker:gpu-1", name="First")
    add_run(site.harness.database, "docker:gpu-1", name="Second")
    text = " ".join(site.page("/activity").text.split())
    assert "gpu-1 is drained: nothing new begins there; 1 run is before it" in text
    told = site.client.get("/activity.json").json()["runs"]
    assert [run["target_name"] for run in told] == ["Docker host gpu-1"] * 2
    assert told[1]["waiting"]["place"] == "1 run is before it"


def test_the_page_of_a_queued_run_tells_it_too(site: Site) -> None:
    add_host(site.harness.database, "gpu-1", is_drained=True)
    kind = RunKind.LOAD_TEST
    run_id = add_run(site.harness.database, "docker:gpu-1", home=None, kind=kind)
    page = site.page(f"/p/default/runs/{run_id}")
    said = page.select_one("#run-place")
    assert said is not None
    assert "Waits: gpu-1 is drained" in " ".join(said.text.split())
    assert [a["href"] for a in said.select("a")] == [f"{HOSTS}/gpu-1"]
    listed = site.page("/p/default/runs?columns=target").select("[data-cell=target]")
    assert [cell.text for cell in listed] == ["Docker host gpu-1"]
