"""Every table of the product: importing this module fills `Base.metadata`."""

from __future__ import annotations

import importlib
import pkgutil

import benchwright
from benchwright.kit.db import Base

# Found, not listed: a package that gains a `models.py` cannot be forgotten.
for _package in pkgutil.iter_modules(benchwright.__path__, prefix="benchwright."):
    if _package.ispkg:
        _names = {
            module.name
            for module in pkgutil.iter_modules(importlib.import_module(_package.name).__path__)
        }
        if "models" in _names:
            importlib.import_module(f"{_package.name}.models")

metadata = Base.metadata
