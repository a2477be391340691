from __future__ import annotations

import asyncio
import gzip
import ssl
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2
import pytest

from benchwright.kit.errors import BadRequest, Problem, TooLarge, UpstreamFailed
from benchwright.kit.fetch import CheckedTransport, Fetched, Fetcher, Refused
from benchwright.kit.networks import NetworkPolicy
from tests.fixtures.peers import Peer, Request, write_answer

pytestmark = pytest.mark.anyio

METADATA = "169.254.169.254"
OPEN = NetworkPolicy.create(loopback_only=True)
CLOSED = NetworkPolicy.create(loopback_only=False)
MEBIBYTE = 1024 * 1024


def make_fetcher(
    names: dict[str, list[str]] | None = None, policy: NetworkPolicy = OPEN
) -> Fetcher:
    """A fetcher whose name server knows `names` and IP addresses; a list is used up in order."""

    async def resolve(host: str, port: int) -> list[str]:
        if names is None or host not in names:
            return [host.strip("[]")]
        return [names[host].pop(0)] if len(names[host]) > 1 else list(names[host])

    return Fetcher(policy, resolve=resolve)


async def fetch(url: str, fetcher: Fetcher | None = None, **wish: object) -> Fetched:
    settings = {"max_bytes": MEBIBYTE, "timeout_s": 5.0, **wish}
    return await (fetcher or make_fetcher()).fetch(url, **settings)  # type: ignore[arg-type] # any settings


def redirect(to: str, status: int = 302) -> bytes:
    return write_answer("moved", status=status, location=to)


async def test_fetches_a_body_with_its_type(peer: Peer) -> None:
    peer.answers["/doc"] = write_answer("{}", media_type="Application/JSON; charset=Latin-1")
    fetched = await fetch(f"{peer.url}/doc?x=1#part")
    assert fetched == Fetched(f"{peer.url}/doc?x=1", 200, "application/json", "latin-1", b"{}")
    (request,) = peer.requests
    assert request.path == "/doc?x=1"
    assert request.headers["host"] == f"127.0.0.1:{peer.port}"
    assert request.headers["accept-encoding"] == "gzip"


async def test_connects_to_the_address_that_was_checked_under_the_name_asked_for(
    peer: Peer,
) -> None:
    peer.answers["/"] = write_answer("ok")
    # A second answer of the name server would lead elsewhere: it is never asked for.
    names = {"api.test": ["127.0.0.1", METADATA]}
    fetched = await fetch(f"http://api.test:{peer.port}/", make_fetcher(names))
    assert fetched.body == b"ok"
    assert names == {"api.test": [METADATA]}
    assert peer.requests[0].headers["host"] == f"api.test:{peer.port}"


async def test_a_name_that_changes_its_mind_is_checked_again(peer: Peer) -> None:
    peer.answers["/"] = redirect("/second")
    fetcher = make_fetcher({"api.test": ["127.0.0.1", METADATA]})
    with pytest.raises(Refused, match=rf"'api.test' leads to {METADATA}"):
        await fetch(f"http://api.test:{peer.port}/", fetcher)
    assert peer.paths == ["/"]


@pytest.mark.parametrize(
    "target",
    [
        f"http://{METADATA}/latest/meta-data",
        "http://[::ffff:169.254.169.254]/",
        "http://evil.test/",
    ],
)
async def test_a_redirect_to_a_metadata_address_is_refused(peer: Peer, target: str) -> None:
    peer.answers["/"] = redirect(target)
    with pytest.raises(Refused):
        await fetch(f"{peer.url}/", make_fetcher({"evil.test": [METADATA]}))


async def test_private_addresses_are_refused_off_loopback(peer: Peer) -> None:
    peer.answers["/"] = write_answer("ok")
    with pytest.raises(Refused, match="allowed_networks"):
        await fetch(f"{peer.url}/", make_fetcher(policy=CLOSED))
    assert peer.requests == []
    listed = NetworkPolicy.create(loopback_only=False, allowed_networks=["127.0.0.0/8"])
    assert (await fetch(f"{peer.url}/", make_fetcher(policy=listed))).body == b"ok"


async def test_tries_the_next_address_when_one_does_not_answer(peer: Peer) -> None:
    peer.answers["/"] = write_answer("ok")

    async def resolve(host: str, port: int) -> list[str]:
        return ["::1", "127.0.0.1"]

    assert (
        await fetch(f"http://two.test:{peer.port}/", Fetcher(OPEN, resolve=resolve))
    ).body == b"ok"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_follows_redirects(peer: Peer, status: int) -> None:
    peer.answers["/a/b"] = redirect("../c?d=1", status)
    peer.answers["/c"] = write_answer("ok")
    fetched = await fetch(f"{peer.url}/a/b")
    assert fetched.url == f"{peer.url}/c?d=1"
    assert fetched.body == b"ok"


async def test_five_redirects_are_followed_and_no_more(peer: Peer) -> None:
    for number in range(6):
        peer.answers[f"/{number}"] = redirect(f"/{number + 1}")
    peer.answers["/6"] = write_answer("ok")
    assert (await fetch(f"{peer.url}/1")).body == b"ok"
    with pytest.raises(UpstreamFailed, match="More than 5 redirects"):
        await fetch(f"{peer.url}/0")


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://x/", "http://u:secret@x/", "http://[::1/", "http://a\\b"])  # fmt: skip
async def test_refuses_redirects_to_what_is_no_plain_address(peer: Peer, target: str) -> None:
    peer.answers["/"] = redirect(target)
    with pytest.raises(UpstreamFailed, match="cannot be followed") as caught:
        await fetch(f"{peer.url}/")
    assert "secret" not in caught.value.detail


async def test_headers_go_to_their_own_origin_only(peer: Peer) -> None:
    peer.answers["/a"] = redirect("/b")
    peer.answers["/b"] = redirect(f"http://other.test:{peer.port}/c")
    peer.answers["/c"] = write_answer("ok")
    names = {"other.test": ["127.0.0.1"]}
    await fetch(f"{peer.url}/a", make_fetcher(names), headers={"Authorization": "Bearer x"})
    assert [request.headers.get("authorization") for request in peer.requests] == [
        "Bearer x", "Bearer x", None,
    ]  # fmt: skip


async def test_a_redirect_without_a_target_is_an_answer(peer: Peer) -> None:
    peer.answers["/"] = write_answer("?", status=302)
    assert (await fetch(f"{peer.url}/")).status == 302


@pytest.mark.parametrize("announced", [True, False])
async def test_stops_reading_an_oversized_body(peer: Peer, announced: bool) -> None:
    sent = 0

    async def pour(request: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        length = "content-length: 99999999999\r\n" if announced else ""
        writer.write(f"HTTP/1.1 200 OK\r\n{length}connection: close\r\n\r\n".encode())
        while sent < 50 * MEBIBYTE:
            writer.write(b"x" * 65536)
            await writer.drain()
            sent += 65536

    peer.answers["/"] = pour
    with pytest.raises(TooLarge, match="more than 100,000 bytes"):
        await fetch(f"{peer.url}/", max_bytes=100_000)
    assert sent < 10 * MEBIBYTE


async def test_a_body_of_just_the_limit_is_read(peer: Peer) -> None:
    peer.answers["/"] = write_answer("x" * 1000)
    assert len((await fetch(f"{peer.url}/", max_bytes=1000)).body) == 1000
    with pytest.raises(TooLarge):
        await fetch(f"{peer.url}/", max_bytes=999)


async def test_unpacks_gzip_and_counts_what_comes_out(peer: Peer) -> None:
    two_members = gzip.compress(b"a" * 500) + gzip.compress(b"b" * 500)
    peer.answers["/"] = write_answer(two_members, content_encoding="GZIP")
    assert (await fetch(f"{peer.url}/", max_bytes=1000)).body == b"a" * 500 + b"b" * 500
    with pytest.raises(TooLarge):
        await fetch(f"{peer.url}/", max_bytes=999)


async def test_a_gzip_bomb_does_not_go_off(peer: Peer) -> None:
    bomb = gzip.compress(b"\0" * (200 * MEBIBYTE), 9)
    assert len(bomb) < MEBIBYTE
    peer.answers["/"] = write_answer(bomb, content_encoding="gzip")
    before = time.process_time()
    with pytest.raises(TooLarge):
        await fetch(f"{peer.url}/", max_bytes=MEBIBYTE)
    assert time.process_time() - before < 0.5


@pytest.mark.parametrize(
    "body, encoding, words",
    [
        (b"not gzip", "gzip", "damaged gzip"),
        (gzip.compress(b"abc" * 1000)[:-12], "gzip", "broke off"),
        (b"x", "br", "unknown encoding 'br'"),
        (b"x", "gzip, gzip", "unknown encoding"),
    ],
)
async def test_explains_bodies_that_cannot_be_unpacked(
    peer: Peer, body: bytes, encoding: str, words: str
) -> None:
    peer.answers["/"] = write_answer(body, content_encoding=encoding)
    with pytest.raises(UpstreamFailed, match=words):
        await fetch(f"{peer.url}/")


async def drip(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def stay_silent(request: Request, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def circle(request: Request, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(0.1)
    writer.write(redirect("/"))
    await writer.drain()


@pytest.mark.parametrize("behave", [drip, stay_silent, circle])
async def test_the_time_is_for_everything_together(
    peer: Peer, behave: Callable[[Request, asyncio.StreamWriter], Awaitable[None]]
) -> None:
    peer.answers["/"] = behave
    begun = time.monotonic()
    with pytest.raises(UpstreamFailed, match=r"completely within 0\.3 s"):
        await fetch(f"{peer.url}/", timeout_s=0.3)
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    "answer, words",
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "does not answer in HTTP"),
        (b"", "does not answer in HTTP"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc", "broke off"),
    ],
)
async def test_explains_what_is_no_http(peer: Peer, answer: bytes, words: str) -> None:
    peer.answers["/"] = answer
    with pytest.raises(UpstreamFailed, match=words):
        await fetch(f"{peer.url}/")


async def test_explains_a_port_where_nobody_listens(unused_port: int) -> None:
    with pytest.raises(UpstreamFailed, match="refused; is the server running"):
        await fetch(f"http://127.0.0.1:{unused_port}/")


async def test_explains_an_unknown_name() -> None:
    with pytest.raises(UpstreamFailed, match=r"'nobody\.invalid' cannot be resolved"):
        await fetch("http://nobody.invalid/", Fetcher(OPEN))


async def test_explains_https_where_only_http_is_spoken(peer: Peer) -> None:
    with pytest.raises(UpstreamFailed, match="does not speak TLS"):
        await fetch(f"https://127.0.0.1:{peer.port}/")


@pytest.mark.parametrize("url", ["ftp://x/", "x", "http://u:p@x/", "http://\u2028x/", "http://x:1x/"])  # fmt: skip
async def test_refuses_what_is_no_plain_address(url: str) -> None:
    with pytest.raises(BadRequest):
        await fetch(url)


@pytest.mark.parametrize(
    "status, words", [(401, "upload it"), (403, "upload it"), (404, "check its path"), (500, "500")]
)
async def test_asking_for_success_says_what_to_do(peer: Peer, status: int, words: str) -> None:
    peer.answers["/"] = write_answer("no", status=status)
    fetched = await fetch(f"{peer.url}/")
    assert fetched.status == status
    with pytest.raises(UpstreamFailed, match=words) as caught:
        fetched.require_success()
    assert caught.value.body()["upstream_status"] == status


async def test_a_success_is_handed_on() -> None:
    fetched = Fetched("http://x/", 204, "", None, b"")
    assert fetched.require_success() is fetched


async def test_proxies_of_the_environment_are_not_used(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    peer.answers["/"] = write_answer("ok")
    assert (await fetch(f"{peer.url}/")).body == b"ok"


async def test_checks_load_targets() -> None:
    fetcher = make_fetcher({"evil.test": [METADATA]})
    assert await fetcher.check_target("http://127.0.0.1:8080/x") == ["127.0.0.1"]
    with pytest.raises(Refused):
        await fetcher.check_target("http://evil.test/")
    with pytest.raises(BadRequest):
        await fetcher.check_target("gopher://127.0.0.1/")


async def test_the_transport_guards_a_client_of_its_own(peer: Peer) -> None:
    peer.answers["/"] = write_answer("ok")
    async with httpx2.AsyncClient(transport=CheckedTransport(OPEN)) as client:
        assert (await client.post(f"{peer.url}/", json={"a": 1})).text == "ok"
        with pytest.raises(Problem):
            await client.post(f"http://{METADATA}/", json={})


async def test_certificates_are_checked_against_the_name(tmp_path: Path) -> None:
    context, authority = make_certificates(tmp_path, "api.test")

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(write_answer("secure"))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]

    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async with server:
        trusting = Fetcher(
            OPEN, resolve=resolve, verify=ssl.create_default_context(cafile=authority)
        )
        assert (await fetch(f"https://api.test:{port}/", trusting)).body == b"secure"
        with pytest.raises(UpstreamFailed, match="certificate is not trusted"):
            await fetch(f"https://other.test:{port}/", trusting)
        with pytest.raises(UpstreamFailed, match="certificate is not trusted"):
            await fetch(f"https://api.test:{port}/", Fetcher(OPEN, resolve=resolve))


def make_certificates(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS context for `name`, and the file of the certificate to trust."""
    import datetime as dt

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    authority = folder / "authority.pem"
    authority.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context, authority
