"""JSON routes of configs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response

from benchwright.access.scopes import Scope, requires
from benchwright.configs import service
from benchwright.configs.schemas import (
    ConfigCreate,
    ConfigFault,
    ConfigRename,
    ConfigSummary,
    ConfigText,
    ConfigView,
    ConfigWrite,
)
from benchwright.kit.downloads import save_as
from benchwright.kit.errors import BadRequest, Conflict
from benchwright.kit.name_pages import NamePageRequest, name_page_request, slice_names
from benchwright.kit.pagination import Page
from benchwright.lab import LabDep

router = APIRouter(prefix="/api/v1/configs", tags=["configs"])

READ = [Depends(requires(Scope.READ))]
WRITE = [Depends(requires(Scope.WRITE))]
PageDep = Annotated[NamePageRequest, Depends(name_page_request)]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="The etag of the version that was seen.")
]
IfNoneMatch = Annotated[
    str | None, Header(alias="If-None-Match", description="`*`: only if there is none yet.")
]
AllowInvalid = Annotated[
    bool, Query(description="Whether a text that cannot be read as YAML or JSON is kept too.")
]


@router.get("", dependencies=READ)
def list_configs(lab: LabDep, request: PageDep) -> Page[ConfigSummary]:
    """Lists configs by name, also those that cannot be read."""
    found = service.list_configs(lab.settings)
    start, end, cursor = slice_names([config.name for config in found], request)
    return Page(items=found[start:end], next_cursor=cursor)


@router.post("", status_code=201, dependencies=WRITE)
def create_config(
    response: Response, lab: LabDep, wish: ConfigCreate, *, allow_invalid: AllowInvalid = False
) -> ConfigView:
    """Makes a new config of a text, or of an object; 409 where there is one of that name."""
    view = service.write_config(
        lab.settings, wish.name, _content(wish), is_new=True, must_be_valid=not allow_invalid
    )
    response.headers["ETag"] = f'"{view.etag}"'
    return view


@router.post("/check", dependencies=READ)
def check_text(lab: LabDep, wish: ConfigText) -> list[ConfigFault]:
    """Tells what is wrong with a text, and what a simulation would trip over, by line."""
    return service.check_text(lab.settings, wish.name, wish.text)


@router.get("/{config_name}", dependencies=READ)
def get_config(response: Response, lab: LabDep, config_name: str) -> ConfigView:
    """Shows a config: its text, what it says, and what is wrong with it."""
    view = service.read_config(lab.settings, config_name)
    response.headers["ETag"] = f'"{view.etag}"'
    return view


@router.get("/{config_name}/file", dependencies=READ, response_class=Response)
def download_config(lab: LabDep, config_name: str) -> Response:
    """Downloads the file as it is."""
    content = service.read_bytes(lab.settings, config_name)
    return Response(content, media_type="application/yaml", headers=save_as(config_name))


@router.put("/{config_name}", dependencies=WRITE)
def write_config(
    response: Response,
    lab: LabDep,
    config_name: str,
    wish: ConfigWrite,
    *,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
    allow_invalid: AllowInvalid = False,
) -> ConfigView:
    """Writes a config of that name; with `If-Match`, 409 if another version is there now."""
    view = service.write_config(
        lab.settings,
        config_name,
        _content(wish),
        expected=_etag(if_match),
        is_new=(if_none_match or "").strip() == "*",
        must_be_valid=not allow_invalid,
    )
    response.headers["ETag"] = f'"{view.etag}"'
    return view


@router.post("/{config_name}/rename", dependencies=WRITE)
def rename_config(
    lab: LabDep, config_name: str, wish: ConfigRename, *, if_match: IfMatch = None
) -> ConfigView:
    """Gives a config another name; 409 where that is taken."""
    name = service.rename_config(lab.settings, config_name, wish.name, expected=_etag(if_match))
    return service.read_config(lab.settings, name)


@router.delete("/{config_name}", status_code=204, dependencies=WRITE)
def delete_config(lab: LabDep, config_name: str, *, if_match: IfMatch = None) -> None:
    """Deletes a config; with `If-Match`, 409 if another version is there now."""
    service.delete_config(lab.settings, config_name, expected=_etag(if_match))


def _content(wish: ConfigWrite) -> str | dict[str, object]:
    if (wish.text is None) == (wish.config is None):
        raise BadRequest("Send either `text` or `config`.")
    return wish.text if wish.text is not None else wish.config or {}


def _etag(header: str | None) -> str | None:
    """The one version that the header names; `*` stands for any."""
    if header is None or header.strip() == "*":
        return None
    etag = header.strip().removeprefix("W/").strip('"')
    if "," in etag:
        raise Conflict("Name one version in If-Match.")
    return etag
