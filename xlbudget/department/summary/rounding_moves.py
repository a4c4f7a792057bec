"""Printed amounts moved so that they add up: a program in whole numbers; the door to scipy.

It is solved by a search in plain Python. What that gives up is left to HiGHS, where it is installed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from xlbudget.department.summary.rounding_search import OutOfStepsError, search
from xlbudget.files.extras import missing_extra
from xlbudget.model import Cell


def fewest_moves(
    identities: Sequence[tuple[Mapping[Cell, Decimal], Decimal]],
    cost: Mapping[Cell, tuple[float, float]],
    most: int,
    seconds: float,
) -> dict[Cell, int] | None:
    """Return by how many steps to move which cells, so that every identity holds, at the least cost.

    An identity is ``Σ coefficient · move = goal``, in steps; ``cost`` gives what a step up and a step down
    cost for each cell that may move, ``most`` how many steps one may. None when there is no way, or none
    was proven the cheapest in time. Raises InputError where the search gives up and there is no solver.
    """
    try:
        return search(identities, cost, most)
    except OutOfStepsError:
        return moves_by_solver(identities, cost, most, seconds)


def moves_by_solver(
    identities: Sequence[tuple[Mapping[Cell, Decimal], Decimal]],
    cost: Mapping[Cell, tuple[float, float]],
    most: int,
    seconds: float,
) -> dict[Cell, int] | None:
    """Return what :func:`fewest_moves` does, by HiGHS."""
    try:
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array
    except ImportError as error:
        raise missing_extra("舍位平衡", error, "或不要舍位平衡") from error

    cells = list(cost)
    at = {cell: number for number, cell in enumerate(cells)}
    rows, columns, coefficients, goals = [], [], [], []
    for row, (terms, goal) in enumerate(identities):
        goals.append(float(goal))
        for cell, coefficient in terms.items():
            if cell in at:
                rows += [row, row]
                columns += [at[cell], at[cell] + len(cells)]
                coefficients += [float(coefficient), -float(coefficient)]
    if not cells:
        return None if any(goals) else {}
    matrix = csr_array((coefficients, (rows, columns)), shape=(len(goals), 2 * len(cells)))
    solution = milp(
        [cost[cell][0] for cell in cells] + [cost[cell][1] for cell in cells],
        integrality=np.ones(2 * len(cells)),
        bounds=Bounds(0, most),
        constraints=LinearConstraint(matrix, goals, goals),
        options={"time_limit": seconds, "mip_rel_gap": 0},
    )
    if solution.x is None or solution.status != 0:
        return None
    up, down = solution.x[: len(cells)], solution.x[len(cells) :]
    moves = {cell: round(up[number] - down[number]) for number, cell in enumerate(cells)}
    return {cell: steps for cell, steps in moves.items() if steps}
