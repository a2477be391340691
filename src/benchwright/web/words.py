"""What states, verdicts and methods are called on a page, with their sign and tone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Word(NamedTuple):
    """A word with an icon and a tone (`good`, `bad`, `warn`, `busy`, `odd` or none)."""

    text: str
    icon: str
    tone: str = ""


STATES = {
    "queued": Word("Queued", "queued"),
    "launching": Word("Launching", "running", "busy"),
    "running": Word("Running", "running", "busy"),
    "collecting": Word("Collecting", "running", "busy"),
    "succeeded": Word("Completed", "good"),
    "failed": Word("Failed", "bad", "bad"),
    "stopped": Word("Stopped", "stopped"),
    "timed_out": Word("Timed out", "timed-out", "warn"),
    "lost": Word("Lost", "lost", "odd"),
}

VERDICTS = {
    "met": Word("Targets met", "good", "good"),
    "missed": Word("Targets missed", "bad", "bad"),
    "unknown": Word("Not judged", "unknown"),
}

_ATTENTION = {
    "silent": Word("Silent", "lost", "warn"),
    "warned": Word("Warning", "warning", "warn"),
}

_KINDS = {
    "load_test": "load test",
    "job": "job",
    "push": "streamed in",
}

_SCHEDULES = {
    "active": Word("Active", "running", "busy"),
    "paused": Word("Paused", "stopped", "warn"),
    "done": Word("Done", "good"),
}

_FIRINGS = {
    "started": Word("Started", "run", "good"),
    "waiting": Word("Waiting", "queued", "busy"),
    "skipped": Word("Skipped", "stopped"),
    "missed": Word("Missed", "timed-out", "warn"),
    "failed": Word("Failed", "bad", "bad"),
}

_HOSTS = {
    "ready": Word("Ready", "good", "good"),
    "busy": Word("Busy", "running", "busy"),
    "drained": Word("Drained", "stopped", "warn"),
    "unreachable": Word("Out of reach", "lost", "bad"),
    "unknown": Word("Not checked yet", "queued"),
}
EXCLUSIVE = Word("One at a time", "lock")

LONG = Word("Runs for long", "timed-out", "warn")

_LOOPS = {
    "well": Word("Works", "good", "good"),
    "late": Word("Late", "warning", "bad"),
    "waiting": Word("Not yet", "queued"),
}

METHOD_TONES = {
    "GET": "busy",
    "HEAD": "busy",
    "POST": "good",
    "PUT": "warn",
    "PATCH": "warn",
    "DELETE": "bad",
}

_METRICS = {
    "http_reqs": "Requests",
    "http_req_duration": "Response time",
    "http_req_waiting": "Waiting for the answer",
    "http_req_sending": "Sending",
    "http_req_receiving": "Receiving",
    "http_req_blocked": "Waiting for a connection",
    "http_req_connecting": "Connecting",
    "http_req_tls_handshaking": "TLS handshake",
    "http_req_failed": "Failed requests",
    "checks": "Checks",
    "data_sent": "Data sent",
    "data_received": "Data received",
    "iterations": "Iterations",
    "iteration_duration": "Iteration duration",
    "dropped_iterations": "Dropped iterations",
    "vus": "Virtual users",
    "vus_max": "Virtual users prepared",
}


_DOUBTS = {
    "cut_short": "it ended before its time",
    "dropped_iterations": "iterations were dropped",
    "generator_busy": "the load generator was too busy",
    "no_answer": "no request was answered",
}


def kind_word(kind: str) -> str:
    """What a kind of run is called."""
    return _KINDS.get(kind, kind.replace("_", " "))


def target_word(target: str) -> str:
    """What a target is called: this machine, or a Docker host by its name."""
    if target == "local":
        return "this machine"
    kind, _, name = target.partition(":")
    if kind == "docker" and name:
        return "Docker on this machine" if name == "local" else f"Docker host {name}"
    return target


def doubts_text(doubts: Iterable[str]) -> str:
    """Why figures are not comparable, as a sentence."""
    reasons = ", and ".join(_DOUBTS.get(doubt, doubt) for doubt in doubts)
    return f"Not comparable: {reasons}"


def state_word(state: str) -> Word:
    """How a run's state reads."""
    return STATES.get(state, Word(state, "unknown"))


def verdict_word(judgement: str | None) -> Word:
    """How a verdict reads; an unknown one reads as it is."""
    return VERDICTS.get(judgement or "unknown", Word(str(judgement), "unknown"))


def schedule_word(state: str) -> Word:
    """How a schedule's state reads."""
    return _SCHEDULES[state]


def firing_word(outcome: str) -> Word:
    """How it reads what became of a firing."""
    return _FIRINGS[outcome]


def loop_word(state: str) -> Word:
    """How a loop of the server fares."""
    return _LOOPS[state]


def host_word(state: str) -> Word:
    """How a Docker host fares."""
    return _HOSTS[state]


def attention_word(kind: str, state: str) -> Word:
    """Why a run needs attention: what its state or verdict cannot say, or that."""
    if kind == "missed":
        return verdict_word("missed")
    return _ATTENTION.get(kind) or state_word(state)


def method_tone(method: str) -> str:
    """The colour of an HTTP method."""
    return METHOD_TONES.get(method, "")


def metric_word(metric: str) -> str:
    """A metric's name for people; a custom metric keeps its own."""
    return _METRICS.get(metric, metric)


def stat_word(stat: str) -> str:
    """A figure's name for people: the median is p50 beside p95 and p99."""
    return "p50" if stat == "med" else stat


class Advice(NamedTuple):
    """What one can do about a problem; `again`: the same request may work a little later."""

    text: str
    icon: str = "warning"
    again: bool = False


_ADVICE = {
    401: Advice("Sign in with a token. Whoever runs this server can make one for you.", "lock"),
    403: Advice("Whoever runs this server can give your token a further scope.", "lock"),
    404: Advice("It may have been deleted since, or the address was cut off on its way.", "search"),
    409: Advice("Look at how things are now, then try again.", again=True),
    410: Advice("It cannot be brought back; the lists show what there is.", "search"),
    413: Advice("Send less at once."),
    422: Advice("Go back one page: what you typed is still there.", "bad"),
    429: Advice("Wait a little, then try again.", "timed-out", again=True),
    502: Advice("Look whether the other server works, then try again.", again=True),
    503: Advice("Try again in a moment.", "timed-out", again=True),
}
_FAULT = Advice(
    "It is not your fault. Try again; if it stays, tell whoever runs this server the id below.",
    again=True,
)


def advice_on(status: int) -> Advice:
    """What to do about a problem with this status."""
    return _ADVICE.get(status, _FAULT if status >= 500 else Advice("Go back one page."))
