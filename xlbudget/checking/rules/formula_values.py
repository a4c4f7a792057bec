"""Bound formulas over the cells of one workbook, in whatever stands for an amount."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Generic, TypeVar

from xlbudget.checking.rules.bound import Key
from xlbudget.model import Cell, CellValue
from xlbudget.workbook.blueprint import Blueprint
from xlbudget.workbook.language import Call, ColumnRange, LineCells, Node, Number, Operation, RowCell, Text

N = TypeVar("N")
"""What stands for an amount."""


Area = tuple[str, str, int, int]
"""Rows ``start`` to ``stop`` (not included) of a column."""


Reader = Callable[[Cell], CellValue]
"""Gives the value of a cell: Decimal for amounts and numbers."""


COMPARE: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "=": operator.eq,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


class FormulaValues(ABC, Generic[N]):
    """Formulas over the cells of one workbook, with ``N`` for amounts; subclasses say how ``N`` calculates.

    ``columns`` gives whole columns where they are at hand.
    """

    def __init__(
        self,
        blueprint: Blueprint,
        value: Callable[[Cell], CellValue | N],
        columns: Callable[[Key], Sequence[CellValue | N]] | None = None,
    ) -> None:
        self.blueprint = blueprint
        self.layout = blueprint.layout
        self.names = blueprint.names
        self.cell = value
        self.panels = {panel.id: panel for _, panel in blueprint.template.form_tables}
        self._given = columns
        self._columns: dict[Key, Sequence[CellValue | N]] = {}
        self._amounts: dict[Key, Sequence[N]] = {}
        self._totals: dict[Area, N] = {}
        self._folded: dict[Key, Sequence[CellValue]] = {}
        self._places: dict[tuple[Area, ...], dict[tuple[CellValue, ...], list[int]]] = {}
        self._keys: dict[str, dict[CellValue, list[int]]] = {}

    @abstractmethod
    def number(self, value: CellValue | N) -> N:
        """Return a value as an amount; what is none counts as zero."""

    @abstractmethod
    def known(self, value: CellValue | N) -> Decimal:
        """Return the decimal that an amount is: what a decision inside a formula needs."""

    @abstractmethod
    def total(self, amounts: Iterable[N]) -> N:
        """Return the sum of amounts."""

    @abstractmethod
    def combined(self, operator: str, left: N, right: N) -> N:
        """Return ``left operator right`` for + - * and /; a division by zero gives zero."""

    def _rows_with_key(self, table: str, key: CellValue) -> list[int]:
        if table not in self._keys:
            found: dict[CellValue, list[int]] = {}
            for row, value in enumerate(self._column(table, self.panels[table].key)):
                found.setdefault(self._decided(value), []).append(row)
            self._keys[table] = found
        return self._keys[table].get(key, [])

    def _column(self, table: str, key: str) -> Sequence[CellValue | N]:
        known = self._columns.get((table, key))
        if known is None:
            placed = self.layout.tables[table]
            if self._given is not None and key in placed.columns:
                known = self._given((table, key))
            else:
                known = [self.cell(Cell(table, row, key)) for row in range(placed.rows)]
            self._columns[table, key] = known
        return known

    def _numbers(self, table: str, key: str) -> Sequence[N]:
        """Return a column as amounts; what is none counts as zero."""
        known = self._amounts.get((table, key))
        if known is None:
            known = self._amounts[table, key] = self.numbers(self._column(table, key))
        return known

    def _folded_column(self, table: str, key: str) -> Sequence[CellValue]:
        """Return a column of keys as they compare."""
        known = self._folded.get((table, key))
        if known is None:
            known = self._folded[table, key] = list(map(self._key, self._column(table, key)))
        return known

    def _area(self, node: Node) -> Area:
        if isinstance(node, LineCells):
            lines = self.layout.tables[node.table].lines
            return node.table, node.column, lines[node.first], lines[node.last] + 1
        if isinstance(node, ColumnRange):
            return node.table, node.column, 0, self.layout.tables[node.table].rows
        raise TypeError(f"{node} 不是区域")

    def _at(self, table: str, row: int, key: str) -> CellValue | N:
        """Return one cell: of its column where columns are at hand."""
        if self._given is None:
            return self.cell(Cell(table, row, key))
        return self._column(table, key)[row]

    def value(self, node: Node, place: Cell | None) -> CellValue | N:
        """Return the value of a bound node; ``place`` is the current line, if any."""
        return self.values(node, (place,))[0]

    def values(self, node: Node, places: Sequence[Cell | None]) -> Sequence[CellValue | N]:
        """Return the value of a bound node at each of some lines (all of one table)."""
        if isinstance(node, Number | Text):
            return [node.value] * len(places)
        if isinstance(node, RowCell):
            return [self._row_value(node, place) for place in places]
        if isinstance(node, LineCells):
            line = self.layout.tables[node.table].lines[node.first]
            return [self._at(node.table, line, node.column)] * len(places)
        if isinstance(node, Operation):
            return self._operation(node, places)
        if isinstance(node, Call):
            return self._call(node, places)
        raise TypeError(f"{node} 没有单一的值")

    def numbers(self, values: Iterable[CellValue | N]) -> list[N]:
        """Return values as amounts; what is none counts as zero."""
        return list(map(self.number, values))

    def _row_value(self, node: RowCell, place: Cell | None) -> CellValue | N:
        if place is None:
            raise TypeError("[@…] 只能用于逐行的规则")
        if node.table == place.table or self.names.same_rows(node.table, place.table):
            return self._at(node.table, place.row, node.column)
        key = self._decided(self._at(*place))
        rows = self._rows_with_key(node.table, key)
        return self.total([self.number(self._at(node.table, row, node.column)) for row in rows])

    def _operation(self, node: Operation, places: Sequence[Cell | None]) -> Sequence[CellValue | N]:
        operator = node.operator
        lefts, rights = self.values(node.left, places), self.values(node.right, places)
        if operator == "&":
            return [
                f"{'' if left is None else left}{'' if right is None else right}"
                for left, right in zip(lefts, rights, strict=True)
            ]
        if operator in {"=", "<>"}:
            wanted = operator == "="
            return [self._same(*pair) is wanted for pair in zip(lefts, rights, strict=True)]
        if operator in COMPARE:
            return list(map(COMPARE[operator], map(self.known, lefts), map(self.known, rights)))
        pairs = zip(self.numbers(lefts), self.numbers(rights), strict=True)
        return [self.combined(operator, left, right) for left, right in pairs]

    def _call(self, node: Call, places: Sequence[Cell | None]) -> Sequence[CellValue | N]:
        if node.function == "SUM":
            return self._sums(node.arguments, places)
        if node.function in {"SUMIFS", "COUNTIF"}:
            return self._keyed(node, places)
        if node.function == "CAPACITY" and isinstance(node.arguments[0], Text):
            return [Decimal(self.layout.capacity[node.arguments[0].value])] * len(places)
        if node.function == "LAST" and isinstance(node.arguments[0], ColumnRange):
            last = node.arguments[0]
            return [self._at(last.table, self.layout.tables[last.table].rows - 1, last.column)] * len(places)
        if node.function == "INDEX":
            return self._looked_up(node, places)
        parts = zip(*(self.values(part, places) for part in node.arguments), strict=True)
        return [self._chosen(node.function, values) for values in parts]

    def _chosen(self, function: str, values: Sequence[CellValue | N]) -> CellValue | N:
        if function == "AND":
            return all(self._true(value) for value in values)
        if function == "OR":
            return any(self._true(value) for value in values)
        if function == "ABS":
            return abs(self.known(values[0]))
        if function == "IF":
            return values[1] if self._true(values[0]) else values[2]
        if function == "IFERROR":
            return values[1] if values[0] is None else values[0]
        raise TypeError(f"规则中不能使用函数 {function}")

    def _decided(self, value: CellValue | N) -> CellValue:
        """Return a value by which something is decided: a key, a condition."""
        return value if isinstance(value, str | bool | None) else self.known(value)

    def _true(self, value: CellValue | N) -> bool:
        return bool(self._decided(value))

    def _same(self, left: CellValue | N, right: CellValue | N) -> bool:
        """Compare as Excel does: an empty cell equals 0 and the empty text; texts without regard to case."""
        one, other = self._decided(left), self._decided(right)
        if one is None or other is None:
            return (other if one is None else one) in (None, "", Decimal(0), False)
        return self._key(one) == self._key(other)

    def _key(self, value: CellValue | N) -> CellValue:
        decided = self._decided(value)
        return decided.lower() if isinstance(decided, str) else decided

    def _sums(self, parts: Sequence[Node], places: Sequence[Cell | None]) -> Sequence[N]:
        fixed: list[N] = []
        each: list[Sequence[N]] = []
        for part in parts:
            if isinstance(part, ColumnRange | LineCells):
                fixed.append(self._sum(self._area(part)))
            else:
                each.append(self.numbers(self.values(part, places)))
        if not each:
            return [fixed[0] if len(fixed) == 1 else self.total(fixed)] * len(places)
        return [self.total((*fixed, *amounts)) for amounts in zip(*each, strict=True)]

    def _sum(self, area: Area) -> N:
        if area not in self._totals:
            table, key, start, stop = area
            amounts = self._numbers(table, key)
            self._totals[area] = self.total(amounts[start:stop])
        return self._totals[area]

    def _keyed(self, node: Call, places: Sequence[Cell | None]) -> Sequence[N]:
        if node.function == "COUNTIF":
            amounts, pairs = None, node.arguments
        else:
            amounts, pairs = node.arguments[0], node.arguments[1:]
        wanted = zip(*(map(self._key, self.values(part, places)) for part in pairs[1::2]), strict=True)
        places_of = self._with_keys(tuple([self._area(column) for column in pairs[::2]]))
        if amounts is None:
            return [self.number(Decimal(len(places_of.get(key, ())))) for key in wanted]
        table, column, start, _ = self._area(amounts)
        numbers = self._numbers(table, column)
        return [self.total([numbers[start + row] for row in places_of.get(key, ())]) for key in wanted]

    def _looked_up(self, node: Call, places: Sequence[Cell | None]) -> Sequence[CellValue | N]:
        """Return what a column holds beside a key in another; None where the key is not there."""
        column, match = node.arguments
        if not (isinstance(match, Call) and match.function == "MATCH"):
            raise TypeError("规则中 INDEX 只能与 MATCH 一起用")
        table, key, start, _ = self._area(column)
        found = self._with_keys((self._area(match.arguments[1]),))
        rows = [found.get((self._key(value),), ()) for value in self.values(match.arguments[0], places)]
        return [self._at(table, start + part[0], key) if part else None for part in rows]

    def _with_keys(self, areas: tuple[Area, ...]) -> Mapping[tuple[CellValue, ...], Sequence[int]]:
        """Return where in some areas, side by side, each combination of keys stands."""
        known = self._places.get(areas)
        if known is None:
            known = self._places[areas] = {}
            columns = [self._folded_column(table, key)[start:stop] for table, key, start, stop in areas]
            for at, found in enumerate(zip(*columns, strict=True)):
                known.setdefault(found, []).append(at)
        return known
