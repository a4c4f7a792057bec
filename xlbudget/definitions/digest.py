"""Which files a template is read from, which of them decide what a workbook is, and their sha256."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

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


def folder_hash(folder: Path, wanted: Callable[[Path], bool]) -> str:
    """Return the sha256 over names and contents of a folder's files, line ends normalised."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
        if wanted(path.relative_to(folder)) and path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def is_definition(path: Path) -> bool:
    """What a template is read from: not blanks, demonstration data, examples of the rules, replaced lists."""
    return path.parts[0] not in _NO_DEFINITIONS and not path.name.startswith(("~$", "."))


def decides_workbooks(path: Path) -> bool:
    """What a workbook depends on.

    Not the published document and the list of rules that are switched off: workbooks already issued stay
    recognised whatever happens to these.
    """
    aside = path.parts[0] == "document" or path.name == RULES_OFF
    return is_definition(path) and not aside and path.suffix in _SUFFIXES
