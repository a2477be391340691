"""An installation that others stream into, with a clock that a test sets and no waiting."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from benchwright.app import build_app
from benchwright.installation import Installation, make_reconciler, open_installation
from benchwright.settings import Settings

SILENCE_S = 60.0


class StreamLab:
    """The product without its loops; `drive` lets the reconciler look."""

    def __init__(self, data_dir: Path, **server: Any) -> None:
        settings = Settings.model_validate(
            # A pass of the reconciler waits that long for what it began.
            {"data_dir": data_dir, "server": server, "runs": {"poll_interval_s": 60}}
        )
        self.installation: Installation = open_installation(settings)
        self.lab = self.installation.lab
        self.now_s = 1000.0
        self.lab.streams.clock = lambda: self.now_s
        self.client = TestClient(
            build_app(self.installation),
            base_url="http://127.0.0.1:8000",
            raise_server_exceptions=False,
        )

    def write(
        self,
        *lines: str,
        status: int = 204,
        zipped: bool = False,
        path: str = "/write",
        query: Mapping[str, str] | None = None,
        **named: str,
    ) -> Any:
        """Sends lines to the database `shop` unless a query says otherwise; the answer's body."""
        body = "\n".join(lines).encode()
        answer = self.client.post(
            path,
            params=query or named or {"db": "shop"},
            content=gzip.compress(body) if zipped else body,
            headers={"content-encoding": "gzip"} if zipped else {},
        )
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def runs(self) -> dict[str, dict[str, Any]]:
        """The newest run of each name."""
        items = self.client.get("/api/v1/runs").json()["items"]
        return {run["name"]: run for run in reversed(items)}

    def results(self, run_id: str) -> dict[tuple[str, str], float]:
        values = self.client.get(f"/api/v1/runs/{run_id}/results").json()
        return {(v["metric"], v["stat"]): v["value"] for v in values}

    def drive(self) -> None:
        """Lets the reconciler look until there is nothing to do."""

        async def work() -> None:
            reconciler = make_reconciler(self.installation)
            idle_looks = 0
            # What was asked to end is seen to have ended by the look that follows.
            while idle_looks < 2:
                idle_looks = 0 if await reconciler.tick() else idle_looks + 1

        asyncio.run(work())

    def close(self) -> None:
        """As a server that is killed: nothing is told to anybody."""
        self.lab.live.shut_down()
        self.lab.database.dispose()
