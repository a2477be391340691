"""What clients of the OPEVA backend send; keys that nobody knows are passed over, as they were."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, StringConstraints

FileName = Annotated[str, StringConstraints(max_length=1000)]


class SimulationWish(BaseModel):
    """`config_path` counts before `config`."""

    config: dict[str, Any] | None = None
    config_path: FileName | None = None
    target_host: Annotated[str, StringConstraints(max_length=300)] | None = "local"
    save_as: FileName | None = None


class ConfigWish(BaseModel):
    config: dict[str, Any]
    file_name: FileName


class DatasetWish(BaseModel):
    """A schema with files in base64; with `site_id`, what to export from MongoDB."""

    model_config = ConfigDict(populate_by_name=True)

    name: FileName
    # `schema` is a method of Pydantic's models.
    schema_: dict[str, Any] | None = Field(None, validation_alias=AliasChoices("schema", "schema_"))
    data_files: dict[FileName, str] = Field(default_factory=dict, max_length=1000)
    site_id: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    citylearn_configs: dict[str, Any] | None = None
    description: Annotated[str, StringConstraints(max_length=20_000)] | None = None
    period: int | None = Field(60, ge=1, le=366 * 24 * 60)
    """Minutes of a row."""
    from_ts: Annotated[str, StringConstraints(max_length=40)] | None = None
    until_ts: Annotated[str, StringConstraints(max_length=40)] | None = None
