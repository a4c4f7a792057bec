"""What becomes of the values of a workbook when few of its entries change.

A change is followed from formula to formula and ends where a result stays what it was, so that what has
nothing to do with it is not even looked at; the outcome is that of a full evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from xlbudget.model import Cell, CellValue
from xlbudget.workbook.calculation.plan import Plan, Values
from xlbudget.workbook.calculation.run import Run

Entered = Mapping[Cell, CellValue | float]
"""What entry cells hold."""


class Reevaluation:
    """The values of a workbook with ``entered`` in its cells, for asking what they would be with others."""

    def __init__(self, plan: Plan, entered: Entered) -> None:
        self.plan = plan
        self._base = Run(plan.formulas, plan.constant_columns())
        for cell, value in entered.items():
            self._base.put((cell.table, cell.column), cell.row, _evaluated(value))
        for group in plan.steps:
            self._base.step(group)

    def values(self, entered: Entered) -> Values:
        """Return the values with others in some entry cells; ``changed`` is against the first ones."""
        run = Run(self.plan.formulas, dict(self._base.columns), self._base)
        for cell, value in entered.items():
            run.put((cell.table, cell.column), cell.row, _evaluated(value))
        self.plan.follow(run, {})
        return Values(run.columns, run.changed)


def _evaluated(value: CellValue | float) -> Any:
    return float(value) if isinstance(value, Decimal) else value
