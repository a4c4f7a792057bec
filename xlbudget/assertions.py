"""Rules evaluated in exact decimals, line by line: a code path apart from the engine's.

A :class:`Sides` value is one instance of a rule: both sides, and the cell where it is shown. How rules
become instances is written once, in :class:`Instances`, for whatever stands for an amount: decimals
here, linear forms over cells in ``linear_rules``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

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
from xlbudget.model import Cell, CellValue, Panel, Rule, RuleScope, WorkbookTemplate
from xlbudget.names import Names
from xlbudget.rule_instances import empty_form, premise, statements

N = TypeVar("N")
"""What stands for an amount."""

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
class Instance(Generic[N]):
    """One instance of a rule: its two sides, the operator, the cell on its left side (if any).

    ``reads`` are the (table, column) pairs that the rule reads.
    """

    left: N
    operator: str
    right: N
    cell: Cell | None
    column: str
    reads: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Sides(Instance[Decimal]):
    """An instance whose sides are known."""

    @property
    def holds(self) -> bool:
        """Whether the statement is true."""
        return COMPARE[self.operator](self.left, self.right)


class Instances(ABC, Generic[N]):
    """Rules over the cells of one workbook, with ``N`` for amounts; subclasses say how ``N`` calculates."""

    def __init__(self, blueprint: Blueprint, value: Callable[[Cell], CellValue | N]) -> None:
        self.blueprint = blueprint
        self.layout = blueprint.layout
        self.names = blueprint.names
        self.cell = value
        self.panels = {panel.id: panel for _, panel in blueprint.template.panels}
        self._sums: dict[tuple[Node, ...], dict[tuple[CellValue, ...], N]] = {}
        self._columns: dict[tuple[str, str], list[CellValue | N]] = {}
        self._keys: dict[str, dict[CellValue, list[int]]] = {}

    # ------------------------------------------------------------ arithmetic

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

    # -------------------------------------------------------------- instances

    def applies(self, rule: Rule) -> bool:
        """Whether the rule speaks of this year and its premise holds (none: always)."""
        if not rule.concerns(self.blueprint.template.year):
            return False
        condition = premise(rule, self.blueprint.template, self.names)
        return condition is None or self._true(self.value(condition, None))

    def why_not(self, rule: Rule) -> str:
        """Say why a rule does not apply, in Chinese."""
        template, names = self.blueprint.template, self.names
        if not rule.concerns(template.year):
            return f"只适用于{rule.years}"
        empty = [
            form.sheet
            for form in template.forms
            if form.id in rule.unless_empty and self._true(self.value(empty_form(form, names), None))
        ]
        if empty:
            return f"{'、'.join(empty)}没有数据"
        if rule.kinds:
            return f"只适用于{'、'.join(rule.kinds)}单位" + ("，或前提不成立" if rule.when else "")
        return f"前提不成立（{rule.when.text}）" if rule.when else ""

    def stated(self, rule: Rule) -> Iterator[Instance[N]]:
        """Yield every instance of a rule; premises are asked for by :meth:`applies`."""
        if rule.scope is RuleScope.TREE:
            for column in rule.columns:
                yield from self._tree(rule, self.panels[rule.over], column)
            return
        for statement in statements(rule, self.names):
            places = self._lines(rule) if rule.scope is RuleScope.LINES else (None,)
            for place in places:
                left = self.number(self.value(statement.left, place))
                right = self.number(self.value(statement.right, place))
                cell = self._shown(statement.left, place) or self._shown(statement.right, place)
                reads = columns_read(statement.left) | columns_read(statement.right)
                yield Instance(left, statement.operator, right, cell, statement.column, reads)

    # --------------------------------------------------------------- lines

    def _lines(self, rule: Rule) -> Iterator[Cell]:
        """Yield the lines that a rule over lines speaks of, as cells of the key column.

        Of an entry ledger these are the rows whose key is filled in.
        """
        if rule.over not in self.panels:
            key = self.blueprint.template.entry(rule.over).key
            rows = range(self.layout.tables[rule.over].rows)
            places = (Cell(rule.over, row, key) for row in rows)
            yield from (place for place in places if self.cell(place) not in (None, ""))
            return
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
                found.setdefault(self._plain(Cell(table, row, panel.key)), []).append(row)
            self._keys[table] = found
        return self._keys[table].get(key, [])

    def _tree(self, rule: Rule, panel: Panel, column: str) -> Iterator[Instance[N]]:
        """Yield 合计 = Σ first level, and each row = Σ of the rows below it."""
        reads = frozenset({(panel.id, column)})
        levels = {level: at for at, level in enumerate(rule.level)}
        below: dict[CellValue, list[N]] = {}
        rows: list[tuple[int, CellValue, str]] = []
        for row in range(self.layout.tables[panel.id].rows):
            level = str(self.cell(Cell(panel.id, row, panel.level)) or "")
            if level not in levels:
                continue
            amount = self.number(self.cell(Cell(panel.id, row, column)))
            above = self._plain(Cell(panel.id, row, panel.parent)) if levels[level] else ""
            below.setdefault(above, []).append(amount)
            rows.append((row, self._plain(Cell(panel.id, row, panel.key)), level))
        total = self.layout.tables[panel.id].lines[rule.total]
        cell = Cell(panel.id, total, column)
        yield Instance(self.number(self.cell(cell)), "=", self.total(below.get("", ())), cell, column, reads)
        for row, key, level in rows:
            if levels[level] < len(levels) - 1:
                cell = Cell(panel.id, row, column)
                amount = self.number(self.cell(cell))
                yield Instance(amount, "=", self.total(below.get(key, ())), cell, column, reads)

    # ----------------------------------------------------------- expressions

    def value(self, node: Node, place: Cell | None) -> CellValue | N:
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

    def _row_value(self, node: RowCell, place: Cell | None) -> CellValue | N:
        if place is None:
            raise TypeError("[@…] 只能用于逐行的规则")
        if node.table == place.table or self.names.same_rows(node.table, place.table):
            return self.cell(Cell(node.table, place.row, node.column))
        rows = self._rows_with_key(node.table, self._plain(place))
        return self.total(self.number(self.cell(Cell(node.table, row, node.column))) for row in rows)

    def _operation(self, node: Operation, place: Cell | None) -> CellValue | N:
        left, right = self.value(node.left, place), self.value(node.right, place)
        if node.operator == "&":
            return f"{'' if left is None else left}{'' if right is None else right}"
        if node.operator in {"=", "<>"}:
            same = self._same(left, right)
            return same if node.operator == "=" else not same
        if node.operator in COMPARE:
            return COMPARE[node.operator](self.known(left), self.known(right))
        return self.combined(node.operator, self.number(left), self.number(right))

    def _call(self, node: Call, place: Cell | None) -> CellValue | N:
        if node.function == "SUM":
            return self.total(amount for part in node.arguments for amount in self._summed(part, place))
        if node.function in {"SUMIFS", "COUNTIF"}:
            return self._keyed(node, place)
        if node.function == "CAPACITY" and isinstance(node.arguments[0], Text):
            return Decimal(self.layout.capacity[node.arguments[0].value])
        if node.function == "LAST" and isinstance(node.arguments[0], ColumnRange):
            last = node.arguments[0]
            return self.cell(Cell(last.table, self.layout.tables[last.table].rows - 1, last.column))
        return self._chosen(node.function, [self.value(part, place) for part in node.arguments])

    def _chosen(self, function: str, values: list[CellValue | N]) -> CellValue | N:
        if function == "AND":
            return all(self._true(value) for value in values)
        if function == "OR":
            return any(self._true(value) for value in values)
        if function == "ABS":
            return abs(self.known(values[0]))
        if function == "IF":
            return values[1] if self._true(values[0]) else values[2]
        raise TypeError(f"规则中不能使用函数 {function}")

    def _decided(self, value: CellValue | N) -> CellValue:
        """Return a value by which something is decided: a key, a condition."""
        return value if isinstance(value, str | bool | None) else self.known(value)

    def _plain(self, cell: Cell) -> CellValue:
        return self._decided(self.cell(cell))

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

    def _summed(self, part: Node, place: Cell | None) -> Iterator[N]:
        if isinstance(part, ColumnRange | LineCells):
            return (self.number(value) for value in self._column(part))
        return iter((self.number(self.value(part, place)),))

    def _column(self, node: ColumnRange | LineCells) -> Sequence[CellValue | N]:
        placed = self.layout.tables[node.table]
        if isinstance(node, LineCells):
            lines = range(placed.lines[node.first], placed.lines[node.last] + 1)
            return [self.cell(Cell(node.table, row, node.column)) for row in lines]
        key = node.table, node.column
        if key not in self._columns:
            self._columns[key] = [self.cell(Cell(node.table, row, node.column)) for row in range(placed.rows)]
        return self._columns[key]

    def _keyed(self, node: Call, place: Cell | None) -> N:
        if node.function == "COUNTIF":
            amounts, pairs = None, node.arguments
        else:
            amounts, pairs = node.arguments[0], node.arguments[1:]
        columns, wanted = pairs[::2], tuple(self._key(self.value(part, place)) for part in pairs[1::2])
        memo = (amounts or Number(Decimal(1)), *columns)
        if memo not in self._sums:
            found: dict[tuple[CellValue, ...], list[N]] = {}
            keys = zip(*(self._column(_range(column)) for column in columns), strict=True)
            numbers = self._column(_range(amounts)) if amounts is not None else None
            for at, key in enumerate(keys):
                amount = self.number(Decimal(1) if numbers is None else numbers[at])
                found.setdefault(tuple(self._key(part) for part in key), []).append(amount)
            self._sums[memo] = {key: self.total(parts) for key, parts in found.items()}
        return self._sums[memo].get(wanted, self.number(None))

    def _shown(self, node: Node, place: Cell | None) -> Cell | None:
        """Return the fixed cell or line by which people find one side of a rule."""
        for part in walk(node):
            if isinstance(part, LineCells):
                return Cell(part.table, self.layout.tables[part.table].lines[part.first], part.column)
            if isinstance(part, RowCell) and place is not None and part.table == place.table:
                return Cell(part.table, place.row, part.column)
        return None


class Evaluator(Instances[Decimal]):
    """Evaluates bound formulas over the cells of one workbook, in Decimal."""

    def number(self, value: CellValue) -> Decimal:
        """Return a value as an amount; what is none counts as zero."""
        return value if isinstance(value, Decimal) else Decimal(0)

    known = number

    def total(self, amounts: Iterable[Decimal]) -> Decimal:
        """Return the sum of amounts."""
        return sum(amounts, Decimal(0))

    def combined(self, operator: str, left: Decimal, right: Decimal) -> Decimal:
        """Return ``left operator right`` for + - * and /; a division by zero gives zero."""
        if operator == "/":
            return left / right if right else Decimal(0)
        return {"+": left + right, "-": left - right, "*": left * right}[operator]

    def instances(self, rule: Rule) -> Iterator[Sides]:
        """Yield every instance of a rule; premises are asked for by :meth:`applies`."""
        for part in self.stated(rule):
            yield Sides(part.left, part.operator, part.right, part.cell, part.column, part.reads)


def _range(node: Node) -> ColumnRange | LineCells:
    if not isinstance(node, ColumnRange | LineCells):
        raise TypeError(f"{node} 不是区域")
    return node


def columns_read(node: Node) -> frozenset[tuple[str, str]]:
    """Return (table, column) of everything that a bound node reads."""
    return frozenset(
        (part.table, part.column)
        for part in walk(node)
        if isinstance(part, RowCell | ColumnRange | LineCells)
    )


def rule_reads(rule: Rule, template: WorkbookTemplate, names: Names) -> frozenset[tuple[str, str]]:
    """Return (table, column) of everything that a rule and its premise read."""
    reads = {(rule.over, column) for column in rule.columns} if rule.over else set()
    for statement in statements(rule, names):
        reads |= columns_read(statement.left) | columns_read(statement.right)
    condition = premise(rule, template, names)
    if condition is not None:
        reads |= columns_read(condition)
    return frozenset(reads)


def compares_counts(rule: Rule, names: Names) -> bool:
    """Whether a rule compares numbers of rows rather than amounts."""
    return any(
        isinstance(part, Call) and part.function in {"COUNTIF", "CAPACITY"}
        for statement in statements(rule, names)
        for side in (statement.left, statement.right)
        for part in walk(side)
    )
