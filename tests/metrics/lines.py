"""Line protocol as k6 and Telegraf write it, for tests of what takes it in."""

from __future__ import annotations

from benchwright.metrics.line_protocol import LineReader, Point

START_S = 1_750_000_000
NS = 1_000_000_000


def k6_request(
    second: float,
    duration_ms: float,
    *,
    ok: bool = True,
    scenario: str = "default",
    name: str = "http://shop/items",
) -> str:
    """What k6 sends of one request, shortened to what differs."""
    at = int((START_S + second) * NS)
    tags = (
        f"expected_response={'true' if ok else 'false'},method=GET,name={name},"
        f"scenario={scenario},status={200 if ok else 500}"
    )
    if not ok:
        tags = f"error_code=1500,{tags}"
    rest = f'url="{name}?page={second}"'
    return "\n".join(
        [
            f"http_reqs,{tags} {rest},value=1 {at}",
            f"http_req_duration,{tags} {rest},value={duration_ms} {at}",
            f"http_req_failed,{tags} {rest},value={0 if ok else 1} {at}",
            f"checks,check=it\\ works,scenario={scenario} value={1 if ok else 0} {at}",
        ]
    )


def k6_vus(second: float, vus: int) -> str:
    at = int((START_S + second) * NS)
    return f"vus value={vus} {at}\nvus_max value={vus + 5} {at}"


def points(*lines: str) -> list[Point]:
    reader = LineReader()
    found = list(reader.read("\n".join(lines).encode(), START_S * NS))
    assert not reader.faults
    return found
