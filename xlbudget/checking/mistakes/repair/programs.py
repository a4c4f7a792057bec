"""Whether some cells can take values that satisfy everything, which others are needed, how far each can go.

Where the chosen cells do not suffice, the statements that contradict each other are combined to one that
names further cells, one of which must change. All in exact numbers (:mod:`.simplex`).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from xlbudget.checking.mistakes.repair.simplex import Inequalities, Inequality
from xlbudget.checking.mistakes.repair.steps import Steps
from xlbudget.checking.mistakes.repair.system import Constraint, Range, System
from xlbudget.model import Cell


class Program:
    """The constraints that some cells take part in, as inequalities over what these cells would hold.

    Raises OutOfSteps, as it is made and when it is asked.
    """

    def __init__(self, system: System, cells: Sequence[Cell], steps: Steps) -> None:
        self.system, self.cells = system, cells
        touched: dict[int, Constraint] = {}
        for cell in cells:
            touched.update((id(part), part) for part in system.of_cell.get(cell, ()))
        self._signed: list[tuple[Constraint, int]] = []
        self._lowest = Fraction(system.lowest or 0)
        inequalities: list[Inequality] = []
        for part in touched.values():
            bounds = system.goal(part, cells)
            terms = {at: Fraction(part.terms[cell]) for at, cell in enumerate(cells) if cell in part.terms}
            nothing = dict.fromkeys(cells, system.lowest or Decimal(0))
            known = Fraction(system.sum(part, nothing))
            for sign, bound in ((1, bounds.high), (-1, bounds.low)):
                if bound is not None:
                    self._signed.append((part, sign))
                    signed = {at: sign * factor for at, factor in terms.items()}
                    inequalities.append((signed, sign * (Fraction(bound) - known)))
        self._solved = Inequalities(inequalities, len(cells), steps, free=system.lowest is None)

    @property
    def missing(self) -> frozenset[Cell] | None:
        """Other cells of which one must change as well, or None when these cells suffice.

        No cells at all: no change of any cells satisfies everything.
        """
        if self._solved.contradiction is None:
            return None
        combined: dict[Cell, Fraction] = {}
        for at, weight in self._solved.contradiction.items():
            part, sign = self._signed[at]
            for cell, coefficient in part.terms.items():
                combined[cell] = combined.get(cell, Fraction(0)) + sign * weight * Fraction(coefficient)
        chosen = set(self.cells)
        return frozenset(
            cell
            for cell, coefficient in combined.items()
            if coefficient and cell not in chosen and not self.system.fixed(cell)
        )

    def ranges(self) -> dict[Cell, Range]:
        """Return the values that each cell can take, in steps, the others being free; some may be empty."""
        return {cell: self.range(at) for at, cell in enumerate(self.cells)}

    def range(self, at: int) -> Range:
        """Return the values in steps that one cell can take."""
        step = self.system.step(self.cells[at])
        low, high = self._solved.least(at), self._solved.greatest(at)
        first = None if low is None else -(-(low + self._lowest) // Fraction(step))
        last = None if high is None else (high + self._lowest) // Fraction(step)
        return Range(*(None if count is None else count * step for count in (first, last)))
