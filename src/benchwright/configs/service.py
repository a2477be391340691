"""Config files: the files are the truth, and other programs may write them too.

Nothing here needs a session: async code calls these through `kit.threads.in_thread`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import uuid
from collections.abc import Mapping
from typing import Any

from benchwright.configs import folder
from benchwright.configs.checking import fault, find_faults
from benchwright.configs.names import clean_name
from benchwright.configs.parsing import parse_text, tidy, write_text
from benchwright.configs.schemas import ConfigFault, ConfigSummary, ConfigView
from benchwright.datasets import service as datasets
from benchwright.kit.errors import Conflict, Invalid, NotFound, TooLarge
from benchwright.kit.plaintext import TextProblem, decode_text
from benchwright.settings import Settings

# Between reading a version and writing the next there is no other writer of this server; what
# other programs write in these milliseconds nothing can guard.
_writing = threading.RLock()


def list_configs(settings: Settings) -> list[ConfigSummary]:
    """All configs in the order of their names; also those that cannot be read."""
    return [
        ConfigSummary(
            name=found.parts[0],
            size_bytes=found.size_bytes,
            modified_at=dt.datetime.fromtimestamp(found.modified_ns / 1e9, dt.UTC),
            is_valid=folder.is_valid(settings, found),
        )
        for found in folder.list_files(settings)
    ]


def read_config(settings: Settings, name: str) -> ConfigView:
    """A config with its text and what is wrong with it; raises `NotFound`."""
    content = folder.read_bytes(settings, name)
    text, faults = "", list[ConfigFault]()
    if content.is_cut:
        most = settings.configs.max_bytes
        faults = [fault("error", f"The file has {content.size_bytes:,} bytes; {most:,} are read.")]
    else:
        try:
            text = decode_text(content.data)
        except TextProblem as problem:
            faults = [fault("error", problem.message, line=problem.line or 1)]
    is_readable = not faults
    if is_readable:
        faults = check_text(settings, name, text)
    is_valid = all(one.severity != "error" for one in faults)
    return ConfigView(
        name=name,
        size_bytes=content.size_bytes,
        modified_at=dt.datetime.fromtimestamp(content.modified_s, dt.UTC),
        is_valid=is_valid,
        is_readable=is_readable,
        etag=content.etag,
        text=text,
        config=parse_text(name, text, settings.configs.max_bytes) if is_valid else None,
        faults=faults,
    )


def load_config(settings: Settings, name: str) -> Any:
    """What a config says; raises `NotFound`, `TextProblem` with the place of the fault, `TooLarge`."""
    content = folder.read_bytes(settings, name)
    return parse_text(name, content.data, settings.configs.max_bytes)


def read_bytes(settings: Settings, name: str) -> bytes:
    """The file as it is; raises `NotFound`, or `TooLarge` above the size of a config."""
    content = folder.read_bytes(settings, name)
    if content.is_cut:
        raise TooLarge(f"{name} has {content.size_bytes:,} bytes, more than a config may have.")
    return content.data


def config_exists(settings: Settings, name: str) -> bool:
    """Whether there is such a config."""
    try:
        folder.read_bytes(settings, name)
    except NotFound:
        return False
    return True


def write_config(
    settings: Settings,
    name: str,
    content: str | Mapping[str, Any],
    *,
    expected: str | None = None,
    is_new: bool = False,
    must_be_valid: bool = True,
) -> ConfigView:
    """Writes a text, or an object as text, in place of what is there.

    `expected` is the etag that the writer saw: another version there now is a `Conflict`, as any
    version is with `is_new`. Raises `BadRequest` for a name that cannot be, `TextProblem` for a
    text that cannot be read unless `must_be_valid` is false, and `TooLarge`.
    """
    with _writing:
        name = _name_to_write(settings, name, expected=expected, is_new=is_new)
        text = tidy(content) if isinstance(content, str) else write_text(name, content)
        data = _encode(settings, text)
        if must_be_valid:
            parse_text(name, data, settings.configs.max_bytes)
        folder.write_bytes(settings, name, data)
    return read_config(settings, name)


def delete_config(settings: Settings, name: str, *, expected: str | None = None) -> str | None:
    """Deletes it; the answer is an id for `restore_config` where a copy is kept."""
    with _writing:
        seen = _read_expected(settings, name, expected)
        kept_id = None
        if not seen.is_cut:
            # What is no text is not kept, and a full disk must not keep a file alive.
            with contextlib.suppress(TextProblem, OSError):
                kept_id = folder.keep_deleted(settings, name, decode_text(seen.data))
        folder.remove(settings, name)
    return kept_id


def deleted_name(settings: Settings, kept_id: uuid.UUID) -> str | None:
    """The name of a deleted config that can be restored."""
    kept = folder.read_deleted(settings, kept_id)
    return kept[0] if kept else None


def restore_config(settings: Settings, kept_id: uuid.UUID) -> str:
    """Puts a deleted config back; raises `NotFound`, or `Conflict` when its name is taken."""
    with _writing:
        kept = folder.read_deleted(settings, kept_id)
        if kept is None:
            raise NotFound("No copy of this config is kept any more.")
        name, text = kept
        if config_exists(settings, name):
            raise Conflict(f"There is a config “{name}” again. Rename it first.")
        folder.write_bytes(settings, name, text.encode())
        folder.forget_deleted(settings, kept_id)
    return name


def rename_config(
    settings: Settings, name: str, new_name: str, *, expected: str | None = None
) -> str:
    """Gives it another name, which is answered; raises `Conflict` where that is taken."""
    with _writing:
        _read_expected(settings, name, expected)
        wanted = clean_name(new_name)
        if wanted != name:
            folder.new_name(settings, wanted, but=name)
            folder.rename(settings, name, wanted)
    return wanted


def check_text(settings: Settings, name: str, text: str) -> list[ConfigFault]:
    """What is wrong with a text, and what a simulation would trip over, by line."""
    return find_faults(
        name,
        text,
        max_bytes=settings.configs.max_bytes,
        has_data=lambda path: datasets.has_path(settings, path),
        data_dir=settings.data_dir,
    )


def _name_to_write(settings: Settings, name: str, *, expected: str | None, is_new: bool) -> str:
    if is_new:
        return folder.new_name(settings, name)
    if expected is not None:
        _read_expected(settings, name, expected)
    elif not config_exists(settings, name):
        # A new file after all: its name must be one that is given to new files.
        return folder.new_name(settings, name)
    return name


def _read_expected(settings: Settings, name: str, expected: str | None) -> folder.Content:
    content = folder.read_bytes(settings, name)
    if expected is not None and content.etag != expected:
        raise Conflict(
            f"“{name}” was changed by somebody else meanwhile. Look at what stands there now, "
            "then write again."
        )
    return content


def _encode(settings: Settings, text: str) -> bytes:
    if "\0" in text:
        raise Invalid("A text file cannot hold the character NUL.", [])
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise Invalid("The text holds half a character (a lone surrogate).", []) from None
    most = settings.configs.max_bytes
    if len(data) > most:
        raise TooLarge(
            f"The config has {len(data):,} bytes; at most {most:,} are kept "
            "(BENCHWRIGHT_CONFIGS__MAX_BYTES)."
        )
    return data
