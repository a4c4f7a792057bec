"""Last year's amounts of the entries: rows of two years matched by their codes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.definitions.last_year_codes import new_codes
from xlbudget.model import Cell, CellValue, ColumnKind, EntryRow, EntrySheet, WorkbookTemplate

_Key = tuple[CellValue, ...]


def prior_amounts(this: Evidence, prior: Evidence) -> Mapping[Cell, Decimal]:
    """Return last year's amount (元) for each entry of a row that both years have exactly once.

    In such a row a cell that was empty last year had 0.
    """
    found: dict[Cell, Decimal] = {}
    for entry in this.template.entries:
        if entry.id not in prior.layout.tables:
            continue
        before, now = _renamed(_rows(prior, entry), entry, this.template), _rows(this, entry)
        amounts = [part.key for part in entry.columns if part.entry and part.kind is ColumnKind.AMOUNT]
        known = [key for key in amounts if prior.layout.column(entry.id, key) is not None]
        for code, rows in now.items():
            if len(rows) == len(before.get(code, ())) == 1:
                [own], [other] = rows, before[code]
                for key in known:
                    value = other.values.get(key)
                    amount = value if isinstance(value, Decimal) else Decimal(0)
                    found[Cell(entry.id, own.row, key)] = amount
    return found


def _renamed(
    rows: Mapping[_Key, list[EntryRow]], entry: EntrySheet, template: WorkbookTemplate
) -> Mapping[_Key, list[EntryRow]]:
    """Return last year's rows under this year's codes; those of a code that was split or is gone are left."""
    if not entry.is_ledger:
        return rows
    codes = [part for part in entry.columns if part.required and part.kind is ColumnKind.CODE]
    found: defaultdict[_Key, list[EntryRow]] = defaultdict(list)
    for key, alike in rows.items():
        now = [
            new_codes(template, str(code)) if column.catalogue else (code,)
            for column, code in zip(codes, key, strict=True)
        ]
        if all(len(part) == 1 for part in now):
            found[tuple(part[0] for part in now)] += alike
    return found


def _rows(evidence: Evidence, entry: EntrySheet) -> Mapping[_Key, list[EntryRow]]:
    """Return the rows of a table by their required codes, of a table of fixed lines by these."""
    codes = [part.key for part in entry.columns if part.required and part.kind is ColumnKind.CODE]
    rows: defaultdict[_Key, list[EntryRow]] = defaultdict(list)
    for row in evidence.submission.entries.get(entry.id, ()):
        line = evidence.layout.line_of(entry.id, row.row)
        key = (line,) if line else tuple(row.values.get(code) for code in codes)
        if key and all(key):
            rows[key].append(row)
    return rows
