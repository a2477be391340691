"""What Docker is told is what the plan allows, whatever the plan says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.executors.docker.rules import DockerHostRules
from benchwright.executors.docker.spec import build_container, choose_network, hash_spec
from benchwright.executors.port import ContainerPlan, LaunchSpec, Mount, SharedFolder
from benchwright.kit.errors import Forbidden, Problem

RULES = DockerHostRules(
    "one", "lab-1", Path("/srv/lab"), shared_path="/opt/shared", mount_roots=["/scratch"]
)
ALLOWED = {
    *("Init", "AutoRemove", "Privileged", "RestartPolicy", "SecurityOpt", "Binds", "LogConfig"),
    *("NetworkMode", "NanoCpus", "Memory", "MemorySwap", "ShmSize", "DeviceRequests"),
}

words = st.text(st.characters(codec="utf-8"), max_size=20)
paths = st.lists(
    st.sampled_from(
        ["..", ".", "", "scratch", "opt", "shared", ".benchwright", "docker.sock", "a"]
    ),
    max_size=5,
).map("/".join)
absolute = paths.map(lambda path: f"/{path}")
plans = st.builds(
    ContainerPlan,
    image=st.just("busybox:test"),
    entrypoint=st.none() | st.lists(words, max_size=2),
    shared=st.lists(st.builds(SharedFolder, paths, st.booleans()), max_size=3),
    mounts=st.lists(
        st.builds(Mount, absolute | paths, absolute | words, st.booleans()), max_size=3
    ),
    network=st.none() | words | st.sampled_from(["host", "container:x", "none"]),
    cpus=st.none() | st.floats(0.01, 64),
    memory_bytes=st.none() | st.integers(0, 2**40),
    gpus=st.none() | st.integers(1, 8) | st.just("all"),
    labels=st.dictionaries(words | st.just("benchwright.run"), words, max_size=2),
)


def launch(plan: ContainerPlan, **fields: Any) -> LaunchSpec:
    return LaunchSpec(
        "bw-1", ["--x"], Path("/f"), Path("/f/log"), run_id="r1", container=plan, **fields
    )


@given(plans, st.dictionaries(words, words, max_size=3))
def test_no_plan_gets_more_than_is_allowed(
    plan: ContainerPlan, environment: dict[str, str]
) -> None:
    try:
        body = build_container(launch(plan, environment=environment), RULES, ["bridge"])
    except Problem:
        return
    config = body["HostConfig"]
    assert set(config) <= ALLOWED
    assert (config["Privileged"], config["AutoRemove"]) == (False, False)
    assert config["RestartPolicy"] == {"Name": "no"}
    assert config.get("NetworkMode") != "host"
    assert not str(config.get("NetworkMode", "")).startswith("container:")
    for bind in config["Binds"]:
        source, target, mode = bind.split(":")
        parts = source.split("/")
        assert ".." not in parts and not source.startswith("/opt/shared/.benchwright")
        if source.startswith("/opt/shared/"):
            assert target == f"/data/{source.removeprefix('/opt/shared/')}"
        else:
            assert source == "/scratch" or source.startswith("/scratch/")
            assert not source.endswith("docker.sock")
            assert not target.startswith("/data/") and target not in ("/", "/data")
        assert mode in ("ro", "rw")
    labels = body["Labels"]
    assert labels["benchwright.run"] == "r1"
    assert labels["benchwright.instance"] == "lab-1"
    own = {name for name in labels if name.startswith("benchwright.")}
    assert len(own) == 5
    for value in environment.values():
        assert len(value) < 6 or value not in str(labels)


def test_shared_folders_stand_below_data_under_their_own_names() -> None:
    plan = ContainerPlan("i", shared=[SharedFolder("configs"), SharedFolder("jobs/r1", False)])
    config = build_container(launch(plan), RULES)["HostConfig"]
    assert config["Binds"] == ["/opt/shared/configs:/data/configs:ro", "/opt/shared/jobs/r1:/data/jobs/r1:rw"]  # fmt: skip
    everything = replace(RULES, shares_everything=True)
    assert build_container(launch(plan), everything)["HostConfig"]["Binds"] == ["/opt/shared:/data:rw"]  # fmt: skip
    # Database and key of the server lie there.
    hidden = build_container(launch(plan), everything)["HostConfig"]["Tmpfs"]
    assert list(hidden) == ["/data/.benchwright"]
    assert "Tmpfs" not in config
    by_archive = replace(RULES, shared_path=None)
    assert build_container(launch(plan), by_archive)["HostConfig"]["Binds"] == []


@pytest.mark.parametrize(
    "source",
    ["/", "/etc", "/scratch/../etc", "/var/run/docker.sock", "/scratchy", "/opt/shared", "/opt",
     "/opt/shared/.benchwright", "/scratch/a:/b", "scratch", "//etc", "/proc/1/root"],
)  # fmt: skip
def test_a_mount_outside_the_roots_is_refused(source: str) -> None:
    with pytest.raises(Problem):
        build_container(launch(ContainerPlan("i", mounts=[Mount(source, "/x")])), RULES)


@pytest.mark.parametrize("source", ["/", "/opt", "/opt/shared", "/opt/shared/.benchwright/key", "/run/docker.sock"])  # fmt: skip
def test_even_a_root_of_everything_gives_neither_keys_nor_sockets(source: str) -> None:
    rules = replace(RULES, mount_roots=["/"])
    with pytest.raises(Forbidden):
        build_container(launch(ContainerPlan("i", mounts=[Mount(source, "/x")])), rules)


def test_a_mount_below_a_root_is_read_only_unless_it_was_asked_for() -> None:
    mounts = [Mount("/scratch/./a//b/", "/in"), Mount("/scratch", "/out", is_read_only=False)]
    config = build_container(launch(ContainerPlan("i", mounts=mounts)), RULES)["HostConfig"]
    assert config["Binds"] == ["/scratch/a/b:/in:ro", "/scratch:/out:rw"]


def test_the_network_is_the_plans_then_the_hosts_then_that_of_opeva() -> None:
    assert choose_network("mine", RULES, []) == "mine"
    assert choose_network(None, replace(RULES, network="theirs"), ["opeva_network"]) == "theirs"
    assert choose_network(None, RULES, ["bridge", "opeva_network"]) == "opeva_network"
    assert choose_network(None, RULES, ["bridge"]) is None
    assert choose_network("default", RULES, ["opeva_network"]) is None
    assert choose_network("host", replace(RULES, network="host"), []) == "host"
    for forbidden in ("host", "container:abc", "ns:/proc/1/ns/net"):
        with pytest.raises(Forbidden):
            choose_network(forbidden, RULES, [])


def test_limits_are_dockers_units_and_leave_no_swap() -> None:
    plan = ContainerPlan("i", cpus=1.5, memory_bytes=64 * 1024**2, shm_bytes=1024**2, gpus="all")
    config = build_container(launch(plan), RULES)["HostConfig"]
    assert config["NanoCpus"] == 1_500_000_000
    assert config["Memory"] == config["MemorySwap"] == 64 * 1024**2
    assert config["ShmSize"] == 1024**2
    assert config["DeviceRequests"] == [{"Count": -1, "Capabilities": [["gpu"]]}]


def test_equal_launches_have_equal_hashes_whatever_their_tokens() -> None:
    plan = ContainerPlan("i")
    first = build_container(launch(plan, environment={"TOKEN": "a"}), RULES)
    second = build_container(launch(plan, environment={"TOKEN": "b"}, attempt=2), RULES)
    other = build_container(launch(replace(plan, image="j"), environment={"TOKEN": "a"}), RULES)
    assert hash_spec(first) == hash_spec(second) == first["Labels"]["benchwright.spec_hash"]
    assert hash_spec(first) != hash_spec(other)
