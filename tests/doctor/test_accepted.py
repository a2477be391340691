from __future__ import annotations

import pytest

from benchwright.doctor.accepted import WITHOUT_EFFECT, check_accepted
from benchwright.doctor.findings import Status
from benchwright.settings import Settings
from tests.test_setting_aliases import DOCUMENTED


def test_without_them_nothing_is_said() -> None:
    assert list(check_accepted(Settings())) == []


@pytest.mark.parametrize("variable", sorted(DOCUMENTED))
def test_each_variable_without_effect_is_named(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, path, _ = DOCUMENTED[variable]
    monkeypatch.setenv(variable, given)
    found = list(check_accepted(Settings()))
    if path in WITHOUT_EFFECT:
        (finding,) = found
        assert finding.status is Status.WARNING
        assert "no effect yet" in finding.found
        assert f"BENCHWRIGHT_{path.upper().replace('.', '__')}" in finding.found
    else:
        assert found == []


def test_what_is_without_effect_is_a_setting_that_says_so() -> None:
    for path in WITHOUT_EFFECT:
        *groups, name = path.split(".")
        model = type(Settings())
        for group in groups:
            model = model.model_fields[group].annotation  # type: ignore[assignment]  # models all
        assert "No effect yet" in str(model.model_fields[name].description)
