"""Multi-row headings: columns that share the beginning of their heading path share merged cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xlbudget.files.xlsx_writer import Sheet, Style


@dataclass(frozen=True, slots=True)
class HeadingCell:
    """A heading text over a rectangle of cells (all ends included, from 0)."""

    text: str
    first_row: int
    first_column: int
    last_row: int
    last_column: int


def heading_cells(paths: Sequence[tuple[str, ...]], depth: int) -> list[HeadingCell]:
    """Return the heading cells of adjacent columns: equal beginnings merge across, short paths down.

    A text that stands again right below itself covers both rows.
    """
    cells: list[HeadingCell] = []
    _spread(paths, 0, len(paths), 0, depth, cells)
    return cells


def _spread(
    paths: Sequence[tuple[str, ...]], start: int, stop: int, level: int, depth: int, cells: list[HeadingCell]
) -> None:
    at = start
    while at < stop:
        path = paths[at]
        if len(path) <= level:
            at += 1
            continue
        end = at + 1
        below = level + 1
        while below < len(path) and path[below] == path[level]:
            below += 1
        last_row = depth - 1 if len(path) == below else below - 1
        while end < stop and len(path) > below and paths[end][:below] == path[:below]:
            end += 1
        cells.append(HeadingCell(path[level], level, at, last_row, end - 1))
        if len(path) > below:
            _spread(paths, at, end, below, depth, cells)
        at = end


def write_headings(
    sheet: Sheet, paths: Sequence[tuple[str, ...]], top: int, left: int, depth: int, style: Style
) -> None:
    """Write the headings at row ``top`` and column ``left``."""
    for cell in heading_cells(paths, depth):
        first = top + cell.first_row, left + cell.first_column
        last = top + cell.last_row, left + cell.last_column
        write_over(sheet, first, last, cell.text, style)


def write_over(sheet: Sheet, first: tuple[int, int], last: tuple[int, int], text: str, style: Style) -> None:
    """Write a text over the cells from ``first`` to ``last``, merged where they are more than one."""
    if first == last:
        sheet.write_string(*first, text, style)
    else:
        sheet.merge_range(*first, *last, text, style)
