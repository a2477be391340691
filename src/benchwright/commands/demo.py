"""`benchwright demo`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from benchwright.commands.configuration import load_settings
from benchwright.commands.exits import Exit
from benchwright.commands.failures import explained_failures
from benchwright.settings import Settings

if TYPE_CHECKING:
    from benchwright.commands.conducting import Conduct
    from benchwright.commands.interrupts import Interrupts
    from benchwright.commands.report import LoadReport
    from benchwright.installation import Installation

END_PATIENCE_S = 10.0
MIN_DURATION_S = 1.0
MAX_DURATION_S = 3600.0


def run_demo(
    duration: Annotated[
        str, typer.Option(metavar="TIME", help="How long the load test takes, like 30s or 2m.")
    ] = "30s",
    exit_when_done: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option("--exit-when-done", help="End after the load test, not at Ctrl-C.")
    ] = False,
    keep: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option("--keep", help="Keep the data directory, and say where it is.")
    ] = False,
    browser: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option(help="Open the page of the running test where there is a desktop.")
    ] = True,
) -> None:
    """Show a load test of a small bundled API, live, and end with Ctrl-C.

    Server and API listen on free ports of this machine only. Nothing is left behind.
    """
    from benchwright.commands.interrupts import run_interruptibly
    from benchwright.commands.wish import read_duration

    duration_s = read_duration("--duration", duration) or 0.0
    if not MIN_DURATION_S <= duration_s <= MAX_DURATION_S:
        raise typer.BadParameter("choose from 1s to 1h", param_hint="--duration")
    console = Console(highlight=False)
    demonstration = Demonstration(console, duration_s, keeps_data=keep, opens_browser=browser)
    with explained_failures():
        run_interruptibly(
            lambda interrupts: demonstration.run(interrupts, keeps_serving=not exit_when_done),
            # Ctrl-C is how a demonstration ends.
            stopped=Exit.DONE,
        )


@contextmanager
def _data_dir(console: Console, *, keep: bool) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="benchwright-demo-"))
    try:
        yield folder
    finally:
        if keep:
            command = f"benchwright serve --data-dir {folder}"
            console.print(Text(f"The data is kept; show it with: {command}"), soft_wrap=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _own_settings(folder: Path) -> Settings:
    """Settings that share nothing with an installation of this user."""
    server = {
        "host": "127.0.0.1", "port": 0, "public_url": "", "root_path": "", "allowed_hosts": [],
        "cors_origins": [],
    }  # fmt: skip
    settings = load_settings(folder, server=server, retention={"min_free_bytes": 0})
    own_server = settings.server.model_copy(update={"public_url": None})
    return settings.model_copy(
        update={"database_url": None, "secret_key": None, "server": own_server}
    )


class Demonstration:
    """A server, an API and a load test of it, all of them gone at the end."""

    def __init__(
        self, console: Console, duration_s: float, *, keeps_data: bool, opens_browser: bool
    ) -> None:
        self._console = console
        self._duration_s = duration_s
        self._keeps_data = keeps_data
        self._opens_browser = opens_browser

    async def run(self, interrupts: Interrupts, *, keeps_serving: bool) -> None:
        """Shows the load test and, if asked, serves on until a signal."""
        from benchwright.commands.conducting import Conduct
        from benchwright.commands.opening import open_described
        from benchwright.commands.places import RemotePlace, serving_installation
        from benchwright.demo.serving import running_demo_api
        from benchwright.kit.threads import in_thread

        with contextlib.ExitStack() as last:
            folder = last.enter_context(_data_dir(self._console, keep=self._keeps_data))
            installation = await in_thread(open_described, _own_settings(folder))
            async with running_demo_api() as api_url, serving_installation(installation) as client:
                self._say("Demo API", api_url)
                self._say("Server", client.url)
                conduct = Conduct(RemotePlace(client), "default", self._console, interrupts)
                try:
                    report = await self._run_load_test(conduct, api_url)
                    if keeps_serving and report.state != "stopped":
                        await self._serve_on(interrupts, client.url)
                finally:
                    # Whoever is impatient now must not leave half of it behind.
                    last.enter_context(interrupts.handled_by(lambda: None))
                    await end_all_runs(installation)

    async def _run_load_test(self, conduct: Conduct, api_url: str) -> LoadReport:
        from benchwright.commands.conducting import carry_out
        from benchwright.commands.document import put_document
        from benchwright.commands.report import print_report
        from benchwright.demo.plan import demo_plan

        _, endpoints = await put_document(
            conduct.client, conduct.project, f"{api_url}/openapi.json"
        )
        plan = demo_plan({e.operation_id: e.key for e in endpoints}, api_url, self._duration_s)

        def show_page(run_id: uuid.UUID) -> None:
            page = conduct.page_of(run_id) or ""
            self._say("Running test", page)
            if self._opens_browser and has_desktop(os.environ, sys.platform):
                asyncio.get_running_loop().run_in_executor(None, _open_page, page)

        report = await carry_out(conduct, plan, on_start=show_page)
        print_report(self._console, report)
        return report

    async def _serve_on(self, interrupts: Interrupts, server_url: str) -> None:
        enough = asyncio.Event()
        with interrupts.handled_by(enough.set):
            self._console.print("\nEvery fiftieth order fails, so that there is a missed target.")
            self._say("All tests", f"{server_url}/p/default/")
            self._say("Your own API", f"{own_program()} load OPENAPI_URL_OR_FILE")
            self._console.print("The server goes on, so that you can look around. Ctrl-C ends it.")
            await enough.wait()

    def _say(self, what: str, address: str) -> None:
        line = Text.assemble((f"{what:<13}", "dim"), (address, "bold"))
        self._console.print(line, soft_wrap=True)


def has_desktop(environment: Mapping[str, str], platform: str) -> bool:
    """Whether a browser window would be seen by somebody."""
    if environment.get("CI"):
        return False
    if environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"):
        return True
    return platform == "darwin" and "SSH_CONNECTION" not in environment


def own_program() -> str:
    """What to type to call this program: in full where it is not on PATH, as after `make demo`."""
    here = Path(sys.executable).with_name("benchwright")
    on_path = shutil.which("benchwright")
    is_same = on_path is not None and Path(on_path).resolve() == here.resolve()
    return "benchwright" if is_same else str(here)


def _open_page(url: str) -> None:
    import webbrowser

    webbrowser.open(url)


async def end_all_runs(installation: Installation) -> None:
    """Stops what runs; what does not stop soon is ended by force."""
    from benchwright.commands.places import kill_workload
    from benchwright.kit.threads import in_thread

    clock = asyncio.get_running_loop().time
    deadline = clock() + END_PATIENCE_S
    is_killed = False
    while running := await in_thread(_ask_to_stop, installation):
        if clock() > deadline + END_PATIENCE_S:
            return
        if clock() > deadline and not is_killed:
            is_killed = True
            for run_id in running:
                await kill_workload(installation, run_id)
        installation.lab.wake()
        await asyncio.sleep(0.05)


def _ask_to_stop(installation: Installation) -> list[uuid.UUID]:
    """The runs that have not ended yet, each of them asked to stop."""
    from benchwright.kit.pagination import PageRequest
    from benchwright.runs import list_repository, service
    from benchwright.runs.run_filter import RunFilter
    from benchwright.runs.state import UNFINISHED, StopReason

    narrow = RunFilter(states=tuple(UNFINISHED))
    with installation.lab.database.write() as session:
        lines, _ = list_repository.page(session, narrow, PageRequest())
        runs = [service.get_run(session, line.run.public_id) for line in lines]
        for run in runs:
            service.request_stop(session, run, StopReason.USER, "The demonstration ended")
        return [run.public_id for run in runs]
