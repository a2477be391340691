from __future__ import annotations

from benchwright.metrics.schemas import Timeline, Totals
from benchwright.metrics.series_csv import table_head, table_rows


def test_figures_over_time_are_one_wide_table() -> None:
    timeline = Timeline(
        live=False, cursor_ms=0, step_s=2, times_ms=[1_800_000_000_000, 1_800_000_002_000],
        overall={"requests_per_s": [5, 6.5], "p95_ms": [None, 12.25]},
        scenarios={"s1": {"p95_ms": [None, 12]}, "s2": {"p95_ms": [1, 2]}},
        scenarios_hidden=0, gauges={"vus": [1, 2]}, totals=Totals(overall={}, scenarios={}),
    )  # fmt: skip
    assert table_head(timeline, {"s1": "Browse"}) == [
        "time", "second", "requests_per_s", "p95_ms", "vus", "s1 Browse: p95_ms", "s2: p95_ms",
    ]  # fmt: skip
    assert list(table_rows([timeline], timeline)) == [
        ["2027-01-15T08:00:00Z", 0, 5, None, 1, None, 1],
        ["2027-01-15T08:00:02Z", 2, 6.5, 12.25, 2, 12, 2],
    ]


def test_parts_without_a_figure_leave_its_column_empty() -> None:
    def part(first_ms: int, **gauges: list[float | int | None]) -> Timeline:
        return Timeline(
            live=False, cursor_ms=0, step_s=1, times_ms=[first_ms], overall={"p95_ms": [1]},
            scenarios={}, scenarios_hidden=0, gauges=gauges,
            totals=Totals(overall={}, scenarios={}),
        )  # fmt: skip

    names = part(0, vus=[1], host_cpu=[0.5])
    rows = list(table_rows([part(0, vus=[1]), part(1000, host_cpu=[0.5])], names))
    assert [row[1:] for row in rows] == [[0, 1, 1, None], [1, 1, None, 0.5]]
