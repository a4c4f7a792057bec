"""Joint feasibility as a linear program, solved by HiGHS; the second door to scipy.

It is imported when it is asked for. Where it is missing nothing else is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from xlbudget.model import Cell


class ProgramRow(NamedTuple):
    """``Σ coefficient · shift (operator) goal`` over the shifts of cells from what is printed."""

    terms: Mapping[Cell, float]
    operator: str
    goal: float


def elastic(rows: Sequence[ProgramRow], room: Mapping[Cell, float]) -> tuple[float, list[float]] | None:
    """Return by how much all cells together must leave their room at least, and the weight of each row.

    ``room`` is how far each cell may shift to either side. None where there is no solver, or no answer.
    """
    try:
        import numpy as np
        from scipy.optimize import linprog
        from scipy.sparse import csr_array
    except ImportError:
        return None
    if not room:
        return 0.0, [0.0] * len(rows)
    cells = list(room)
    at = {cell: number for number, cell in enumerate(cells)}
    count = len(cells)
    equal = [number for number, row in enumerate(rows) if row.operator == "="]
    other = [number for number, row in enumerate(rows) if row.operator != "="]

    def matrix(numbers: Sequence[int]) -> tuple[object, list[float]]:
        places, columns, values, goals = [], [], [], []
        for place, number in enumerate(numbers):
            row = rows[number]
            sign = -1.0 if row.operator.startswith(">") else 1.0
            goals.append(sign * row.goal)
            for cell, coefficient in row.terms.items():
                for block, factor in enumerate((1.0, 1.0, -1.0)):
                    places.append(place)
                    columns.append(at[cell] + block * count)
                    values.append(sign * factor * coefficient)
        return csr_array((values, (places, columns)), shape=(len(numbers), 3 * count)), goals

    left, goals = matrix(equal)
    above, limits = matrix(other)
    answer = linprog(
        np.concatenate([np.zeros(count), np.ones(2 * count)]),
        A_ub=above if other else None,
        b_ub=limits if other else None,
        A_eq=left if equal else None,
        b_eq=goals if equal else None,
        bounds=[(-room[cell], room[cell]) for cell in cells] + [(0, None)] * (2 * count),
        method="highs",
    )
    if answer.status != 0:
        return None
    weights = [0.0] * len(rows)
    for number, weight in zip(equal, answer.eqlin.marginals if equal else (), strict=True):
        weights[number] = float(weight)
    for number, weight in zip(other, answer.ineqlin.marginals if other else (), strict=True):
        weights[number] = float(weight) * (-1.0 if rows[number].operator.startswith(">") else 1.0)
    return float(answer.fun), weights
