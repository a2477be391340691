from __future__ import annotations

import datetime as dt
from pathlib import Path

from benchwright.installation import make_reconciler, open_installation
from benchwright.runs.models import Run
from benchwright.runs.patience import Patience, pause_after
from benchwright.settings import Settings

NOON = dt.datetime(2027, 1, 4, 12, tzinfo=dt.UTC)


def test_pauses_double_up_to_half_a_minute() -> None:
    seconds = [pause_after(attempts).total_seconds() for attempts in (1, 2, 5, 6, 7, 1000)]
    assert seconds == [1, 2, 16, 30, 30, 30]


def test_the_first_attempt_waits_for_the_delay_and_later_ones_for_their_time() -> None:
    later = NOON + dt.timedelta(seconds=20)
    run = Run(workload_ended_at=NOON, collect_attempts=0)
    assert Patience().collect_from(run) is None
    assert Patience(collect_delay_s=20).collect_from(run) == later
    failed = Run(workload_ended_at=NOON, collect_attempts=1, collect_again_at=NOON)
    assert Patience(collect_delay_s=20).collect_from(failed) == NOON


def test_retries_that_are_allowed_come_after_the_first_attempt() -> None:
    assert [Patience(max_collect_retries=1).is_over(n) for n in (1, 2)] == [False, True]
    assert not Patience().is_over(10**6)


def test_what_drives_runs_has_the_patience_of_the_settings(tmp_path: Path) -> None:
    runs = {"warn_after_s": 60, "collect_delay_s": 5, "max_collect_retries": 3}
    installation = open_installation(Settings.model_validate({"data_dir": tmp_path, "runs": runs}))
    ledger = make_reconciler(installation)._driver._ledger
    assert ledger._patience == Patience(60, 5, 3)
    assert ledger._on_warning.__name__ == "announce_long_run"
    installation.lab.database.dispose()
