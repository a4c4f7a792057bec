"""One row of an entry sheet as entered: values, and what could not be read in it."""

from __future__ import annotations

from dataclasses import dataclass

from xlbudget.model import (
    Cell,
    CellValue,
    Column,
    ColumnKind,
    EntryRow,
    EntrySheet,
    Irregularity,
    StoredCell,
    Trouble,
)
from xlbudget.returns.entry_values import Read, read_amount, read_code, read_text
from xlbudget.returns.stored_cells import RowFacts
from xlbudget.workbook.blueprint import Blueprint

_UNREADABLE = {
    Trouble.UNREADABLE_AMOUNT,
    Trouble.ERROR_VALUE,
    Trouble.AMBIGUOUS_VALUE,
    Trouble.UNREADABLE_CODE,
}


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row of an entry sheet as read: the entries (None: there are none), and what was wrong."""

    row: EntryRow | None
    irregularities: tuple[Irregularity, ...]
    unreadable: frozenset[Cell]


def read_row(blueprint: Blueprint, entry: EntrySheet, facts: RowFacts) -> ReadRow:
    """Return a row of an entry sheet as read; what is wrong is listed, never corrected."""
    values: dict[str, CellValue] = {}
    irregularities: list[Irregularity] = []
    unreadable: set[Cell] = set()
    number = -1
    for cell, column, raw in facts.typed:
        if cell.table != entry.id:
            continue
        number = cell.row
        value, trouble = _meaning(blueprint, cell, column, raw)
        if raw.formula is not None:
            irregularities.append(Irregularity(Trouble.ENTRY_FORMULA, entry.sheet, cell, raw.formula, value))
            if raw.kind == "blank":
                trouble = Trouble.UNREADABLE_AMOUNT
        if trouble is not None:
            irregularities.append(Irregularity(trouble, entry.sheet, cell, raw.text, value))
            if trouble in _UNREADABLE:
                unreadable.add(cell)
        if value is not None or cell in unreadable:
            values[column.key] = value
    row = EntryRow(number, values) if values else None
    return ReadRow(row, tuple(irregularities), frozenset(unreadable))


def _meaning(blueprint: Blueprint, cell: Cell, column: Column, raw: StoredCell) -> Read:
    if column.kind is ColumnKind.AMOUNT:
        return read_amount(raw)
    if column.kind is ColumnKind.CODE:
        return read_code(
            raw, blueprint.allowed.get((cell.table, column.key)), lambda: _listed(blueprint, column)
        )
    return read_text(raw)


def _listed(blueprint: Blueprint, column: Column) -> frozenset[str]:
    """Return every code of a column's list, of whatever level."""
    catalogue = next((one for one in blueprint.template.catalogues if one.id == column.catalogue), None)
    return frozenset(row[catalogue.key] for row in catalogue.rows) if catalogue else frozenset()
