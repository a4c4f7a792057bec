"""What became of last year's codes and units: kept beside a template, used where last year is looked at."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from xlbudget.definitions.digest import MAPPINGS, folder_hash
from xlbudget.definitions.toml_items import Problems, read_text
from xlbudget.files.csv_text import parse_csv
from xlbudget.model import WorkbookTemplate

CODES, UNITS = "codes.csv", "units.csv"

Pairs = tuple[tuple[str, str], ...]


def new_codes(template: WorkbookTemplate, code: str) -> tuple[str, ...]:
    """Return what a code of last year is called this year: itself, another, several (split), none (gone)."""
    found = [new for old, new in _pairs(template, CODES) if old == code]
    return tuple(filter(None, found)) if found else (code,)


def split_codes(template: WorkbookTemplate) -> frozenset[str]:
    """Return the codes that have a part of what one code of last year had: nobody can say how much."""
    after: dict[str, list[str]] = {}
    for old, new in _pairs(template, CODES):
        after.setdefault(old, []).extend([new] if new else [])
    return frozenset(new for codes in after.values() if len(codes) > 1 for new in codes)


def old_units(template: WorkbookTemplate, unit: str) -> tuple[str, ...]:
    """Return the codes that a unit of this year had last year: several where units were joined."""
    pairs = _pairs(template, UNITS)
    found = [old for old, new in pairs if new == unit]
    return tuple(found) if found or any(old == unit for old, _ in pairs) else (unit,)


def _pairs(template: WorkbookTemplate, name: str) -> Pairs:
    folder = template.folder / MAPPINGS
    if not folder.is_dir():
        return ()
    return _read(folder / name, folder_hash(folder, lambda path: True))


@lru_cache(maxsize=8)
def _read(path: Path, _state: str) -> Pairs:
    if not path.is_file():
        return ()
    rows = parse_csv(read_text(path, path.as_posix(), Problems()))
    return tuple((cells[0], cells[1] if len(cells) > 1 else "") for _, cells in rows[1:])
