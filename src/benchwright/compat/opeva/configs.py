"""The routes of config files, under all the addresses that they had."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, HTTPException

from benchwright.access.scopes import Scope, requires
from benchwright.compat.opeva.answers import OpevaRoute
from benchwright.compat.opeva.schemas import ConfigWish
from benchwright.configs import service
from benchwright.configs.names import clean_name, is_config_name, is_json
from benchwright.kit.errors import BadRequest
from benchwright.kit.filenames import is_plain_name
from benchwright.lab import LabDep

router = APIRouter(tags=["opeva"], route_class=OpevaRoute)

FOLDER = "configs/"
ENDING = ".yaml"


def invalid_name() -> HTTPException:
    """What is said of every name that is none."""
    return HTTPException(400, "Invalid file name")


def stored_name(text: str) -> str:
    """The name of a config as clients write it: with `configs/` before it, and without an ending."""
    name = text.removeprefix(FOLDER)
    if not is_plain_name(name):
        raise invalid_name()
    return name if is_config_name(name) else name + ENDING


def name_to_write(text: str) -> str:
    """The same, of a file that may be new; raises 400."""
    try:
        return clean_name(stored_name(text))
    except BadRequest:
        raise invalid_name() from None


@router.post("/config/create", dependencies=[Depends(requires(Scope.WRITE))])
@router.post("/config", dependencies=[Depends(requires(Scope.WRITE))])
@router.post("/experiment-config/create", dependencies=[Depends(requires(Scope.WRITE))])
def create_config(lab: LabDep, wish: ConfigWish) -> dict[str, str]:
    """Writes a config, over the one of that name."""
    name = name_to_write(wish.file_name)
    service.write_config(lab.settings, name, wish.config)
    return {"message": "Config saved", "file": name}


@router.get("/configs", dependencies=[Depends(requires(Scope.READ))])
@router.get("/experiment-configs", dependencies=[Depends(requires(Scope.READ))])
def list_configs(lab: LabDep) -> list[str]:
    """The names of all YAML files."""
    return [one.name for one in service.list_configs(lab.settings) if not is_json(one.name)]


@router.get("/config/{file_name:path}", dependencies=[Depends(requires(Scope.READ))])
@router.get("/experiment-config/{file_name:path}", dependencies=[Depends(requires(Scope.READ))])
def read_config(lab: LabDep, file_name: str) -> dict[str, Any]:
    """What a config says."""
    name = stored_name(file_name)
    return {"config": service.load_config(lab.settings, name)}


@router.delete("/config/{file_name:path}", dependencies=[Depends(requires(Scope.WRITE))])
@router.delete("/experiment-config/{file_name:path}", dependencies=[Depends(requires(Scope.WRITE))])
def delete_config(lab: LabDep, file_name: str) -> dict[str, str]:
    """Deletes a config; runs keep what they were told."""
    name = stored_name(file_name)
    if not service.config_exists(lab.settings, name):
        raise HTTPException(404, "Config file not found")
    service.delete_config(lab.settings, name)
    return {"message": f"Config {name} deleted successfully"}
