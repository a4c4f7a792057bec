"""The smallest set that has one of each of some sets: which cells to try next.

Branching on the set with the fewest members, by size from below. Of several that are equally small the
lightest is taken, of several as light the first in the order of its members.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from xlbudget.checking.mistakes.repair.steps import Steps
from xlbudget.model import Cell

Set = frozenset[Cell]
_Best = tuple[int, tuple[Cell, ...]]


def smallest_choice(
    conflicts: Sequence[Set],
    excluded: Sequence[Set],
    weight: Mapping[Cell, int],
    sizes: Iterable[int],
    steps: Steps,
) -> Set | None:
    """Return the smallest, lightest set that has one of every conflict and contains none of ``excluded``.

    None when there is none of ``sizes`` members, from the smallest. Raises OutOfSteps.
    """
    if not all(conflicts):
        return None
    search = _Choosing(conflicts, excluded, weight, steps)
    for size in sizes:
        found = search.of(size)
        if found is not None:
            return found
    return None


def has_choice(conflicts: Sequence[Set], excluded: Sequence[Set], steps: Steps) -> bool:
    """Whether there is any set, however large, that has one of every conflict and contains no excluded one.

    Such a set leaves one member of every excluded set out. Raises OutOfSteps.
    """
    if not all(conflicts):
        return False
    if not excluded:
        return True
    first, *rest = excluded
    for cell in sorted(first):
        steps.take(len(conflicts))
        left = [group - {cell} for group in conflicts]
        if has_choice(left, [group for group in rest if cell not in group], steps):
            return True
    return False


class _Choosing:
    """Conflicts as bits: each cell is known by the conflicts that it is a member of."""

    def __init__(
        self, conflicts: Sequence[Set], excluded: Sequence[Set], weight: Mapping[Cell, int], steps: Steps
    ) -> None:
        self.weight, self.steps = weight, steps
        self.all = (1 << len(conflicts)) - 1
        self.excluded = [group for group in excluded if group]
        bits: dict[Cell, int] = {}
        for at, group in enumerate(conflicts):
            steps.take(len(group))
            for cell in group:
                bits[cell] = bits.get(cell, 0) | 1 << at
        self.bits = self._worth_trying(bits)
        self.members: list[list[Cell]] = [[] for _ in conflicts]
        for cell in sorted(self.bits, key=lambda cell: (weight[cell], cell)):
            for at in _places(self.bits[cell]):
                self.members[at].append(cell)
        self.best: _Best | None = None

    def _worth_trying(self, bits: Mapping[Cell, int]) -> dict[Cell, int]:
        """Return the cells of which no other does as much for as little; all those in excluded sets."""
        kept = {cell: bits[cell] for group in self.excluded for cell in group if cell in bits}
        of_bits: dict[int, Cell] = {}
        for cell in sorted(bits.keys() - kept.keys(), key=lambda cell: (self.weight[cell], cell)):
            of_bits.setdefault(bits[cell], cell)
        self.steps.take(len(of_bits) ** 2)
        for own, cell in of_bits.items():
            rank = self.weight[cell], cell
            if not any(
                own | other == other and own != other and (self.weight[better], better) < rank
                for other, better in of_bits.items()
            ):
                kept[cell] = own
        return kept

    def of(self, size: int) -> Set | None:
        """Return the lightest choice of so many cells."""
        self.best = None
        self._branch(self.all, (), 0, frozenset(), size)
        return None if self.best is None else frozenset(self.best[1])

    def _branch(self, left: int, chosen: tuple[Cell, ...], weight: int, barred: Set, room: int) -> None:
        """Try every cell of the conflict that has the fewest, each without those tried before it."""
        self.steps.take(len(self.members))
        if not left:
            found = weight, tuple(sorted(chosen))
            if self.best is None or found < self.best:
                self.best = found
            return
        if self._apart(left, barred) > room or (self.best is not None and weight > self.best[0]):
            return
        fewest = min(
            ([cell for cell in self.members[at] if cell not in barred] for at in _places(left)), key=len
        )
        tried = set(barred)
        for cell in fewest:
            together = (*chosen, cell)
            if not any(group.issubset(together) for group in self.excluded):
                rest = left & ~self.bits[cell]
                self._branch(rest, together, weight + self.weight[cell], frozenset(tried), room - 1)
            tried.add(cell)

    def _apart(self, left: int, barred: Set) -> int:
        """Return a number of conflicts of which no cell is in two: so many cells are needed at least."""
        count = 0
        while left:
            at = (left & -left).bit_length() - 1
            count += 1
            for cell in self.members[at]:
                if cell not in barred:
                    left &= ~self.bits[cell]
            left &= ~(1 << at)
            self.steps.take(len(self.members[at]))
        return count


def _places(bits: int) -> Iterator[int]:
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
