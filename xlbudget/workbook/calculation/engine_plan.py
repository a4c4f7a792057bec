"""Entries → values by the ``formulas`` engine itself: all formulas of the template as the engine's own model.

Some thousand times slower than the plan, which it stands in for: to compare the two on any workbook, and for
definitions with formulas that the plan cannot take (:mod:`xlbudget.workbook.calculation.plan_limits`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from xlbudget.model import Cell, EntryRow
from xlbudget.model.errors import InputError
from xlbudget.workbook.calculation.engine import EngineModel
from xlbudget.workbook.calculation.formula_reads import Key
from xlbudget.workbook.calculation.plan import Overrides, Plan, Values
from xlbudget.workbook.calculation.values import Column

_BOOK = "[T.XLSX]"


class EnginePlan(Plan):
    """A plan that has the engine calculate every formula cell; the model is compiled at its first use."""

    stepwise = False

    @cached_property
    def blank(self) -> Values:
        """The values of the workbook with nothing filled in."""
        return Values(self._calculated({}, None), {})

    def evaluate(
        self, entries: Mapping[str, Sequence[EntryRow]], overrides: Overrides | None = None
    ) -> Values:
        """Return all values for the given entries; ``overrides`` fixes the values of some formula cells.

        Raises InputError when the engine leaves a formula without a value.
        """
        columns, blank = self._calculated(entries, overrides), self.blank.columns
        changed = {
            key: rows
            for key, column in columns.items()
            if (rows := {row for row, value in enumerate(column) if not _same(value, blank[key][row])})
        }
        return Values(columns, changed)

    def amounts(
        self, entries: Mapping[str, Sequence[EntryRow]], cells: Sequence[Cell]
    ) -> tuple[Decimal, ...]:
        """Return the amounts in some cells, 0 where there is none; the engine calculates everything."""
        return self._amounts(self.evaluate(entries), cells)

    def columns(self, entries: Mapping[str, Sequence[EntryRow]], keys: Sequence[Key]) -> dict[Key, Column]:
        """Return some columns; the engine calculates everything."""
        found = self.evaluate(entries).columns
        return {key: found[key] for key in keys}

    @cached_property
    def _entry_cells(self) -> tuple[Cell, ...]:
        return tuple(
            Cell(entry.id, row, column.key)
            for entry in self.layout.template.entries
            for column in entry.columns
            if column.entry
            for row in range(self.layout.tables[entry.id].rows)
        )

    @cached_property
    def _model(self) -> EngineModel:
        # The engine knows no cell that nobody mentions: entry cells hold a number until they are given.
        cells: dict[str, Any] = {self._at(cell): 0 for cell in self._entry_cells}
        cells |= {self._at(cell): value for cell, value in self.blueprint.constants.items()}
        cells |= {self._at(cell): "=" + text for cell, text in self.blueprint.formulas.items()}
        return EngineModel(cells)

    def _at(self, cell: Cell) -> str:
        sheet = self.layout.tables[cell.table].sheet
        return f"'{_BOOK}{sheet}'!{self.layout.address(cell.table, cell.row, cell.column)}".upper()

    def _calculated(
        self, entries: Mapping[str, Sequence[EntryRow]], overrides: Overrides | None
    ) -> dict[Key, list[Any]]:
        columns = self.constant_columns()
        for table, rows in entries.items():
            for row in rows:
                for key, value in row.values.items():
                    columns[table, key][row.row] = float(value) if isinstance(value, Decimal) else value
        given = [cell for cell in self._entry_cells if cell not in self.blueprint.constants]
        inputs = {self._at(cell): columns[cell.table, cell.column][cell.row] for cell in given}
        for (table, column), fixed in (overrides or {}).items():
            inputs |= {self._at(Cell(table, at, column)): value for at, value in fixed.items()}
        results = self._model.calculate(inputs)
        for cell in self.blueprint.formulas:
            at = self._at(cell)
            if at not in results:
                raise InputError(f"formulas 引擎没有算出 {at.replace(_BOOK, '')}；请改用默认的重算方式。")
            columns[cell.table, cell.column][cell.row] = results[at]
        return columns


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)
