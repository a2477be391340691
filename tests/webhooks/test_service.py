from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from benchwright.kit.db import WriteSession, now
from benchwright.kit.errors import Unavailable
from benchwright.kit.secrets import Keyring
from benchwright.projects.models import Project
from benchwright.runs.models import Run
from benchwright.runs.state import RunKind, RunState
from benchwright.webhooks import service
from benchwright.webhooks.events import Event
from benchwright.webhooks.models import Webhook, WebhookDelivery
from benchwright.webhooks.schemas import WebhookCreate
from tests.fixtures.small_lab import SmallLab

MakeLab = Callable[..., SmallLab]


def add_run(
    session: WriteSession,
    project: Project,
    *,
    load_test_id: int | None = None,
    verdict: str | None = None,
    state: RunState = RunState.SUCCEEDED,
) -> Run:
    run = Run(
        public_id=uuid.uuid4(),
        project_id=project.id,
        load_test_id=load_test_id,
        kind=RunKind.LOAD_TEST,
        name="a run",
        spec={"environment": {"PASSWORD": "hunter2"}},
        state=state,
        reason="it went well",
        timeout_s=1,
        verdict=verdict,
        ended_at=None if state is RunState.RUNNING else now(),
    )
    session.add(run)
    session.flush()
    return run


def add_webhook(session: WriteSession, lab: SmallLab, project: Project, *events: Event) -> Webhook:
    wish = WebhookCreate(url="http://receiver.example/x", events=list(events) or [*Event])
    return service.create_webhook(session, lab.keyring, project, wish)[0]


def messages(session: WriteSession) -> list[tuple[str, str | None]]:
    rows = session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id))
    return [(row.event, row.data.get("previous_verdict")) for row in rows]


def load_test(session: WriteSession) -> int | None:
    """A load test's key that the database accepts, whatever that table asks for."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
    else:
        session.execute(text("SET LOCAL session_replication_role = replica"))
    return 7


class Undone(Exception):
    """Rolls the test's rows back, whose load test is not there."""


@pytest.mark.parametrize(
    "verdicts, changed",
    [
        (["met"], None),
        (["met", "met"], None),
        (["met", "missed"], "met"),
        (["missed", "met"], "missed"),
        (["met", "missed", "missed"], None),
        (["met", None, "missed"], "met"),
        (["met", "missed", None], None),
        ([None, "met"], None),
    ],
)
def test_a_changed_verdict_is_told(
    small_lab: MakeLab, verdicts: list[str | None], changed: str | None
) -> None:
    lab = small_lab()
    project = lab.project()
    with pytest.raises(Undone), lab.database.write() as session:
        test = load_test(session)
        add_webhook(session, lab, project)
        for verdict in verdicts:
            run = add_run(session, project, load_test_id=test, verdict=verdict)
            add_run(session, project, verdict="missed")
        service.announce_run(session, run)
        expected: list[tuple[str, str | None]] = [("run.ended", None)]
        if changed:
            expected.append(("verdict.changed", changed))
        assert messages(session) == expected
        raise Undone


def test_runs_that_go_on_have_no_verdict_to_compare_with(small_lab: MakeLab) -> None:
    lab = small_lab()
    project = lab.project()
    with pytest.raises(Undone), lab.database.write() as session:
        test = load_test(session)
        add_webhook(session, lab, project)
        add_run(session, project, load_test_id=test, verdict="met", state=RunState.RUNNING)
        service.announce_run(
            session, add_run(session, project, load_test_id=test, verdict="missed")
        )
        assert messages(session) == [("run.ended", None)]
        raise Undone


def test_a_long_run_is_told(small_lab: MakeLab) -> None:
    lab = small_lab()
    project = lab.project()
    with pytest.raises(Undone), lab.database.write() as session:
        add_webhook(session, lab, project)
        run = add_run(session, project, state=RunState.RUNNING)
        service.announce_long_run(session, run, "It has been running for more than 60 s")
        (delivery,) = session.scalars(select(WebhookDelivery))
        assert delivery.event == "run.long"
        assert delivery.data["warning"] == "It has been running for more than 60 s"
        assert delivery.data["run"]["state"] == "running"
        raise Undone


def test_each_webhook_gets_what_it_asks_for(small_lab: MakeLab) -> None:
    lab = small_lab()
    shop, bank = lab.project("shop"), lab.project("bank")
    with lab.database.write() as session:
        wanted = add_webhook(session, lab, shop, Event.RUN_ENDED)
        add_webhook(session, lab, shop, Event.VERDICT_CHANGED)
        add_webhook(session, lab, bank, Event.RUN_ENDED)
        add_webhook(session, lab, shop, Event.RUN_ENDED).enabled = False
        session.flush()
        run = add_run(session, shop, verdict="met")
        service.announce_run(session, run)
        (delivery,) = session.scalars(select(WebhookDelivery))
        assert delivery.webhook_id == wanted.id
        told = delivery.data["run"]
        assert told["id"] == str(run.public_id)
        assert (told["project"], told["state"], told["verdict"]) == ("shop", "succeeded", "met")
        assert "hunter2" not in str(delivery.data)


def test_what_is_rolled_back_is_not_told(small_lab: MakeLab) -> None:
    lab = small_lab()
    project = lab.project()
    with lab.database.write() as session:
        add_webhook(session, lab, project)
    with pytest.raises(Undone), lab.database.write() as session:
        service.announce_run(session, add_run(session, project))
        raise Undone
    with lab.database.write() as session:
        assert messages(session) == []


def test_rotation_frees_the_old_key(small_lab: MakeLab) -> None:
    lab = small_lab()
    project = lab.project()
    with lab.database.write() as session:
        webhook = add_webhook(session, lab, project)
        context = service.secret_context(webhook)
        before = lab.keyring.decrypt(webhook.secret, context)
        assert service.rotate_webhook_secrets(session, Keyring(["n" * 32, "k" * 32])) == 1
        assert Keyring(["n" * 32]).decrypt(webhook.secret, context) == before
        with pytest.raises(Unavailable):
            lab.keyring.decrypt(webhook.secret, context)
