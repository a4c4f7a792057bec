"""Rules evaluated in exact decimals, line by line: a code path apart from the engine's.

A :class:`Sides` value is one instance of a rule: both sides, and the cell where it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.blueprint import Blueprint
from xlbudget.expressions import (
    Call,
    ColumnRange,
    LineCells,
    Node,
    Number,
    Operation,
    RowCell,
    Text,
    walk,
)
from xlbudget.model import Cell, CellValue, Panel, Rule, RuleScope
from xlbudget.rule_instances import empty_form, premise, statements

Reader = Callable[[Cell], CellValue]
"""Gives the value of a cell: Decimal for amounts and numbers."""

COMPARE: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "=": lambda left, right: left == right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
}


@dataclass(frozen=True, slots=True)
class Sides:
    """One instance of a rule: its two sides, the operator, the cell on its left side (if any)."""

    left: Decimal
    operator: str
    right: Decimal
    cell: Cell | None
    column: str
    reads: frozenset[tuple[str, str]]

    @property
    def holds(self) -> bool:
        """Whether the statement is true."""
        return COMPARE[self.operator](self.left, self.right)


class Evaluator:
    """Evaluates bound formulas over the cells of one workbook, in Decimal."""

    def __init__(self, blueprint: Blueprint, value: Reader) -> None:
        self.blueprint = blueprint
        self.layout = blueprint.layout
        self.cell = value
        self.panels = {panel.id: panel for _, panel in blueprint.template.panels}
        self._sums: dict[tuple[Node, ...], dict[tuple[CellValue, ...], Decimal]] = {}
        self._columns: dict[tuple[str, str], list[CellValue]] = {}
        self._keys: dict[str, dict[CellValue, list[int]]] = {}

    def applies(self, rule: Rule) -> bool:
        """Whether the rule speaks of this year and its premise holds (none: always)."""
        if not rule.concerns(self.blueprint.template.year):
            return False
        condition = premise(rule, self.blueprint.template, self.blueprint.names)
        return condition is None or bool(self.value(condition, None))

    def why_not(self, rule: Rule) -> str:
        """Say why a rule does not apply, in Chinese."""
        template, names = self.blueprint.template, self.blueprint.names
        if not rule.concerns(template.year):
            return f"只适用于{rule.years}"
        empty = [
            form.sheet
            for form in template.forms
            if form.id in rule.unless_empty and self.value(empty_form(form, names), None)
        ]
        if empty:
            return f"{'、'.join(empty)}没有数据"
        if rule.kinds:
            return f"只适用于{'、'.join(rule.kinds)}单位" + ("，或前提不成立" if rule.when else "")
        return f"前提不成立（{rule.when.text}）" if rule.when else ""

    def instances(self, rule: Rule) -> Iterator[Sides]:
        """Yield every instance of a rule; premises are asked for by :meth:`applies`."""
        if rule.scope is RuleScope.TREE:
            for column in rule.columns:
                yield from self._tree(rule, self.panels[rule.over], column)
            return
        for statement in statements(rule, self.blueprint.names):
            places = self._lines(rule) if rule.scope is RuleScope.LINES else (None,)
            for place in places:
                left = self._number(self.value(statement.left, place))
                right = self._number(self.value(statement.right, place))
                cell = self._shown(statement.left, place) or self._shown(statement.right, place)
                reads = columns_read(statement.left) | columns_read(statement.right)
                yield Sides(left, statement.operator, right, cell, statement.column, reads)

    # --------------------------------------------------------------- lines

    def _lines(self, rule: Rule) -> Iterator[Cell]:
        """Yield the lines that a rule over lines speaks of, as cells of the panel's key column."""
        panel = self.panels[rule.over]
        for row in range(self.layout.tables[panel.id].rows):
            if rule.level:
                if self.cell(Cell(panel.id, row, panel.level)) in rule.level:
                    yield Cell(panel.id, row, panel.key)
            elif self._in_use(panel, row):
                yield Cell(panel.id, row, panel.key)

    def _in_use(self, panel: Panel, row: int) -> bool:
        line = self.layout.line_of(panel.id, row)
        if line:
            return not any(part.numbering and part.key == line for part in panel.lines)
        return bool(panel.key) and self.cell(Cell(panel.id, row, panel.key)) not in (None, "")

    def _rows_with_key(self, table: str, key: CellValue) -> list[int]:
        panel = self.panels[table]
        if table not in self._keys:
            found: dict[CellValue, list[int]] = {}
            for row in range(self.layout.tables[table].rows):
                found.setdefault(self.cell(Cell(table, row, panel.key)), []).append(row)
            self._keys[table] = found
        return self._keys[table].get(key, [])

    def _tree(self, rule: Rule, panel: Panel, column: str) -> Iterator[Sides]:
        """Yield 合计 = Σ first level, and each row = Σ of the rows below it."""
        reads = frozenset({(panel.id, column)})
        levels = {level: at for at, level in enumerate(rule.level)}
        below: dict[CellValue, Decimal] = {}
        rows: list[tuple[int, CellValue, str]] = []
        for row in range(self.layout.tables[panel.id].rows):
            level = str(self.cell(Cell(panel.id, row, panel.level)) or "")
            if level not in levels:
                continue
            amount = self._number(self.cell(Cell(panel.id, row, column)))
            above = self.cell(Cell(panel.id, row, panel.parent)) if levels[level] else ""
            below[above] = below.get(above, Decimal(0)) + amount
            rows.append((row, self.cell(Cell(panel.id, row, panel.key)), level))
        total = self.layout.tables[panel.id].lines[rule.total]
        cell = Cell(panel.id, total, column)
        yield Sides(self._number(self.cell(cell)), "=", below.get("", Decimal(0)), cell, column, reads)
        for row, key, level in rows:
            if levels[level] < len(levels) - 1:
                cell = Cell(panel.id, row, column)
                amount = self._number(self.cell(cell))
                yield Sides(amount, "=", below.get(key, Decimal(0)), cell, column, reads)

    # ----------------------------------------------------------- expressions

    def value(self, node: Node, place: Cell | None) -> CellValue:
        """Return the value of a bound node; ``place`` is the current line, if any."""
        if isinstance(node, Number):
            return node.value
        if isinstance(node, Text):
            return node.value
        if isinstance(node, RowCell):
            return self._row_value(node, place)
        if isinstance(node, LineCells):
            lines = self.layout.tables[node.table].lines
            return self.cell(Cell(node.table, lines[node.first], node.column))
        if isinstance(node, Operation):
            return self._operation(node, place)
        if isinstance(node, Call):
            return self._call(node, place)
        raise TypeError(f"{node} 没有单一的值")

    @staticmethod
    def _number(value: CellValue) -> Decimal:
        return value if isinstance(value, Decimal) else Decimal(0)

    def _row_value(self, node: RowCell, place: Cell | None) -> CellValue:
        if place is None:
            raise TypeError("[@…] 只能用于逐行的规则")
        if node.table == place.table:
            return self.cell(Cell(node.table, place.row, node.column))
        rows = self._rows_with_key(node.table, self.cell(place))
        amounts = [self._number(self.cell(Cell(node.table, row, node.column))) for row in rows]
        return sum(amounts, Decimal(0))

    def _operation(self, node: Operation, place: Cell | None) -> CellValue:
        left, right = self.value(node.left, place), self.value(node.right, place)
        if node.operator == "&":
            return f"{'' if left is None else left}{'' if right is None else right}"
        if node.operator in {"=", "<>"}:
            same = _same(left, right)
            return same if node.operator == "=" else not same
        one, other = self._number(left), self._number(right)
        if node.operator in COMPARE:
            return COMPARE[node.operator](one, other)
        if node.operator == "/":
            return one / other if other else Decimal(0)
        return {"+": one + other, "-": one - other, "*": one * other}[node.operator]

    def _call(self, node: Call, place: Cell | None) -> CellValue:
        if node.function == "SUM":
            return sum((self._sum(part, place) for part in node.arguments), Decimal(0))
        if node.function in {"SUMIFS", "COUNTIF"}:
            return self._keyed(node, place)
        if node.function == "CAPACITY" and isinstance(node.arguments[0], Text):
            return Decimal(self.layout.capacity[node.arguments[0].value])
        if node.function == "LAST" and isinstance(node.arguments[0], ColumnRange):
            last = node.arguments[0]
            return self.cell(Cell(last.table, self.layout.tables[last.table].rows - 1, last.column))
        return self._chosen(node.function, [self.value(part, place) for part in node.arguments])

    def _chosen(self, function: str, values: list[CellValue]) -> CellValue:
        if function == "AND":
            return all(values)
        if function == "OR":
            return any(values)
        if function == "ABS":
            return abs(self._number(values[0]))
        if function == "IF":
            return values[1] if values[0] else values[2]
        raise TypeError(f"规则中不能使用函数 {function}")

    def _sum(self, part: Node, place: Cell | None) -> Decimal:
        if isinstance(part, ColumnRange | LineCells):
            return sum((self._number(value) for value in self._column(part)), Decimal(0))
        return self._number(self.value(part, place))

    def _column(self, node: ColumnRange | LineCells) -> Sequence[CellValue]:
        placed = self.layout.tables[node.table]
        if isinstance(node, LineCells):
            lines = range(placed.lines[node.first], placed.lines[node.last] + 1)
            return [self.cell(Cell(node.table, row, node.column)) for row in lines]
        key = node.table, node.column
        if key not in self._columns:
            self._columns[key] = [self.cell(Cell(node.table, row, node.column)) for row in range(placed.rows)]
        return self._columns[key]

    def _keyed(self, node: Call, place: Cell | None) -> Decimal:
        if node.function == "COUNTIF":
            amounts, pairs = None, node.arguments
        else:
            amounts, pairs = node.arguments[0], node.arguments[1:]
        columns, wanted = pairs[::2], tuple(_key(self.value(part, place)) for part in pairs[1::2])
        memo = (amounts or Number(Decimal(1)), *columns)
        if memo not in self._sums:
            sums: dict[tuple[CellValue, ...], Decimal] = {}
            keys = zip(*(self._column(_range(column)) for column in columns), strict=True)
            numbers = self._column(_range(amounts)) if amounts is not None else None
            for at, key in enumerate(keys):
                amount = Decimal(1) if numbers is None else self._number(numbers[at])
                folded = tuple(_key(part) for part in key)
                sums[folded] = sums.get(folded, Decimal(0)) + amount
            self._sums[memo] = sums
        return self._sums[memo].get(wanted, Decimal(0))

    def _shown(self, node: Node, place: Cell | None) -> Cell | None:
        """Return the fixed cell or line by which people find one side of a rule."""
        for part in walk(node):
            if isinstance(part, LineCells):
                return Cell(part.table, self.layout.tables[part.table].lines[part.first], part.column)
            if isinstance(part, RowCell) and place is not None and part.table == place.table:
                return Cell(part.table, place.row, part.column)
        return None


def _range(node: Node) -> ColumnRange | LineCells:
    if not isinstance(node, ColumnRange | LineCells):
        raise TypeError(f"{node} 不是区域")
    return node


def _key(value: CellValue) -> CellValue:
    return value.lower() if isinstance(value, str) else value


def _same(left: CellValue, right: CellValue) -> bool:
    """Compare as Excel does: an empty cell equals 0 and the empty text; texts without regard to case."""
    if left is None or right is None:
        other = right if left is None else left
        return other in (None, "", Decimal(0), False)
    return _key(left) == _key(right)


def columns_read(node: Node) -> frozenset[tuple[str, str]]:
    """Return (table, column) of everything that a bound node reads."""
    return frozenset(
        (part.table, part.column)
        for part in walk(node)
        if isinstance(part, RowCell | ColumnRange | LineCells)
    )
