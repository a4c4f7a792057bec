"""A budget as it would be published: rounded values and nothing else, in memory.

Also the yardstick of the benchmark: a linear program that asks, apart from the checker, whether any
amounts within the rounding of what is printed satisfy the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from support.generated_budgets import Budget
from xlbudget.checking.mistakes.diagnosis import Diagnosis, Workings, binds, diagnose
from xlbudget.checking.rules.bound import columns_read
from xlbudget.checking.rules.linear import LinearInstance, linear_rules
from xlbudget.model import Cell, Rule
from xlbudget.model.words import published
from xlbudget.workbook.check_rows import premise, statements

HALF, CENT = Decimal("0.005"), Decimal("0.01")


@dataclass(frozen=True)
class Published:
    """The printed amounts of a budget's forms, and the rule instances that can be judged on them."""

    budget: Budget

    @cached_property
    def exact(self) -> dict[Cell, Decimal]:
        plan, values = self.budget.plan, self.budget.values
        cells = {cell for part in self.instances for cell in part.cells}
        found = {cell: plan.decimals(values, cell) for cell in sorted(cells)}
        return {cell: value for cell, value in found.items() if isinstance(value, Decimal)}

    @cached_property
    def amounts(self) -> dict[Cell, Decimal]:
        return {cell: published(value, 2) for cell, value in self.exact.items()}

    @cached_property
    def filled(self) -> list[Cell]:
        return [cell for cell, value in self.amounts.items() if value]

    @cached_property
    def rules(self) -> list[Rule]:
        """The rules that read forms alone and bind: a hint may fail in a right budget and proves nothing."""
        template, names = self.budget.template, self.budget.plan.blueprint.names
        panels = {panel.id for _, panel in template.panels}
        found = []
        for rule in filter(binds, template.rules):
            reads = {(rule.over, column) for column in rule.columns} if rule.over else set()
            for statement in statements(rule, names):
                reads |= columns_read(statement.left) | columns_read(statement.right)
            condition = premise(rule, template, names)
            if condition is not None:
                reads |= columns_read(condition)
            if all(table in panels for table, _ in reads):
                found.append(rule)
        return found

    @cached_property
    def premises(self) -> frozenset[tuple[str, str]]:
        """Columns on which it depends whether a rule applies."""
        template, names = self.budget.template, self.budget.plan.blueprint.names
        conditions = (premise(rule, template, names) for rule in self.rules)
        return frozenset().union(*(columns_read(part) for part in conditions if part is not None))

    def instances_at(self, typed: Mapping[Cell, Decimal]) -> tuple[LinearInstance, ...]:
        """Return the instances as the printed values have them (premises may hang on an amount)."""
        if self.premises.isdisjoint((cell.table, cell.column) for cell in typed):
            return self.instances
        return self._instances(typed)

    def _instances(self, typed: Mapping[Cell, Decimal]) -> tuple[LinearInstance, ...]:
        plan, values = self.budget.plan, self.budget.values

        def read(cell: Cell) -> object:
            value = typed.get(cell)
            if value is not None:
                return value
            ours = plan.decimals(values, cell)
            return published(ours, 2) if isinstance(ours, Decimal) else ours

        return linear_rules(plan.blueprint, read, self.rules).instances  # type: ignore[arg-type]

    @cached_property
    def instances(self) -> tuple[LinearInstance, ...]:
        return self._instances({})

    @cached_property
    def twins(self) -> list[Cell]:
        """Cells that a rule says to be equal to another one."""
        pairs = (part for part in self.instances if part.same_fact)
        return sorted({cell for part in pairs for cell in part.cells if self.amounts.get(cell)})

    @cached_property
    def totals(self) -> list[tuple[Cell, list[Cell]]]:
        """Totals with their components."""
        found = []
        for part in self.instances:
            total = part.left.single
            parts = [cell for cell in part.right.terms if self.amounts.get(cell)]
            if part.operator == "=" and total is not None and self.amounts.get(total) and len(parts) > 1:
                found.append((total, parts))
        return found

    def diagnosis(self, typed: Mapping[Cell, Decimal]) -> Diagnosis:
        """Return what the checker says of the printed amounts, some of them typed otherwise."""
        workings = Workings(
            values={cell: value for cell, value in {**self.amounts, **typed}.items() if value},
            spread=lambda cell: HALF,
            step=lambda cell: CENT,
            name=lambda cell: f"{cell.table}[{cell.row}].{cell.column}",
        )
        return diagnose(self.instances_at(typed), workings)


_made: dict[str, Published] = {}


def published_of(budget: Budget) -> Published:
    if budget.name not in _made:
        _made[budget.name] = Published(budget)
    return _made[budget.name]


def visible(published: Published, typed: Mapping[Cell, Decimal]) -> tuple[bool, bool]:
    """Whether some rule by itself cannot be met by amounts that round to what is printed; whether all cannot.

    The first gives every rule variables of its own, the second shares them: any exact ledger at all.
    """
    amounts = {**published.amounts, **typed}
    instances = published.instances_at(typed)
    if instances is published.instances:  # the others are met as before: the budget as it was is checked once
        near = tuple(part for part in instances if not part.cells.isdisjoint(typed))
        alone = not _feasible(near, amounts, shared=False)
    else:
        alone = not _feasible(instances, amounts, shared=False)
    return alone, alone or not _feasible(instances, amounts, shared=True)


def _feasible(
    instances: tuple[LinearInstance, ...], amounts: Mapping[Cell, Decimal], *, shared: bool
) -> bool:
    variables: dict[object, int] = {}
    bounds: list[tuple[float, float]] = []
    entries: list[tuple[int, int, float]] = []
    lows, highs = [], []
    if not any(amounts.get(cell) for part in instances for cell in part.cells):
        return all(_meets(part.operator, (part.left - part.right).constant) for part in instances)
    for row, part in enumerate(instances):
        gap = part.left - part.right
        printed = {cell: factor for cell, factor in gap.terms.items() if amounts.get(cell)}
        if set(printed.values()) == {Decimal(1), Decimal(-1)} and len(printed) == 2 and not gap.constant:
            one, other = (amounts[cell] * factor for cell, factor in printed.items())
            if not _meets(part.operator, one + other):
                return False  # one fact printed twice in two ways
        for cell, factor in printed.items():
            key = cell if shared else (row, cell)
            if key not in variables:
                variables[key] = len(variables)
                middle = float(amounts[cell])
                bounds.append((middle - 0.005, middle + 0.005))
            entries.append((row, variables[key], float(factor)))
        constant = float(gap.constant)
        lows.append(-constant if part.operator in {"=", ">=", ">"} else -np.inf)
        highs.append(-constant if part.operator in {"=", "<=", "<"} else np.inf)
    at_rows, at_columns, factors = zip(*entries, strict=True)
    rows = csr_array((factors, (at_rows, at_columns)), shape=(len(instances), len(variables)))
    upper = [at for at, high in enumerate(highs) if high < np.inf]
    lower = [at for at, low in enumerate(lows) if low > -np.inf]
    solution = linprog(
        np.zeros(len(variables)),
        A_ub=vstack([rows[upper], -rows[lower]]),
        b_ub=[*(highs[at] + 1e-7 for at in upper), *(1e-7 - lows[at] for at in lower)],
        bounds=bounds,
        method="highs",
    )
    return bool(solution.status == 0)


def _meets(operator: str, gap: Decimal) -> bool:
    return gap == 0 if operator == "=" else gap <= 0 if operator in {"<=", "<"} else gap >= 0
