"""The fewest printed amounts to move so that they add up, in plain Python: a dual simplex with branches.

It begins where nothing is moved, which costs least and leaves some identities broken, and mends one after the
other at the least cost, so that it takes about as many steps as there are moves. All numbers are whole or
fractions, steps are counted, ties go to what stands first: the answer is the same wherever it is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import gcd, lcm
from typing import TypeAlias

from xlbudget.model import Cell

STEPS = 4_000
"""Steps after which the search is given up: a department takes some dozens."""

_SCALE = 10**9  # costs as whole numbers; they differ by 1e-4 at least where they matter

_Number: TypeAlias = int | Fraction
_Terms: TypeAlias = dict[int, _Number]


class OutOfStepsError(Exception):
    """The fewest moves were not found within the steps allowed."""


def search(
    identities: Sequence[tuple[Mapping[Cell, Decimal], Decimal]],
    cost: Mapping[Cell, tuple[float, float]],
    most: int,
    steps: int = STEPS,
) -> dict[Cell, int] | None:
    """Return by how many steps to move which cells, as :func:`.rounding_moves.fewest_moves` does.

    None when there is no way. Raises OutOfStepsError when none was proven the cheapest in ``steps``.
    """
    cells = list(cost)
    at = {cell: number for number, cell in enumerate(cells)}
    start = _Tableau(2 * len(cells))
    for up, down in cost.values():
        start.costs[len(start.costs)] = round(up * _SCALE)
        start.costs[len(start.costs)] = round(down * _SCALE)
    for terms, goal in identities:
        row: _Terms = {}
        for cell, coefficient in terms.items():
            if cell in at:
                whole = _plain(Fraction(coefficient))
                row[2 * at[cell]], row[2 * at[cell] + 1] = whole, -whole
        if not _in_whole_steps(row, Fraction(goal)):
            return None
        start.must_be_zero(-_plain(Fraction(goal)), row)
    found = _cheapest(start, most, steps)
    if found is None:
        return None
    moves = {cell: found.get(2 * number, 0) - found.get(2 * number + 1, 0) for cell, number in at.items()}
    return {cell: int(steps) for cell, steps in moves.items() if steps}


def _in_whole_steps(row: _Terms, goal: Fraction) -> bool:
    """Whether whole steps can add up to a goal: where none can, branches would be tried without an end."""
    scale = lcm(*(Fraction(part).denominator for part in row.values()))
    common = gcd(*(int(part * scale) for part in row.values()))
    return not goal if not common else (goal * scale / common).denominator == 1


def _cheapest(start: _Tableau, most: int, steps: int) -> dict[int, _Number] | None:
    """Branch where an answer is not whole or moves too far, the lower side first."""
    best: tuple[_Number, dict[int, _Number]] | None = None
    waiting = [start]
    counted = iter(range(steps))
    while waiting:
        tableau = waiting.pop()
        if not tableau.mended(counted) or (best is not None and tableau.total >= best[0]):
            continue
        values = tableau.values()
        doubtful = next(
            ((part, value) for part, value in sorted(values.items()) if value > most or value % 1), None
        )
        if doubtful is None:
            best = tableau.total, values
            continue
        part, value = doubtful
        lower = min(most, value // 1)
        if lower < most:
            waiting.append(tableau.with_bound(part, lower + 1, 1))
        waiting.append(tableau.with_bound(part, lower, -1))
    return None if best is None else best[1]


class _Tableau:
    """Rows ``part = constant + Σ coefficient · part that is zero``; costs are never negative."""

    def __init__(self, parts: int) -> None:
        self.parts = parts
        self.count = parts
        self.rows: dict[int, tuple[_Number, _Terms]] = {}
        self.zero: set[int] = set()  # parts that may be nothing but zero: what is left of an identity
        self.costs: _Terms = {}
        self.total: _Number = 0

    def must_be_zero(self, constant: _Number, terms: _Terms) -> None:
        """Add an identity; all of its parts are zero so far."""
        self.rows[self.count] = constant, terms
        self.zero.add(self.count)
        self.count += 1

    def with_bound(self, part: int, bound: _Number, sign: int) -> _Tableau:
        """Return a copy in which a part that is not zero is at least (1) or at most (-1) a bound."""
        made = _Tableau(self.parts)
        made.count, made.zero, made.costs, made.total = self.count, self.zero, dict(self.costs), self.total
        made.rows = {at: (constant, dict(terms)) for at, (constant, terms) in self.rows.items()}
        constant, terms = self.rows[part]
        made.rows[made.count] = (
            sign * (constant - bound),
            {at: sign * coefficient for at, coefficient in terms.items()},
        )
        made.count += 1
        return made

    def values(self) -> dict[int, _Number]:
        """Return the moves that are not zero."""
        return {at: constant for at, (constant, _) in self.rows.items() if at < self.parts and constant}

    def mended(self, counted: Iterator[int]) -> bool:
        """Mend broken rows, the first one first; False when one cannot be mended."""
        while (broken := self._broken()) is not None:
            if next(counted, None) is None:
                raise OutOfStepsError
            constant, terms = self.rows[broken]
            sign = 1 if constant < 0 else -1
            able = [at for at, coefficient in terms.items() if sign * coefficient > 0]
            if not able:
                return False
            self._exchange(broken, min(able, key=lambda at: (self._price(at, terms[at]), at)))
        return True

    def _price(self, part: int, coefficient: _Number) -> Fraction:
        return abs(Fraction(self.costs.get(part, 0)) / coefficient)

    def _broken(self) -> int | None:
        return min(
            (at for at, (constant, _) in self.rows.items() if constant < 0 or (constant and at in self.zero)),
            default=None,
        )

    def _exchange(self, leaving: int, entering: int) -> None:
        """Let ``entering`` be what mends the row of ``leaving``, which is zero from now on."""
        constant, terms = self.rows.pop(leaving)
        by = terms.pop(entering)
        made = {at: _over(-coefficient, by) for at, coefficient in terms.items()}
        if leaving not in self.zero:
            made[leaving] = _over(1, by)
        value = _over(-constant, by)
        for at, (own, others) in self.rows.items():
            if entering in others:
                times = others.pop(entering)
                self.rows[at] = own + times * value, others
                _add(others, made, times)
        times = self.costs.pop(entering, 0)
        self.total += times * value
        _add(self.costs, made, times)
        self.rows[entering] = value, made


def _add(terms: _Terms, others: _Terms, times: _Number) -> None:
    for at, coefficient in others.items():
        new = terms.get(at, 0) + times * coefficient
        if new:
            terms[at] = new
        else:
            terms.pop(at, None)


def _over(one: _Number, other: _Number) -> _Number:
    return _plain(Fraction(one) / other)


def _plain(number: Fraction) -> _Number:
    return number.numerator if number.denominator == 1 else number
