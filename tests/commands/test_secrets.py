from __future__ import annotations

from pathlib import Path

import pytest

from benchwright.access import service
from benchwright.access.secret_store import read_secret, write_secret
from benchwright.installation import open_installation
from benchwright.kit.secrets import Keyring
from benchwright.projects.service import get_project
from benchwright.settings import Settings
from benchwright.webhooks.schemas import WebhookCreate
from benchwright.webhooks.service import create_webhook, list_webhooks, secret_context
from tests.commands.programs import call

OLD, NEW = "o" * 32, "n" * 32


def test_rotation_moves_everything_to_the_new_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHWRIGHT_SECRET_KEY", OLD)
    settings = Settings(data_dir=tmp_path)
    lab = open_installation(settings).lab
    with lab.database.write() as session:
        project = get_project(session, "default")
        write_secret(session, lab.keyring, project.id, "API_KEY", "the value")
        wish = WebhookCreate(url="http://127.0.0.1:9/hook")
        _, signing = create_webhook(session, lab.keyring, project, wish)
    token = call("token", "create", "x", "--scope", "read", "--data-dir", str(tmp_path))
    assert token.exit_code == 0

    monkeypatch.setenv("BENCHWRIGHT_SECRET_KEY", f"{NEW},{OLD}")
    first = call("secrets", "rotate", "--data-dir", str(tmp_path))
    assert first.exit_code == 0
    assert "anew: 2." in first.stdout
    assert "older key: 1." in first.stdout
    assert "the value" not in first.stdout + first.stderr

    both, new = Keyring([NEW, OLD]), Keyring([NEW])
    with lab.database.write() as session:
        text = token.stdout.strip()
        found = service.find_valid_token(session, both, text)
        assert found is not None
        service.note_use(session, both, found.id, text)
    second = call("secrets", "rotate", "--data-dir", str(tmp_path))
    assert "anew: 0." in second.stdout
    assert "can go" in second.stdout

    with lab.database.read() as session:
        assert read_secret(session, new, project.id, "API_KEY") == "the value"
        (webhook,) = list_webhooks(session, project)
        assert new.decrypt(webhook.secret, secret_context(webhook)) == signing
        assert service.find_valid_token(session, new, text) is not None
    lab.database.dispose()


def test_a_missing_key_is_named_and_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHWRIGHT_SECRET_KEY", OLD)
    lab = open_installation(Settings(data_dir=tmp_path)).lab
    with lab.database.write() as session:
        project = get_project(session, "default")
        write_secret(session, lab.keyring, project.id, "API_KEY", "the value")
    monkeypatch.setenv("BENCHWRIGHT_SECRET_KEY", NEW)
    result = call("secrets", "rotate", "--data-dir", str(tmp_path))
    assert result.exit_code == 1
    assert "key that is missing" in result.stderr
    with lab.database.read() as session:
        assert read_secret(session, lab.keyring, project.id, "API_KEY") == "the value"
    lab.database.dispose()
