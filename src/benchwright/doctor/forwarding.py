"""Looks whether the database that figures are forwarded to takes them."""

from __future__ import annotations

from collections.abc import Iterable

import httpx2

from benchwright.doctor.findings import Finding, ok, warning
from benchwright.settings import Settings

PATIENCE_S = 5.0


def check_forwarding(settings: Settings) -> Iterable[Finding]:
    """Pushes nothing at all, with the credentials; no finding where none is set up."""
    forward = settings.forward
    if forward.url is None:
        return
    from benchwright.forwarding.destination import push_headers
    from benchwright.metrics.remote_write import write_push

    # Some services take their token in the address.
    shown = forward.url.partition("?")[0]
    advice = "Correct BENCHWRIGHT_FORWARD__URL; until then figures wait, and the oldest get lost."
    try:
        with httpx2.Client(timeout=PATIENCE_S, trust_env=False) as client:
            answer = client.post(forward.url, content=write_push(()), headers=push_headers(forward))
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        yield warning("Forwarding", f"{shown} cannot be reached ({error})", advice)
        return
    if answer.is_success:
        which = "all runs" if forward.runs == "all" else f"runs with the tag {forward.tag!r}"
        yield ok("Forwarding", f"{shown} takes the figures of {which}")
        return
    if answer.status_code in (401, 403):
        advice = "Correct the user and password, or the token, of BENCHWRIGHT_FORWARD__…."
    yield warning("Forwarding", f"{shown} answers with status {answer.status_code}", advice)
