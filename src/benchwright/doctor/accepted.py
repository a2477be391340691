"""Looks for settings that are accepted because other systems know them, and do nothing yet."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel

from benchwright.doctor.findings import Finding, warning
from benchwright.settings import Settings

WITHOUT_EFFECT = (
    "executors.kubernetes.namespace",
    "executors.kubernetes.volume_claim",
    "executors.kubernetes.delete_completed",
)


def check_accepted(settings: Settings) -> Iterable[Finding]:
    """One warning for all settings that were given in vain."""
    given = [name for name in WITHOUT_EFFECT if _is_given(settings, name)]
    if given:
        variables = ", ".join(f"BENCHWRIGHT_{n.upper().replace('.', '__')}" for n in given)
        yield warning(
            "Settings",
            f"no effect yet: {variables}",
            "They are accepted, under the names of Metric Vault too; leave them out.",
        )


def _is_given(settings: BaseModel, name: str) -> bool:
    group, _, rest = name.partition(".")
    if group not in settings.model_fields_set:
        return False
    nested = getattr(settings, group)
    return _is_given(nested, rest) if rest and isinstance(nested, BaseModel) else True
