"""Looks whether the MLflow server that runs are reported to takes reports."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from benchwright.doctor.findings import Finding, ok, warning
from benchwright.settings import Settings
from benchwright.tracking.client import MlflowClient, MlflowProblem

PATIENCE_S = 5.0


def check_tracking(settings: Settings) -> Iterable[Finding]:
    """Asks for an experiment, with the credentials; no finding where none is set up."""
    if settings.tracking.mlflow_url is not None:
        yield asyncio.run(_look(settings))


async def _look(settings: Settings) -> Finding:
    tracking = settings.tracking.model_copy(update={"timeout_s": PATIENCE_S})
    async with MlflowClient(tracking, settings.network.denied_networks) as client:
        try:
            await client.check()
            version = await client.version()
        except MlflowProblem as problem:
            return warning(
                "MLflow",
                f"{client.url}: {problem}",
                "Start it, or correct BENCHWRIGHT_TRACKING__MLFLOW_URL (MLFLOW_TRACKING_URI) and the"
                " credentials beside it; until then reports wait.",
            )
    kinds = ", ".join(kind.replace("_", " ") for kind in settings.tracking.kinds)
    return ok("MLflow", f"{version} at {client.url} takes reports of: {kinds or 'no kind of run'}")
