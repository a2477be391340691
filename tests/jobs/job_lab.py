"""An installation that runs jobs as processes of this machine."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select

from benchwright.access import service as access
from benchwright.access.principal import Scope
from benchwright.access.secret_store import write_secret
from benchwright.app import build_app
from benchwright.hosts.models import Host
from benchwright.installation import Installation, make_reconciler, open_installation
from benchwright.jobs.faults import parse_plan
from benchwright.jobs.starting import start_job
from benchwright.kit.db import now
from benchwright.projects import service as projects
from benchwright.runs.folder import RunFolder
from benchwright.runs.models import Run
from benchwright.runs.state import UNFINISHED
from benchwright.settings import Settings

PATIENCE_S = 60.0


class JobLab:
    """The product without its loops; `drive` works until no run is unfinished."""

    def __init__(self, data_dir: Path, **settings: Any) -> None:
        given = {"data_dir": data_dir, "runs": {"poll_interval_s": 60}, **settings}
        self.data_dir = data_dir
        self.installation: Installation = open_installation(Settings.model_validate(given))
        self.lab = self.installation.lab
        self.client = TestClient(
            build_app(self.installation),
            base_url="http://127.0.0.1:8000",
            raise_server_exceptions=False,
            follow_redirects=False,
        )

    def start(self, plan: Mapping[str, Any], **wishes: Any) -> list[uuid.UUID]:
        """Queues the runs of a plan."""
        with self.lab.database.write() as session:
            project = projects.get_project(session, "default")
            runs = start_job(session, self.lab, parse_plan(plan), project, **wishes)
            return [run.public_id for run in runs]

    def run(self, plan: Mapping[str, Any], **wishes: Any) -> dict[str, Any]:
        """Carries out a plan with one run, and shows that run."""
        [run_id] = self.start(plan, **wishes)
        self.drive()
        return self.show(run_id)

    def shell(self, script: str, **plan: Any) -> dict[str, Any]:
        """Carries out a shell script."""
        return self.run({"name": "a job", "command": ["sh", "-c", script], **plan})

    def show(self, run_id: uuid.UUID | str) -> dict[str, Any]:
        run: dict[str, Any] = self.client.get(f"/api/v1/runs/{run_id}").json()
        return run

    def results(self, run_id: uuid.UUID | str) -> dict[tuple[str, str, str], float]:
        values = self.client.get(f"/api/v1/runs/{run_id}/results").json()
        return {(v["benchmark"], v["metric"], v["stat"]): v["value"] for v in values}

    def folder(self, run_id: uuid.UUID | str) -> RunFolder:
        return RunFolder.of(self.data_dir, uuid.UUID(str(run_id)))

    def log(self, run_id: uuid.UUID | str) -> str:
        return self.folder(run_id).log.read_text(encoding="utf-8")

    def said(self, run_id: uuid.UUID | str) -> Any:
        """What a run printed, as JSON."""
        return json.loads(self.log(run_id))

    def add_host(self, name: str = "box", at: str = "tcp://127.0.0.1:1", **fields: Any) -> None:
        with self.lab.database.write() as session:
            session.add(Host(name=name, address=at, seen_at=now(), **fields))

    def add_secret(self, name: str, value: str) -> None:
        with self.lab.database.write() as session:
            project = projects.get_project(session, "default")
            write_secret(session, self.lab.keyring, project.id, name, value)

    def put_config(self, name: str, text: str) -> None:
        folder = self.data_dir / "configs"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")

    def token(self, *scopes: str) -> dict[str, str]:
        """The header with a new token."""
        with self.lab.database.write() as session:
            granted = [Scope(scope) for scope in scopes]
            text = access.create_token(session, self.lab.keyring, "a test", granted)[1]
        return {"Authorization": f"Bearer {text}"}

    def drive(self) -> None:
        """Lets the reconciler look until no run is unfinished."""
        asyncio.run(self._drive())

    async def _drive(self) -> None:
        try:
            await self._work()
        finally:
            await self.installation.executors.aclose()

    async def _work(self) -> None:
        reconciler = make_reconciler(self.installation)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            await reconciler.tick()
            if not self._has_unfinished():
                return
            await asyncio.sleep(0.02)
        raise AssertionError("the runs did not end")

    def _has_unfinished(self) -> bool:
        with self.lab.database.read() as session:
            return session.scalar(select(Run.id).where(Run.state.in_(UNFINISHED))) is not None

    def close(self) -> None:
        self.lab.live.shut_down()
        self.lab.database.dispose()
