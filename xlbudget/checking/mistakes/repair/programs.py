"""The small programs over cells, solved by HiGHS: which cells to try, whether they suffice, which to round.

The first is in whole numbers (:func:`smallest_choice`): of the sets of cells found so far of which one
must change, hit each at the least cost. The second is linear (:func:`missing`, :func:`reach`): can
the chosen cells take values that satisfy everything? If not, its dual values combine the constraints
to a statement that names further cells, one of which must change. The third (:func:`fewest_moves`) has
nothing to do with mistakes: printed amounts moved so that they add up. Floats stay inside this module; it
is the door to scipy, which takes half a second to import and is imported when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from xlbudget.checking.mistakes.repair.system import Constraint, System
from xlbudget.model import Cell

_NOISE = 1e-7
_OUT_OF_TIME = 1
_BUSY = 4  # the solver looks at the clock on the wall; the machine may have other things to do


def smallest_choice(
    conflicts: Iterable[frozenset[Cell]],
    excluded: Iterable[frozenset[Cell]],
    cost: Mapping[Cell, float],
    seconds: float,
) -> frozenset[Cell] | None:
    """Return the cheapest set of cells that has one of every conflict and contains none of ``excluded``.

    None when there is none. Raises TimeoutError when it was not found in ``seconds`` of computing.
    """
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    wanted, barred = list(conflicts), list(excluded)
    cells = sorted({cell for conflict in wanted for cell in conflict})
    at = {cell: number for number, cell in enumerate(cells)}
    barred = [group for group in barred if group <= at.keys()]
    if any(not conflict for conflict in wanted):
        return None
    rows, columns = [], []
    for row, group in enumerate((*wanted, *barred)):
        rows += [row] * len(group)
        columns += [at[cell] for cell in sorted(group)]
    count = len(wanted) + len(barred)
    matrix = csr_array((np.ones(len(rows)), (rows, columns)), shape=(count, len(cells)))
    low = [1.0] * len(wanted) + [0.0] * len(barred)
    high = [np.inf] * len(wanted) + [len(group) - 1.0 for group in barred]
    solution = milp(
        [cost[cell] for cell in cells],
        integrality=np.ones(len(cells)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix, low, high),
        options={"time_limit": max(_BUSY * seconds, 0.01), "mip_rel_gap": 0},
    )
    if solution.status == _OUT_OF_TIME:
        raise TimeoutError
    if solution.x is None or solution.status != 0:
        return None
    return frozenset(cell for cell, chosen in zip(cells, solution.x, strict=True) if chosen > 0.5)


class _Rows:
    """The constraints that some cells take part in, as rows ``matrix · change ≤ room``."""

    def __init__(self, system: System, cells: Sequence[Cell]) -> None:
        self.system = system
        self.cells = cells
        touched: dict[int, Constraint] = {}
        for cell in cells:
            touched.update((id(part), part) for part in system.of_cell.get(cell, ()))
        self.signed: list[tuple[Constraint, int]] = []
        matrix: list[list[float]] = []
        room: list[float] = []
        for part in touched.values():
            total, bounds = system.sums[id(part)], system.goal(part, cells)
            for sign, bound in ((1, bounds.high), (-1, bounds.low)):
                if bound is not None:
                    self.signed.append((part, sign))
                    matrix.append([sign * float(part.terms.get(cell, 0)) for cell in cells])
                    room.append(float(sign * (bound - total)))
        self.matrix, self.room = matrix, room
        low = system.lowest
        self.bounds = [(None if low is None else float(low - system.value(cell)), None) for cell in cells]


def missing(system: System, cells: Sequence[Cell], least: float) -> frozenset[Cell] | None:
    """Return other cells of which one must change as well, or None when these cells suffice.

    No cells at all: no change of any cells satisfies everything. ``least`` is the amount from which on
    a constraint counts as broken.
    """
    import numpy as np
    from scipy.optimize import linprog

    rows = _Rows(system, cells)
    if not rows.room:
        return None
    count, wide = len(rows.room), len(cells)
    matrix = np.hstack([np.array(rows.matrix).reshape(count, wide), -np.eye(count)])
    cost = np.concatenate([np.zeros(wide), np.ones(count)])
    bounds = [*rows.bounds, *[(0, None)] * count]
    solution = linprog(cost, A_ub=matrix, b_ub=rows.room, bounds=bounds, method="highs")
    if solution.status != 0:
        raise ArithmeticError(solution.message)
    if solution.fun <= least:
        return None
    return _witnesses(rows, solution.ineqlin.marginals)


def _witnesses(rows: _Rows, weights: Any) -> frozenset[Cell]:
    """Return the cells of the combined statement that the chosen cells cannot make true."""
    combined: dict[Cell, float] = {}
    for (part, sign), weight in zip(rows.signed, weights, strict=True):
        if abs(weight) > _NOISE:
            for cell, coefficient in part.terms.items():
                combined[cell] = combined.get(cell, 0.0) + sign * weight * float(coefficient)
    chosen = set(rows.cells)
    return frozenset(
        cell
        for cell, coefficient in combined.items()
        if abs(coefficient) > _NOISE and cell not in chosen and not rows.system.fixed(cell)
    )


def reach(system: System, cells: Sequence[Cell]) -> list[tuple[Decimal | None, Decimal | None]]:
    """Return the least and the greatest value of each cell when all constraints hold (None: no bound)."""
    import numpy as np
    from scipy.optimize import linprog

    rows = _Rows(system, cells)
    matrix = np.array(rows.matrix).reshape(len(rows.room), len(cells))
    room = [bound + _NOISE for bound in rows.room]
    found = []
    for at, cell in enumerate(cells):
        ends: list[Decimal | None] = []
        for sign in (1, -1):
            cost = np.zeros(len(cells))
            cost[at] = sign
            solution = linprog(cost, A_ub=matrix, b_ub=room, bounds=rows.bounds, method="highs")
            change = Decimal(repr(float(solution.x[at]))) if solution.status == 0 else None
            ends.append(None if change is None else system.value(cell) + change)
        found.append((ends[0], ends[1]))
    return found


def fewest_moves(
    identities: Sequence[tuple[Mapping[Cell, Decimal], Decimal]],
    cost: Mapping[Cell, tuple[float, float]],
    most: int,
    seconds: float,
) -> dict[Cell, int] | None:
    """Return by how many steps to move which cells, so that every identity holds, at the least cost.

    An identity is ``Σ coefficient · move = goal``, in steps; ``cost`` gives what a step up and a step down
    cost for each cell that may move, ``most`` how many steps one may. None when there is no way, or none
    was proven the cheapest in time.
    """
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

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
