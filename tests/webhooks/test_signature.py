from __future__ import annotations

import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from benchwright.webhooks.signature import TOLERANCE_S, sign, verify

AT = 1_800_000_000


@given(secret=st.text(), body=st.binary(), late_s=st.integers(-TOLERANCE_S, TOLERANCE_S))
def test_own_signatures_are_accepted_for_a_while(secret: str, body: bytes, late_s: int) -> None:
    header = sign(secret, body, AT)
    assert verify(secret, body, header, AT + late_s)
    assert not verify(secret, body, header, AT + TOLERANCE_S + 1)
    assert not verify(secret, body, header, AT - TOLERANCE_S - 1)


@given(secret=st.text(), body=st.binary(), other=st.binary())
def test_another_body_secret_or_time_does_not_fit(secret: str, body: bytes, other: bytes) -> None:
    header = sign(secret, body, AT)
    assert verify(secret, other, header, AT) == (other == body)
    assert not verify(secret + "x", body, header, AT)
    assert not verify(secret, body, header.replace(str(AT), str(AT + 1)), AT)


@given(text=st.text(max_size=100))
def test_any_header_can_be_judged(text: str) -> None:
    assert not verify("s", b"", text, AT)
    assert not verify("s", b"", f"t={AT},v1={text}", AT)


def test_receivers_can_compute_it_as_documented() -> None:
    digest = hmac.new(b"key", b'1800000000.{"a":1}', hashlib.sha256).hexdigest()
    assert sign("key", b'{"a":1}', AT) == f"t=1800000000,v1={digest}"
