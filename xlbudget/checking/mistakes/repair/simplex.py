"""Linear programs of few unknowns in exact numbers: can all inequalities hold, how far can an unknown go?

The simplex method on dictionaries (every basic variable written in those that are zero), pivots after
Bland: of all that would do the lowest comes first, so that it ends, and ends alike everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from xlbudget.checking.mistakes.repair.steps import Steps

Inequality = tuple[Mapping[int, Fraction], Fraction]
"""``Σ coefficient · unknown ≤ room``: coefficients by number of the unknown, and the room."""

_ZERO, _ONE = Fraction(0), Fraction(1)
_EXCESS = -1
"""The variable by which every inequality may be exceeded while a first solution is looked for."""

_GOAL = -2


class Inequalities:
    """Inequalities over ``count`` unknowns, which are at least 0 unless ``free``; solved as they are made.

    ``contradiction`` is None if they can hold together; else weights by inequality (all positive) with which
    they add up to a statement that cannot hold.
    """

    def __init__(
        self, inequalities: Sequence[Inequality], count: int, steps: Steps, *, free: bool = False
    ) -> None:
        self._count, self._free, self._steps = count, free, steps
        self._first = 2 * count if free else count  # slacks come after the unknowns and their negative parts
        self._rows: dict[int, dict[int, Fraction]] = {}
        self._constants: dict[int, Fraction] = {}
        for at, (terms, room) in enumerate(inequalities):
            row = {unknown: -factor for unknown, factor in terms.items() if factor}
            if free:
                row |= {unknown + count: factor for unknown, factor in terms.items() if factor}
            self._rows[self._first + at], self._constants[self._first + at] = row, room
        self.contradiction = self._first_solution()

    def least(self, unknown: int) -> Fraction | None:
        """Return the least value of an unknown; None when there is no bound."""
        greatest = self._greatest(self._expression(unknown, -_ONE))
        return None if greatest is None else -greatest

    def greatest(self, unknown: int) -> Fraction | None:
        """Return the greatest value of an unknown; None when there is no bound."""
        return self._greatest(self._expression(unknown, _ONE))

    def _expression(self, unknown: int, sign: Fraction) -> tuple[dict[int, Fraction], Fraction]:
        """Return an unknown, times ``sign``, in the variables that are zero."""
        parts = ((unknown, sign), (unknown + self._count, -sign)) if self._free else ((unknown, sign),)
        terms: dict[int, Fraction] = {}
        constant = _ZERO
        for variable, factor in parts:
            row = self._rows.get(variable, {variable: _ONE})
            constant += factor * self._constants.get(variable, _ZERO)
            for other, coefficient in row.items():
                terms[other] = terms.get(other, _ZERO) + factor * coefficient
        return terms, constant

    def _greatest(self, goal: tuple[dict[int, Fraction], Fraction]) -> Fraction | None:
        self._rows[_GOAL], self._constants[_GOAL] = goal
        bounded = self._climb()
        del self._rows[_GOAL]
        reached = self._constants.pop(_GOAL)
        return reached if bounded else None

    def _climb(self) -> bool:
        """Pivot until the goal is as great as it can be; False when it has no bound."""
        while True:
            goal = self._rows[_GOAL]
            entering = min((variable for variable, factor in goal.items() if factor > 0), default=None)
            if entering is None:
                return True
            self._steps.take(len(self._rows))
            leaving = self._leaving(entering)
            if leaving is None:
                return False
            self._pivot(entering, leaving)

    def _leaving(self, entering: int) -> int | None:
        """Return the basic variable that comes to zero first as one grows."""
        found: tuple[Fraction, int] | None = None
        for variable, row in self._rows.items():
            factor = row.get(entering)
            if variable != _GOAL and factor is not None and factor < 0:
                ratio = self._constants[variable] / -factor, variable
                if found is None or ratio < found:
                    found = ratio
        return None if found is None else found[1]

    def _pivot(self, entering: int, leaving: int) -> None:
        row, constant = self._rows.pop(leaving), self._constants.pop(leaving)
        factor = row.pop(entering)
        solved = {variable: -coefficient / factor for variable, coefficient in row.items()}
        solved[leaving] = _ONE / factor
        level = -constant / factor
        touched = 0
        for variable, other in self._rows.items():
            times = other.pop(entering, None)
            if times is None:
                continue
            touched += 1
            self._constants[variable] += times * level
            for name, coefficient in solved.items():
                total = other.get(name, _ZERO) + times * coefficient
                if total:
                    other[name] = total
                else:
                    other.pop(name, None)
        self._rows[entering], self._constants[entering] = solved, level
        self._steps.take((touched + 1) * len(solved))

    def _first_solution(self) -> Mapping[int, Fraction] | None:
        """Bring the rows into a solution; return the contradiction if there is none."""
        lowest = min(((constant, at) for at, constant in self._constants.items()), default=(_ZERO, 0))
        if lowest[0] >= 0:
            return None
        for row in self._rows.values():
            row[_EXCESS] = _ONE
        self._pivot(_EXCESS, lowest[1])
        self._rows[_GOAL] = {name: -factor for name, factor in self._rows[_EXCESS].items()}
        self._constants[_GOAL] = -self._constants[_EXCESS]
        self._climb()
        goal, reached = self._rows.pop(_GOAL), self._constants.pop(_GOAL)
        if reached < 0:
            return {name - self._first: -factor for name, factor in goal.items() if name >= self._first}
        self._without_excess()
        return None

    def _without_excess(self) -> None:
        row = self._rows.get(_EXCESS)
        if row:
            self._pivot(min(row), _EXCESS)
        elif row is not None:
            del self._rows[_EXCESS], self._constants[_EXCESS]
        for other in self._rows.values():
            other.pop(_EXCESS, None)
