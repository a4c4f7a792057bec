"""Tables that are drawn with lines: the lattice of one page, and the glyphs in each of its cells.

Lines that touch make one table. Between two neighbouring fields of the lattice there is a border only if a
line covers most of it; fields without a border between them are one cell. Outer lines may be missing.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from xlbudget.files.pdf.page_view import Glyph, Stroke
from xlbudget.model import Box

TOUCH = 3.0  # points: lines that near are one, or meet
_SHADED = 3  # rows: a coloured heading and the first row below it; a table of coloured fields has more
MOST_LINES = 4_000  # of one page; beyond, it is a drawing
_MOST_FIELDS = 60_000
_BORDER = 0.5  # part of a side that a line must cover to be a border
_RUN = 0.2  # letters between glyphs of one word


@dataclass(slots=True)
class RawCell:
    """A cell on one page: first row and column (from 0), how far it reaches, its box and glyphs."""

    row: int
    column: int
    down: int
    across: int
    box: Box
    glyphs: list[Glyph] = field(default_factory=list)


@dataclass(slots=True)
class RawTable:
    """A table on one page. ``xs`` and ``ys`` are the edges of its columns and rows."""

    page: int
    xs: list[float]
    ys: list[float]
    cells: list[RawCell]
    ruled: bool = True

    @property
    def box(self) -> Box:
        """What it covers."""
        return Box(self.xs[0], self.ys[0], self.xs[-1], self.ys[-1])


@dataclass(slots=True)
class _LatticeLine:
    """A line across or down: where (``at``), from where to where along it."""

    at: float
    start: float
    end: float
    drawn: bool


def ruled_tables(strokes: Sequence[Stroke], glyphs: Sequence[Glyph], page: int) -> list[RawTable]:
    """Return the tables of a page, from top to bottom, with the glyphs of each cell."""
    if len(strokes) > 20 * MOST_LINES:
        return []
    across = _joined(
        _LatticeLine(s.top, s.left, s.right, not s.edge) for s in strokes if s.horizontal and s.right > s.left
    )
    down = _joined(_LatticeLine(s.left, s.top, s.bottom, not s.edge) for s in strokes if not s.horizontal)
    if len(across) + len(down) > MOST_LINES:
        return []
    tables = []
    for horizontal, vertical in _connected(across, down):
        table = _table(horizontal, vertical, page)
        if table is not None:
            tables.append(table)
    tables = _outermost(tables)
    for table in tables:
        _fill(table, glyphs)
    return sorted(tables, key=lambda each: (each.ys[0], each.xs[0]))


def _outermost(tables: list[RawTable]) -> list[RawTable]:
    """Leave out tables within a cell of another: their text belongs to that cell."""
    return [one for one in tables if not any(one is not other and _within(one, other) for other in tables)]


def _within(one: RawTable, other: RawTable) -> bool:
    inner, outer = one.box, other.box
    return (
        outer.left - 1 <= inner.left
        and inner.right <= outer.right + 1
        and outer.top - 1 <= inner.top
        and inner.bottom <= outer.bottom + 1
    )


def _joined(lines: Iterable[_LatticeLine]) -> list[_LatticeLine]:
    """Join lines that continue each other; lines very near to each other count as one (double lines)."""
    ordered = sorted(lines, key=lambda each: each.at)
    groups: list[list[_LatticeLine]] = []
    for line in ordered:
        if groups and line.at - groups[-1][0].at <= TOUCH:
            groups[-1].append(line)
        else:
            groups.append([line])
    joined = []
    for group in groups:
        at = sum(line.at for line in group) / len(group)
        group.sort(key=lambda each: each.start)
        current = _LatticeLine(at, group[0].start, group[0].end, group[0].drawn)
        for line in group[1:]:
            if line.start <= current.end + TOUCH:
                current.end = max(current.end, line.end)
                current.drawn |= line.drawn
            else:
                joined.append(current)
                current = _LatticeLine(at, line.start, line.end, line.drawn)
        joined.append(current)
    return [line for line in joined if line.end - line.start > TOUCH]


_Figure = tuple[list[_LatticeLine], list[_LatticeLine]]
"""Lines that touch: those across, those down."""


def _connected(across: list[_LatticeLine], down: list[_LatticeLine]) -> Iterator[_Figure]:
    """Yield the lines of each connected figure that has both kinds."""
    parent = list(range(len(across) + len(down)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    heights = sorted(range(len(across)), key=lambda at: across[at].at)
    levels = [across[at].at for at in heights]
    for number, line in enumerate(down):
        first = bisect.bisect_left(levels, line.start - TOUCH)
        last = bisect.bisect_right(levels, line.end + TOUCH)
        for at in heights[first:last]:
            if across[at].start - TOUCH <= line.at <= across[at].end + TOUCH:
                parent[root(at)] = root(len(across) + number)
    figures: dict[int, _Figure] = defaultdict(lambda: ([], []))
    for at, line in enumerate(across):
        figures[root(at)][0].append(line)
    for at, line in enumerate(down):
        figures[root(len(across) + at)][1].append(line)
    for horizontal, vertical in figures.values():
        if horizontal and vertical:
            yield horizontal, vertical


def _edges(lines: Sequence[_LatticeLine], crossing: Sequence[_LatticeLine]) -> list[float]:
    """Return the distinct places of lines; where crossing lines go on beyond them, their ends too."""
    found: list[float] = []
    for at in sorted(line.at for line in lines):
        if not found or at - found[-1] > TOUCH:
            found.append(at)
    start, end = min(line.start for line in crossing), max(line.end for line in crossing)
    if start < found[0] - 2 * TOUCH:
        found.insert(0, start)
    if end > found[-1] + 2 * TOUCH:
        found.append(end)
    return found


def _table(across: list[_LatticeLine], down: list[_LatticeLine], page: int) -> RawTable | None:
    xs, ys = _edges(down, across), _edges(across, down)
    rows, columns = len(ys) - 1, len(xs) - 1
    if rows <= _SHADED and not any(line.drawn for line in down):
        return None  # rows that are only shaded, of a table whose other rows are not
    if rows < 1 or columns < 1 or rows * columns < 2 or rows * columns > _MOST_FIELDS:
        return None
    beside = _borders(down, xs, ys)  # beside[c, r]: a line at xs[c] along row r
    below = _borders(across, ys, xs)  # below[r, c]: a line at ys[r] along column c
    cells = []
    for fields in _groups(rows, columns, beside, below):
        top, left = min(row for row, _ in fields), min(column for _, column in fields)
        bottom, right = max(row for row, _ in fields) + 1, max(column for _, column in fields) + 1
        if (bottom - top) * (right - left) == len(fields):
            cells.append(_cell(xs, ys, top, left, bottom, right))
        else:
            cells += [_cell(xs, ys, row, first, row + 1, last) for row, first, last in _stretches(fields)]
    if len(cells) < 2:
        return None
    cells.sort(key=lambda cell: (cell.row, cell.column))
    return RawTable(page, xs, ys, cells)


def _cell(xs: Sequence[float], ys: Sequence[float], top: int, left: int, bottom: int, right: int) -> RawCell:
    box = Box(xs[left], ys[top], xs[right], ys[bottom])
    return RawCell(top, left, bottom - top, right - left, box)


def _stretches(fields: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Yield row, first column and column after the last of each unbroken stretch."""
    rows: dict[int, list[int]] = defaultdict(list)
    for row, column in sorted(fields):
        rows[row].append(column)
    for row, columns in rows.items():
        first = columns[0]
        for at, column in enumerate(columns):
            if at + 1 == len(columns) or columns[at + 1] != column + 1:
                yield row, first, column + 1
                if at + 1 < len(columns):
                    first = columns[at + 1]


def _borders(
    lines: Sequence[_LatticeLine], edges: Sequence[float], crossing: Sequence[float]
) -> set[tuple[int, int]]:
    """Return which sides are drawn: (number of the edge, number of the field along it)."""
    drawn: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for line in lines:
        at = min(range(len(edges)), key=lambda number: abs(edges[number] - line.at))
        drawn[at].append((line.start, line.end))
    found = set()
    for at, parts in drawn.items():
        for number, (start, end) in enumerate(pairwise(crossing)):
            covered = sum(max(0.0, min(end, last) - max(start, first)) for first, last in parts)
            if covered >= _BORDER * (end - start):
                found.add((at, number))
    return found


def _groups(
    rows: int, columns: int, beside: set[tuple[int, int]], below: set[tuple[int, int]]
) -> Iterator[list[tuple[int, int]]]:
    """Yield the fields of each cell: those that no border parts."""
    seen: set[tuple[int, int]] = set()
    for start in ((row, column) for row in range(rows) for column in range(columns)):
        if start in seen:
            continue
        group, waiting = [], [start]
        seen.add(start)
        while waiting:
            row, column = waiting.pop()
            group.append((row, column))
            near = (
                ((row, column + 1), column + 1 < columns and (column + 1, row) not in beside),
                ((row, column - 1), column > 0 and (column, row) not in beside),
                ((row + 1, column), row + 1 < rows and (row + 1, column) not in below),
                ((row - 1, column), row > 0 and (row, column) not in below),
            )
            for other, open_ in near:
                if open_ and other not in seen:
                    seen.add(other)
                    waiting.append(other)
        yield group


# ---------------------------------------------------------------------- text


def _fill(table: RawTable, glyphs: Sequence[Glyph]) -> None:
    """Put each glyph into its cell; a word stays whole, and hidden glyphs go with the word they end."""
    fields: dict[tuple[int, int], RawCell] = {}
    for cell in table.cells:
        for row in range(cell.row, cell.row + cell.down):
            for column in range(cell.column, cell.column + cell.across):
                fields[row, column] = cell
    box = table.box
    inside = [glyph for glyph in glyphs if within(glyph, box)]
    for word in _words(inside):
        chosen = _chosen(word, table, fields)
        if chosen is not None:
            chosen.glyphs += word


def within(glyph: Glyph, box: Box) -> bool:
    """Whether the middle of a glyph lies in a box."""
    across, down = (glyph.left + glyph.right) / 2, (glyph.top + glyph.bottom) / 2
    return box.left <= across <= box.right and box.top <= down <= box.bottom


def _words(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """Yield glyphs that follow each other closely in one run on one line; hidden ones however far."""
    word: list[Glyph] = []
    for glyph in sorted(glyphs, key=lambda each: (each.run, round(each.baseline), each.left)):
        if glyph.text.isspace():
            continue
        last = word[-1] if word else None
        if (
            last is not None
            and last.run == glyph.run
            and abs(last.baseline - glyph.baseline) < 1
            and (glyph.hidden or glyph.left - last.right <= _RUN * max(glyph.height, 1.0))
        ):
            word.append(glyph)
            continue
        if word:
            yield word
        word = [glyph]
    if word:
        yield word


def _chosen(word: Sequence[Glyph], table: RawTable, fields: dict[tuple[int, int], RawCell]) -> RawCell | None:
    """Return the cell that holds most of the glyphs that can be seen."""
    votes: dict[int, int] = defaultdict(int)
    cells: dict[int, RawCell] = {}
    for glyph in [each for each in word if not each.hidden] or word:
        across, down = (glyph.left + glyph.right) / 2, (glyph.top + glyph.bottom) / 2
        row = min(max(bisect.bisect_right(table.ys, down) - 1, 0), len(table.ys) - 2)
        column = min(max(bisect.bisect_right(table.xs, across) - 1, 0), len(table.xs) - 2)
        cell = fields.get((row, column))
        if cell is not None:
            votes[id(cell)] += 1
            cells[id(cell)] = cell
    return cells[max(votes, key=lambda each: votes[each])] if votes else None
