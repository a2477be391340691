"""Looks for settings that let in more than their owner may think."""

from __future__ import annotations

from collections.abc import Iterable

from benchwright.access.hosts import is_loopback_name
from benchwright.doctor.findings import Finding, ok, warning
from benchwright.settings import Settings


def check_safety(settings: Settings) -> list[Finding]:
    """A warning for each risky setting, or one finding that says there is none."""
    found = list(_risks(settings))
    return found or [ok("Access", _describe(settings))]


def _describe(settings: Settings) -> str:
    if is_loopback_name(settings.server.host):
        return f"{settings.server.host}: open to this machine only"
    return f"{settings.server.host}: open to other machines, with tokens"


def _risks(settings: Settings) -> Iterable[Finding]:
    server = settings.server
    is_open = not is_loopback_name(server.host)
    if "*" in [part.strip() for part in server.forwarded_allow_ips.split(",")]:
        yield warning(
            "Access",
            "every sender may claim an address (FORWARDED_ALLOW_IPS is *)",
            "List the addresses of your proxies in BENCHWRIGHT_SERVER__FORWARDED_ALLOW_IPS.",
        )
    if "*" in server.cors_origins:
        yield warning(
            "Access",
            "pages of every site may call the API (CORS_ORIGINS is *)",
            "List your front ends in BENCHWRIGHT_SERVER__CORS_ORIGINS.",
        )
    if "*" in server.allowed_hosts:
        yield warning(
            "Access",
            "every Host header is answered (ALLOWED_HOSTS is *)",
            "List the server's names in BENCHWRIGHT_SERVER__ALLOWED_HOSTS.",
        )
    if is_open and settings.executors.process.enabled:
        yield warning(
            "Access",
            "other machines may start processes here (EXECUTORS__PROCESS__ENABLED)",
            "Whoever has a token with the scope `admin` can run any command as this user; leave"
            " it off unless that is meant.",
        )
    if is_open and settings.compat.metric_vault.enabled and settings.compat.metric_vault.anonymous:
        yield warning(
            "Access",
            "everybody may use the interface of Metric Vault (COMPAT__METRIC_VAULT__ANONYMOUS)",
            "Whoever reaches the server can start load tests and delete projects; let no other"
            " network in, or give the clients tokens.",
        )
    if is_open and settings.compat.opeva.enabled and settings.compat.opeva.anonymous:
        yield warning(
            "Access",
            "everybody may use the interface of OPEVA (COMPAT__OPEVA__ANONYMOUS)",
            "Whoever reaches the server can start containers and delete configs, datasets and jobs;"
            " let no other network in, or give the clients tokens.",
        )
    if is_open and settings.secret_key is None:
        yield warning(
            "Access",
            "the key of stored secrets lies beside the database",
            "Keep it apart: set BENCHWRIGHT_SECRET_KEY.",
        )
