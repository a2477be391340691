from __future__ import annotations

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from benchwright.access.run_tokens import PREFIX, check_run_token, issue_run_token
from benchwright.kit.secrets import Keyring

RING = Keyring(["r" * 32])


@given(run=st.uuids(), other=st.uuids())
def test_token_opens_its_own_run_only(run: UUID, other: UUID) -> None:
    token = issue_run_token(RING, run)
    assert token == issue_run_token(RING, run)
    assert token.startswith(PREFIX)
    assert check_run_token(RING, run, token)
    assert check_run_token(RING, other, token) == (run == other)


@given(text=st.text(max_size=80))
def test_no_other_text_opens_a_run(text: str) -> None:
    run = uuid4()
    assert not check_run_token(RING, run, text)
    assert not check_run_token(RING, run, PREFIX + text)


def test_runs_survive_a_change_of_keys() -> None:
    run = uuid4()
    token = issue_run_token(RING, run)
    assert check_run_token(Keyring(["n" * 32, "r" * 32]), run, token)
    assert not check_run_token(Keyring(["n" * 32]), run, token)
