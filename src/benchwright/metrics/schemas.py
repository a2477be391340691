"""What the API tells about measurements."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from benchwright.metrics.naming import MetricKind

Column = list[float | int | None]


class MetricView(BaseModel):
    """A metric that a run has series of."""

    model_config = ConfigDict(from_attributes=True)

    metric: str
    kind: MetricKind = Field(description="Only counters and histograms may be added up.")
    unit: str


class MetricList(BaseModel):
    items: list[MetricView]


class Totals(BaseModel):
    """What was counted over the whole run; percentiles are approximate."""

    overall: dict[str, float | int | None]
    scenarios: dict[str, dict[str, float | int | None]]


class Timeline(BaseModel):
    """Figures over time as columns; each column has one value per entry of `times_ms`."""

    live: bool = Field(description="Whether the run may still add points.")
    cursor_ms: int = Field(description="Follow the run's events from here to miss nothing.")
    step_s: int = Field(description="Width of one step; `times_ms` are the starts (Unix time).")
    times_ms: list[int]
    overall: dict[str, Column]
    scenarios: dict[str, dict[str, Column]] = Field(description="By the scenario's key.")
    scenarios_hidden: int = Field(description="Further scenarios, which count in `overall` only.")
    gauges: dict[str, Column] = Field(
        description="Virtual users, and shares (0..1 of all processors) and bytes of the host "
        "and the load generator."
    )
    totals: Totals
    percentiles: str = Field(
        "approximate",
        description="From histograms whose buckets are 9 % wide; k6's summary is exact.",
    )


class SeriesColumns(BaseModel):
    """One series, or several that were added up by the labels that they share."""

    labels: dict[str, str]
    columns: dict[str, Column]


class MetricSeries(BaseModel):
    """A metric over time; each column has one value per entry of `times_ms`."""

    metric: str
    kind: MetricKind
    unit: str = Field(description="Unit of values, means and percentiles; `ms` for durations.")
    step_s: int
    times_ms: list[int]
    series: list[SeriesColumns]
    series_hidden: int = Field(description="Further series; narrow by labels to see them.")


class HeatMap(BaseModel):
    """How often values of each range occurred in each step."""

    metric: str
    unit: str
    step_s: int
    times_ms: list[int]
    lower: list[float]
    upper: list[float]
    cells: list[tuple[int, int, float]] = Field(
        description="(place in `times_ms`, place in `lower` and `upper`, count), counts above 0."
    )


class FailureGroup(BaseModel):
    """Failures that have everything but their time in common."""

    kind: Literal["request", "check"]
    scenario: str = Field(description="Key of the scenario; empty for what belongs to none.")
    name: str = Field(description="Method and path as the script names them, or the check's name.")
    method: str = ""
    status: int | None = Field(None, description="HTTP status; 0 if nothing was answered.")
    error_code: int | None = Field(None, description="k6's code of the error.")
    error: str = Field(description="Status or error code in words.")
    count: int
    share: float | None = Field(description="Of the scenario's requests, 0..1.")
    first_ms: int = Field(description="First second in which it happened (Unix time).")
    last_ms: int
    counts: list[int] = Field(description="By step from the start.")


class Failures(BaseModel):
    """What failed in a run, the most frequent first."""

    live: bool = Field(description="Whether the run may still add to it.")
    requests: int
    failed_requests: int
    failed_checks: int
    start_ms: int = Field(description="Start of the first step (Unix time).")
    step_s: int
    groups: list[FailureGroup]
    groups_hidden: int = Field(description="Further groups, all of them less frequent.")


class Selection(BaseModel):
    """Which series are meant, in which range, and in how many points."""

    labels: dict[str, str] = {}
    by: list[str] | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    points: int = 900
