"""Merged cells of entry sheets: which entries stand under one merge, and what the file calls it."""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.files.addresses import cell_address
from xlbudget.files.xlsx import RawSheet
from xlbudget.model import Cell, Displacement, EntrySheet, MergedEntries
from xlbudget.workbook.layout import Layout


def merged_entries(
    layout: Layout, entry: EntrySheet, sheet: RawSheet, moved: Displacement | None = None
) -> Iterator[MergedEntries]:
    """Yield the merges that hold two entries or more of a table.

    ``moved`` says where the file has cells that stand elsewhere than ours.
    """
    placed = layout.tables[entry.id]
    typed = [(placed.columns[column.key], column.key) for column in entry.columns if column.entry]
    for top, left, bottom, right in sheet.merges:
        if bottom <= placed.first_row or top > placed.first_row + placed.rows + len(_inserted(moved)):
            continue
        cells = tuple(
            Cell(entry.id, row, key)
            for row in range(placed.rows)
            for column, key in typed
            if _within(moved, placed.first_row + row, column, (top - 1, left - 1, bottom - 1, right - 1))
        )
        if len(cells) > 1:
            where = f"{cell_address(top - 1, left - 1)}:{cell_address(bottom - 1, right - 1)}"
            yield MergedEntries(cells, where)


def _inserted(moved: Displacement | None) -> range:
    """Return as many numbers as rows were put into the sheet before its last one of ours."""
    if moved is None or not moved.rows:
        return range(0)
    last = max(moved.rows)
    return range(max(moved.rows[last] - last, 0))


def _within(moved: Displacement | None, row: int, column: int, merge: tuple[int, int, int, int]) -> bool:
    """Whether a place of ours (from 0) lies in a merge of the file (from 0)."""
    theirs_row, theirs_column = (row, column) if moved is None else moved.theirs(row, column)
    top, left, bottom, right = merge
    return top <= theirs_row <= bottom and left <= theirs_column <= right
