"""Which host a run gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.hosts.choice import Candidate, choose_host
from benchwright.kit.errors import Invalid

HOSTS = [
    Candidate("local"),
    Candidate("gpu-1", {"gpu": "a100", "site": "lab"}, free=2),
    Candidate("gpu-2", {"gpu": "a100"}, free=3),
    Candidate("away", {"gpu": "h100"}, is_reachable=False, free=9),
    Candidate("shut", {"gpu": "t4"}, is_drained=True, free=0),
]


def test_a_named_host_is_taken_whatever_its_state() -> None:
    assert choose_host(HOSTS, name="shut", labels={"gpu": "other"}) == "shut"


def test_the_one_with_the_most_places_of_those_that_fit() -> None:
    assert choose_host(HOSTS, labels={"gpu": "a100"}) == "gpu-2"
    assert choose_host(HOSTS, labels={"gpu": "a100", "site": "lab"}) == "gpu-1"
    assert choose_host(HOSTS) == "gpu-2"


def test_one_that_is_away_comes_last_and_the_first_wins_between_equals() -> None:
    assert choose_host(HOSTS, labels={"gpu": "h100"}) == "away"
    assert (
        choose_host([Candidate("away", is_reachable=False, free=5), Candidate("b", free=0)]) == "b"
    )
    assert choose_host([Candidate("b"), Candidate("a")]) == "b"


@pytest.mark.parametrize(
    "hosts, wish, field, words",
    [
        (HOSTS, {"name": "gone"}, "host", "There is no host “gone”; there is local, gpu-1"),
        ([], {}, "host", "There is no Docker host yet"),
        (HOSTS, {"labels": {"gpu": "v100"}}, "labels", "gpu=v100; hosts have gpu=a100, h100, t4"),
        (HOSTS, {"labels": {"fpga": "1"}}, "labels", "No host has the label fpga=1"),
        (HOSTS, {"labels": {"gpu": "h100", "site": "lab"}}, "labels", "all of these labels"),
        (HOSTS, {"labels": {"gpu": "t4"}}, "labels", "Every host that fits is drained (shut)"),
        ([HOSTS[-1]], {}, "host", "Every host is drained (shut); resume one"),
    ],
)
def test_a_refusal_says_what_is_missing(
    hosts: list[Candidate], wish: dict[str, object], field: str, words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        choose_host(hosts, **wish)  # type: ignore[arg-type]  # as parametrised
    (error,) = refused.value.errors
    assert error["field"] == field
    assert words in error["message"]


LABELS = st.dictionaries(st.sampled_from("ab"), st.sampled_from("12"))
CANDIDATES = st.lists(
    st.builds(
        Candidate, st.uuids().map(str), LABELS, st.booleans(), st.booleans(), st.integers(0, 3)
    ),
    unique_by=lambda one: one.name,
)


@given(CANDIDATES, LABELS)
def test_whoever_is_chosen_fits_is_open_and_no_other_is_better(
    hosts: list[Candidate], labels: dict[str, str]
) -> None:
    fitting = [h for h in hosts if labels.items() <= h.labels.items() and not h.is_drained]
    try:
        chosen = choose_host(hosts, labels=labels)
    except Invalid:
        assert not fitting
        return
    best = next(host for host in hosts if host.name == chosen)
    assert best in fitting
    assert not any((h.is_reachable, h.free) > (best.is_reachable, best.free) for h in fitting)
