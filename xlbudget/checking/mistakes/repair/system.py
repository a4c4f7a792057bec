"""Linear statements over cells, the values that stand there, and which statements are broken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cached_property
from typing import NamedTuple

from xlbudget.model import Cell


class Range(NamedTuple):
    """From ``low`` to ``high``, both included; None is without bound."""

    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def only(self) -> Decimal | None:
        """The one value in it, or None when there are several."""
        return self.low if self.low == self.high else None

    @property
    def empty(self) -> bool:
        """Whether no value is in it."""
        return self.low is not None and self.high is not None and self.low > self.high

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, Decimal):
            return False
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)

    def met(self, other: Range) -> Range:
        """Return what is in both."""
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return Range(max(lows, default=None), min(highs, default=None))

    def in_steps(self, step: Decimal) -> Range:
        """Return the range of multiples of ``step`` in it; there is no zero below zero."""
        low = None if self.low is None else (self.low / step).to_integral_value(ROUND_CEILING) * step + 0
        high = None if self.high is None else (self.high / step).to_integral_value(ROUND_FLOOR) * step + 0
        return Range(low, high)


@dataclass(frozen=True, slots=True)
class Constraint:
    """``Σ coefficient · cell + constant`` is ``=``, ``<=`` or ``>=`` zero, give or take ``slack``.

    ``slack`` is what rounding explains: the sum of the half units in the last place that its cells
    show, zero for exact values and where one fact is shown twice. ``filled`` is what it explains more
    when an empty cell is given a value. ``name`` says where the constraint comes from; equal
    constraints of different names stay apart.
    """

    name: object = field(hash=False)
    terms: Mapping[Cell, Decimal] = field(hash=False)
    operator: str = "="
    constant: Decimal = Decimal(0)
    slack: Decimal = Decimal(0)
    filled: Decimal = Decimal(0)

    @property
    def range(self) -> Range:
        """Where ``Σ coefficient · cell`` must be."""
        return self._within(self.slack)

    @property
    def range_filled(self) -> Range:
        """Where it must be once an empty cell has a value."""
        return self._within(self.slack + self.filled)

    def _within(self, slack: Decimal) -> Range:
        low = -self.constant - slack if self.operator in {"=", ">=", ">"} else None
        high = -self.constant + slack if self.operator in {"=", "<=", "<"} else None
        return Range(low, high)


@dataclass(frozen=True, slots=True)
class Repair:
    """Cells whose change makes every statement true, with the values that each may take.

    A cell's range is taken alone, the other cells of the repair being free.
    """

    ranges: Mapping[Cell, Range]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells to change, in a fixed order."""
        return tuple(sorted(self.ranges))


Step = Callable[[Cell], Decimal]
"""Gives the smallest difference between two values of a cell."""


class System:
    """Constraints and the values that stand in their cells.

    ``fixed`` says which cells cannot be the mistake; ``lowest`` the least value that a repair may
    give a cell, if any.
    """

    def __init__(
        self,
        constraints: Iterable[Constraint],
        values: Mapping[Cell, Decimal],
        step: Step,
        fixed: Callable[[Cell], bool] = lambda cell: False,
        lowest: Decimal | None = Decimal(0),
    ) -> None:
        self.constraints: tuple[Constraint, ...] = tuple(constraints)
        self.values = values
        self.step = step
        self.fixed = fixed
        self.lowest = lowest

    def value(self, cell: Cell) -> Decimal:
        """Return what stands in a cell; nothing is zero."""
        return self.values.get(cell, Decimal(0))

    @cached_property
    def of_cell(self) -> Mapping[Cell, Sequence[Constraint]]:
        """The constraints that each cell takes part in."""
        found: defaultdict[Cell, list[Constraint]] = defaultdict(list)
        for constraint in self.constraints:
            for cell in constraint.terms:
                found[cell].append(constraint)
        return found

    @cached_property
    def sums(self) -> Mapping[int, Decimal]:
        """``Σ coefficient · cell`` of each constraint, by identity."""
        return {id(constraint): self.sum(constraint) for constraint in self.constraints}

    def sum(self, constraint: Constraint, instead: Mapping[Cell, Decimal] | None = None) -> Decimal:
        """Return ``Σ coefficient · cell``, with other values in some cells."""
        result = Decimal(0)
        for cell, coefficient in constraint.terms.items():
            known = instead.get(cell) if instead else None
            result += coefficient * (self.value(cell) if known is None else known)
        return result

    def goal(self, part: Constraint, changed: Iterable[Cell]) -> Range:
        """Return where a constraint's sum must be when the given cells change."""
        fills = part.filled and any(cell in part.terms and cell not in self.values for cell in changed)
        return part.range_filled if fills else part.range

    @cached_property
    def broken(self) -> tuple[Constraint, ...]:
        """The constraints that the values do not satisfy."""
        return tuple(part for part in self.constraints if self.sums[id(part)] not in part.range)

    def alone(self, cell: Cell, without: frozenset[int] = frozenset()) -> Range:
        """Return the values with which a cell satisfies all its constraints, no other cell changed.

        ``without`` are identities of constraints that are left out of account.
        """
        found = Range(self.lowest, None)
        for part in self.of_cell.get(cell, ()):
            if id(part) in without:
                continue
            coefficient, within = part.terms[cell], self.goal(part, (cell,))
            rest = self.sums[id(part)] - coefficient * self.value(cell)
            low = None if within.low is None else (within.low - rest) / coefficient
            high = None if within.high is None else (within.high - rest) / coefficient
            found = found.met(Range(low, high) if coefficient > 0 else Range(high, low))
        return found.in_steps(self.step(cell))

    def candidates(self, constraint: Constraint) -> frozenset[Cell]:
        """Return the cells of a constraint that may be the mistake."""
        return frozenset(cell for cell in constraint.terms if not self.fixed(cell))


def groups_of(system: System, broken: Sequence[Constraint]) -> list[tuple[Constraint, ...]]:
    """Return broken constraints in groups that share no cell which may be the mistake."""
    groups: list[tuple[list[Constraint], set[Cell]]] = []
    for part in broken:
        cells = set(system.candidates(part))
        members = [part]
        apart = []
        for group, known in groups:
            if known.isdisjoint(cells):
                apart.append((group, known))
            else:
                members = [*group, *members]
                cells |= known
        groups = [*apart, (members, cells)]
    order = {id(part): at for at, part in enumerate(broken)}
    found = [tuple(sorted(group, key=lambda part: order[id(part)])) for group, _ in groups]
    return sorted(found, key=lambda group: order[id(group[0])])
