from __future__ import annotations

import pytest

from benchwright.kit.yaml_lines import error_lines

PLAN = """\
name: Lines
scenarios:
  - name: First
    duration: 30s
    values:
      query:
        filter.name: a
        filter: b
  - {name: Second, path: /b}
"""


@pytest.mark.parametrize(
    "field, line",
    [
        ("name", 1),
        ("scenarios", 2),
        ("scenarios.0.duration", 4),
        ("scenarios.0.values.query.filter.name", 7),
        ("scenarios.0.values.query.filter", 8),
        ("scenarios.0.rate", 3),
        ("scenarios.1.rate", 9),
        ("scenarios.7", 2),
        ("scenarios.²", 2),
        ("elsewhere", 1),
        ("", 1),
    ],
)
def test_an_error_has_the_line_of_its_field_or_what_is_around_it(field: str, line: int) -> None:
    [found] = error_lines(PLAN, [{"field": field, "message": "wrong"}])
    assert (found["line"], found["field"]) == (line, field)


def test_a_text_that_is_no_yaml_has_its_errors_at_the_top() -> None:
    assert error_lines("name: [", [{"field": "name", "message": "wrong"}])[0]["line"] == 1


@pytest.mark.parametrize("text", ["[" * 500_000, "a: &a [*a]", "a: " + "x" * 1_100_000])
def test_what_is_never_read_as_a_plan_is_not_read_here_either(text: str) -> None:
    errors = [{"field": "a", "message": "no"}]
    assert [line["line"] for line in error_lines(text, errors)] == [1]
