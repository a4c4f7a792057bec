"""What a unit has hidden: sheets of entries and forms, rows and columns with entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from xlbudget.files.xlsx import RawSheet
from xlbudget.model import Cell, EntryRow, EntrySheet, Irregularity, Trouble
from xlbudget.workbook.layout import Layout

Entries = Mapping[str, Iterable[EntryRow]]


def hidden_parts(layout: Layout, sheets: Mapping[str, RawSheet], entries: Entries) -> Iterator[Irregularity]:
    """Yield hidden sheets that a workbook of ours always shows, and hidden rows and columns with entries."""
    template = layout.template
    typed = [entry for entry in template.entries if not entry.prefilled]
    for name in dict.fromkeys((*(entry.sheet for entry in typed), *(form.sheet for form in template.forms))):
        if name in sheets and sheets[name].state != "visible":
            yield Irregularity(Trouble.HIDDEN_SHEET, name)
    for entry in typed:
        if entry.sheet in sheets:
            yield from _columns(layout, entry, sheets[entry.sheet], entries)
            yield from _rows(layout, entry, sheets[entry.sheet], entries)


def _rows(layout: Layout, entry: EntrySheet, sheet: RawSheet, entries: Entries) -> Iterator[Irregularity]:
    first = layout.tables[entry.id].first_row
    for row in entries.get(entry.id, ()):
        if first + row.row + 1 in sheet.hidden_rows:
            cell = Cell(entry.id, row.row, next(iter(row.values)))
            yield Irregularity(Trouble.HIDDEN_ENTRY, entry.sheet, cell)


def _columns(layout: Layout, entry: EntrySheet, sheet: RawSheet, entries: Entries) -> Iterator[Irregularity]:
    placed = layout.tables[entry.id]
    for column in entry.columns if sheet.hidden_columns else ():
        at = placed.columns[column.key] + 1
        if column.key in entry.department_only or not any(
            first <= at <= last for first, last in sheet.hidden_columns
        ):
            continue
        row = next((row for row in entries.get(entry.id, ()) if row.values.get(column.key)), None)
        if row is not None:
            cell = Cell(entry.id, row.row, column.key)
            yield Irregularity(Trouble.HIDDEN_ENTRY, entry.sheet, cell, "列")
