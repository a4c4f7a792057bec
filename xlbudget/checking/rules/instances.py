"""Rules evaluated in exact decimals, line by line: a code path apart from the engine's.

A :class:`Sides` value is one instance of a rule: both sides, and the cell where it is shown. How rules
become instances is written once, in :class:`Instances`, for whatever stands for an amount: decimals
here, linear forms over cells in ``linear_rules``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic

from xlbudget.checking.rules.bound import BoundRule, BoundStatement, bound_rule, newly_bound
from xlbudget.checking.rules.formula_values import COMPARE, FormulaValues, N
from xlbudget.model import Cell, CellValue, Panel, Rule, RuleScope
from xlbudget.workbook.check_rows import Statement, empty_form
from xlbudget.workbook.language import (
    ColumnRange,
)


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
class Group(Generic[N]):
    """Instances of one statement: the two sides of each, and its line."""

    bound: BoundStatement
    lefts: Sequence[N]
    rights: Sequence[N]
    places: Sequence[Cell | None]

    def instance(self, at: int) -> Instance[N]:
        """Return one of the instances."""
        bound, place = self.bound, self.places[at]
        cell = _shown(bound.left_cell, place) or _shown(bound.right_cell, place) or place
        operator, column = bound.statement.operator, bound.statement.column
        return Instance(self.lefts[at], operator, self.rights[at], cell, column, bound.reads)


class Instances(FormulaValues[N]):
    """Rules over the cells of one workbook: their instances, with ``N`` for amounts."""

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
            return f"只适用于{'、'.join(rule.kinds)}单位" + ("，且有这种情形的" if rule.when else "")
        return "没有这种情形" if rule.when else ""

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
        return newly_bound(rule, self.blueprint.template, self.names, self.layout)

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
                BoundStatement(statement, frozenset({(panel.id, column), (holder.id, column)}), column, None),
                [self._numbers(holder.id, column)[total], *(amounts[row] for row, _ in above)],
                [self.total([amounts[row] for row in rows]) for rows in sums],
                [Cell(holder.id, total, panel.key), *(Cell(panel.id, row, panel.key) for row, _ in above)],
            )


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
