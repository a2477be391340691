"""Who may let a load test start by itself."""

from __future__ import annotations

from benchwright.access.principal import Principal
from benchwright.loadtests import own_scripts
from benchwright.loadtests.models import LoadTest
from benchwright.settings import Settings


def check_may_schedule(settings: Settings, principal: Principal, load_test: LoadTest) -> None:
    """A schedule starts what its maker may start: raises `Forbidden` for scripts of one's own."""
    if load_test.is_own_script:
        own_scripts.check_allowed(settings, principal)
