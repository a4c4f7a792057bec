"""A block pasted one line off: many cells wrong by one mistake, recognised by moving them back."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.checking.mistakes.repair.programs import Program
from xlbudget.checking.mistakes.repair.steps import OutOfSteps, Steps
from xlbudget.checking.mistakes.repair.system import Constraint, Range, Repair, System
from xlbudget.model import Cell

_MOST_TRIES = 2000


@dataclass(frozen=True, slots=True)
class MovedBlock:
    """Cells that hold what belongs one line above (``shift`` 1) or below (``shift`` -1).

    ``repair`` gives every cell its value; ``lost`` are the cells whose own value was pasted over.
    """

    repair: Repair
    lost: tuple[Cell, ...]
    shift: int

    @property
    def first(self) -> Cell:
        """The first cell that is wrong."""
        return self.repair.cells[0]


def moved_block(system: System, broken: Sequence[Constraint], steps: Steps) -> MovedBlock | None:
    """Return a block whose move by one line satisfies every constraint that it has to do with, or None.

    At least two lines must move, and leave the trace of a paste: the line at the block's own edge is
    empty or stands twice. The line that the other edge was pasted over is free. None also
    when there are no ``steps`` left.
    """
    lines: defaultdict[str, set[int]] = defaultdict(set)
    names: defaultdict[str, set[str]] = defaultdict(set)
    for cell in system.of_cell:
        lines[cell.table].add(cell.row)
        names[cell.table].add(cell.column)
    concerned: defaultdict[str, set[str]] = defaultdict(set)
    for part in broken:
        for cell in part.terms:
            concerned[cell.table].add(cell.column)
    for table, columns in concerned.items():
        whole = tuple(sorted(names[table]))
        for chosen in dict.fromkeys((*((name,) for name in sorted(columns)), whole)):
            for shift in (1, -1):
                blocks = _Blocks(system, broken, table, sorted(lines[table]), chosen, shift, steps)
                try:
                    found = blocks.find()
                except OutOfSteps:
                    return None
                if found is not None:
                    return found
    return None


class _Blocks:
    """The blocks of some columns of one table, moved in one direction."""

    def __init__(
        self,
        system: System,
        broken: Sequence[Constraint],
        table: str,
        rows: Sequence[int],
        columns: Sequence[str],
        shift: int,
        steps: Steps,
    ) -> None:
        self.system, self.broken, self.steps = system, broken, steps
        self.table, self.rows, self.columns, self.shift = table, rows, columns, shift
        self.at = {row: at for at, row in enumerate(rows)}
        self._cells: dict[int, list[Cell]] = {}

    def cells(self, at: int) -> list[Cell]:
        if at not in self._cells:
            known = self.system.of_cell
            cells = (Cell(self.table, self.rows[at], column) for column in self.columns)
            self._cells[at] = [cell for cell in cells if cell in known]
        return self._cells[at]

    def moved(self, at: int) -> dict[Cell, Decimal]:
        """Return the values of the line one further for the cells of a line."""
        row = self.rows[at + self.shift]
        return {cell: self.system.value(Cell(cell.table, row, cell.column)) for cell in self.cells(at)}

    def find(self) -> MovedBlock | None:
        for first, last in self._candidates():
            block = self._tried(range(first, last + 1))
            if block is not None:
                return block
        return None

    def _candidates(self) -> Iterator[tuple[int, int]]:
        """Yield first and last line of blocks that two broken constraints or more have to do with."""
        reach = [
            sorted(
                {
                    self.at[cell.row]
                    for cell in part.terms
                    if cell.table == self.table and cell.column in self.columns
                }
            )
            for part in self.broken
        ]
        tries = 0
        for run in self._runs():
            changed = [at for at in run if self._changed(at)]
            traced = {at for at in changed if self._traced(at)}
            for start, first in enumerate(changed):
                for last in changed[start + 1 :]:
                    if (first if self.shift > 0 else last) not in traced:
                        continue
                    low, high = (first, last + 1) if self.shift > 0 else (first - 1, last)
                    if sum(_meets(part, low, high) for part in reach) > 1:
                        tries += 1
                        if tries > _MOST_TRIES:
                            return
                        yield first, last

    def _changed(self, at: int) -> bool:
        """Whether moving its neighbour back changes a line."""
        return any(value != self.system.value(cell) for cell, value in self.moved(at).items())

    def _traced(self, edge: int) -> bool:
        """Whether the line at an edge of a block is empty or the same as the one that was not moved."""
        own = {cell.column: self.system.value(cell) for cell in self.cells(edge)}
        if not any(own.values()):
            return True
        beside = edge - self.shift
        if not 0 <= beside < len(self.rows):
            return False
        return own == {cell.column: self.system.value(cell) for cell in self.cells(beside)}

    def _runs(self) -> Iterator[list[int]]:
        """Yield runs of lines that agree with everything outside the table once they are moved."""
        run: list[int] = []
        low, high = (0, len(self.rows) - 1) if self.shift > 0 else (1, len(self.rows))
        for at in range(low, high):
            if self._fits(at):
                run.append(at)
            elif run:
                yield run
                run = []
        if run:
            yield run

    def _fits(self, at: int) -> bool:
        instead = self.moved(at)
        row = self.rows[at]
        parts = {id(part): part for cell in instead for part in self.system.of_cell[cell]}
        return all(
            self.system.sum(part, instead) in self.system.goal(part, instead)
            for part in parts.values()
            if not any(
                cell.table == self.table and cell.row != row and cell.column in self.columns
                for cell in part.terms
            )
        )

    def _tried(self, lines: range) -> MovedBlock | None:
        instead = {cell: value for at in lines for cell, value in self.moved(at).items()}
        self.steps.take(len(instead))
        over = lines.stop if self.shift > 0 else lines.start - 1
        lost = self.cells(over)
        free = set(lost)
        touched = {id(part): part for cell in instead for part in self.system.of_cell[cell]}
        for part in touched.values():
            self.steps.take(len(part.terms))
            goal = self.system.goal(part, instead)
            if free.isdisjoint(part.terms) and self.system.sum(part, instead) not in goal:
                return None
        return self._repaired(instead, lost)

    def _repaired(self, instead: Mapping[Cell, Decimal], lost: Sequence[Cell]) -> MovedBlock | None:
        old = self.system
        near = {id(part): part for cell in lost for part in old.of_cell[cell]}  # all that they can repair
        system = System(near.values(), {**old.values, **instead}, old.step, old.fixed, old.lowest)
        program = Program(system, lost, self.steps)
        if program.missing is not None:
            return None
        ranges = {cell: Range(value, value) for cell, value in instead.items() if value != old.value(cell)}
        over = program.ranges().items()  # where the old value is in the range nothing shows that it was lost
        ranges |= {cell: meant for cell, meant in over if old.value(cell) not in meant}
        if any(part.empty for part in ranges.values()):
            return None
        return MovedBlock(Repair(ranges), tuple(lost), self.shift)


def _meets(rows: Sequence[int], low: int, high: int) -> bool:
    """Whether one of the sorted rows is from ``low`` to ``high``."""
    at = bisect_left(rows, low)
    return at < len(rows) and rows[at] <= high
