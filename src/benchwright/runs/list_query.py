"""What an address says about a list of runs: filters, order, page and columns."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Query
from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator

from benchwright.kit.errors import BadRequest
from benchwright.kit.pagination import PageRequest
from benchwright.kit.problems import invalid_from
from benchwright.kit.unicode import STORABLE
from benchwright.runs.listing import MAX_CURSOR, NEWEST, Sort
from benchwright.runs.run_filter import RunFilter
from benchwright.runs.state import RunKind, RunState

Verdict = Literal["met", "missed", "unknown", "none"]
NOT_JUDGED = "none"
MAX_CHOICES = 50
MAX_PAIRS = 1000


def _in_reach(value: dt.datetime | dt.date) -> dt.datetime | dt.date:
    if not 1971 <= value.year <= 9000:
        raise ValueError("the year must be between 1971 and 9000")
    return value


_Text = Annotated[str, Field(max_length=200, pattern=STORABLE)]
Moment = Annotated[dt.date | dt.datetime, AfterValidator(_in_reach)]
"""A day, or a time; one without an offset is UTC."""
Figure = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class RunQuery(BaseModel):
    """The parameters of a list of runs; what is empty does not narrow it."""

    q: _Text = Field("", description="Text in the name or the note.")
    state: list[RunState] = Field([], max_length=MAX_CHOICES)
    verdict: list[Verdict] = Field(
        [], max_length=MAX_CHOICES, description="`none` finds runs that were not judged."
    )
    kind: list[RunKind] = Field([], max_length=MAX_CHOICES)
    load_test: list[uuid.UUID] = Field([], max_length=MAX_CHOICES)
    tag: list[_Text] = Field([], max_length=MAX_CHOICES, description="A run has all of them.")
    target: list[_Text] = Field([], max_length=MAX_CHOICES)
    started_from: Moment | None = None
    started_to: Moment | None = Field(None, description="A day counts as a whole.")
    min_requests_per_s: Figure | None = None
    max_requests_per_s: Figure | None = None
    min_p95_ms: Figure | None = None
    max_p95_ms: Figure | None = None
    min_error_rate: Figure | None = Field(None, description="0..1")
    max_error_rate: Figure | None = Field(None, description="0..1")
    sort: Sort = Field(NEWEST, description="With `-` the largest come first.")
    cursor: str | None = Field(None, max_length=MAX_CURSOR)
    limit: int = Field(50, ge=1, le=500)

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, data: Any) -> Any:
        """A form sends its empty fields too."""
        if not isinstance(data, dict):
            return data
        kept = {
            name: [v for v in value if v != ""] if isinstance(value, list) else value
            for name, value in data.items()
        }
        return {name: value for name, value in kept.items() if value != ""}

    @property
    def page(self) -> PageRequest:
        """Which page is asked for."""
        return PageRequest(cursor=self.cursor, limit=self.limit)

    def narrow(self, project_id: int | None) -> RunFilter:
        """The runs that are asked for."""
        return RunFilter(
            project_id=project_id,
            load_tests=tuple(self.load_test),
            states=tuple(self.state),
            text=self.q,
            verdicts=tuple(None if v == NOT_JUDGED else v for v in self.verdict),
            kinds=tuple(self.kind),
            targets=tuple(self.target),
            tags=tuple(self.tag),
            started_from=_begin(self.started_from),
            started_before=_end(self.started_to),
            requests_per_s=(self.min_requests_per_s, self.max_requests_per_s),
            response_time_p95_ms=(self.min_p95_ms, self.max_p95_ms),
            error_rate=(self.min_error_rate, self.max_error_rate),
        )

    def parameters(self, **changes: Any) -> dict[str, Any]:
        """The query of the same list with some parts changed, from its first page on."""
        given = self.model_dump(mode="json", exclude={"cursor", *changes}, exclude_defaults=True)
        return {name: value for name, value in {**given, **changes}.items() if value != []}

    def toggled(self, name: str, value: str) -> dict[str, Any]:
        """The query with one choice of a facet more, or fewer."""
        chosen: list[str] = self.model_dump(mode="json")[name]
        changed = [v for v in chosen if v != value] if value in chosen else [*chosen, value]
        return self.parameters(**{name: changed})

    def choices(self) -> Iterator[tuple[str, str]]:
        """Each filter that is on, as parameter and value."""
        given = self.model_dump(
            mode="json", exclude={"cursor", "limit", "sort"}, exclude_defaults=True
        )
        for name, value in given.items():
            for one in value if isinstance(value, list) else [value]:
                yield name, str(one)

    @property
    def query_text(self) -> str:
        """The query of the same list, as it stands in an address."""
        return urlencode(self.parameters(), doseq=True)

    @classmethod
    def parse(cls, query_text: str) -> RunQuery:
        """Reads what `query_text` wrote; raises `Invalid` or `BadRequest` for anything else."""
        lists = {name for name, field in cls.model_fields.items() if field.default == []}
        given: dict[str, Any] = {}
        try:
            pairs = parse_qsl(query_text, max_num_fields=MAX_PAIRS)
        except ValueError:
            raise BadRequest(f"A list is narrowed by {MAX_PAIRS} values at most.") from None
        for name, value in pairs:
            if name in lists:
                given.setdefault(name, []).append(value)
            else:
                given[name] = value
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise invalid_from(error) from None

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter is on."""
        return any(self.choices())


def run_query(asked: Annotated[RunQuery, Query()]) -> RunQuery:
    """Reads the address."""
    return asked


RunQueryDep = Annotated[RunQuery, Depends(run_query)]


def _begin(moment: dt.date | dt.datetime | None) -> dt.datetime | None:
    if moment is None:
        return None
    if not isinstance(moment, dt.datetime):
        return dt.datetime.combine(moment, dt.time(), dt.UTC)
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _end(moment: dt.date | dt.datetime | None) -> dt.datetime | None:
    begin = _begin(moment)
    if begin is None:
        return None
    return begin if isinstance(moment, dt.datetime) else begin + dt.timedelta(days=1)
