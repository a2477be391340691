from __future__ import annotations

import json

import pytest

from benchwright.kit.blobs import BlobStore
from benchwright.kit.errors import Unavailable
from benchwright.kit.fetch import Fetcher
from benchwright.kit.networks import NetworkPolicy
from benchwright.settings import SpecSettings
from benchwright.specs import intake
from benchwright.specs.document import NotOpenApi
from benchwright.specs.intake import Candidate, Reading, SeveralDocuments, read_upload, read_url
from tests.fixtures.peers import Peer
from tests.specs.documents import shop, with_operation, write


@pytest.fixture
def blobs(tmp_path_factory: pytest.TempPathFactory) -> BlobStore:
    return BlobStore(tmp_path_factory.mktemp("blobs"))


async def read(
    peer: Peer, blobs: BlobStore, *, choose: bool = False, **documents: str | bytes
) -> Reading:
    urls = [{"url": f"/{name}.json"} for name in documents]
    peer.serve("/ui", f"<html><script>SwaggerUIBundle({{urls: {json.dumps(urls)}}})</script>")
    for name, document in documents.items():
        peer.serve(f"/{name}.json", document)
    fetcher = Fetcher(NetworkPolicy.create(loopback_only=True))
    return await read_url(
        f"{peer.url}/ui", fetcher=fetcher, blobs=blobs, settings=SpecSettings(), choose=choose
    )


async def test_several_documents_are_offered_to_who_can_choose(
    peer: Peer, blobs: BlobStore
) -> None:
    other = write(with_operation({}, info={"title": "Other", "version": "7"}))
    with pytest.raises(SeveralDocuments) as raised:
        await read(peer, blobs, choose=True, a=write(shop()), b=b"broken", c=other)
    assert raised.value.candidates == [
        Candidate(f"{peer.url}/a.json", "Shop", "1.2", 3),
        Candidate(f"{peer.url}/c.json", "Other", "7", 1),
    ]
    assert not any(blobs.root.iterdir())
    reading = await read(peer, blobs, choose=True, a=write(shop()), b=b"broken")
    assert reading.analysis.title == "Shop"


async def test_documents_of_one_page_become_one_spec(peer: Peer, blobs: BlobStore) -> None:
    other = write(with_operation({}, servers=[{"url": "/other"}]))
    reading = await read(peer, blobs, a=write(shop()), b=b'{"openapi": broken', c=other)
    assert reading.source_url == f"{peer.url}/ui"
    assert [document.url for document in reading.documents] == [
        f"{peer.url}/a.json",
        f"{peer.url}/c.json",
    ]
    assert [blobs.get(document.blob) for document in reading.documents] == [write(shop()), other]
    assert [(item.path, item.base_url) for item in reading.analysis.operations][-2:] == [
        ("/health", None),
        ("/x", f"{peer.url}/other"),
    ]
    assert any("/b.json is left out: Line 1, column" in item for item in reading.analysis.warnings)


async def test_no_document_that_can_be_read_is_an_error(peer: Peer, blobs: BlobStore) -> None:
    with pytest.raises(NotOpenApi, match="neither"):
        await read(peer, blobs, a='{"openapi?": 1}', b='{"swagger?": 1}')
    assert not any(blobs.root.iterdir())


async def test_an_upload_is_completed_by_where_it_came_from(blobs: BlobStore) -> None:
    document = write(shop(servers=[{"url": "/v9"}]))
    reading = await read_upload(
        document, blobs=blobs, settings=SpecSettings(), source_url="https://a.test/o.json"
    )
    assert reading.analysis.base_url == "https://a.test/v9"
    assert reading.source_url is None


async def test_one_document_after_another(
    blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "LONGEST_WAIT_S", 0.01)
    with intake._turn, pytest.raises(Unavailable, match="try again"):
        await read_upload(write(shop()), blobs=blobs, settings=SpecSettings())
    await read_upload(write(shop()), blobs=blobs, settings=SpecSettings())
    with pytest.raises(NotOpenApi):
        await read_upload(b"{}", blobs=blobs, settings=SpecSettings())
    await read_upload(write(shop()), blobs=blobs, settings=SpecSettings())
