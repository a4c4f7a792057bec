"""Which files a template is read from, which of them decide what a workbook is, and their sha256."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath

RULES_OFF = "rules_off.toml"
"""Name of the file that lists rules switched off, beside ``template.toml``."""
OLD_LISTS = "old_code_lists"
"""Name of the folder that keeps code lists that newer ones have replaced."""
MAPPINGS = "from_last_year"
"""Name of the folder with what became of last year's codes and units."""
EXPORT_MAPPINGS = "mappings"
"""Name of the folder that says how exports of other systems are read."""
_NO_DEFINITIONS = {"demo", "blank", "cases", OLD_LISTS, MAPPINGS, EXPORT_MAPPINGS}
_SUFFIXES = {".toml", ".csv", ".xlsx"}


def folder_hash(folder: Path, wanted: Callable[[PurePath], bool]) -> str:
    """Return the sha256 over names and contents of a folder's files, line ends normalised."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
        if wanted(path.relative_to(folder)) and path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def folder_state(folder: Path, wanted: Callable[[PurePath], bool]) -> tuple[tuple[object, ...], ...]:
    """Return what changes when a file of a folder does, without reading any: names, sizes, moments, numbers.

    ``wanted`` is asked of folders too; one that is not wanted is not looked into.
    """
    return tuple(sorted(_states(os.fspath(folder), PurePath(), wanted))) if folder.is_dir() else ()


def _states(
    folder: str, inside: PurePath, wanted: Callable[[PurePath], bool]
) -> Iterator[tuple[object, ...]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = inside / entry.name
            if not wanted(path):
                continue
            if entry.is_dir():
                yield from _states(entry.path, path, wanted)
            else:
                found = entry.stat()
                yield path.as_posix(), found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def is_definition(path: PurePath) -> bool:
    """What a template is read from: not blanks, demonstration data, examples of the rules, replaced lists."""
    return path.parts[0] not in _NO_DEFINITIONS and not path.name.startswith(("~$", "."))


def decides_workbooks(path: PurePath) -> bool:
    """What a workbook depends on.

    Not the published document and the list of rules that are switched off: workbooks already issued stay
    recognised whatever happens to these.
    """
    aside = path.parts[0] == "document" or path.name == RULES_OFF
    return is_definition(path) and not aside and path.suffix in _SUFFIXES
