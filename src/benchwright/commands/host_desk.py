"""Where hosts of the command line are kept: in the data directory, or on a server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from benchwright.kit.threads import in_thread

if TYPE_CHECKING:
    from benchwright.commands.lab_client import LabClient
    from benchwright.hosts.models import Host
    from benchwright.kit.db import ReadSession
    from benchwright.lab import Lab

Json = dict[str, Any]


class HostDesk(Protocol):
    """Hosts as `/api/v1/hosts` shows them."""

    async def list_hosts(self) -> list[Json]: ...

    async def add(self, wish: Json) -> Json: ...

    async def remove(self, name: str) -> None: ...

    async def drain(self, name: str, *, is_drained: bool) -> Json: ...

    async def check(self, name: str) -> Json:
        """Looks at the host now."""
        ...


class RemoteDesk:
    """A server elsewhere."""

    def __init__(self, client: LabClient) -> None:
        self._client = client

    async def list_hosts(self) -> list[Json]:
        found: list[Json] = await self._client.send("GET", "/api/v1/hosts")
        return found

    async def add(self, wish: Json) -> Json:
        return await self._post("", wish)

    async def remove(self, name: str) -> None:
        await self._client.send("DELETE", f"/api/v1/hosts/{quote(name, safe='')}")

    async def drain(self, name: str, *, is_drained: bool) -> Json:
        return await self._post(f"/{quote(name, safe='')}/{'drain' if is_drained else 'undrain'}")

    async def check(self, name: str) -> Json:
        return await self._post(f"/{quote(name, safe='')}/probe")

    async def _post(self, path: str, body: Json | None = None) -> Json:
        answer: Json = await self._client.send("POST", f"/api/v1/hosts{path}", json=body)
        return answer


class LocalDesk:
    """The database of the data directory, beside a server or without one."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    async def list_hosts(self) -> list[Json]:
        return await in_thread(self._list)

    async def add(self, wish: Json) -> Json:
        return await in_thread(self._add, wish)

    async def remove(self, name: str) -> None:
        await in_thread(self._remove, name)

    async def drain(self, name: str, *, is_drained: bool) -> Json:
        return await in_thread(self._drain, name, is_drained=is_drained)

    async def check(self, name: str) -> Json:
        from benchwright.hosts.trying import check_now

        await check_now(self._lab, name)
        return next(host for host in await self.list_hosts() if host["name"] == name)

    def _list(self) -> list[Json]:
        from benchwright.hosts import service

        with self._lab.database.read() as session:
            return self._shown(session, *service.list_hosts(session))

    def _add(self, wish: Json) -> Json:
        from pydantic import ValidationError

        from benchwright.hosts import service
        from benchwright.hosts.schemas import HostCreate
        from benchwright.kit.problems import invalid_from

        try:
            asked = HostCreate.model_validate(wish)
        except ValidationError as error:
            raise invalid_from(error) from None
        lab = self._lab
        with lab.database.write() as session:
            host = service.create_host(session, lab.keyring, lab.settings.hosts, asked)
            return self._shown(session, host)[0]

    def _remove(self, name: str) -> None:
        from benchwright.hosts import service

        with self._lab.database.write() as session:
            service.remove_host(session, service.get_host(session, name))

    def _drain(self, name: str, *, is_drained: bool) -> Json:
        from benchwright.hosts import service

        with self._lab.database.write() as session:
            host = service.get_host(session, name)
            service.set_drained(session, host, is_drained=is_drained)
            return self._shown(session, host)[0]

    def _shown(self, session: ReadSession, *hosts: Host) -> list[Json]:
        from benchwright.hosts.places import places_of
        from benchwright.hosts.views import view_hosts

        found = view_hosts(session, places_of(self._lab), hosts)
        return [view.model_dump(mode="json") for view in found]


@asynccontextmanager
async def opened_desk(
    data_dir: Path | None, server: str | None, token: str | None
) -> AsyncIterator[HostDesk]:
    """The desk of a server if one is named, else that of the data directory."""
    from benchwright.commands.opening import opened_lab
    from benchwright.commands.places import remote_client

    if server is not None:
        async with remote_client(server, token) as client:
            yield RemoteDesk(client)
        return
    with opened_lab(data_dir) as lab:
        yield LocalDesk(lab)
