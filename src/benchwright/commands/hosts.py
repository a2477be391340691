"""`benchwright hosts`: the Docker hosts that runs execute on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from benchwright.commands.addresses import is_url
from benchwright.commands.exits import Exit
from benchwright.commands.failures import explained_failures
from benchwright.commands.host_desk import HostDesk, Json, opened_desk
from benchwright.commands.options import AsJson, DataDir

T = TypeVar("T")

STATES = {
    "ready": "ready",
    "busy": "busy",
    "drained": "drained",
    "unreachable": "out of reach",
    "unknown": "not checked yet",
}
MAX_KEY_BYTES = 64 * 1024

hosts_app = typer.Typer(
    help="Add, look at and remove the Docker hosts that runs execute on.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The host's name.")]
Server = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Ask this server instead of the data directory."),
]
Token = Annotated[
    str | None,
    typer.Option(
        envvar="BENCHWRIGHT_TOKEN",
        show_envvar=True,
        metavar="TOKEN",
        help="Token for --server; better given in the environment.",
    ),
]
Exclusive = Annotated[
    bool, typer.Option("--exclusive", help="One run at a time has the machine for itself.")
]


def _key_file(help_text: str) -> Any:
    return typer.Option(exists=True, dir_okay=False, metavar="FILE", help=help_text)


@hosts_app.command("list")
def list_hosts(
    as_json: AsJson = False,  # noqa: FBT002 - a flag of the command line
    server: Server = None,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """List the hosts with their state, as they were seen last."""
    found = _ask(lambda desk: desk.list_hosts(), data_dir, server, token)
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    _print(found)


@hosts_app.command("add")
def add_host(  # noqa: PLR0913, PLR0917  # one parameter for each option
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and hyphens.")],
    address: Annotated[
        str,
        typer.Argument(
            metavar="ADDRESS",
            help="unix:///var/run/docker.sock, tcp://name:2376 or ssh://user@name.",
        ),
    ],
    capacity: Annotated[
        int | None, typer.Option(metavar="N", help="Runs at once. [default: 1]")
    ] = None,
    exclusive: Exclusive = False,  # noqa: FBT002 - a flag of the command line
    label: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="What jobs may ask for; repeatable."),
    ] = None,
    shared_path: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Where that machine sees the server's data directory."),
    ] = None,
    mount_root: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH", help="Folder of that machine that jobs may mount; repeatable."
        ),
    ] = None,
    network: Annotated[
        str | None, typer.Option(metavar="NAME", help="Network of containers.")
    ] = None,
    tls_ca: Annotated[
        Path | None, _key_file("Who signed the daemon's certificate (ca.pem).")
    ] = None,
    tls_certificate: Annotated[
        Path | None, _key_file("Who we are to the daemon (cert.pem).")
    ] = None,
    tls_key: Annotated[Path | None, _key_file("The key of --tls-certificate (key.pem).")] = None,
    ssh_key: Annotated[
        Path | None,
        _key_file("Private key without a passphrase. [default: those of the server's user]"),
    ] = None,
    known_hosts: Annotated[
        Path | None,
        _key_file("Lines that name the machine's keys. [default: those of the server's user]"),
    ] = None,
    server: Server = None,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Add a host and look at it; it is kept, whether it answers or not.

    Keys are read from files and stored encrypted. An SSH host must be in --known-hosts, or in the
    known_hosts file of the server's user.
    """
    tls = {"ca": _read(tls_ca), "certificate": _read(tls_certificate), "key": _read(tls_key)}
    wish = {
        "name": name, "address": address, "capacity": capacity, "is_exclusive": exclusive,
        "labels": _labels(label or []), "shared_path": shared_path,
        "mount_roots": mount_root or [], "network": network,
        "tls": tls if any(tls.values()) else None,
        "ssh_key": _read(ssh_key), "known_hosts": _read(known_hosts),
    }  # fmt: skip

    async def add(desk: HostDesk) -> Json:
        await desk.add(wish)
        return await desk.check(name)

    _say(_ask(add, data_dir, server, token))


@hosts_app.command("remove")
def remove_host(
    name: Name, server: Server = None, token: Token = None, data_dir: DataDir = None
) -> None:
    """Forget a host that no run is on or waits for; nothing is done on its machine."""
    _ask(lambda desk: desk.remove(name), data_dir, server, token)
    typer.echo("Removed.")


@hosts_app.command("drain")
def drain_host(
    name: Name, server: Server = None, token: Token = None, data_dir: DataDir = None
) -> None:
    """Let nothing new begin on a host; what runs there goes on."""
    host = _ask(lambda desk: desk.drain(name, is_drained=True), data_dir, server, token)
    left = host["taken"]
    typer.echo(f"Drained. Runs still there: {left}." if left else "Drained. No run is there.")


@hosts_app.command("resume")
def resume_host(
    name: Name, server: Server = None, token: Token = None, data_dir: DataDir = None
) -> None:
    """Let runs begin on a drained host again."""
    _ask(lambda desk: desk.drain(name, is_drained=False), data_dir, server, token)
    typer.echo("Resumed.")


@hosts_app.command("check")
def check_hosts(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="One host; without it all.")
    ] = None,
    server: Server = None,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Look at hosts now. Exits with 1 if one cannot be reached."""

    async def check(desk: HostDesk) -> list[Json]:
        names = [name] if name else [host["name"] for host in await desk.list_hosts()]
        return list(await asyncio.gather(*(desk.check(one) for one in names)))

    seen = _ask(check, data_dir, server, token)
    for host in seen:
        _say(host)
    if any(host["state"] == "unreachable" for host in seen):
        raise typer.Exit(Exit.FAILED)


def _ask(
    errand: Callable[[HostDesk], Awaitable[T]],
    data_dir: Path | None,
    server: str | None,
    token: str | None,
) -> T:
    if server is not None and not is_url(server):
        raise typer.BadParameter(
            "an address starts with http:// or https://", param_hint="--server"
        )

    async def run() -> T:
        async with opened_desk(data_dir, server, token) as desk:
            return await errand(desk)

    with explained_failures():
        return asyncio.run(run())


def _print(hosts: Sequence[Json]) -> None:
    rows: list[tuple[str, ...]] = [("NAME", "STATE", "RUNS", "WAITING", "MACHINE", "ADDRESS")]
    for host in hosts:
        state = STATES[host["state"]] + (", exclusive" if host["is_exclusive"] else "")
        places = f"{host['taken']}/{host['capacity']}"
        rows.append(
            (host["name"], state, places, str(host["queued"]), _machine(host), host["address"])
        )
    # No table of Rich: cut to the width of a terminal, an address could not be copied.
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())
    for host in hosts:
        if host["state"] == "unreachable":
            typer.echo(f"{host['name']}: {host['problem']}")


def _say(host: Json) -> None:
    if host["state"] == "unreachable":
        typer.echo(f"{host['name']}: out of reach. {host['problem']}")
        return
    typer.echo(f"{host['name']}: {STATES[host['state']]}. {_machine(host)}")


def _machine(host: Json) -> str:
    facts: dict[str, Any] = host["facts"]
    if not facts["docker_version"]:
        return "-"
    memory_gb = (facts["memory_bytes"] or 0) / 1e9
    return f"Docker {facts['docker_version']}, {facts['processors']} CPU, {memory_gb:.0f} GB"


def _labels(texts: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise typer.BadParameter(
                f"“{text}” is no label; write it like gpu=a100", param_hint="--label"
            )
        found[key] = value
    return found


def _read(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            return file.read(MAX_KEY_BYTES + 1).decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{path} cannot be read: {error}") from None
