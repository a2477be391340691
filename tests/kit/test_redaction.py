from __future__ import annotations

import base64
import html
import json
import logging
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from benchwright.kit.redaction import (
    MASK,
    CredentialFilter,
    Redactor,
    redact,
    redact_credentials,
    secret_forms,
)

# A mask could by itself complete a secret that holds asterisks.
SECRET = st.text(min_size=6, max_size=30).filter(lambda text: "*" not in text and text.strip())


def stream(redactor: Redactor, chunks: list[bytes]) -> bytes:
    return b"".join(map(redactor.feed, chunks)) + redactor.finish()


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places})
    return [data[a:b] for a, b in zip([0, *ends], [*ends, len(data)], strict=True)]


@st.composite
def logs(draw: st.DrawFn) -> tuple[list[str], bytes]:
    """Secrets, and a text made of them, their beginnings and other things."""
    secrets = draw(st.lists(SECRET, min_size=1, max_size=3))
    forms = sorted({form for secret in secrets for form in secret_forms(secret)})
    part = st.one_of(
        st.sampled_from(forms),
        st.builds(lambda form, n: form[: n % len(form)], st.sampled_from(forms), st.integers(0)),
        st.binary(max_size=10),
    )
    return secrets, b"".join(draw(st.lists(part, max_size=12)))


@given(log=logs(), places=st.lists(st.integers(0, 2000), max_size=20))
def test_cuts_do_not_change_the_output(log: tuple[list[str], bytes], places: list[int]) -> None:
    secrets, text = log
    whole = stream(Redactor(secrets), [text])
    assert stream(Redactor(secrets), cut(text, places)) == whole
    assert stream(Redactor(secrets), [bytes([byte]) for byte in text]) == whole


@given(log=logs())
def test_no_form_of_a_secret_survives(log: tuple[list[str], bytes]) -> None:
    secrets, text = log
    forms = {form for secret in secrets for form in secret_forms(secret)}
    assume(not any(b"*" in form for form in forms))
    passed = stream(Redactor(secrets), [text])
    assert not any(form in piece for piece in passed.split(MASK) for form in forms)


@given(secret=SECRET, before=st.binary(max_size=5), after=st.binary(max_size=5))
def test_encoded_secrets_are_found(secret: str, before: bytes, after: bytes) -> None:
    raw = secret.encode()
    encoded = {
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(secret))[3:-3],
        html.escape(secret),
    }
    for text in encoded:
        assert redact(f"<{text}>", [secret]) == "<***>"
    # In the middle of a base64 text, however it is aligned, the inner characters go.
    assume(len(raw) >= 8)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        covered = redact(encode(before + raw + after).decode(), [secret])
        assert "***" in covered


def test_credentials_of_basic_authentication_are_found() -> None:
    header = base64.b64encode(b"admin:correct-horse").decode()
    assert "***" in redact(f"Authorization: Basic {header}", ["correct-horse"])


def test_short_values_are_left_alone() -> None:
    assert redact("the end of a line: 12345", ["12345", "", "a"]) == "the end of a line: 12345"


def test_ordinary_text_is_not_held_back() -> None:
    redactor = Redactor(["correct-horse"])
    assert redactor.feed(b"one line\n") == b"one line\n"
    assert redactor.feed(b"password: corr") == b"password: "
    assert redactor.feed(b"elation\n") == b"correlation\n"
    assert redactor.feed(b"correct-horse") == b"***"
    assert redactor.finish() == b""


def test_the_longest_of_overlapping_secrets_goes() -> None:
    assert redact("x password-long y", ["password", "password-long"]) == "x *** y"


def test_without_secrets_everything_passes() -> None:
    redactor = Redactor([])
    assert redactor.feed(b"abc") == b"abc"
    assert redactor.finish() == b""


@pytest.mark.parametrize(
    "text, covered",
    [
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("{'authorization': 'Basic YWJj'}", "{'authorization': 'Basic ***'}"),
        ("token bw_pat_0123abc in use", "token *** in use"),
        ("see bw_run_aB-_9", "see bw_run_***"),
        ("GET https://me:pw@host/x", "GET https://***@host/x"),
        ("postgresql+psycopg://u:p@db/x", "postgresql+psycopg://***@db/x"),
        ("GET /write?db=x&p=hunter2&u=y", "GET /write?db=x&p=***&u=y"),
        ("mail me@example.org at http://x/y", "mail me@example.org at http://x/y"),
    ],
)
def test_credentials_are_covered(text: str, covered: str) -> None:
    assert redact_credentials(text) == covered


@given(text=st.text(max_size=200))
def test_any_text_can_be_searched_for_credentials(text: str) -> None:
    assert isinstance(redact_credentials(text), str)


def test_log_records_leave_without_credentials(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("test.redaction")
    logger.addFilter(CredentialFilter())
    try:
        raise ValueError("http://u:secretpw@host")
    except ValueError:
        logger.exception("%s failed", "https://u:secretpw@host/x")
    finally:
        logger.filters.clear()
    assert "https://***@host/x failed" in caplog.text
    assert "secretpw" not in caplog.text
