"""JSON routes of tokens and stored secrets."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from benchwright.access import secret_store, service
from benchwright.access.schemas import (
    SecretView,
    SecretWrite,
    TokenCreate,
    TokenCreated,
    TokenView,
)
from benchwright.access.scopes import requires
from benchwright.kit.pagination import Page, PageRequest, page_request
from benchwright.lab import LabDep, ReadSessionDep, WriteSessionDep
from benchwright.projects.service import get_project

router = APIRouter(prefix="/api/v1")


@router.post("/tokens", status_code=201, tags=["access"], dependencies=[Depends(requires("admin"))])
def create_token(
    session: WriteSessionDep, lab: LabDep, response: Response, wish: TokenCreate
) -> TokenCreated:
    """Makes a token. Its text is in this answer and never again."""
    token, text = service.create_token(
        session, lab.keyring, wish.name, wish.scopes, wish.expires_at
    )
    response.headers["Cache-Control"] = "no-store"
    return TokenCreated.model_validate(token).model_copy(update={"token": text})


@router.get("/tokens", tags=["access"], dependencies=[Depends(requires("admin"))])
def list_tokens(
    session: ReadSessionDep, request: Annotated[PageRequest, Depends(page_request)]
) -> Page[TokenView]:
    """Lists the tokens that are not revoked."""
    tokens, cursor = service.list_tokens(session, request)
    return Page(items=[TokenView.model_validate(t) for t in tokens], next_cursor=cursor)


@router.delete(
    "/tokens/{token_id}",
    status_code=204,
    tags=["access"],
    dependencies=[Depends(requires("admin"))],
)
def revoke_token(session: WriteSessionDep, token_id: uuid.UUID) -> None:
    """Ends a token and the browser sessions that began with it."""
    service.revoke_token(session, token_id)


@router.get("/projects/{slug}/secrets", tags=["secrets"], dependencies=[Depends(requires("read"))])
def list_secrets(session: ReadSessionDep, slug: str) -> list[SecretView]:
    """Lists the names of a project's secrets; values are never answered."""
    project = get_project(session, slug)
    return [SecretView.model_validate(s) for s in secret_store.list_secrets(session, project.id)]


@router.put(
    "/projects/{slug}/secrets/{name}",
    tags=["secrets"],
    dependencies=[Depends(requires("write"))],
)
def write_secret(
    session: WriteSessionDep, lab: LabDep, slug: str, name: str, wish: SecretWrite
) -> SecretView:
    """Stores a secret, encrypted, in place of the one of the same name."""
    project = get_project(session, slug)
    value = wish.value.get_secret_value()
    return SecretView.model_validate(
        secret_store.write_secret(session, lab.keyring, project.id, name, value)
    )


@router.delete(
    "/projects/{slug}/secrets/{name}",
    status_code=204,
    tags=["secrets"],
    dependencies=[Depends(requires("write"))],
)
def delete_secret(session: WriteSessionDep, slug: str, name: str) -> None:
    """Forgets a secret."""
    secret_store.delete_secret(session, get_project(session, slug).id, name)
