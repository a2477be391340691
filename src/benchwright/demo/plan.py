"""The demonstration's load test: four scenarios, each with another executor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchwright.demo.shop import BOOK_COUNT, GENRES


def demo_plan(endpoints: Mapping[str, str], base_url: str, duration_s: float) -> dict[str, Any]:
    """The plan; `endpoints` are the ids of the demo API's endpoints by operation id.

    One target is there to be missed: orders fail about once in fifty.
    """
    return {
        "name": "Demo: a morning in the bookshop",
        "base_url": base_url,
        "scenarios": [
            {
                "name": "Browse the catalogue",
                "endpoint": endpoints["listBooks"],
                "executor": "constant-arrival-rate",
                "rate": 20,
                "duration": duration_s,
                "values": {"query": {"genre": list(GENRES)}},
                "targets": {"response_time": "100ms", "error_rate": "1%"},
            },
            {
                "name": "Search, more and more",
                "endpoint": endpoints["searchBooks"],
                "executor": "ramping-arrival-rate",
                "start_rate": 2,
                "stages": [
                    {"duration": duration_s / 2, "target": 15},
                    {"duration": duration_s / 2, "target": 15},
                ],
                "values": {"query": {"q": ["harbour", "garden", "salt", "moreau", "winter"]}},
                "targets": {"response_time": {"stat": "p90", "ms": "400ms"}},
            },
            {
                "name": "Look at books",
                "endpoint": endpoints["getBook"],
                "executor": "constant-vus",
                "vus": 4,
                "duration": duration_s,
                "think_time_s": [0.1, 0.3],
                "values": {
                    "path": {"book_id": {"generate": "integer", "min": 1, "max": BOOK_COUNT}}
                },
                "targets": {"response_time": "50ms", "error_rate": "1%"},
            },
            {
                "name": "Place orders",
                "endpoint": endpoints["placeOrder"],
                "executor": "ramping-vus",
                "stages": [
                    {"duration": duration_s / 3, "target": 6},
                    {"duration": duration_s / 3, "target": 6},
                    {"duration": duration_s / 3, "target": 0},
                ],
                "think_time_s": [0.1, 0.3],
                "body": {"content": {"items": [{"book_id": "{{book}}", "quantity": 1}]}},
                "values": {"body": {"book": {"generate": "integer", "min": 1, "max": BOOK_COUNT}}},
                "targets": {"response_time": "250ms", "error_rate": "1%"},
            },
        ],
        "setup": {
            "method": "POST",
            "path": "/auth/token",
            "body": {"content": {"user": "reader", "password": "open-sesame"}},
            "token_pointer": "/access_token",
        },
        "seed": 1,
    }
