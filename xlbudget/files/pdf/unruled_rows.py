"""Rows between which no line is drawn: a field that holds several numbers below each other is several rows.

Numbers and words that stand at the same heights say where the rows are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from xlbudget.files.pdf.lattice import RawCell, RawTable
from xlbudget.files.pdf.lines import rows_of
from xlbudget.files.pdf.page_view import Glyph
from xlbudget.model import Box

_AMOUNT = re.compile(r"[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?%?")
_SAME = 0.5  # of a letter: heights that near are one row
_NEAR = 0.72  # of the usual distance of rows: lines that near belong to one row
_ROWS = 4  # heights that two columns share: fewer are a coincidence


def split_rows(table: RawTable) -> RawTable:
    """Return a table in which every field holds the words of one row."""
    bands = [_anchors(table, row) for row in range(len(table.ys) - 1)]
    if all(len(anchors) < 2 for anchors in bands):
        return table
    ys, cells = [table.ys[0]], []
    first: list[int] = []  # number of the first new row of each old one
    for row, anchors in enumerate(bands):
        first.append(len(ys) - 1)
        ys += [anchor - 1 for anchor in anchors[1:]] + [table.ys[row + 1]]
    first.append(len(ys) - 1)
    for cell in table.cells:
        anchors = bands[cell.row]
        if cell.down > 1 or len(anchors) < 2:
            top, bottom = first[cell.row], first[cell.row + cell.down]
            cells.append(_cell(cell, ys, top, bottom, cell.glyphs))
            continue
        parts: list[list[Glyph]] = [[] for _ in anchors]
        for glyph in cell.glyphs:
            parts[_row_at(glyph, anchors)].append(glyph)
        for number, glyphs in enumerate(parts):
            top = first[cell.row] + number
            cells.append(_cell(cell, ys, top, top + 1, glyphs))
    cells.sort(key=lambda one: (one.row, one.column))
    return RawTable(table.page, table.xs, ys, cells, table.ruled)


def _cell(cell: RawCell, ys: Sequence[float], top: int, bottom: int, glyphs: list[Glyph]) -> RawCell:
    box = Box(cell.box.left, ys[top], cell.box.right, ys[bottom])
    return RawCell(top, cell.column, bottom - top, cell.across, box, glyphs)


def _row_at(glyph: Glyph, anchors: Sequence[float]) -> int:
    """Return the row of a glyph: the last one that begins above its middle."""
    middle = (glyph.top + glyph.bottom) / 2
    return max(0, sum(anchor <= middle for anchor in anchors) - 1)


@dataclass(slots=True)
class _Level:
    """A height at which something is printed in a band."""

    top: float
    numbers: bool
    columns: set[int]


def _anchors(table: RawTable, row: int) -> list[float]:
    """Return the tops of the rows in one band of the lattice; fewer than two: it is one row.

    It is several where two columns hold several numbers, one holds three, or words of two columns stand at
    the same heights again and again. Lines nearer to each other than rows are belong to one row.
    """
    cells = [cell for cell in table.cells if cell.row == row and cell.down == 1]
    lines = {id(cell): _lines(cell) for cell in cells}
    numbers = [
        len(each) for each in lines.values() if len(each) > 1 and _several([text for _, _, text in each])
    ]
    levels = _levels(cells, lines)
    together = [level for level in levels if len(level.columns) > 1]
    if not (len(numbers) > 1 or max(numbers, default=0) >= _ROWS - 1 or len(together) >= _ROWS):
        return []
    gaps = [after.top - before.top for before, after in pairwise(levels)]
    pitch = median(gaps) if gaps else 0.0
    kept: list[_Level] = []
    last = 0.0
    for level in levels:
        if kept and level.top - last < _NEAR * pitch and not (kept[-1].numbers and level.numbers):
            kept[-1].numbers |= level.numbers
        else:
            kept.append(level)
        last = level.top
    return [level.top for level in kept]


def _lines(cell: RawCell) -> list[tuple[float, float, str]]:
    """Return the lines of a cell: top, height, text."""
    rows = [[glyph for glyph in row if not glyph.text.isspace()] for row in rows_of(cell.glyphs)]
    return [
        (min(glyph.top for glyph in row), row[0].height, "".join(glyph.text for glyph in row))
        for row in rows
        if row
    ]


def _levels(cells: Sequence[RawCell], lines: Mapping[int, list[tuple[float, float, str]]]) -> list[_Level]:
    found: list[_Level] = []
    each = sorted((top, height, text, cell.column) for cell in cells for top, height, text in lines[id(cell)])
    for top, height, text, column in each:
        number = bool(_AMOUNT.fullmatch(text))
        if found and top - found[-1].top <= _SAME * height:
            found[-1].numbers |= number
            found[-1].columns.add(column)
        else:
            found.append(_Level(top, number, {column}))
    return found


def _several(texts: Sequence[str]) -> bool:
    """Whether the lines of a cell are numbers of their own: all with as many decimals."""
    if not all(_AMOUNT.fullmatch(text) for text in texts):
        return False
    decimals = {len(text.partition(".")[2]) for text in texts}
    return len(decimals) == 1 and decimals != {0}
