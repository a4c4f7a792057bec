"""A table of a published document as a grid of texts: what stands in a cell or in the merged cell over it.

The lines above a table (its title, what unit, what money) are rows of its grid, each text in the column
below it: forms are found in the same way whether a title is a cell of a sheet or a line of a page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from xlbudget.files.addresses import column_letters
from xlbudget.model import Memos, Place, PrintedCell, PrintedLine, PublishedTable, StoredCell
from xlbudget.returns.entry_values import read_text

Position = tuple[int, int]
"""Row and column of a grid, from 1."""

_WIDE = 200  # columns looked at: no form is wider, and strays far away cost nothing
_TALL = 50  # rows of a merged cell: higher ones are no headings
_MOST_COVERED = 50_000  # positions in merged cells: bounded work for whatever file
_SAME_ROW = 4.0  # points by which the tops of texts beside each other differ


@dataclass(frozen=True)
class Grid:
    """The cells of one table by position. ``table`` is its number in the document (from 0)."""

    name: str
    printed: Mapping[Position, PrintedCell]
    merges: tuple[tuple[int, int, int, int], ...] = ()
    table: int = 0
    pages: tuple[int, ...] = ()
    lead: int = 0
    """How many of its rows are lines above the table."""

    @cached_property
    def memos(self) -> Memos:
        """What others concluded from the grid alone."""
        return {}

    @cached_property
    def rows(self) -> tuple[int, ...]:
        """The rows that hold anything, from top to bottom."""
        return tuple(sorted({row for row, _ in self.by_row}))

    @cached_property
    def by_row(self) -> Mapping[Position, StoredCell]:
        """The cells that hold anything, within reach."""
        found = {}
        for at, cell in self.printed.items():
            stored = cell.stored or StoredCell("s", cell.text)
            if at[1] <= _WIDE and stored.kind != "blank" and (stored.kind != "s" or stored.text.strip()):
                found[at] = stored
        return found

    @cached_property
    def _columns(self) -> Mapping[int, Sequence[int]]:
        found: dict[int, list[int]] = {}
        for row, column in self.by_row:
            found.setdefault(row, []).append(column)
        return {row: sorted(columns) for row, columns in found.items()}

    def columns(self, row: int) -> Sequence[int]:
        """Return the columns of a row that hold anything, from left to right."""
        return self._columns.get(row, ())

    @cached_property
    def _merges(self) -> Mapping[Position, Position]:
        covered: dict[Position, Position] = {}
        for top, left, bottom, right in self.merges:
            if bottom - top < _TALL and len(covered) < _MOST_COVERED:
                for row in range(top, bottom + 1):
                    for column in range(left, min(right, _WIDE) + 1):
                        covered[row, column] = (top, left)
        return covered

    @cached_property
    def _merged_columns(self) -> Mapping[int, set[int]]:
        found: dict[int, set[int]] = {}
        for row, column in self._merges:
            found.setdefault(row, set()).add(column)
        return found

    def covered(self, row: int) -> set[int]:
        """Return the columns of a row that hold anything or lie in a merged cell."""
        return {*self.columns(row), *self._merged_columns.get(row, ())}

    def merged(self, row: int, column: int) -> Position | None:
        """Return the first cell of the merged cell that covers a position, or None."""
        return self._merges.get((row, column))

    def cell(self, row: int, column: int) -> StoredCell | None:
        """Return what is stored at a position, or None."""
        return self.by_row.get((row, column))

    def text(self, row: int, column: int) -> str:
        """Return the text at a position (numbers as texts), or an empty text."""
        cell = self.by_row.get((row, column))
        return "" if cell is None else str(read_text(cell)[0] or "")

    def shown(self, row: int, column: int) -> str:
        """Return the text at a position or of the merged cell that covers it."""
        return self.text(*(self.merged(row, column) or (row, column)))

    def texts(self, row: int) -> list[str]:
        """Return the texts of a row, from left to right."""
        return [text for column in self.columns(row) if (text := self.text(row, column))]

    def place(self, row: int, column: int) -> Place:
        """Return where a position is, blank or not."""
        cell = self.printed.get((row, column))
        if cell is None and (first := self.merged(row, column)) is not None:
            cell = self.printed.get(first)
        if cell is not None:
            return cell.place
        beside = next((self.printed[row, other].place for other in self.columns(row)), Place())
        if beside.page:
            return replace(beside, box=None)
        return Place(sheet=self.name, address=f"{column_letters(column - 1)}{row}")


def grid_of(table: PublishedTable, number: int) -> Grid:
    """Return a table as a grid, the lines above it as its first rows."""
    above = _lead_rows(table)
    printed = {
        (at + 1, column + 1): PrintedCell(at, column, line.text, line.place)
        for at, row in enumerate(above)
        for column, line in row.items()
    }
    merges = []
    down = len(above)
    for cell in table.cells:
        row, column = cell.row + down + 1, cell.column + 1
        printed[row, column] = cell
        if cell.down > 1 or cell.across > 1:
            merges.append((row, column, row + cell.down - 1, column + cell.across - 1))
    pages = tuple(dict.fromkeys(part.page for part in table.parts))
    first = table.parts[0]
    name = first.where if first.page else first.sheet
    return Grid(name, printed, tuple(merges), number, pages, down)


def _lead_rows(table: PublishedTable) -> list[dict[int, PrintedLine]]:
    """Return the lines above a table by row, each at the column that its middle is above."""
    rows: list[list[PrintedLine]] = []
    for line in table.lead:
        box, last = line.place.box, rows[-1][-1].place if rows else None
        same = (
            box is not None
            and last is not None
            and last.box is not None
            and last.page == line.place.page
            and abs(last.box.top - box.top) <= _SAME_ROW
        )
        if same:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [_by_column(row, table.edges) for row in rows]


def _by_column(lines: Sequence[PrintedLine], edges: Sequence[float]) -> dict[int, PrintedLine]:
    found: dict[int, PrintedLine] = {}
    for line in lines:
        box = line.place.box
        middle = (box.left + box.right) / 2 if box is not None else 0.0
        column = min(sum(edge < middle for edge in edges[1:]), max(len(edges) - 2, 0))
        while column in found:
            column += 1
        found[column] = line
    return found
