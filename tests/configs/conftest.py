from __future__ import annotations

from pathlib import Path

import pytest

from benchwright.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation's folders with nothing in them."""
    made = Settings.model_validate({"data_dir": tmp_path / "data"})
    made.private_dir.mkdir(parents=True)
    return made


@pytest.fixture
def folder(settings: Settings) -> Path:
    """The folder of configs, as another program sees it."""
    path = settings.data_dir / "configs"
    path.mkdir()
    return path
