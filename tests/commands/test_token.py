from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest

from tests.commands.programs import call


@pytest.fixture
def data(tmp_path: Path) -> str:
    return str(tmp_path / "data")


def test_a_token_is_shown_once_listed_and_revoked(data: str) -> None:
    made = call(
        "token", "create", "build [red]server", "--scope", "run", "--scope", "read",
        "--expires", "30d", "--data-dir", data,
    )  # fmt: skip
    assert made.exit_code == 0
    token = made.stdout.strip()
    assert re.fullmatch(r"bw_pat_\S+", token)

    listed = call("token", "list", "--data-dir", data).stdout
    assert token not in listed
    assert "build [red]server" in listed
    assert "read,run" in listed
    found = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", listed)
    assert found is not None

    assert call("token", "revoke", found[0], "--data-dir", data).exit_code == 0
    assert "There are no tokens" in call("token", "list", "--data-dir", data).stdout
    again = call("token", "revoke", found[0], "--data-dir", data)
    assert again.exit_code == 1
    assert "no such token" in again.stderr


def test_a_token_may_live_for_years(data: str) -> None:
    for expires in ("90d", "3650d"):
        made = call(
            "token", "create", "x", "--scope", "run", "--expires", expires, "--data-dir", data
        )
        assert made.exit_code == 0, made.stderr


@pytest.mark.parametrize(
    "arguments, word",
    [
        (["x"], "--scope"),
        (["x", "--scope", "everything"], "--scope"),
        (["x", "--scope", "read", "--expires", "soon"], "--expires"),
        (["x", "--scope", "read", "--expires", "0s"], "expires_at"),
        (["x", "--scope", "read", "--expires", "9999d"], "3650 days"),
        ([" ", "--scope", "read"], "name"),
        ([], "NAME"),
    ],
)
def test_wrong_usage_names_what_is_wrong(data: str, arguments: list[str], word: str) -> None:
    result = call("token", "create", *arguments, "--data-dir", data)
    assert result.exit_code == 2
    assert word in result.stderr
    assert "bw_pat_" not in result.stdout


def test_an_unknown_token_cannot_be_revoked(data: str) -> None:
    assert call("token", "revoke", str(uuid.uuid4()), "--data-dir", data).exit_code == 1
    assert call("token", "revoke", "no-id", "--data-dir", data).exit_code == 2
