"""A sheet as a grid of texts: what stands in a cell or in the merged cell that covers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from xlbudget.files.addresses import column_letters
from xlbudget.files.xlsx import RawSheet
from xlbudget.model import StoredCell
from xlbudget.returns.entry_values import read_text

Position = tuple[int, int]
"""Row and column on the sheet, from 1."""

_WIDE = 200  # columns looked at: no form is wider, and strays far away cost nothing
_TALL = 50  # rows of a merged cell: higher ones are no headings
_MOST_COVERED = 50_000  # positions in merged cells: bounded work for whatever file


@dataclass(frozen=True)
class Grid:
    """One sheet; positions count from 1, as :class:`~xlbudget.files.xlsx.RawSheet` has them."""

    sheet: RawSheet

    @property
    def name(self) -> str:
        """The name of the sheet's tab."""
        return self.sheet.name

    @cached_property
    def rows(self) -> tuple[int, ...]:
        """The rows that hold anything, from top to bottom."""
        return tuple(sorted({row for row, _ in self.by_row}))

    @cached_property
    def by_row(self) -> Mapping[Position, StoredCell]:
        """The cells that hold anything, within reach."""
        return {
            at: cell
            for at, cell in self.sheet.cells.items()
            if at[1] <= _WIDE and cell.kind != "blank" and (cell.kind != "s" or cell.text.strip())
        }

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
        for top, left, bottom, right in self.sheet.merges:
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

    @staticmethod
    def address(row: int, column: int) -> str:
        """Return the address of a position, such as ``C12``."""
        return f"{column_letters(column - 1)}{row}"
