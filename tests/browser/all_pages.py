"""The address of a page of each kind, in groups that a test each can look at."""

from __future__ import annotations

from benchwright.kit.db import now
from benchwright.runs.state import RunState
from tests.fixtures.served_pages import ServedPages
from tests.fixtures.site import Site
from tests.hosts.harness import add_host, add_run

EMPTY = {
    "no schedules": "/p/default/schedules",
    "no jobs": "/p/default/jobs",
    "no configs": "/p/default/configs",
    "no datasets": "/p/default/datasets",
    "no sources": "/p/default/sources",
    "no hosts": "/p/default/hosts",
    "start": "/",
    "empty project": "/p/default/",
    "empty runs": "/p/default/runs",
}
"""Pages of an installation with nothing in it."""

GROUPS = (
    *("specs", "load tests", "plans", "runs", "other runs", "tabs", "compared", "lists"),
    *("schedules", "jobs", "hosts", "configs", "projects", "frame", "reference", "errors"),
)
Pages = dict[str, str]
"""Addresses by the name of what is there."""

PLAN = (
    "name: Noon\nbase_url: http://127.0.0.1:9\nscenarios:\n"
    "- {name: a, path: /a, executor: constant-vus, duration: 5s}\n"
)
JOB = "name: Fit\ncommand: [echo, '${{ lr }}']\nmatrix: {lr: [0.1, 0.2]}\n"


def fail() -> None:
    raise RuntimeError("as the test wants it")


def fill(pages: ServedPages) -> dict[str, Pages]:
    """Makes one of everything; the pages of each group."""
    harness = pages.harness
    harness.app.add_api_route("/broken", fail)
    site = Site(harness, harness.client())
    other = site.send("/p/", {"name": "Other"})
    found = {
        **_load_tests(site),
        **_runs(site),
        "schedules": _schedules(site),
        "jobs": _jobs(site),
        "hosts": _hosts(site),
        "configs": _configs(site),
        "projects": _projects(site, other),
        "frame": {
            "activity": "/activity", "sign in": "/sign-in", "about": "/about", "overview": "/",
            "stream in": "/p/default/stream-in", "search": "/search?q=noon",
            "found nothing": "/search?q=zz",
        },
        "reference": {"docs": "/docs", "design": "/design"},
        "errors": {
            "error 404": "/p/nowhere/", "error 422": "/p/default/runs?limit=none",
            "error 500": "/broken",
        },
    }  # fmt: skip
    assert sorted(found) == sorted(GROUPS)
    return found


def _load_tests(site: Site) -> dict[str, Pages]:
    spec = site.add_spec()
    endpoints = site.endpoints(spec)
    item = endpoints["POST /items"]
    here = "/p/default/load-tests"
    new = f"{here}/new?" + "&".join(f"endpoint={e}" for e in endpoints.values())
    test = site.send(f"{here}/new", {"plan": PLAN, "then": "save"})
    draft = site.send(f"{here}/new", {"name": "For later", "then": "draft"})
    specs = {
        "specs": "/p/default/specs", "new spec": "/p/default/specs/new", "spec": spec,
        "suggested": f"{spec}?suggested=1", "revision": f"{spec}/revisions/1",
        "endpoint": f"{spec}/endpoints/{item}",
    }  # fmt: skip
    tests = {
        "choose": f"{here}/new", "using": f"{here}/using?endpoint={item}", "load test": test,
        "draft": draft, "add to draft": f"{here}/new?draft={draft.rpartition('/')[2]}",
    }  # fmt: skip
    plans = {
        "new load test": new, "edit": f"{test}/edit", "edit as text": f"{test}/edit?text=true",
        "own script": f"{here}/own-script",
    }  # fmt: skip
    return {"specs": specs, "load tests": tests, "plans": plans}


def _runs(site: Site) -> dict[str, Pages]:
    make, here = site.harness.make_run, "/p/default/runs"
    first = {
        f"run {state}": f"{here}/{make(state, age_s=20, results=with_results)}"
        for state, with_results in (
            (RunState.QUEUED, False), (RunState.RUNNING, False), (RunState.SUCCEEDED, True),
            (RunState.FAILED, False), (RunState.LOST, False),
        )
    }  # fmt: skip
    done = first["run succeeded"]
    tabs = ("failures", "results", "artifacts", "events", "script", "settings")
    other = make(name="Another run")
    tested = site.load_test()
    for slower in (1, 1.5):
        make(load_test_id=tested, name="Listed", slower=slower)
    history = site.last_load_test
    return {
        "runs": first,
        "other runs": {
            "run without scenarios": f"{here}/{make(scenarios=[], verdict=None)}",
            "run queued without scenarios": f"{here}/{make(RunState.QUEUED, scenarios=[])}",
        },
        "tabs": {f"tab {tab}": f"{done}?tab={tab}" for tab in tabs},
        "compared": {
            "compared": f"{done}/compare?with={other}", "not compared": f"{done}/compare",
            "overlay": f"{done}/overlay?with={other}", "run with another": f"{done}?with={other}",
        },
        "lists": {
            "runs": here, "narrowed runs": f"{here}?verdict=missed&q=s&sort=-p95",
            "history": history, "plan in words": f"{history}?tab=plan",
        },
    }  # fmt: skip


def _schedules(site: Site) -> Pages:
    here = "/p/default/schedules"
    test = site.last_load_test.rpartition("/")[2]
    form = {"load_test": test, "zone": "Asia/Seoul", "cron": "@daily"}
    schedule = site.send(f"{here}/new", form)
    return {
        "schedules": here, "schedule": schedule, "edit schedule": f"{schedule}/edit",
        "new schedule": f"{here}/new?load_test={test}",
    }  # fmt: skip


def _jobs(site: Site) -> Pages:
    here = "/p/default/jobs"
    kept = site.send(f"{here}/new", {"plan": JOB, "edited": "text", "then": "save"})
    group = site.send(f"{kept}/run", {"p.lr": "0.1, 0.2, 0.3"})
    return {
        "jobs": here, "job": kept, "plan of a job": f"{kept}?tab=plan", "group": group,
        "new job": f"{here}/new?example=container", "edit job": f"{kept}/edit",
    }  # fmt: skip


def _hosts(site: Site) -> Pages:
    here, database = "/p/default/hosts", site.harness.database
    add_host(
        database, "gpu-1", address="ssh://a@b", labels={"gpu": "a100"}, is_exclusive=True,
        facts={"processors": 8, "memory_bytes": 10**10, "warnings": ["No swap limit"]},
    )  # fmt: skip
    add_host(database, "away", unreachable_since=now(), problem="Start Docker.")
    waits = add_run(database, "docker:away", name="Waits")
    return {
        "hosts": here, "host": f"{here}/gpu-1", "host away": f"{here}/away",
        "new host": f"{here}/new", "edit host": f"{here}/gpu-1/edit",
        "left over": f"{here}/away/left-over", "job run that waits": f"/p/default/runs/{waits}",
    }  # fmt: skip


def _configs(site: Site) -> Pages:
    here = "/p/default/configs"
    text = "simulator: {dataset_path: ./x}\nrate: 1e-4\n"
    config = site.send(f"{here}/new", {"name": "a.yaml", "text": text})
    site.send(f"{here}/new", {"name": "broken.yaml", "text": "a: [", "then": "keep"})
    files = [
        ("files", ("shop/schema.json", b'{"a": {"b": [1, "text", null]}}')),
        ("files", ("shop/a.csv", b"time,load\n1,2\n")),
    ]
    sent = site.client.post("/p/default/datasets/upload", files=files)
    dataset = sent.headers["location"]
    return {
        "configs": here, "config": config, "new config": f"{here}/new",
        "edit config": config.replace("/view", "/edit"),
        "broken config": f"{here}/broken.yaml/view", "datasets": "/p/default/datasets",
        "new dataset": "/p/default/datasets/new", "dataset": dataset,
        "preview": f"{dataset}?file=a.csv",
    }  # fmt: skip


def _projects(site: Site, other: str) -> Pages:
    site.send("/p/default/secrets", {"name": "API_TOKEN", "value": "a value"})
    return {
        "projects": "/p", "project": "/p/default/", "settings": "/p/default/settings",
        "other settings": f"{other}settings", "secrets": "/p/default/secrets",
        "no secrets": f"{other}secrets",
    }  # fmt: skip
