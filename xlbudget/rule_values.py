"""The three values of a form cell side by side: stored, recalculated, expected by the rules."""

from __future__ import annotations

from decimal import Decimal

from xlbudget.evidence import Evidence
from xlbudget.linear_rules import linear_rules
from xlbudget.localization import Constraint, Range, System
from xlbudget.model import Cell, ColumnKind


def value_by_rules(evidence: Evidence, cell: Cell) -> Range | None:
    """Return the values with which a cell satisfies its rules, the others being as recalculated.

    None when no rule speaks of it.
    """
    system = _system(evidence)
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


def _system(evidence: Evidence) -> System:
    """Return the rules over recalculated values, made once for a workbook."""
    if evidence.rule_system is None:
        evidence.rule_system = _made(evidence)
    return evidence.rule_system


def _made(evidence: Evidence) -> System:
    known = not evidence.unknown_columns  # else recalculated values say nothing of the rules
    found = linear_rules(evidence.blueprint, evidence.recalculated, evidence.template.rules if known else ())
    constraints = []
    values: dict[Cell, Decimal] = {}
    for part in found.instances:
        apart = part.left - part.right
        constraints.append(Constraint(part, apart.terms, part.operator, apart.constant))
        for cell in apart.terms:
            value = evidence.recalculated(cell)
            if isinstance(value, Decimal):
                values[cell] = value
    step = evidence.blueprint.template_quantum
    return System(constraints, values, lambda cell: step)
