from __future__ import annotations

from typing import Any

import pytest

from benchwright.specs.servers import origin_of, read_servers, resolve_server
from benchwright.specs.warnings import Warnings

SOURCE = "https://docs.test:8443/api/v3/openapi.json"


def read(*servers: Any, source_url: str | None = SOURCE) -> tuple[list[str], list[str]]:
    warnings = Warnings()
    return read_servers({"servers": list(servers)}, source_url, warnings), warnings.list()


@pytest.mark.parametrize(
    "url, address",
    [
        ("https://a.test/v1/", "https://a.test/v1"),
        ("http://a.test", "http://a.test"),
        ("/", "https://docs.test:8443"),
        ("/v1", "https://docs.test:8443/v1"),
        ("v1", "https://docs.test:8443/api/v3/v1"),
        ("../v1", "https://docs.test:8443/api/v1"),
        ("//b.test/x", "https://b.test/x"),
        ("https://user:secret@a.test/v1", "https://a.test/v1"),
        ("https://a.test/v1?x=1#y", "https://a.test/v1"),
        ("ws://a.test", None),
        ("https://a b", None),
        ("https://a\\b", None),
        ("http://[::1", None),
        ("http://a:x", None),
        ("http://" + "a" * 3000, None),
    ],
)
def test_addresses_are_completed_and_cut(url: str, address: str | None) -> None:
    assert resolve_server(url, SOURCE) == address


def test_without_a_source_only_whole_addresses_count() -> None:
    assert resolve_server("/v1", None) is None
    assert resolve_server("https://a.test/v1", None) == "https://a.test/v1"


def test_variables_take_their_default() -> None:
    server = {
        "url": "https://{region}.a.test:{port}/{base}",
        "variables": {"region": {"default": "eu"}, "port": {"enum": [8443], "default": None}, "base": 5},
    }  # fmt: skip
    found, warnings = read(server)
    assert found == ["https://eu.a.test:8443/base"]
    assert warnings == [
        "#/servers/0: The variable 'base' has no default; set the base URL yourself."
    ]


def test_unusable_servers_are_named_and_left_out() -> None:
    found, warnings = read(
        5, {}, {"url": "mailto:x"}, {"url": "https://a.test"}, {"url": "https://a.test/"}
    )
    assert found == ["https://a.test"]
    assert [warning.split(":")[0] for warning in warnings] == [
        "#/servers/0",
        "#/servers/1",
        "#/servers/2",
    ]


def test_origins() -> None:
    assert origin_of(SOURCE) == "https://docs.test:8443"
    assert origin_of(None) == ""
    assert origin_of("file:///x") == ""
