"""Groups of settings that stand by themselves."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ScheduleSettings(BaseModel):
    """Load tests that start by the clock."""

    min_interval_s: float = Field(
        60.0, ge=60, description="Least time between two firings of a schedule."
    )
    grace_s: float = Field(
        60.0,
        ge=5,
        description="Time after which a firing that did not start yet counts as missed.",
    )
    max_wait_s: float = Field(
        3600.0, ge=0, description="Longest time that a firing waits for its target to be free."
    )
    max_failures: int = Field(
        3,
        ge=1,
        description="Firings in a row that cannot start a run, after which a schedule pauses itself.",
    )
    history_days: int = Field(
        90, ge=1, le=36_500, description="Age after which what became of a firing is forgotten."
    )
    poll_interval_s: float = Field(
        1.0, gt=0, le=10, description="Pause between two looks for firings that are due."
    )


class ConfigSettings(BaseModel):
    """Config files."""

    max_bytes: int = Field(1024**2, ge=1024, description="Largest config that is read or written.")


class DatasetSettings(BaseModel):
    """Datasets."""

    max_bytes: int = Field(
        10 * 1024**3, ge=1024, description="Largest dataset that is taken in, all files together."
    )
    max_files: int = Field(10_000, ge=1, description="Most files of a dataset that is taken in.")
