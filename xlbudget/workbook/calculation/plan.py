"""Entries → values of our formulas.

The blueprint's formulas are compiled once: every distinct formula shape becomes one
function of a row (:mod:`~xlbudget.workbook.calculation.row_functions`), beside which rows that are out of the
ordinary are worked out one by one (:mod:`~xlbudget.workbook.calculation.odd_rows`). Look-ups over ranges and
running counts are done over columns (:mod:`~xlbudget.workbook.calculation.run`). The blank workbook is
evaluated once; of every other one only the rows that what is filled in reaches are computed anew.

Floats stay inside this module: amounts leave it as exact :class:`~decimal.Decimal`
(multiples of 0.01 元 in the form's money unit).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from xlbudget.model import Cell, CellValue, EntryRow, ErrorValue, Memos, StoredCell
from xlbudget.workbook.blueprint import Blueprint
from xlbudget.workbook.calculation.formula_reads import Formulas, Key
from xlbudget.workbook.calculation.order import in_order, layout_rows, needs
from xlbudget.workbook.calculation.run import Run
from xlbudget.workbook.calculation.values import Column
from xlbudget.workbook.formula_groups import FormulaGroup

Overrides = Mapping[Key, Mapping[int, Any]]
"""Values that stand in place of formulas: (table, column) → row → value."""


@dataclass(frozen=True, slots=True)
class Values:
    """Every computed and constant value of one workbook: (table, column) → one item a row.

    ``changed`` names the rows in which a column is not what it was before: in the blank workbook, or in the
    values of which it was asked what they would be.
    """

    columns: Mapping[Key, Column]
    changed: Mapping[Key, set[int]]
    run: Run | None = field(default=None, compare=False, repr=False)
    """What computed them, for asking what else they would be."""

    def raw(self, cell: Cell) -> Any:
        """Return the value of a cell as float, text, bool, error or None."""
        column = self.columns.get((cell.table, cell.column))
        return None if column is None else column[cell.row]

    @property
    def changed_cells(self) -> Iterator[Cell]:
        """Yield the cells of ``changed``."""
        for (table, column), rows in self.changed.items():
            for row in rows:
                yield Cell(table, row, column)


class Plan:
    """The formulas of one blueprint, compiled and in order; evaluates any number of workbooks.

    ``stepwise`` says whether its values are those of its steps, one after another.
    """

    stepwise = True

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self.layout = blueprint.layout
        self._rows_of = layout_rows(self.layout)
        self.steps: tuple[FormulaGroup, ...] = tuple(in_order(blueprint.groups, self._rows_of))
        self.memos: Memos = {}
        """What others work out from the plan alone."""
        self._parts: dict[tuple[Cell, ...], Sequence[FormulaGroup]] = {}
        self._blank_decimals: dict[Key, list[CellValue]] = {}
        self._below: dict[Key, frozenset[Key]] = {}
        self.noise = float(blueprint.template_quantum) / 4
        """What two floats of one amount may be apart."""

    @cached_property
    def formulas(self) -> Formulas:
        """What the formulas read, analysed once."""
        return Formulas(self.steps, self._rows_of, self.layout.capacity)

    @cached_property
    def _blank(self) -> Run:
        """The evaluation of the workbook with nothing filled in."""
        run = Run(self.formulas, self.constant_columns())
        for group in self.steps:
            run.step(group)
        return run

    @cached_property
    def blank(self) -> Values:
        """The values of the workbook with nothing filled in."""
        return Values(self._blank.columns, {})

    def constant_columns(self) -> dict[Key, Column]:
        """Return every column with what is the same in all workbooks, and nothing in its other rows."""
        columns: dict[Key, Column] = {}
        for placed in self.layout.tables.values():
            for key in placed.columns:
                columns[placed.name, key] = [None] * placed.rows
        for cell, value in self.blueprint.constants.items():
            columns[cell.table, cell.column][cell.row] = float(value) if isinstance(value, int) else value
        return columns

    def evaluate(
        self, entries: Mapping[str, Sequence[EntryRow]], overrides: Overrides | None = None
    ) -> Values:
        """Return all values for the given entries; ``overrides`` fixes the values of some formula cells."""
        run = self._run(entries)
        self.follow(run, overrides or {})
        return Values(run.columns, run.changed, run)

    def amounts(
        self, entries: Mapping[str, Sequence[EntryRow]], cells: Sequence[Cell]
    ) -> tuple[Decimal, ...]:
        """Return the amounts in some cells, 0 where there is none; computes only what they depend on."""
        run = self._run(entries)
        for group in self._steps_to(tuple(cells)):
            run.step(group)
        return self._amounts(Values(run.columns, run.changed), cells)

    def columns(self, entries: Mapping[str, Sequence[EntryRow]], keys: Sequence[Key]) -> dict[Key, Column]:
        """Return some columns, by themselves: for once, what a blank workbook has need not be known."""
        run = Run(self.formulas, self.constant_columns())
        self._enter(run, entries)
        cells = tuple(Cell(key[0], row, key[1]) for key in keys for row in range(len(run.columns[key])))
        for group in self._steps_to(cells):
            run.step(group)
        return {key: run.columns[key] for key in keys}

    def _amounts(self, values: Values, cells: Sequence[Cell]) -> tuple[Decimal, ...]:
        found = (self.decimals(values, cell) for cell in cells)
        return tuple(value if isinstance(value, Decimal) else Decimal(0) for value in found)

    def _run(self, entries: Mapping[str, Sequence[EntryRow]]) -> Run:
        """Return an evaluation with the entries in their places and no step done."""
        run = Run(self.formulas, dict(self._blank.columns), self._blank)
        self._enter(run, entries)
        return run

    @staticmethod
    def _enter(run: Run, entries: Mapping[str, Sequence[EntryRow]]) -> None:
        for table, rows in entries.items():
            for row in rows:
                for key, value in row.values.items():
                    run.put((table, key), row.row, _evaluated(value))

    def _steps_to(self, cells: tuple[Cell, ...]) -> Sequence[FormulaGroup]:
        """Return the steps on which cells depend, in order."""
        if cells not in self._parts:
            wanted: dict[Key, set[int]] = {}
            for cell in cells:
                wanted.setdefault((cell.table, cell.column), set()).add(cell.row)
            found = []
            for group in reversed(self.steps):
                if not wanted.get((group.table, group.column), set()).isdisjoint(group.rows):
                    found.append(group)
                    for table, column, rows in needs(group, self._rows_of):
                        wanted.setdefault((table, column), set()).update(rows)
            self._parts[cells] = found[::-1]
        return self._parts[cells]

    def what_if(
        self, values: Values, entries: Mapping[str, Sequence[EntryRow]], cells: Mapping[Cell, Any]
    ) -> Values:
        """Return what ``values``, those of ``entries``, would be with others in some cells.

        In entry cells they are entered (None: nothing), elsewhere they stand in place of the formula. Only
        what follows from these is computed; ``changed`` names what differs from ``values``.
        """
        entered: dict[Cell, Any] = {}
        fixed: dict[Key, dict[int, Any]] = {}
        for cell, value in cells.items():
            if (cell.table, cell.column) in self._computed:
                fixed.setdefault((cell.table, cell.column), {})[cell.row] = _evaluated(value)
            else:
                entered[cell] = value
        if values.run is None:
            return self.evaluate(_entered(entries, entered), fixed)
        run = Run(self.formulas, dict(values.columns), values.run)
        for cell, value in entered.items():
            run.put((cell.table, cell.column), cell.row, _evaluated(value))
        self.follow(run, fixed)
        return Values(run.columns, run.changed, run)

    @cached_property
    def _computed(self) -> frozenset[Key]:
        """The columns with formulas."""
        return frozenset((group.table, group.column) for group in self.steps)

    @cached_property
    def _readers(self) -> Mapping[Key, Sequence[int]]:
        """The steps that read a column."""
        readers: dict[Key, dict[int, None]] = {}
        for at, group in enumerate(self.steps):
            for table, column, _ in needs(group, self._rows_of):
                readers.setdefault((table, column), {})[at] = None
        return {key: tuple(steps) for key, steps in readers.items()}

    def follow(self, run: Run, overrides: Overrides) -> None:
        """Compute what can differ from the run's base: the steps that read what has changed, and so on."""
        waiting = bytearray(len(self.steps))
        for at, group in enumerate(self.steps) if overrides else ():
            waiting[at] = (group.table, group.column) in overrides

        def alert(key: Key) -> None:
            for at in self._readers.get(key, ()):
                waiting[at] = True

        for key in run.changed:
            alert(key)
        at = waiting.find(True)
        while at >= 0:  # in the order of the steps: all that a step reads is known when its turn comes
            group = self.steps[at]
            key = group.table, group.column
            before = len(run.changed.get(key, ()))
            run.step(group, overrides.get(key))
            if len(run.changed.get(key, ())) > before:
                alert(key)
            at = waiting.find(True, at + 1)

    def downstream(self, sources: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Return ``sources`` and every (table, column) with a formula that depends on them."""
        reached = set(sources)
        waiting = {at for key in reached for at in self._readers.get(key, ())}
        for at, group in enumerate(self.steps) if waiting else ():
            key = group.table, group.column
            if at in waiting and key not in reached:
                reached.add(key)
                waiting.update(self._readers.get(key, ()))
        return frozenset(reached)

    def below(self, table: str, column: str) -> frozenset[Key]:
        """Return a column and every one that depends on it."""
        key = table, column
        if key not in self._below:
            self._below[key] = self.downstream([key])
        return self._below[key]

    def plainly(self, values: Values, cell: Cell, stored: StoredCell) -> bool:
        """Whether a stored result is a value beyond doubt: the same text, or a number within float noise."""
        ours = values.columns[cell.table, cell.column][cell.row]
        if stored.kind == "s":
            return type(ours) is str and ours == stored.text
        if stored.kind == "zero":
            return type(ours) is str or (type(ours) is float and abs(ours) < self.noise)
        if stored.kind != "n" or type(ours) is not float:
            return False
        try:
            return abs(float(stored.text) - ours) < self.noise
        except ValueError:
            return False

    def decimals(self, values: Values, cell: Cell) -> CellValue:
        """Return a value for use outside: amounts and numbers as Decimal, multiples of the quantum."""
        return as_decimal(values.raw(cell), self.blueprint.quantum(cell.table, cell.column))

    def decimal_column(self, values: Values, key: Key) -> Sequence[CellValue]:
        """Return a whole column as :meth:`decimals` does cell by cell; none for a column that is none."""
        column, rows = values.columns.get(key), values.changed.get(key)
        if column is None:
            return _NOTHING
        quantum = self.blueprint.quantum(*key)
        if key not in self._blank_decimals:
            blank = self.blank.columns[key]
            self._blank_decimals[key] = [as_decimal(value, quantum) for value in blank]
        known = self._blank_decimals[key]
        if rows:
            known = known.copy()
            step = float(quantum)
            for row in rows:
                value = column[row]
                if type(value) is str:
                    known[row] = value
                    continue
                count = value / step if type(value) is float else _EXACT
                whole = round(count) if -_EXACT < count < _EXACT else 0
                if abs(count - whole) < _NEAR:
                    known[row] = whole * quantum
                else:
                    known[row] = as_decimal(value, quantum)
        return known


def _evaluated(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def _entered(
    entries: Mapping[str, Sequence[EntryRow]], cells: Mapping[Cell, Any]
) -> Mapping[str, Sequence[EntryRow]]:
    """Return entries with other values in some cells."""
    rows = {table: {row.row: dict(row.values) for row in listed} for table, listed in entries.items()}
    for cell, value in cells.items():
        rows.setdefault(cell.table, {}).setdefault(cell.row, {})[cell.column] = value
    return {table: [EntryRow(at, row) for at, row in known.items()] for table, known in rows.items()}


class _Nothing(Sequence[CellValue]):
    """A column without values."""

    def __getitem__(self, _row: Any) -> Any:
        return None

    def __len__(self) -> int:
        return 0


_NOTHING = _Nothing()
_EXACT = 1e12
_NEAR = 1e-3


def as_decimal(value: Any, quantum: Decimal) -> CellValue:
    """Return a float as the nearest multiple of ``quantum``; other values unchanged."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    count = value / float(quantum)
    whole = round(count) if -_EXACT < count < _EXACT else 0
    if abs(count - whole) < _NEAR:  # the common case: a multiple already, but for the noise of floats
        return whole * quantum
    number = Decimal(f"{float(value):.15g}")  # spreadsheets keep 15 digits; the rest is noise of floats
    if not number.is_finite():
        return ErrorValue("#NUM!")
    return (number / quantum).to_integral_value() * quantum + 0
