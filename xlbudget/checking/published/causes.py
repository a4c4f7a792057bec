"""Sums of a table that fail, put together by what is wrong: one wrong amount is one finding.

An amount stands in several sums: beside it, above it, below it. Where one other value of it lets several of
them hold, it is the cause; where a row fails in several columns, a row is missing or bears another code.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

Spot = tuple[int, int]
"""Row and column of a table."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum that a table means: ``off`` is by how much its whole is more than its parts.

    ``slack`` is what rounding explains of it.
    """

    kind: str
    whole: Spot
    parts: tuple[Spot, ...]
    off: Decimal
    slack: Decimal

    @property
    def holds(self) -> bool:
        """Whether it holds within what rounding explains."""
        return abs(self.off) <= self.slack

    @property
    def cells(self) -> tuple[Spot, ...]:
        """All its amounts, the whole first."""
        return (self.whole, *self.parts)

    def change(self, cell: Spot) -> Decimal:
        """Return by how much one of its amounts would have to be more."""
        return -self.off if cell == self.whole else self.off


@dataclass(frozen=True, slots=True)
class Cause:
    """An amount and the sums that would hold if it were more by ``change``; ``row``: a whole row fails."""

    cell: Spot
    change: Decimal
    sums: tuple[Sum, ...]
    row: bool = False


def causes(failing: Sequence[Sum], holding: Mapping[Spot, int]) -> Iterator[Cause]:
    """Yield the causes of sums that fail; ``holding`` counts the sums of each amount that hold."""
    left = list(failing)
    lone: list[Sum] = []
    while left:
        cause = max(
            (_cause(cell, one, left) for one in left for cell in one.cells),
            key=lambda cause: (len(cause.sums), -holding.get(cause.cell, 0), cause.cell == left[0].whole),
        )
        if len(cause.sums) < 2:
            lone = left
            break
        yield cause
        left = [one for one in left if one not in cause.sums]
    rows: defaultdict[tuple[str, int], list[Sum]] = defaultdict(list)
    for one in lone:
        rows[one.kind, one.whole[0]].append(one)
    for own in rows.values():
        yield Cause(own[0].whole, -own[0].off, tuple(own), row=len(own) > 1)


def _cause(cell: Spot, first: Sum, sums: Sequence[Sum]) -> Cause:
    """Return an amount with all the sums that hold as soon as the first does."""
    change = first.change(cell)
    agreeing = (
        one for one in sums if cell in one.cells and abs(one.change(cell) - change) <= one.slack + first.slack
    )
    return Cause(cell, change, tuple(agreeing))
