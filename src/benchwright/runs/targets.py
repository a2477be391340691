"""The targets of runs, which may be away: what is asked of them beside launching and collecting."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from benchwright.executors.port import Executor, Handle, Observation, OutOfReach, Phase
from benchwright.kit.db import Database
from benchwright.runs.leftovers import remove_leftovers, run_of
from benchwright.runs.models import Run

log = logging.getLogger(__name__)


class RunTargets:
    """Finds the executor of a run, and remembers whether ended runs left anything behind."""

    def __init__(self, database: Database, executors: Mapping[str, Executor]) -> None:
        self._database = database
        self._executors = executors
        self._may_have_leftovers = True

    def of(self, run: Run) -> Executor:
        """The executor of the run; raises `OutOfReach` where its target is no more."""
        try:
            return self._executors[run.target]
        except KeyError as error:
            raise OutOfReach(f"There is no target {run.target} any more") from error

    async def observe(self, run: Run) -> Observation:
        """Looks at the run's workload; never raises for a target that is out of reach."""
        try:
            return await self.of(run).observe(handle_of(run))
        except OutOfReach as error:
            return Observation(Phase.UNREACHABLE, detail=error.detail)

    async def remove_ended(self, run: Run) -> None:
        """Cleans up behind a run whose end is written down; a later clean-up makes good for it."""
        try:
            if run.handle is None:
                await self.withdraw(run)
            else:
                await self.of(run).remove(run.handle)
        except OutOfReach as error:
            self._may_have_leftovers = True
            log.warning("the workload of run %s stays for now: %s", run.public_id, error.detail)

    async def withdraw(self, run: Run) -> None:
        """Removes what was created for the run without a handle being kept."""
        executor = self.of(run)
        for handle in await executor.list_handles():
            if run_of(handle) == run.public_id:
                await executor.remove(handle)

    async def clean_up(self) -> None:
        """Removes what ended runs left on the targets, if any of them may hold something."""
        if not self._may_have_leftovers:
            return
        self._may_have_leftovers = False
        try:
            removed, is_whole = await remove_leftovers(self._database, self._executors)
        except BaseException:
            self._may_have_leftovers = True
            raise
        if removed:
            log.info("workloads of ended runs were removed: %d", removed)
        if not is_whole:
            self._may_have_leftovers = True


def handle_of(run: Run) -> Handle:
    """The handle of a run that is known to have one."""
    assert run.handle is not None
    return run.handle
