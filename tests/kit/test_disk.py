from __future__ import annotations

from pathlib import Path

import pytest

from benchwright.kit.disk import check_free_disk, free_bytes
from benchwright.kit.errors import Unavailable


def test_floor_of_free_space(tmp_path: Path) -> None:
    later = tmp_path / "not" / "yet" / "there"
    assert free_bytes(later) > 0
    check_free_disk(later, 0)
    with pytest.raises(Unavailable, match="MIN_FREE_BYTES"):
        check_free_disk(later, 2**62)
