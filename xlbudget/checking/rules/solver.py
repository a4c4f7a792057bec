"""Linear programs over statements between cells, solved by HiGHS; the second door to scipy.

It is imported when it is asked for. Where it is missing nothing else is. What a program finds is told in
floats: whoever tells people of it verifies it in exact numbers first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

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


class LinearStatement(NamedTuple):
    """``Σ coefficient · cell + constant`` is nothing (``equal``), or at most nothing."""

    terms: Mapping[Cell, float]
    constant: float
    equal: bool


class Slack(NamedTuple):
    """What statements leave open: cells that can only be nothing, statements that hold with ``=`` only."""

    cells: frozenset[Cell]
    statements: frozenset[int]


def slack(statements: Sequence[LinearStatement], least: Callable[[Cell], bool]) -> Slack | None:
    """Return what can only be nothing under all statements; None where they contradict each other.

    ``least`` says which cells are never negative. One program: as many gaps as can be are opened at once
    (Freund, Roundy and Todd 1985). Raises ImportError where there is no solver.
    """
    import numpy as np
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    cells = list(dict.fromkeys(cell for part in statements for cell in part.terms))
    at = {cell: number for number, cell in enumerate(cells)}
    gaps: list[Cell | int] = [cell for cell in cells if least(cell)]
    gaps += [number for number, part in enumerate(statements) if not part.equal]
    scale, first = len(cells), len(cells) + 1
    width = first + len(gaps)
    place = {gap: first + number for number, gap in enumerate(gaps)}
    equal: list[dict[int, float]] = []
    at_most: list[dict[int, float]] = []
    for number, part in enumerate(statements):
        row = {at[cell]: value for cell, value in part.terms.items()} | {scale: part.constant}
        if part.equal:
            equal.append(row)
        else:
            at_most.append({**row, place[number]: 1.0})
    at_most += [{at[gap]: -1.0, place[gap]: 1.0} for gap in gaps if not isinstance(gap, int)]

    def matrix(rows: Sequence[Mapping[int, float]]) -> Any:
        filled = [(row, column, value) for row, part in enumerate(rows) for column, value in part.items()]
        values, where = (
            [part[2] for part in filled],
            ([part[0] for part in filled], [part[1] for part in filled]),
        )
        return csr_array((values, where), shape=(len(rows), width))

    answer = linprog(
        np.concatenate([np.zeros(first), -np.ones(len(gaps))]),
        A_ub=matrix(at_most) if at_most else None,
        b_ub=[0.0] * len(at_most) if at_most else None,
        A_eq=matrix(equal) if equal else None,
        b_eq=[0.0] * len(equal) if equal else None,
        bounds=[(0, None) if least(cell) else (None, None) for cell in cells]
        + [(1, None)]
        + [(0, 1)] * len(gaps),
        method="highs",
    )
    if answer.status != 0:
        return None
    closed = [gap for number, gap in enumerate(gaps) if answer.x[first + number] < _CLOSED]
    return Slack(
        frozenset(gap for gap in closed if not isinstance(gap, int)),
        frozenset(gap for gap in closed if isinstance(gap, int)),
    )


_CLOSED = 0.5  # a gap that can open at all opens to 1: everything may be scaled up


class Combinations:
    """Statements from which others are combined: built once, asked often."""

    def __init__(self, statements: Sequence[LinearStatement], least: Callable[[Cell], bool]) -> None:
        from scipy.sparse import csc_array

        self._statements = statements
        self._cells = list(dict.fromkeys(cell for part in statements for cell in part.terms))
        self._at = {cell: number for number, cell in enumerate(self._cells)}
        columns: list[tuple[int, float]] = []
        for number, part in enumerate(statements):
            columns += [(number, 1.0), (number, -1.0)] if part.equal else [(number, 1.0)]
        self._columns = columns
        rows, places, values = [], [], []
        for column, (number, sign) in enumerate(columns):
            part = statements[number]
            for cell, value in part.terms.items():
                rows.append(self._at[cell])
                places.append(column)
                values.append(sign * value)
            if part.constant:
                rows.append(len(self._cells))
                places.append(column)
                values.append(sign * part.constant)
        matrix = csc_array((values, (rows, places)), shape=(len(self._cells) + 1, len(columns))).tocsr()
        known = [least(cell) for cell in self._cells]
        self._bounded = [number for number, is_least in enumerate(known) if is_least] + [len(self._cells)]
        self._free = [number for number, is_least in enumerate(known) if not is_least]
        self._at_least, self._exactly = -matrix[self._bounded], matrix[self._free]

    def weights(
        self, terms: Mapping[Cell, float], constant: float, without: Collection[int] = ()
    ) -> dict[int, float] | None:
        """Return weights with which statements add up to ``Σ terms + constant ≤ 0``, few of them; else None.

        The statements numbered in ``without`` take no part.
        """
        import numpy as np
        from scipy.optimize import linprog

        if any(cell not in self._at for cell in terms):
            return None
        goal = np.zeros(len(self._cells) + 1)
        for cell, value in terms.items():
            goal[self._at[cell]] = value
        goal[-1] = constant
        answer = linprog(
            np.ones(len(self._columns)),
            A_ub=self._at_least,
            b_ub=-goal[self._bounded],
            A_eq=self._exactly if self._free else None,
            b_eq=goal[self._free] if self._free else None,
            bounds=[(0, 0) if number in without else (0, None) for number, _ in self._columns],
            method="highs",
        )
        if answer.status != 0:
            return None
        found: dict[int, float] = {}
        for (number, sign), value in zip(self._columns, answer.x, strict=True):
            if value > _NO_WEIGHT:
                found[number] = found.get(number, 0.0) + sign * float(value)
        return found

    def bound(self, cell: Cell, sign: int) -> float | None:
        """Return the least ``b`` for which statements say ``sign · cell ≤ b``; None where there is none."""
        import numpy as np
        from scipy.optimize import linprog
        from scipy.sparse import csr_array, hstack

        goal = np.zeros(len(self._cells) + 1)
        goal[self._at[cell]] = sign
        last = csr_array(([-1.0], ([len(self._bounded) - 1], [0])), shape=(len(self._bounded), 1))
        free = csr_array((len(self._free), 1))
        answer = linprog(
            np.append(np.zeros(len(self._columns)), 1.0),
            A_ub=hstack([self._at_least, last]),
            b_ub=-goal[self._bounded],
            A_eq=hstack([self._exactly, free]) if self._free else None,
            b_eq=goal[self._free] if self._free else None,
            bounds=[(0, None)] * len(self._columns) + [(None, None)],
            method="highs",
        )
        return float(answer.x[-1]) if answer.status == 0 else None


_NO_WEIGHT = 1e-9
