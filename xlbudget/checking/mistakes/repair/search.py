"""The search: one cell at a time exactly, several cells by the programs, all equally small repairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from xlbudget.checking.mistakes.repair.blocks import MovedBlock, moved_block
from xlbudget.checking.mistakes.repair.choice import has_choice, smallest_choice
from xlbudget.checking.mistakes.repair.programs import Program
from xlbudget.checking.mistakes.repair.steps import OutOfSteps, Steps
from xlbudget.checking.mistakes.repair.system import Constraint, Repair, System, groups_of
from xlbudget.model import Cell

Weight = Callable[[Cell], float]
"""Gives the weight of a cell from 0 to 1: of two equally small repairs the lighter comes first."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much a search for several cells may cost.

    Steps in all (about one operation on a number each: the same result on every machine), cells in a
    repair, repairs listed, cells to choose from. Repairs by one cell are found by trying each, exactly and
    at once, and are all listed.
    """

    steps: int = 2_000_000
    cells: int = 8
    repairs: int = 24
    choice: int = 20_000


@dataclass(frozen=True, slots=True)
class Localization:
    """What one group of broken constraints says.

    ``repairs`` are all equally small repairs, the lightest first; ``complete`` is False when there may
    be more of them. Without any, ``given_up`` says why: ``steps``, ``size``, or ``impossible`` when no
    change of any cells satisfies everything. ``block`` is there when one block pasted a line off
    explains everything, and takes the place of a repair by several cells.
    """

    broken: tuple[Constraint, ...]
    repairs: tuple[Repair, ...]
    complete: bool = True
    given_up: str = ""
    block: MovedBlock | None = None

    @property
    def size(self) -> int:
        """How many cells must change; 0 when that is not known."""
        return len(self.repairs[0].ranges) if self.repairs else 0


def localize(
    system: System, weight: Weight = lambda cell: 0.0, effort: Effort | None = None
) -> tuple[Localization, ...]:
    """Return the smallest repairs of every group of broken constraints; nothing when none is broken.

    Groups that share no cell are repaired apart, as long as each can be repaired by one cell. The
    others are taken together, since changes may make up for each other in a constraint that holds;
    a block pasted one line off is tried before several cells are.
    """
    limits = effort or Effort()
    return _localized(system, weight, limits, Steps(limits.steps))


def _localized(system: System, weight: Weight, limits: Effort, steps: Steps) -> tuple[Localization, ...]:
    """Return the smallest repairs of every group, as far as the steps go."""
    hopeless = [part for part in system.broken if not system.candidates(part)]
    if hopeless:
        left = {id(part) for part in hopeless}
        rest = System(
            (part for part in system.constraints if id(part) not in left),
            system.values,
            system.step,
            system.fixed,
            system.lowest,
        )
        given_up = Localization(tuple(hopeless), (), complete=False, given_up="impossible")
        return (*_localized(rest, weight, limits, steps), given_up)
    apart: list[Localization] = []
    together: list[Constraint] = []
    groups = groups_of(system, system.broken)
    for group in groups:
        others = frozenset(id(part) for part in system.broken if part not in group)
        repairs = _singles(system, group, others, weight)
        if repairs:
            apart.append(Localization(group, tuple(repairs)))
        else:
            together += group
    if together or len(apart) > 1:
        block = moved_block(system, system.broken, half := steps.half())
        steps.left += half.left
        if block is not None:
            return _with_block(system, block, weight, limits, steps)
    if not together:
        return tuple(apart)
    linked, free = _linked(system, together, apart)
    common = _Search(_restricted(system, free), tuple(linked), weight, limits, steps).run()
    return _least(system, (*free, common), weight, limits, steps) if free else (common,)


def _least(
    system: System, parts: tuple[Localization, ...], weight: Weight, limits: Effort, steps: Steps
) -> tuple[Localization, ...]:
    """Return groups repaired apart, unless one repair of them all together needs fewer cells."""
    solved = all(part.repairs for part in parts)
    fewer = sum(part.size for part in parts) - 1 if solved else limits.cells
    search = _Search(system, system.broken, weight, limits, steps)
    found = search.run(min(fewer, limits.cells))
    if found.repairs:
        return (found,)
    if found.given_up == "steps":
        return tuple(replace(part, complete=False) for part in parts)
    return parts


def _with_block(
    system: System, block: MovedBlock, weight: Weight, limits: Effort, steps: Steps
) -> tuple[Localization, ...]:
    """Return the block, and what is left to repair among constraints that it has nothing to do with."""
    cells = {*block.repair.ranges, *block.lost}
    settled = tuple(part for part in system.broken if not cells.isdisjoint(part.terms))
    apart = (part for part in system.constraints if cells.isdisjoint(part.terms))
    rest = System(apart, system.values, system.step, system.fixed, system.lowest)
    return (Localization(settled, (block.repair,), block=block), *_localized(rest, weight, limits, steps))


def _singles(
    system: System, group: Sequence[Constraint], others: frozenset[int], weight: Weight
) -> list[Repair]:
    """Return the repairs of a group by one cell; the broken constraints of other groups are left aside."""
    shared = frozenset.intersection(*(system.candidates(part) for part in group))
    found = []
    for cell in sorted(shared, key=lambda cell: (weight(cell), cell)):
        values = system.alone(cell, others)
        if not values.empty:
            found.append(Repair({cell: values}))
    return found


def _linked(
    system: System, together: Sequence[Constraint], apart: Sequence[Localization]
) -> tuple[list[Constraint], list[Localization]]:
    """Draw into the common search every group whose repairs share a constraint with it; return the rest."""
    linked, free = list(together), list(apart)
    cells = set(chain.from_iterable(part.terms for part in linked))
    while True:
        near = {id(part) for cell in cells for part in system.of_cell.get(cell, ())}
        drawn = [
            part
            for part in free
            if any(
                id(constraint) in near
                for repair in part.repairs
                for cell in repair.ranges
                for constraint in system.of_cell.get(cell, ())
            )
        ]
        if not drawn:
            return linked, free
        for part in drawn:
            free.remove(part)
            linked += part.broken
            cells |= set(chain.from_iterable(constraint.terms for constraint in part.broken))


def _restricted(system: System, free: Sequence[Localization]) -> System:
    """Return the system without the broken constraints that are repaired apart, their cells fixed."""
    settled = {id(constraint) for part in free for constraint in part.broken}
    if not settled:
        return system
    kept = [part for part in system.constraints if id(part) not in settled]
    taken = {cell for part in free for constraint in part.broken for cell in constraint.terms}
    return System(
        kept, system.values, system.step, lambda cell: cell in taken or system.fixed(cell), system.lowest
    )


class _Search:
    """Repairs of several cells: choose, try, learn which further cells must be among them, choose again."""

    def __init__(
        self, system: System, broken: tuple[Constraint, ...], weight: Weight, limits: Effort, steps: Steps
    ) -> None:
        self.system = system
        self.broken = broken
        self.weight = weight
        self.limits = limits
        self.steps = steps
        self.conflicts: list[frozenset[Cell]] = [system.candidates(part) for part in broken]
        self.excluded: list[frozenset[Cell]] = []
        self.size = 0
        """How many cells are needed at least, by what has been found so far."""

    def run(self, most: int | None = None) -> Localization:
        """Return all smallest repairs of at most ``most`` cells."""
        if len(frozenset().union(*self.conflicts)) > self.limits.choice:
            return Localization(self.broken, (), complete=False, given_up="size")
        repairs: list[Repair] = []
        reason = ""
        while len(repairs) < self.limits.repairs:
            found = self._next(len(repairs[0].ranges) if repairs else most or self.limits.cells)
            if isinstance(found, str):
                reason = found
                break
            repairs.append(found)
            self.excluded.append(frozenset(found.ranges))
        complete = reason in {"", "impossible", "larger"} and len(repairs) < self.limits.repairs
        if repairs:
            weights = self._weights()
            repairs.sort(key=lambda part: (sum(weights[cell] for cell in part.cells), part.cells))
            return Localization(self.broken, tuple(repairs), complete)
        return Localization(
            self.broken, (), complete=False, given_up="size" if reason == "larger" else reason
        )

    def _next(self, most: int) -> Repair | str:
        """Return the next smallest repair of at most ``most`` cells, or why there is none."""
        try:
            return self._found(most)
        except OutOfSteps:
            return "steps"

    def _found(self, most: int) -> Repair | str:
        while True:
            chosen = smallest_choice(
                self.conflicts, self.excluded, self._weights(), range(self.size, most + 1), self.steps
            )
            if chosen is None:
                return "larger" if has_choice(self.conflicts, self.excluded, self.steps) else "impossible"
            self.size = len(chosen)
            program = Program(self.system, sorted(chosen), self.steps)
            further = program.missing
            if further is None:
                ranges = program.ranges()
                if not any(part.empty for part in ranges.values()):
                    return Repair(ranges)
                self.excluded.append(chosen)
            elif not further:
                return "impossible"
            else:
                self.conflicts.append(further)

    def _weights(self) -> Mapping[Cell, int]:
        """Return the weights in millionths, whose sums are the same in any order."""
        cells = frozenset().union(*self.conflicts)
        return {cell: round(self.weight(cell) * 1_000_000) for cell in cells}


def substitutes(localization: Localization) -> Iterator[tuple[Cell, tuple[Cell, ...]]]:
    """Yield each cell of the first repair with the cells that stand in its place in an equally small one."""
    first = frozenset(localization.repairs[0].ranges) if localization.repairs else frozenset()
    for cell in sorted(first):
        others = first - {cell}
        swapped = (frozenset(repair.ranges) - others for repair in localization.repairs[1:])
        yield cell, tuple(next(iter(part)) for part in swapped if len(part) == 1 and cell not in part)
