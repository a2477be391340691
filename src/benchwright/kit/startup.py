"""The error of a server that must not start."""

from __future__ import annotations


class StartupError(Exception):
    """The installation cannot be used as it is; the message says what to do about it."""
