"""Rules evaluated in exact decimals, line by line: a code path apart from the engine's.

A :class:`Sides` value is one instance of a rule: both sides, and the cell where it is shown. How rules
become instances is written once, in :class:`Instances`, for whatever stands for an amount: decimals
here, linear forms over cells in ``linear_rules``.
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from xlbudget.model import Cell, CellValue, Panel, Rule, RuleScope, WorkbookTemplate
from xlbudget.workbook.amount_units import money_of_sides
from xlbudget.workbook.blueprint import Blueprint
from xlbudget.workbook.check_rows import Statement, empty_form, premise, statements
from xlbudget.workbook.language import (
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
from xlbudget.workbook.layout import Layout
from xlbudget.workbook.names import Names

N = TypeVar("N")
"""What stands for an amount."""

Key = tuple[str, str]
"""A column by table and key."""

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


@dataclass(frozen=True, slots=True)
class _Bound:
    """A rule's statement bound to its template: all that is the same in every workbook.

    ``left_cell`` and ``right_cell`` are the cells by which people find a side: a fixed one, or the column of
    the current line.
    """

    statement: Statement
    reads: frozenset[Key]
    left_cell: Cell | str | None
    right_cell: Cell | str | None


@dataclass(frozen=True, slots=True)
class Group(Generic[N]):
    """Instances of one statement: the two sides of each, and its line."""

    bound: _Bound
    lefts: Sequence[N]
    rights: Sequence[N]
    places: Sequence[Cell | None]

    def instance(self, at: int) -> Instance[N]:
        """Return one of the instances."""
        bound, place = self.bound, self.places[at]
        cell = _shown(bound.left_cell, place) or _shown(bound.right_cell, place)
        operator, column = bound.statement.operator, bound.statement.column
        return Instance(self.lefts[at], operator, self.rights[at], cell, column, bound.reads)


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule bound to its template: premise, statements, and (table, column) of all that they read."""

    rule: Rule
    premise: Node | None
    statements: tuple[_Bound, ...]
    reads: frozenset[Key]


class Instances(ABC, Generic[N]):
    """Rules over the cells of one workbook, with ``N`` for amounts; subclasses say how ``N`` calculates.

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
        condition = self._bound(rule).premise
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
        return "前提不成立" if rule.when else ""

    def stated(self, rule: Rule) -> Iterator[Instance[N]]:
        """Yield every instance of a rule; premises are asked for by :meth:`applies`."""
        for group in self.groups(rule):
            for at in range(len(group.lefts)):
                yield group.instance(at)

    def groups(self, rule: Rule) -> Iterator[Group[N]]:
        """Yield the instances of a rule, those of one statement or one column at a time."""
        if rule.scope is RuleScope.TREE:
            yield from self._trees(rule, self.panels[rule.over])
            return
        places: list[Cell | None] = list(self._lines(rule)) if rule.scope is RuleScope.LINES else [None]
        for bound in self._bound(rule).statements:
            lefts = self.numbers(self.values(bound.statement.left, places))
            rights = self.numbers(self.values(bound.statement.right, places))
            yield Group(bound, lefts, rights, places)

    def _bound(self, rule: Rule) -> BoundRule:
        """Return a rule bound by the names and the layout of this evaluation."""
        if self.names is self.blueprint.names:
            return bound_rule(rule, self.blueprint)
        return _bound_rule(rule, self.blueprint.template, self.names, self.layout)

    # --------------------------------------------------------------- lines

    def _lines(self, rule: Rule) -> Iterator[Cell]:
        """Yield the lines that a rule over lines speaks of, as cells of the key column.

        Of an entry ledger these are the rows whose key is filled in.
        """
        if rule.over not in self.panels:
            key = self.blueprint.template.entry(rule.over).key
            filled = enumerate(self._column(rule.over, key))
            yield from (Cell(rule.over, row, key) for row, value in filled if value not in (None, ""))
            return
        panel = self.panels[rule.over]
        if rule.level:
            levels = enumerate(self._column(panel.id, panel.level))
            yield from (Cell(panel.id, row, panel.key) for row, level in levels if level in rule.level)
            return
        fixed = {row: line for line, row in self.layout.tables[panel.id].lines.items()}
        numbering = {part.key for part in panel.lines if part.numbering}
        keys = self._column(panel.id, panel.key) if panel.key else ()
        for row in range(self.layout.tables[panel.id].rows):
            used = fixed[row] not in numbering if row in fixed else keys and keys[row] not in (None, "")
            if used:
                yield Cell(panel.id, row, panel.key)

    def _rows_with_key(self, table: str, key: CellValue) -> list[int]:
        if table not in self._keys:
            found: dict[CellValue, list[int]] = {}
            for row, value in enumerate(self._column(table, self.panels[table].key)):
                found.setdefault(self._decided(value), []).append(row)
            self._keys[table] = found
        return self._keys[table].get(key, [])

    def _trees(self, rule: Rule, panel: Panel) -> Iterator[Group[N]]:
        """Yield for each column 合计 = Σ first level, and each row = Σ of the rows below it."""
        levels = {level: at for at, level in enumerate(rule.level)}
        below: dict[CellValue, list[int]] = {}
        holder = panel.holder(rule.total)
        total = self.layout.tables[holder.id].lines[rule.total]
        above: list[tuple[int, CellValue]] = []
        keys, parents = self._column(panel.id, panel.key), self._column(panel.id, panel.parent)
        for row, value in enumerate(self._column(panel.id, panel.level)):
            level = levels.get(str(value or ""))
            if level is not None:
                below.setdefault(self._decided(parents[row]) if level else "", []).append(row)
                if level < len(levels) - 1:
                    above.append((row, self._decided(keys[row])))
        sums = [below.get(key, ()) for key in ("", *(key for _, key in above))]
        for column in rule.columns:
            amounts = self._numbers(panel.id, column)
            statement = Statement(column, ColumnRange(panel.id, column), "=", ColumnRange(panel.id, column))
            yield Group(
                _Bound(statement, frozenset({(panel.id, column), (holder.id, column)}), column, None),
                [self._numbers(holder.id, column)[total], *(amounts[row] for row, _ in above)],
                [self.total([amounts[row] for row in rows]) for rows in sums],
                [Cell(holder.id, total, panel.key), *(Cell(panel.id, row, panel.key) for row, _ in above)],
            )

    # ---------------------------------------------------------------- columns

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

    # ----------------------------------------------------------- expressions

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


class Evaluator(Instances[Decimal]):
    """Evaluates bound formulas over the cells of one workbook, in Decimal."""

    def number(self, value: CellValue) -> Decimal:
        """Return a value as an amount; what is none counts as zero."""
        return value if isinstance(value, Decimal) else Decimal(0)

    known = number

    def total(self, amounts: Iterable[Decimal]) -> Decimal:
        """Return the sum of amounts."""
        return sum(amounts, Decimal(0))

    def numbers(self, values: Iterable[CellValue]) -> list[Decimal]:
        """Return values as amounts; what is none counts as zero."""
        return [value if type(value) is Decimal else _ZERO for value in values]

    def combined(self, operator: str, left: Decimal, right: Decimal) -> Decimal:
        """Return ``left operator right`` for + - * and /; a division by zero gives zero."""
        if operator == "/":
            return left / right if right else Decimal(0)
        return _ARITHMETIC[operator](left, right)

    def instances(self, rule: Rule) -> Iterator[Sides]:
        """Yield every instance of a rule; premises are asked for by :meth:`applies`."""
        for part in self.stated(rule):
            yield _sides(part)

    def judged(self, rule: Rule) -> tuple[int, list[Sides]]:
        """Return how many instances a rule has, and those that fail."""
        count, failures = 0, []
        for group in self.groups(rule):
            count += len(group.lefts)
            holds = map(COMPARE[group.bound.statement.operator], group.lefts, group.rights)
            failures += [_sides(group.instance(at)) for at, true in enumerate(holds) if not true]
        return count, failures


_ARITHMETIC: Mapping[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
_ZERO = Decimal(0)


def _shown(shown: Cell | str | None, place: Cell | None) -> Cell | None:
    if isinstance(shown, str):
        return None if place is None else Cell(place.table, place.row, shown)
    return shown


def _sides(part: Instance[Decimal]) -> Sides:
    return Sides(part.left, part.operator, part.right, part.cell, part.column, part.reads)


def bound_rule(rule: Rule, blueprint: Blueprint) -> BoundRule:
    """Return a rule bound to a blueprint, which is done once."""
    known: BoundRule | None = blueprint.notes.get(("rule", rule.id))
    if known is None or known.rule is not rule:
        known = _bound_rule(rule, blueprint.template, blueprint.names, blueprint.layout)
        blueprint.notes["rule", rule.id] = known
    return known


def _bound_rule(rule: Rule, template: WorkbookTemplate, names: Names, layout: Layout) -> BoundRule:
    bound = tuple(
        _Bound(
            statement,
            columns_read(statement.left) | columns_read(statement.right),
            _found_by(statement.left, rule, layout),
            _found_by(statement.right, rule, layout),
        )
        for statement in statements(rule, names)
    )
    return BoundRule(rule, premise(rule, template, names), bound, rule_reads(rule, template, names))


def _found_by(node: Node, rule: Rule, layout: Layout) -> Cell | str | None:
    """Return the fixed cell, or the column of the current line, by which people find one side of a rule."""
    for part in walk(node):
        if isinstance(part, LineCells):
            return Cell(part.table, layout.tables[part.table].lines[part.first], part.column)
        if isinstance(part, RowCell) and rule.scope is RuleScope.LINES and part.table == rule.over:
            return part.column
    return None


def money_of_rule(blueprint: Blueprint, rule: Rule, column: str) -> str:
    """Return the unit of money of a rule's two sides; empty where it compares numbers of rows."""
    if compares_counts(rule, blueprint.names):
        return ""
    for bound in bound_rule(rule, blueprint).statements:
        if bound.statement.column == column:
            return money_of_sides(bound.statement.left, bound.statement.right, blueprint.layout)
    found = blueprint.layout.column(rule.over, column)
    return found.money if found is not None else blueprint.template.form_money


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
    if rule.total:
        panel = next((part for _, part in template.panels if part.id == rule.over), None)
        reads |= {(panel.holder(rule.total).id, column) for column in rule.columns} if panel else set()
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
