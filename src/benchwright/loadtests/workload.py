"""Runs of load tests: k6's folder and command, and what its report says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchwright.access.hosts import is_loopback_name
from benchwright.access.secret_store import read_secret
from benchwright.kit.blobs import BlobStore
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import Invalid, Unavailable
from benchwright.kit.networks import NetworkPolicy
from benchwright.kit.secrets import Keyring
from benchwright.kit.wholefile import write_whole
from benchwright.loadtests.exits import explain_exit
from benchwright.loadtests.k6 import require_k6, run_command, run_environment, samples_environment
from benchwright.loadtests.plan import parse_plan
from benchwright.loadtests.schemas import RunSpec
from benchwright.loadtests.summary import Summary, SummaryProblem, read_summary, results_of
from benchwright.loadtests.verdict import Ending, judge, judge_thresholds, targets_of
from benchwright.runs.models import Run
from benchwright.runs.workload import (
    Collected,
    Doubt,
    ExitMeaning,
    IngestAddress,
    Judgement,
    Launch,
    LiveFigures,
    ResultValue,
)
from benchwright.settings import Settings

SUMMARY_NAME = "summary.json"
MAX_SUMMARY_BYTES = 256 * 1024 * 1024


class LoadTestWorkload:
    """Implements `runs.workload.Workload` for generated scripts and users' own."""

    def __init__(self, settings: Settings, keyring: Keyring, blobs: BlobStore) -> None:
        self._settings = settings
        self._keyring = keyring
        self._blobs = blobs

    def prepare(
        self, session: ReadSession, run: Run, folder: Path, ingest: IngestAddress
    ) -> Launch:
        """Writes script and files; raises `Unavailable` without k6, `NotFound` for a secret."""
        spec = RunSpec.model_validate(run.spec)
        program = require_k6(self._settings.k6)
        inputs = folder / "inputs"
        for place in (inputs, folder / "results"):
            place.mkdir(parents=True, exist_ok=True)
        for name, blob in {spec.script_name: spec.script_blob, **spec.files}.items():
            _write(inputs / name, self._blobs.get(blob))
        secrets = {
            name: read_secret(session, self._keyring, run.project_id, name) for name in spec.secrets
        }
        own = spec.script_kind == "own"
        samples_url = ingest.samples_url if spec.influxdb else None
        command = run_command(
            program,
            inputs / spec.script_name,
            folder / "results" / SUMMARY_NAME,
            own=own,
            environment=spec.environment,
            refused_networks=self._refused_networks(own=own),
            samples=samples_url is not None,
        )
        interval_s = self._settings.k6.push_interval_s
        environment = run_environment(ingest.url, ingest.token, interval_s)
        if samples_url is not None:
            environment |= samples_environment(samples_url, ingest.token, interval_s)
        return Launch(
            command=command,
            # Secrets first: none of them may take the place of what k6 itself reads.
            environment={**secrets, **environment},
            secrets=[*secrets.values(), ingest.token],
        )

    def collect(self, run: Run, folder: Path, live: LiveFigures) -> Collected:
        """Results and verdicts from k6's summary; without one, verdicts are unknown."""
        spec = RunSpec.model_validate(run.spec)
        warnings = list(live.warnings)
        summary = None
        try:
            summary = _read_summary(folder / "results" / SUMMARY_NAME)
        except SummaryProblem as problem:
            warnings.append(f"k6's summary cannot be read: {problem}. There are no exact figures.")
        keys = None if spec.script_kind == "own" else {s.key for s in spec.scenarios}
        results = [] if summary is None else results_of(summary, keys)
        dropped = _dropped(results, live)
        if dropped:
            warnings.append(
                f"{dropped} {'iteration was' if dropped == 1 else 'iterations were'} dropped "
                "because no virtual user was free in time: "
                "response times are not comparable with those of other runs. "
                "Allow more virtual users (`max_vus`) or lower the rate."
            )
        if summary is not None and summary.got_no_answer():
            warnings.append(
                "No request was answered: response times and rates say nothing. "
                "Is the target running, and is its address right?"
            )
        ending = Ending(
            exit_code=run.exit_code,
            stop_reason=run.stop_reason.value if run.stop_reason else None,
            auto_stop=live.auto_stop,
        )
        doubts = _doubts(summary, ending, live, dropped)
        return Collected(results, _judge(spec, summary, ending), warnings, doubts)

    def explain_exit(self, exit_code: int) -> ExitMeaning:
        """What k6's exit code means."""
        return explain_exit(exit_code)

    def _refused_networks(self, *, own: bool) -> Sequence[str]:
        policy = NetworkPolicy.create(
            loopback_only=is_loopback_name(self._settings.server.host),
            allowed_networks=self._settings.network.allowed_networks,
            denied_networks=self._settings.network.denied_networks,
        )
        # The flag would replace a list of the user's own script; who runs one on an
        # installation for this machine alone may contact what they like anyway.
        return [] if own and policy.private_open else policy.refused_networks()


def _doubts(
    summary: Summary | None, ending: Ending, live: LiveFigures, dropped: int
) -> list[Doubt]:
    found: dict[Doubt, bool] = {
        "cut_short": ending.cut_short is not None,
        "dropped_iterations": dropped > 0,
        "generator_busy": live.generator_is_busy,
        "no_answer": summary is not None and summary.got_no_answer(),
    }
    return [doubt for doubt, holds in found.items() if holds]


def _judge(spec: RunSpec, summary: Summary | None, ending: Ending) -> list[Judgement]:
    if spec.script_kind == "own" or spec.plan is None:
        return judge_thresholds(summary, ending)
    try:
        plan = parse_plan(spec.plan)
    except Invalid:
        # Frozen by another version of this program, and stricter rules came since.
        return judge([], summary, ending)
    return judge(targets_of(plan), summary, ending)


def _read_summary(path: Path) -> Summary:
    try:
        if path.stat().st_size > MAX_SUMMARY_BYTES:
            raise SummaryProblem(f"it is larger than {MAX_SUMMARY_BYTES} bytes")
        return read_summary(path.read_bytes())
    except FileNotFoundError:
        raise SummaryProblem("k6 wrote none") from None
    except OSError as error:
        raise SummaryProblem(str(error.strerror)) from None


def _dropped(results: Sequence[ResultValue], live: LiveFigures) -> int:
    exact = [
        result.value
        for result in results
        if (result.metric, result.stat, result.benchmark) == ("dropped_iterations", "count", "")
    ]
    return int(exact[0]) if exact else live.dropped_iterations or 0


def _write(path: Path, content: bytes) -> None:
    try:
        write_whole(path, content)
    except OSError as error:
        raise Unavailable(
            f"{path.name} cannot be written into the run's folder: {error.strerror}."
        ) from error
