"""Rules bound to a template: their statements as nodes, what they read, where people find their sides."""

from __future__ import annotations

from dataclasses import dataclass

from xlbudget.model import Cell, Memo, Rule, RuleScope, WorkbookTemplate
from xlbudget.workbook.amount_units import money_of_sides
from xlbudget.workbook.blueprint import Blueprint
from xlbudget.workbook.check_rows import Statement, premise, statements
from xlbudget.workbook.language import Call, ColumnRange, LineCells, Node, RowCell, walk
from xlbudget.workbook.layout import Layout
from xlbudget.workbook.names import Names

Key = tuple[str, str]
"""A column by table and key."""


@dataclass(frozen=True, slots=True)
class BoundStatement:
    """A rule's statement bound to its template: all that is the same in every workbook.

    ``left_cell`` and ``right_cell`` are the cells by which people find a side: a fixed one, or the column of
    the current line.
    """

    statement: Statement
    reads: frozenset[Key]
    left_cell: Cell | str | None
    right_cell: Cell | str | None


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule bound to its template: premise, statements, and (table, column) of all that they read."""

    rule: Rule
    premise: Node | None
    statements: tuple[BoundStatement, ...]
    reads: frozenset[Key]


_BOUND = Memo[BoundRule]()


def bound_rule(rule: Rule, blueprint: Blueprint) -> BoundRule:
    """Return a rule bound to a blueprint, which is done once."""
    return _BOUND.of(
        blueprint.memos,
        id(rule),  # nobody else's: the bound rule keeps its rule alive
        lambda: newly_bound(rule, blueprint.template, blueprint.names, blueprint.layout),
    )


def newly_bound(rule: Rule, template: WorkbookTemplate, names: Names, layout: Layout) -> BoundRule:
    """Return a rule bound by some names and a layout."""
    bound = tuple(
        BoundStatement(
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
