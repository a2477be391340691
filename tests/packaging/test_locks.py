from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent.parent
LOCKS = ["requirements.lock", "requirements-build.lock", "requirements-runtime.lock"]


def read(lock: str) -> dict[str, Requirement]:
    """The pins of a lock; each must stand in one place and carry hashes."""
    pins: dict[str, Requirement] = {}
    entries = re.split(r"\n(?=[\w])", "\n" + (ROOT / lock).read_text())
    for entry in entries[1:]:
        pin = Requirement(entry.partition("\\")[0])
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), pin
        assert pin.name not in pins, pin
        pins[canonicalize_name(pin.name)] = pin
    return pins


def wishes(*, dev: bool) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    names = project["project"]["dependencies"] + (
        project["dependency-groups"]["dev"] if dev else []
    )
    return [Requirement(name) for name in names]


@pytest.mark.parametrize("lock", LOCKS)
def test_pins_are_exact(lock: str) -> None:
    pins = read(lock)
    assert pins
    for pin in pins.values():
        assert [specifier.operator for specifier in pin.specifier] == ["=="], pin


@pytest.mark.parametrize("lock, dev", [(LOCKS[0], True), (LOCKS[2], False)])
def test_the_locks_fit_what_is_asked_for(lock: str, dev: bool) -> None:
    pins = read(lock)
    for wish in wishes(dev=dev):
        (pinned,) = pins[canonicalize_name(wish.name)].specifier
        assert wish.specifier.contains(pinned.version), f"{wish}: run make lock"


@pytest.mark.parametrize("lock", LOCKS[1:])
def test_the_smaller_locks_agree_with_the_whole(lock: str) -> None:
    whole = read(LOCKS[0])
    for name, pin in read(lock).items():
        if name in whole:
            assert pin.specifier == whole[name].specifier, name


def test_the_product_needs_no_tools_of_developers() -> None:
    assert {"pytest", "mypy", "ruff", "playwright"}.isdisjoint(read("requirements-runtime.lock"))
