"""What clients of Metric Vault send."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, HttpUrl

from benchwright.compat.metric_vault.envelope import BodyId
from benchwright.loadtests.plan import MAX_SCENARIOS

DEFAULT_TITLE = "load testing"
DEFAULT_DESCRIPTION = "설명 없음"
DEFAULT_SCENARIO = "제목없음"

Text = Annotated[str, Field(max_length=20_000)]


class ProjectWish(BaseModel):
    title: Annotated[str, Field(min_length=1, max_length=200)]
    summary: Text
    description: Text


class AnalysisWish(BaseModel):
    """A project and the address of a document; the address goes by either name."""

    model_config = ConfigDict(populate_by_name=True)

    project_id: BodyId
    open_api_url: HttpUrl = Field(
        validation_alias=AliasChoices("open_api_url", "openapi_url"),
        description="Also `openapi_url`.",
    )


class StageWish(BaseModel):
    duration: Annotated[str, Field(max_length=40)] = "10s"
    target: Annotated[int, Field(ge=0, le=200_000)] = 10


class ParameterWish(BaseModel):
    name: Annotated[str, Field(max_length=500)]
    param_type: Literal["path", "query", "requestBody"]
    value: Annotated[str, Field(max_length=1_000_000)]


class HeaderWish(BaseModel):
    header_key: Annotated[str, Field(max_length=200)]
    header_value: Text


class ScenarioWish(BaseModel):
    name: Annotated[str, Field(max_length=500)] = DEFAULT_SCENARIO
    endpoint_id: BodyId
    executor: Annotated[str, Field(max_length=100)] = "constant-vus"
    think_time: Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)] = 1.0
    stages: list[StageWish] = Field(min_length=1, max_length=1000)
    response_time_target: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="Milliseconds, judged at the 95th percentile."
    )
    error_rate_target: float | None = Field(None, ge=0, le=100, description="Percent.")
    parameters: list[ParameterWish] = Field([], max_length=200)
    headers: list[HeaderWish] = Field([], max_length=200)


class LoadTestWish(BaseModel):
    title: Annotated[str, Field(max_length=500)] = DEFAULT_TITLE
    description: Text = DEFAULT_DESCRIPTION
    target_tps: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="Target for the average of requests/s."
    )
    scenarios: list[ScenarioWish] = Field(min_length=1, max_length=MAX_SCENARIOS)
