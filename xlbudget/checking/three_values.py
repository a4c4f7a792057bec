"""The three values of a form cell side by side: stored, recalculated, expected by the rules."""

from __future__ import annotations

from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.mistakes.repair import Constraint, Range, System
from xlbudget.checking.rules.bound import bound_rule
from xlbudget.checking.rules.linear import linear_rules
from xlbudget.model import Cell, ColumnKind


def value_by_rules(evidence: Evidence, cell: Cell) -> Range | None:
    """Return the values with which a cell satisfies its rules, the others being as recalculated.

    None when no rule speaks of it.
    """
    system = _system(evidence, (cell.table, cell.column))
    return system.alone(cell) if cell in system.of_cell else None


def three_values(evidence: Evidence, cell: Cell) -> str:
    """Say in a bracket which of the three values of an amount agree and which do not."""
    column = evidence.layout.column(cell.table, cell.column)
    if evidence.is_helper(cell) or column is None or column.kind is not ColumnKind.AMOUNT:
        return ""
    stored = evidence.submission.stored.get(cell)
    same = evidence.agree(cell, stored.value if stored is not None else None)
    rules = value_by_rules(evidence, cell)
    words = f"保存值 {'＝' if same else '≠'} 重新计算值"
    if rules is None:
        return f"（{words}；没有勾稽关系涉及这一格）"
    ours = evidence.recalculated(cell)
    return f"（{words} {'＝' if ours in rules else '≠'} 勾稽关系应得值）"


def _system(evidence: Evidence, column: tuple[str, str]) -> System:
    """Return the rules that read a column, over recalculated values; made once for a workbook."""
    if column not in evidence.rule_systems:
        evidence.rule_systems[column] = _made(evidence, column)
    return evidence.rule_systems[column]


def _made(evidence: Evidence, column: tuple[str, str]) -> System:
    rules = [rule for rule in evidence.template.rules if column in bound_rule(rule, evidence.blueprint).reads]
    if evidence.unknown_columns:  # recalculated values say nothing of the rules
        rules = []
    found = linear_rules(evidence.blueprint, evidence.recalculated, rules)
    constraints = []
    values: dict[Cell, Decimal] = {}
    for part in found.instances:
        apart = part.left - part.right
        constraints.append(Constraint(part, apart.terms, part.operator, apart.constant))
        for cell in apart.terms:
            value = evidence.recalculated(cell)
            if isinstance(value, Decimal):
                values[cell] = value
    quantum = evidence.blueprint.quantum
    return System(constraints, values, lambda cell: quantum(cell.table, cell.column))
