"""What becomes of the values of a workbook when few of its entries change.

A change is followed from formula to formula and ends where a result stays what it was, so that what has
nothing to do with it is not even looked at; the outcome is that of a full evaluation.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping

from xlbudget.evaluation import Run
from xlbudget.formula_reads import Key
from xlbudget.model import Cell
from xlbudget.ordering import layout_rows, needs
from xlbudget.recalculation import Plan, Values

Entered = Mapping[Cell, str | float]
"""What entry cells hold."""


class Reevaluation:
    """The values of a workbook with the ``entered`` values, for asking what they would be with others."""

    def __init__(self, plan: Plan, entered: Entered) -> None:
        self.plan = plan
        self._base = Run(plan.formulas, plan.constant_columns())
        for cell, value in entered.items():
            self._base.put((cell.table, cell.column), cell.row, value)
        for group in plan.steps:
            self._base.step(group)
        self._readers: dict[Key, set[int]] = {}
        rows_of = layout_rows(plan.layout)
        for at, group in enumerate(plan.steps):
            for table, column, _ in needs(group, rows_of):
                self._readers.setdefault((table, column), set()).add(at)

    def values(self, entered: Entered) -> Values:
        """Return the values with others in the same cells; ``changed`` is against the first ones."""
        run = Run(self.plan.formulas, dict(self._base.columns), self._base)
        waiting: list[int] = []
        alerted: set[int] = set()

        def alert(key: Key) -> None:
            if run.changed.get(key):
                for at in self._readers.get(key, set()) - alerted:
                    alerted.add(at)
                    heapq.heappush(waiting, at)

        for cell, value in entered.items():
            run.put((cell.table, cell.column), cell.row, value)
            alert((cell.table, cell.column))
        while waiting:  # in the order of the steps: all that a step reads is known when its turn comes
            group = self.plan.steps[heapq.heappop(waiting)]
            run.step(group)
            alert((group.table, group.column))
        return Values(run.columns, run.changed)
