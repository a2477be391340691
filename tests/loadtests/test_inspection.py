from __future__ import annotations

from pathlib import Path

import pytest

from benchwright.kit.errors import Invalid
from benchwright.loadtests import inspection
from benchwright.loadtests.inspection import Inspection, inspect_script, parse_go_duration
from benchwright.loadtests.k6 import K6Program


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return tmp_path / "script.js"


def message_of(k6: K6Program, script: Path) -> str:
    with pytest.raises(Invalid) as caught:
        inspect_script(k6, script)
    (error,) = caught.value.errors
    assert error["field"] == "script"
    return error["message"]


def test_length_and_users(k6: K6Program, script: Path) -> None:
    script.write_text(
        'console.log("{");\n'
        'export const options = {vus: 3, duration: "90s"}; export default function () {}'
    )
    assert inspect_script(k6, script) == Inspection(120, 3)


def test_one_user_is_assumed_as_k6_run_does(k6: K6Program, script: Path) -> None:
    script.write_text('export const options = {duration: "5s"}; export default function () {}')
    assert inspect_script(k6, script) == Inspection(35, 1)


@pytest.mark.parametrize(
    "text, message",
    [
        ("export default function({", "script.js: Line 1:26 Unexpected end of input"),
        ('export const options = {duration: "30 sec"}; export default function () {}', '"30 sec"'),
        ('throw new Error("boom"); export default function () {}', "boom"),
        ("const a = 1;", "export"),
        ('import x from "./nothing.js"; export default function () {}', "nothing.js"),
        ("open('./data.csv'); export default function () {}", "data.csv"),
    ],
)
def test_the_message_of_k6_is_handed_on(
    k6: K6Program, script: Path, text: str, message: str
) -> None:
    script.write_text(text)
    found = message_of(k6, script)
    assert message in found
    assert str(script.parent) not in found


def test_an_endless_script_is_given_up(
    k6: K6Program, script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "INSPECT_TIMEOUT_S", 0.5)
    script.write_text("while (true) {} export default function () {}")
    assert "did not end within 0.5 s" in message_of(k6, script)


def test_imports_by_address_are_not_fetched(k6: K6Program, script: Path) -> None:
    script.write_text('import x from "https://modules.example/x.js"; export default function () {}')
    found = inspect_script(k6, script)
    assert found.duration_s is None
    assert "modules by address" in found.warnings[0]


def test_endless_output_is_cut(k6: K6Program, script: Path) -> None:
    script.write_text('while (true) console.log("x".repeat(100000)); export default function () {}')
    assert "prints too much" in message_of(k6, script)


@pytest.mark.parametrize(
    "text, seconds",
    [("10m30s", 630), ("1h0m0.5s", 3600.5), ("500ms", 0.5), ("", None), ("x", None), ("5", None)],
)
def test_durations_of_go(text: str, seconds: float | None) -> None:
    assert parse_go_duration(text) == seconds
