"""Entries → values of our formulas.

The blueprint's formulas are compiled once: every distinct formula shape becomes one
function of a row (:mod:`xlbudget.row_functions`) and, for rows that are out of the ordinary,
one of the ``formulas`` engine (:mod:`xlbudget.engine`). Look-ups over ranges (SUM, SUMIFS,
COUNTIF, INDEX, MATCH) and running counts are done here over columns; every test that
compares with the whole engine cell by cell guards both.

Floats stay inside this module: amounts leave it as exact :class:`~decimal.Decimal`
(multiples of 0.01 元 in the form's money unit).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from xlbudget.blueprint import Blueprint, FormulaGroup
from xlbudget.engine import by_engine, error, is_engine_error
from xlbudget.expressions import Call, ColumnRange, LineCells, Node, Number, RowCell, Text, walk
from xlbudget.model import Cell, CellValue, EntryRow
from xlbudget.ordering import in_order, layout_rows, needs
from xlbudget.row_functions import each_row
from xlbudget.shapes import ROW_FUNCTIONS, Shapes

Vector = Any
"""A column of values: numpy array of objects or floats, one item a row."""

Overrides = Mapping[tuple[str, str], Mapping[int, Any]]
"""Values that stand in place of formulas: (table, column) → row → value."""

_MATCH = Text("MATCH")
"""Marks look-up tables of positions among those of sums."""


class ErrorValue(str):
    """An Excel error such as ``#N/A`` as a value."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Values:
    """Every computed and constant value of one workbook: (table, column) → one item a row."""

    columns: Mapping[tuple[str, str], Vector]

    def raw(self, cell: Cell) -> Any:
        """Return the value of a cell as float, text, bool, error or None."""
        column = self.columns.get((cell.table, cell.column))
        return None if column is None else _plain(column[cell.row])


class Plan:
    """The formulas of one blueprint, compiled and in order; evaluates any number of workbooks."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self.layout = blueprint.layout
        self._rows_of = layout_rows(self.layout)
        self.steps: tuple[FormulaGroup, ...] = tuple(in_order(blueprint.groups, self._rows_of))
        self._constants = self._constant_columns()
        self._shapes = Shapes()

    def _constant_columns(self) -> dict[tuple[str, str], Vector]:
        columns: dict[tuple[str, str], Vector] = {}
        for placed in self.layout.tables.values():
            for key in placed.columns:
                columns[placed.name, key] = np.full(placed.rows, None, dtype=object)
        for cell, value in self.blueprint.constants.items():
            columns[cell.table, cell.column][cell.row] = float(value) if isinstance(value, int) else value
        return columns

    def evaluate(
        self, entries: Mapping[str, Sequence[EntryRow]], overrides: Overrides | None = None
    ) -> Values:
        """Return all values for the given entries; ``overrides`` fixes the values of some formula cells."""
        columns = {key: column.copy() for key, column in self._constants.items()}
        for table, rows in entries.items():
            for row in rows:
                for key, value in row.values.items():
                    columns[table, key][row.row] = float(value) if isinstance(value, Decimal) else value
        run = _Run(columns, self._rows_of, self.layout.capacity, self._shapes)
        for group in self.steps:
            fixed = (overrides or {}).get((group.table, group.column), {})
            run.step(group, fixed)
        return Values(columns)

    def downstream(self, sources: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Return ``sources`` and every (table, column) with a formula that depends on them."""
        reached = set(sources)
        for group in self.steps if reached else ():
            read = {(table, column) for table, column, _ in needs(group, self._rows_of)}
            if not reached.isdisjoint(read):
                reached.add((group.table, group.column))
        return frozenset(reached)

    def decimals(self, values: Values, cell: Cell) -> CellValue:
        """Return a value for use outside: amounts and numbers as Decimal, multiples of the quantum."""
        return as_decimal(values.raw(cell), self.blueprint.template_quantum)


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


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, float | int | bool):
        return value
    text = str(value)
    return ErrorValue(text) if text.startswith("#") and not isinstance(value, str) else text


# ------------------------------------------------------------------ evaluation


class _Run:
    """The evaluation of one workbook: columns fill up group by group."""

    def __init__(
        self,
        columns: dict[tuple[str, str], Vector],
        rows_of: Callable[[ColumnRange | LineCells], range],
        capacity: Mapping[str, int],
        shapes: Shapes,
    ) -> None:
        self.columns = columns
        self.rows_of = rows_of
        self.capacity = capacity
        self.shapes = shapes
        self.keyed: dict[tuple[Node | None, ...], dict[Any, Any]] = {}
        self.rows: Vector = np.arange(0)

    def step(self, group: FormulaGroup, fixed: Mapping[int, Any]) -> None:
        self.rows = np.asarray(group.rows, dtype=int)
        running = any(isinstance(part, Call) and part.function == "PRIOR" for part in walk(group.node))
        value = self.value(group.node)
        column = self.columns[group.table, group.column]
        if running:
            value = self._running(value, fixed)
        column[self.rows] = value
        for row, known in fixed.items():
            if row in group.rows:
                column[row] = known

    def _running(self, increments: Vector, fixed: Mapping[int, Any]) -> Vector:
        """Add up from the first row; a fixed value starts the count anew."""
        numbers = _numbers(increments)
        total, result = 0.0, np.empty(len(numbers), dtype=object)
        for at, increment in enumerate(numbers):
            total += increment
            known = fixed.get(int(self.rows[at]))
            if known is not None:
                total = known if isinstance(known, float | int) else 0.0
            result[at] = total
        return result

    def value(self, node: Node) -> Vector:
        """Return the value of a node for every row of the group (a scalar fills all rows)."""
        if isinstance(node, Number):
            return float(node.value)
        if isinstance(node, Text):
            return node.value
        if isinstance(node, RowCell):
            return self.columns[node.table, node.column][self.rows]
        if isinstance(node, LineCells):
            return self.range(node)[0]
        if isinstance(node, Call) and node.function not in ROW_FUNCTIONS:
            return _LOOKUPS[node.function](self, node)
        return self._engine(node)

    def range(self, node: Node) -> Vector:
        """Return the cells of a range."""
        if isinstance(node, ColumnRange | LineCells):
            rows = self.rows_of(node)
            return self.columns[node.table, node.column][rows.start : rows.stop]
        raise TypeError(f"{node} is no range")

    def _engine(self, node: Node) -> Vector:
        """Evaluate operators, IF, IFERROR and ABS: ordinary rows quickly, all others by the engine."""
        shape = self.shapes.of(node)
        values = [self.value(leaf) for leaf in shape.leaves]
        spread = any(isinstance(value, np.ndarray) for value in values)
        count = len(self.rows) if spread else 1
        columns = [value if isinstance(value, np.ndarray) else [value] * count for value in values]
        result, left = each_row(shape.function, columns, count)
        if left:
            some = [[column[at] for at in left] for column in columns]
            for at, value in zip(left, by_engine(shape.text, some, len(left)), strict=True):
                result[at] = value
        return _vector(result) if spread else result[0]

    # ------------------------------------------------------------- look-ups

    def sum(self, node: Call) -> Vector:
        total: Any = 0.0
        for part in node.arguments:
            if isinstance(part, ColumnRange | LineCells):
                total = total + float(sum(_numbers_only(self.range(part))))
            else:
                total = total + _numbers(self.value(part))
        return total

    def sumifs(self, node: Call) -> Vector:
        columns = node.arguments[1::2]
        criteria = [self.value(part) for part in node.arguments[2::2]]
        sums = self._keyed_sums(node.arguments[0], columns)
        return self._looked_up(sums, criteria)

    def countif(self, node: Call) -> Vector:
        sums = self._keyed_sums(None, (node.arguments[0],))
        return self._looked_up(sums, [self.value(node.arguments[1])])

    def _keyed_sums(self, amounts: Node | None, columns: Sequence[Node]) -> dict[Any, Any]:
        memo = (amounts, *columns)
        if memo not in self.keyed:
            keys = zip(*(self.range(column) for column in columns), strict=True)
            values = self.range(amounts) if amounts is not None else None
            sums: dict[Any, Any] = {}
            for at, key in enumerate(keys):
                if values is None:
                    step = 1.0
                else:
                    number = values[at]
                    if not isinstance(number, float | int) or isinstance(number, bool):
                        continue
                    step = number
                folded = tuple(_folded(part) for part in key)
                sums[folded] = sums.get(folded, 0.0) + step
            self.keyed[memo] = sums
        return self.keyed[memo]

    def _looked_up(self, sums: Mapping[Any, Any], criteria: Sequence[Vector]) -> Vector:
        if not any(isinstance(criterion, np.ndarray) for criterion in criteria):
            return sums.get(tuple(_folded(criterion) for criterion in criteria), 0.0)
        count = len(self.rows)
        wanted = zip(*(_as_row(criterion, count) for criterion in criteria), strict=True)
        return np.array([sums.get(tuple(_folded(part) for part in key), 0.0) for key in wanted], dtype=object)

    def match(self, node: Call) -> Vector:
        memo = (_MATCH, node.arguments[1])
        if memo not in self.keyed:
            first: dict[Any, Any] = {}
            for at, key in enumerate(self.range(node.arguments[1]), 1):
                first.setdefault(_folded(key), float(at))
            self.keyed[memo] = first
        table = self.keyed[memo]
        missing = error("#N/A")
        wanted = self.value(node.arguments[0])
        if not isinstance(wanted, np.ndarray):
            return table.get(_folded(wanted), missing)
        return np.array([table.get(_folded(key), missing) for key in wanted], dtype=object)

    def index(self, node: Call) -> Vector:
        cells = self.range(node.arguments[0])
        positions = self.value(node.arguments[1])

        def at(position: Any) -> Any:
            if not isinstance(position, float | int):
                return position if _is_error(position) else error("#VALUE!")
            if not 1 <= position <= len(cells):
                return error("#VALUE!") if position < 1 else error("#REF!")
            return cells[int(position) - 1]

        if not isinstance(positions, np.ndarray):
            return at(positions)
        result = np.empty(len(positions), dtype=object)
        for place, position in enumerate(positions):
            result[place] = at(position)
        return result

    def every(self, node: Call) -> Vector:
        return self._logical(node, all)

    def some(self, node: Call) -> Vector:
        return self._logical(node, any)

    def _logical(self, node: Call, decide: Callable[[Any], bool]) -> Vector:
        parts = [self.value(part) for part in node.arguments]
        if not any(isinstance(part, np.ndarray) for part in parts):
            return _decided(parts, decide)
        rows = zip(*(_as_row(part, len(self.rows)) for part in parts), strict=True)
        return np.array([_decided(row, decide) for row in rows], dtype=object)

    def prior(self, node: Call) -> Vector:
        """Stand for 0: the running total is added in :meth:`step`."""
        return 0.0

    def last(self, node: Call) -> Vector:
        return self.range(node.arguments[0])[-1]

    def rows_available(self, node: Call) -> Vector:
        name = node.arguments[0]
        return float(self.capacity[name.value]) if isinstance(name, Text) else 0.0


_LOOKUPS: Mapping[str, Callable[[_Run, Call], Vector]] = {
    "SUM": _Run.sum,
    "SUMIFS": _Run.sumifs,
    "COUNTIF": _Run.countif,
    "MATCH": _Run.match,
    "INDEX": _Run.index,
    "AND": _Run.every,
    "OR": _Run.some,
    "PRIOR": _Run.prior,
    "LAST": _Run.last,
    "CAPACITY": _Run.rows_available,
}


def _vector(items: Sequence[Any]) -> Vector:
    column = np.empty(len(items), dtype=object)
    column[:] = items
    return column


def _as_row(value: Vector, count: int) -> Any:
    return value if isinstance(value, np.ndarray) else [value] * count


def _folded(value: Any) -> Any:
    """Return a key as Excel compares it: texts without regard to case, an empty cell apart from text."""
    return value.lower() if isinstance(value, str) else value


def _numbers_only(values: Vector) -> Iterator[float]:
    return (value for value in values if isinstance(value, float | int) and not isinstance(value, bool))


def _numbers(value: Vector) -> Any:
    if isinstance(value, np.ndarray):
        return np.array(
            [item if isinstance(item, float | int) and not isinstance(item, bool) else 0.0 for item in value]
        )
    return value if isinstance(value, float | int) and not isinstance(value, bool) else 0.0


def _is_error(value: Any) -> bool:
    return is_engine_error(value) or isinstance(value, ErrorValue)


def _decided(parts: Sequence[Any], decide: Callable[[Any], bool]) -> Any:
    for part in parts:
        if _is_error(part):
            return part
    return decide(bool(part) for part in parts)
