"""Why another program's value differs from ours: our formulas again, with that program's deviations put in.

A :class:`Program` does SUMIFS, COUNTIF or errors in some way of its own. :class:`Foreseen` evaluates a
whole workbook its way, looking at every row for every key where our recalculation uses tables. A difference
is explained when the value so predicted is the other program's; :class:`Causes` says where the deviation
happened and which cells only follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any
from unittest.mock import patch

from xlbudget.model import Cell, EntryRow, ErrorValue
from xlbudget.workbook.calculation import engine
from xlbudget.workbook.calculation.formula_reads import Area, Key, Lookup
from xlbudget.workbook.calculation.plan import Plan
from xlbudget.workbook.calculation.run import Run
from xlbudget.workbook.calculation.values import Each, added
from xlbudget.workbook.formula_groups import FormulaGroup

Columns = dict[Key, list[Any]]
Same = Callable[[Cell, Any, Any], bool]


@dataclass(frozen=True)
class Program:
    """What a program does otherwise than Excel's documentation says, or where that says nothing.

    ``key`` is a key or criterion as it compares them. Of the errors in one SUMIFS it takes the one at
    ``error`` (0 the first, -1 the last). Of a cell's error and a computed one added to it, ``computed_first``
    takes the latter.
    """

    name: str
    key: Callable[[Any], Any]
    error: int = 0
    computed_first: bool = False


def exact(value: Any) -> Any:
    """Return a key as our recalculation compares it: a text without regard to case."""
    return value.lower() if type(value) is str else value


@cache
def _engine_number(text: str) -> Any:
    from formulas.functions import _text2num

    return _text2num(text)


def engine_key(value: Any) -> Any:
    """Return a key as the ``formulas`` engine compares it: the number or date that it finds in a text."""
    return exact(_engine_number(value) if type(value) is str else value)


EXCEL = Program("Excel", exact)
FORMULAS = Program("formulas", engine_key)
LIBREOFFICE = Program("LibreOffice", exact, error=-1, computed_first=True)


@contextmanager
def engine_as_published() -> Iterator[None]:
    """Compile the ``formulas`` engine without what our door to it mends (``calculation.engine``)."""
    import formulas

    formulas.get_functions.cache_clear()
    with patch.object(engine, "_engine", lambda: formulas):
        yield
    formulas.get_functions.cache_clear()
    engine._engine.cache_clear()


class Deviating(Run):
    """The evaluation of one workbook, every row, as a program does it."""

    def __init__(self, plan: Plan, columns: Columns, program: Program) -> None:
        super().__init__(plan.formulas, columns)
        self.program = program

    def found(self, lookup: Lookup, otherwise: Any) -> Any:
        if lookup.kind == "MATCH":
            return super().found(lookup, otherwise)
        return Each([self._one(lookup, keys) for keys in self.wanted(lookup)])

    def _totals(self, increments: Mapping[int, Any], fixed: Mapping[int, Any]) -> list[Any]:
        if not self.program.computed_first:
            return super()._totals(increments, fixed)
        total: Any = 0.0
        result = []
        for increment in increments.values():
            failed = [value for value in (increment, total) if isinstance(value, ErrorValue)]
            total = failed[0] if failed else total + increment
            result.append(total)
        return result

    def wanted(self, lookup: Lookup) -> Iterator[tuple[Any, ...]]:
        """Yield the keys that each row looks up."""
        return zip(*(self.listed(self.value(part)) for part in lookup.wanted), strict=True)

    def matching(self, lookup: Lookup, keys: Sequence[Any], key: Callable[[Any], Any]) -> list[int]:
        """Return the places from 0 at which the ranges hold the wanted keys."""
        wanted = [key(one) for one in keys]
        rows = zip(*map(self.cells, lookup.columns), strict=True)
        return [at for at, found in enumerate(rows) if [key(one) for one in found] == wanted]

    def cells(self, area: Area) -> list[Any]:
        """Return the values of a range."""
        return self.columns[area.key][area.rows.start : area.rows.stop]

    def _one(self, lookup: Lookup, keys: Sequence[Any]) -> Any:
        rows = self.matching(lookup, keys, self.program.key)
        if lookup.amounts is None:
            return float(len(rows))
        amounts = self.cells(lookup.amounts)
        values = [amounts[at] for at in rows]
        errors = [value for value in values if isinstance(value, ErrorValue)]
        if errors:
            return errors[self.program.error]
        return added(value for value in values if type(value) in (float, int))


@dataclass(frozen=True)
class Difference:
    """A cell in which another program has another value, and why; ``cause`` is empty where nobody knows."""

    workbook: str
    place: str
    formula: str
    ours: Any
    theirs: Any
    predicted: Any = None
    cause: str = ""
    own: bool = False
    """Whether the deviation happens in this cell; in all others it comes from what they read."""


class Foreseen:
    """One workbook as a program is expected to compute it, and why it has other values than ours."""

    def __init__(self, plan: Plan, entries: Mapping[str, Sequence[EntryRow]], program: Program) -> None:
        self.plan, self.program = plan, program
        self._entered = filled(plan, entries)
        run = Deviating(plan, {key: list(column) for key, column in self._entered.items()}, program)
        for group in plan.steps:
            run.step(group)
        self._expected = run.columns
        self._groups = {(group.table, group.column, row): group for group in plan.steps for row in group.rows}

    def value(self, cell: Cell) -> Any:
        """Return the predicted value of a cell."""
        return self._expected[cell.table, cell.column][cell.row]

    def differences(
        self, name: str, ours: Columns, theirs: Mapping[Cell, Any], cells: Sequence[Cell], same: Same
    ) -> list[Difference]:
        """Explain the cells in which ``theirs``, the program's values, are not ``ours``."""
        columns = {key: list(column) for key, column in self._entered.items()}
        for cell, value in theirs.items():
            one = ours[cell.table, cell.column][cell.row]
            columns[cell.table, cell.column][cell.row] = one if same(cell, one, value) else value
        causes = Causes(self.plan, self.program, columns, set(cells))
        found = []
        for cell in cells:
            cause, own = causes.of(self._groups[cell.table, cell.column, cell.row], cell, same)
            one, other, expected = ours[cell.table, cell.column][cell.row], theirs[cell], self.value(cell)
            formula = self.plan.blueprint.formulas[cell]
            cause = cause if same(cell, expected, other) else ""
            found.append(Difference(name, causes.place(cell), formula, one, other, expected, cause, own))
        return found


def filled(plan: Plan, entries: Mapping[str, Sequence[EntryRow]]) -> Columns:
    """Return constants and entries in their places, and no result."""
    columns = plan.constant_columns()
    for table, rows in entries.items():
        for row in rows:
            for key, value in row.values.items():
                columns[table, key][row.row] = float(value) if isinstance(value, Decimal) else value
    return columns


class Causes:
    """Why cells are different: what the program does in them, or the different cells that they read.

    ``theirs`` are all values of the program, ``different`` the cells in which they are not ours.
    """

    def __init__(self, plan: Plan, program: Program, theirs: Columns, different: set[Cell]) -> None:
        self.plan, self.program, self.theirs, self.different = plan, program, theirs, different
        self._read = Deviating(plan, theirs, EXCEL)

    def of(self, group: FormulaGroup, cell: Cell, same: Same) -> tuple[str, bool]:
        """Return the cause, and whether it lies in the cell itself: its formula deviates on what it reads."""
        theirs = self.theirs[cell.table, cell.column][cell.row]
        if same(cell, self._without_deviation(group, cell.row), theirs):
            return self._inherited(group, cell.row), False
        return self._deviation(group, cell.row), True

    def place(self, cell: Cell) -> str:
        """Return where a cell stands, as people say it."""
        sheet = self.plan.layout.tables[cell.table].sheet
        return f"{sheet}!{self.plan.layout.address(cell.table, cell.row, cell.column)}"

    def _without_deviation(self, group: FormulaGroup, row: int) -> Any:
        """Return what a cell's formula gives by our rules from the values that the other program had."""
        value = self._increment(group, row)
        if not self.plan.formulas.reads[id(group)].running or row == group.rows[0]:
            return value
        before = self._before(group, row)
        failed = [each for each in (before, value) if isinstance(each, ErrorValue)]
        return failed[0] if failed else before + value

    def _increment(self, group: FormulaGroup, row: int) -> Any:
        self._read.rows = [row]
        return self._read.listed(self._read.value(group.node))[0]

    def _before(self, group: FormulaGroup, row: int) -> Any:
        return self.theirs[group.table, group.column][group.rows[group.rows.index(row) - 1]]

    def _deviation(self, group: FormulaGroup, row: int) -> str:
        """Say what the other program does otherwise in this cell."""
        reads = self.plan.formulas.reads[id(group)]
        if reads.running and self.program.computed_first:
            return f"上一行是 {self._before(group, row)}，本行算出 {self._increment(group, row)}；取后者"
        self._read.rows = [row]
        said = []
        for lookup in reads.lookups:
            if lookup.kind != "MATCH":
                said += self._lookup_deviation(lookup, next(self._read.wanted(lookup)))
        return "；".join(dict.fromkeys(said))

    def _lookup_deviation(self, lookup: Lookup, keys: Sequence[Any]) -> Iterator[str]:
        rows = self._read.matching(lookup, keys, self.program.key)
        added = lookup.amounts or lookup.columns[0]
        amounts = self._read.cells(added) if lookup.amounts else [1.0] * len(added.rows)
        errors = [amounts[at] for at in rows if isinstance(amounts[at], ErrorValue)]
        if errors and errors[0] != errors[self.program.error]:
            yield f"各行的错误值依次是 {'、'.join(map(str, errors))}，取最后一个"
        for at in set(rows) - set(self._read.matching(lookup, keys, exact)):
            if amounts[at]:
                others = "、".join(str(self._read.cells(area)[at]) for area in lookup.columns)
                yield f"找“{'、'.join(map(str, keys))}”时算进“{others}”的 {amounts[at]:.15g}"

    def _inherited(self, group: FormulaGroup, row: int) -> str:
        """Name the different cells that a formula reads."""
        reads = self.plan.formulas.reads[id(group)]
        areas = [*reads.areas, *(area for area, _ in reads.fetches)]
        for lookup in reads.lookups:
            areas += [*lookup.columns, *([lookup.amounts] if lookup.amounts else [])]
        read = [Cell(table, row, column) for table, column in reads.cells]
        read += [Cell(area.key[0], at, area.key[1]) for area in areas for at in area.rows]
        if reads.running and row != group.rows[0]:
            read.append(Cell(group.table, group.rows[group.rows.index(row) - 1], group.column))
        places = list(dict.fromkeys(self.place(cell) for cell in read if cell in self.different))
        more = f" 等 {len(places)} 格" if len(places) > 2 else ""
        return f"由 {'、'.join(places[:2])}{more} 而来" if places else ""
