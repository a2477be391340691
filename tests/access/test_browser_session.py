from __future__ import annotations

import datetime as dt
import uuid

from hypothesis import assume, given
from hypothesis import strategies as st

from benchwright.access.browser_session import LIFETIME, cookie_name, read_cookie, seal, unseal
from benchwright.kit.secrets import Keyring

RING = Keyring(["b" * 32])
AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@given(token=st.uuids(), age_s=st.integers(0, int(LIFETIME.total_seconds()) - 1))
def test_session_leads_to_its_token_while_it_lasts(token: uuid.UUID, age_s: int) -> None:
    value = seal(RING, token, AT)
    assert unseal(RING, value, AT + dt.timedelta(seconds=age_s)) == token
    assert unseal(RING, value, AT + LIFETIME) is None


@given(place=st.integers(0), other=st.sampled_from("0123456789abcdef.-Z"))
def test_forged_sessions_lead_nowhere(place: int, other: str) -> None:
    value = seal(RING, uuid.uuid4(), AT)
    place %= len(value)
    assume(other != value[place])
    assert unseal(RING, value[:place] + other + value[place + 1 :], AT) is None
    assert unseal(Keyring(["x" * 32]), value, AT) is None


@given(text=st.text(max_size=100))
def test_any_cookie_can_be_read(text: str) -> None:
    assert unseal(RING, text, AT) is None


def test_on_https_only_the_host_bound_cookie_counts() -> None:
    header = "a=b; benchwright_session=planted; __Host-benchwright=own"
    assert read_cookie(header, secure=True) == "own"
    assert read_cookie(header, secure=False) == "planted"
    assert cookie_name(secure=True).startswith("__Host-")
