"""Tables without lines: rows of words that stand below each other in columns, with numbers among them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from xlbudget.files.pdf.lattice import RawCell, RawTable
from xlbudget.files.pdf.library import Glyph
from xlbudget.files.pdf.lines import apart, rows_of
from xlbudget.model import Box

_LEAST_ROWS = 4  # rows with numbers: fewer are a coincidence
_LEAST_COLUMNS = 2
_GAP = 1.0  # letters between two columns
_PITCH = 3.2  # line heights between two rows of one table
_NUMBER = re.compile(r"^[-−]?[\d,]*\d(?:\.\d+)?%?$")


@dataclass(slots=True)
class _Part:
    glyphs: list[Glyph]

    @property
    def left(self) -> float:
        return self.glyphs[0].left

    @property
    def right(self) -> float:
        return max(glyph.right for glyph in self.glyphs)

    @property
    def is_number(self) -> bool:
        return bool(_NUMBER.match("".join(glyph.text for glyph in self.glyphs).strip()))


@dataclass(slots=True)
class _Row:
    parts: list[_Part]

    @property
    def top(self) -> float:
        return min(glyph.top for part in self.parts for glyph in part.glyphs)

    @property
    def bottom(self) -> float:
        return max(glyph.bottom for part in self.parts for glyph in part.glyphs)

    @property
    def numbers(self) -> int:
        return sum(part.is_number for part in self.parts)


def aligned_tables(glyphs: Sequence[Glyph], page: int) -> Iterator[RawTable]:
    """Yield the tables that stand on a page without lines, from top to bottom."""
    rows = [
        _Row(parts)
        for row in rows_of(glyph for glyph in glyphs if not glyph.hidden)
        if (parts := [_Part(part) for part in apart(row, _GAP)])
    ]
    for block in _blocks(rows):
        columns = _columns(block)
        if len(columns) >= _LEAST_COLUMNS:
            yield _table(block, columns, page)


def _blocks(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """Yield runs of rows with several parts, at least half of them with numbers."""
    block: list[_Row] = []
    for row in rows:
        near = not block or row.top - block[-1].top <= _PITCH * (row.bottom - row.top)
        if len(row.parts) >= _LEAST_COLUMNS and near:
            block.append(row)
            continue
        if _is_table(block):
            yield block
        block = [row] if len(row.parts) >= _LEAST_COLUMNS else []
    if _is_table(block):
        yield block


def _is_table(block: Sequence[_Row]) -> bool:
    numbered = sum(row.numbers > 0 for row in block)
    return numbered >= _LEAST_ROWS and 2 * numbered >= len(block)


def _columns(block: Sequence[_Row]) -> list[tuple[float, float]]:
    """Return the columns: stretches that texts of rows with numbers cover, with free gutters between."""
    spans = sorted((part.left, part.right) for row in block if row.numbers for part in row.parts)
    columns: list[tuple[float, float]] = []
    for left, right in spans:
        if columns and left <= columns[-1][1]:
            columns[-1] = columns[-1][0], max(columns[-1][1], right)
        else:
            columns.append((left, right))
    return columns


def _table(block: Sequence[_Row], columns: Sequence[tuple[float, float]], page: int) -> RawTable:
    middles = [(one[1] + other[0]) / 2 for one, other in pairwise(columns)]
    left = min(part.left for row in block for part in row.parts) - 1
    right = max(part.right for row in block for part in row.parts) + 1
    xs = [left, *middles, right]
    ys = [row.top - 1 for row in block] + [block[-1].bottom + 1]
    cells: list[RawCell] = []
    for number, row in enumerate(block):
        taken: dict[int, RawCell] = {}
        for part in row.parts:
            first = sum(x <= part.left + 1 for x in middles)
            last = max(first, sum(x < part.right - 1 for x in middles))
            if first in taken:
                taken[first].glyphs += part.glyphs
                continue
            box = Box(xs[first], ys[number], xs[last + 1], ys[number + 1])
            taken[first] = RawCell(number, first, 1, last - first + 1, box, list(part.glyphs))
        cells += taken.values()
    return RawTable(page, xs, ys, cells, ruled=False)
