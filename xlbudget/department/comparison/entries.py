"""Entries that differ between two returns: rows are matched by their codes, not by where they stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, CellValue, Column, ColumnKind, EntryRow, EntrySheet, Place

Key = tuple[str, ...]
Values = tuple[tuple[str, CellValue], ...]


class Way(StrEnum):
    """How an entry differs."""

    ADDED = "新增"
    REMOVED = "删除"
    CHANGED = "修改"


@dataclass(frozen=True, slots=True)
class EntryChange:
    """One value typed otherwise: of an added or removed row each value, of a changed row those that differ.

    ``row`` is what the row is about: its codes and names. ``place`` is the cell in the file that has it,
    the new one if both have. Amounts are in 元 (``money``).
    """

    way: Way
    sheet: str
    row: str
    column: str
    old: CellValue
    new: CellValue
    place: Place
    money: str

    @property
    def difference(self) -> Decimal | None:
        """New − old where the column holds amounts; an empty cell counts as 0."""
        if not self.money:
            return None
        old, new = (value if isinstance(value, Decimal) else Decimal(0) for value in (self.old, self.new))
        return new - old


def entry_changes(old: Evidence, new: Evidence) -> Iterator[EntryChange]:
    """Yield what differs between the entries of two submissions, table by table, in the new file's order."""
    for entry in new.template.entries:
        before, after = (_rows(entry, side) for side in (old, new))
        for key in dict.fromkeys([*after, *before]):
            for one, other in _paired(before.get(key, []), after.get(key, [])):
                yield from _changes(entry, old, new, one, other)


def _rows(entry: EntrySheet, evidence: Evidence) -> Mapping[Key, list[EntryRow]]:
    found: defaultdict[Key, list[EntryRow]] = defaultdict(list)
    keys = [column for column in entry.columns if _identifies(column, entry)]
    for row in evidence.submission.entries.get(entry.id, ()):
        if _filled(entry, row):
            key = tuple(str(row.values.get(column.key) or "") for column in keys)
            found[key if keys else (str(row.row),)].append(row)
    return found


def _identifies(column: Column, entry: EntrySheet) -> bool:
    if not entry.is_ledger or not column.entry or column.kind is not ColumnKind.CODE:
        return False
    return column.required or column.key in entry.department_only


def _filled(entry: EntrySheet, row: EntryRow) -> Values:
    """Return the values that count: typed, and not the zero that stands for nothing."""
    own = {column.key for column in entry.columns if column.entry}
    empty = (None, "", Decimal(0))
    return tuple((key, value) for key, value in row.values.items() if key in own and value not in empty)


def _paired(
    before: list[EntryRow], after: list[EntryRow]
) -> Iterator[tuple[EntryRow | None, EntryRow | None]]:
    """Pair rows of one key: equal ones first, the rest in their order."""
    left = list(before)
    rest = []
    for row in after:
        twin = next((other for other in left if dict(other.values) == dict(row.values)), None)
        if twin is None:
            rest.append(row)
        else:
            left.remove(twin)
    for at in range(max(len(left), len(rest))):
        yield (left[at] if at < len(left) else None, rest[at] if at < len(rest) else None)


def _changes(
    entry: EntrySheet, old: Evidence, new: Evidence, one: EntryRow | None, other: EntryRow | None
) -> Iterator[EntryChange]:
    way = Way.ADDED if one is None else Way.REMOVED if other is None else Way.CHANGED
    evidence, row = (new, other) if other is not None else (old, one)
    if row is None:
        return
    before, after = (dict(_filled(entry, part)) if part else {} for part in (one, other))
    identity = {column.key for column in entry.columns if _identifies(column, entry)}
    words = _words(entry, evidence, row)
    for column in entry.columns:
        key = column.key
        if before.get(key) == after.get(key) or (key in identity and way is not Way.CHANGED):
            continue
        cell = Cell(entry.id, row.row, key)
        yield EntryChange(
            way=way,
            sheet=entry.sheet,
            row=words,
            column=evidence.layout.column_name(entry.id, key),
            old=before.get(key),
            new=after.get(key),
            place=evidence.place(cell),
            money=evidence.money(cell),
        )


def _words(entry: EntrySheet, evidence: Evidence, row: EntryRow) -> str:
    """Return what a row is about: its required codes and names, a fixed line's own words."""
    fixed = evidence.layout.line_of(entry.id, row.row)
    if fixed:
        return fixed
    named = [column for column in entry.columns if column.required or _identifies(column, entry)]
    words = [str(row.values[column.key]) for column in named if row.values.get(column.key)]
    return " ".join(words) or f"第 {row.row + 1} 行"
