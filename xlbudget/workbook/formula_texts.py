"""The Excel texts of a workbook's formulas, each made when it is asked for.

A summary of a large department has half a million formula cells. Which cells have a formula follows from the
groups; a text is put together from the pieces of its group and the number of its row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from xlbudget.model import Cell
from xlbudget.workbook.excel_text import excel_writer
from xlbudget.workbook.formula_groups import FormulaGroup
from xlbudget.workbook.layout import Layout

Column = tuple[str, str]


class FormulaTexts(Mapping[Cell, str]):
    """Formula cell → its text without the leading ``=``."""

    def __init__(self, layout: Layout, groups: Sequence[FormulaGroup]) -> None:
        self._layout = layout
        self._every = groups
        self._groups: dict[Column, list[FormulaGroup]] = {}
        for group in groups:
            self._groups.setdefault((group.table, group.column), []).append(group)
        self._rows: dict[Column, Mapping[int, FormulaGroup]] = {}
        self._written: dict[int, Callable[[int], str]] = {}

    def __getitem__(self, cell: Cell) -> str:
        """Return the text of a formula cell; KeyError for any other."""
        return self._writer(self._of_column(cell.table, cell.column)[cell.row])(cell.row)

    def column(self, table: str, column: str, rows: Iterable[int]) -> Iterator[str | None]:
        """Yield the text of each of some rows of a column, None for one without a formula."""
        known = self._of_column(table, column)
        for group, run in groupby(rows, known.get):
            if group is None:
                yield from (None for _ in run)
            else:
                yield from map(self._writer(group), run)

    def _writer(self, group: FormulaGroup) -> Callable[[int], str]:
        written = self._written.get(id(group))
        if written is None:
            sheet = self._layout.tables[group.table].sheet
            written = self._written[id(group)] = excel_writer(self._layout, group.node, sheet)
        return written

    def __contains__(self, cell: object) -> bool:
        """Whether a cell has a formula; no text is made for that."""
        return isinstance(cell, Cell) and cell.row in self._of_column(cell.table, cell.column)

    def __iter__(self) -> Iterator[Cell]:
        """Yield the formula cells in the order of the groups."""
        for group in self._every:
            yield from (Cell(group.table, row, group.column) for row in group.rows)

    def __len__(self) -> int:
        """Return how many cells have a formula."""
        return sum(len(group.rows) for group in self._every)

    def _of_column(self, table: str, column: str) -> Mapping[int, FormulaGroup]:
        """Return the group of each row of a column that has one."""
        known = self._rows.get((table, column))
        if known is None:
            known = {row: group for group in self._groups.get((table, column), ()) for row in group.rows}
            self._rows[table, column] = known
        return known
