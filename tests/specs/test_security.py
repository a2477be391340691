from __future__ import annotations

from typing import Any

import pytest

from benchwright.specs.outline import SecurityScheme
from benchwright.specs.references import References
from benchwright.specs.security import read_requirements, read_security_schemes
from benchwright.specs.warnings import Warnings


def read(scheme: Any) -> tuple[list[SecurityScheme], list[str]]:
    root = {
        "components": {"securitySchemes": {"s": scheme, "Other": {"type": "http", "scheme": "x"}}}
    }
    warnings = Warnings()
    schemes = read_security_schemes(root, References(root), warnings)
    return [item for item in schemes if item.key == "s"], warnings.list()


@pytest.mark.parametrize(
    "scheme, expected",
    [
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, ("header", "X-Key", "")),
        ({"type": "apiKey", "in": "cookie", "name": "sid"}, ("cookie", "sid", "")),
        ({"type": "http", "scheme": "bearer"}, ("header", "Authorization", "Bearer")),
        ({"type": "http", "scheme": "BASIC"}, ("header", "Authorization", "Basic")),
        ({"type": "http", "scheme": "HOBA"}, ("header", "Authorization", "HOBA")),
        ({"type": "openIdConnect", "openIdConnectUrl": "x"}, ("header", "Authorization", "Bearer")),
        ({"type": "mutualTLS"}, ("connection", "", "")),
        ({"$ref": "#/components/securitySchemes/Other"}, ("header", "Authorization", "x")),
    ],
)
def test_says_where_the_proof_goes(scheme: Any, expected: tuple[str, str, str]) -> None:
    (found,), warnings = read(scheme)
    assert (found.location, found.name, found.prefix) == expected
    assert warnings == []


def test_finds_where_tokens_come_from() -> None:
    flows = {"implicit": {}, "clientCredentials": {"tokenUrl": "https://id.test/token"}}
    (found,), _ = read({"type": "oauth2", "flows": flows})
    assert found.token_url == "https://id.test/token"


@pytest.mark.parametrize(
    "scheme", [5, {}, {"type": "apiKey"}, {"type": "apiKey", "in": "body", "name": "x"}, {"type": "other"}, {"$ref": "#/gone"}]
)  # fmt: skip
def test_leaves_out_what_it_does_not_understand(scheme: Any) -> None:
    found, (warning,) = read(scheme)
    assert found == []
    assert warning.startswith("#/components/securitySchemes/s: ")


def test_requirements_are_alternatives() -> None:
    assert read_requirements([{"a": [], "b": ["x"]}, {}]) == [["a", "b"], []]
    assert read_requirements([]) == []
    assert read_requirements(None) is None
    assert read_requirements({"a": []}) is None
