"""Amounts of a whole column, or of a whole sheet, typed in another unit of money than the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from xlbudget.checking.mistakes.diagnosis import Mistake, Suspect, Workings, gravest_first
from xlbudget.checking.mistakes.repair import Range
from xlbudget.checking.mistakes.slips import Slip, SlipReading
from xlbudget.checking.rules.linear import LinearInstance
from xlbudget.model import Cell

_FEWEST = 2  # amounts; one alone is a slip like others


def in_other_money(instances: Sequence[LinearInstance], workings: Workings, factor: int) -> Iterator[Mistake]:
    """Yield the mistake of a column or a sheet that is ``factor`` times too small or too large, if any.

    It mends at least one broken statement and breaks none, up to what rounding in the other money leaves.
    """
    broken = [part for part in instances if part.operator == "=" and _gap(part, workings, {})]
    if not broken:
        return
    best: tuple[int, int, Mistake] | None = None
    for cells in _blocks(instances, workings):
        for times, slip in ((factor, Slip.TEN_THOUSAND_LESS), (Decimal(1) / factor, Slip.TEN_THOUSAND_MORE)):
            mended = _mended(instances, broken, workings, cells, Decimal(times))
            if mended and (best is None or (len(mended), -len(cells)) > best[:2]):
                mistake = _mistake(workings, cells, mended, Decimal(times), SlipReading(slip))
                best = len(mended), -len(cells), mistake
    if best is not None:
        yield best[2]


def _blocks(instances: Sequence[LinearInstance], workings: Workings) -> Iterator[list[Cell]]:
    """Yield the amounts of each column that statements speak of, then those of each sheet."""
    cells = sorted({cell for part in instances for cell in part.cells if workings.value(cell)})
    columns: dict[tuple[str, str], list[Cell]] = {}
    tables: dict[str, list[Cell]] = {}
    for cell in cells:
        columns.setdefault((cell.table, cell.column), []).append(cell)
        tables.setdefault(cell.table, []).append(cell)
    for block in (*columns.values(), *tables.values()):
        if len(block) >= _FEWEST:
            yield block


def _mended(
    instances: Sequence[LinearInstance],
    broken: Sequence[LinearInstance],
    workings: Workings,
    cells: Sequence[Cell],
    times: Decimal,
) -> list[LinearInstance]:
    other = {cell: workings.value(cell) * times for cell in cells}
    found = []
    for part in instances:
        touched = [cell for cell in part.cells if cell in other]
        if not touched or part.operator != "=":
            continue
        terms = (part.left - part.right).terms
        noise = sum((abs(terms[cell]) * workings.step(cell) * times / 2 for cell in touched), Decimal(0))
        if abs(_gap(part, workings, other)) > noise:
            return []
        if part in broken:
            found.append(part)
    return found


def _gap(part: LinearInstance, workings: Workings, other: Mapping[Cell, Decimal]) -> Decimal:
    return (part.left - part.right).value(lambda cell: other.get(cell, workings.value(cell)))


def _mistake(
    workings: Workings,
    cells: Sequence[Cell],
    mended: Sequence[LinearInstance],
    times: Decimal,
    slip: SlipReading,
) -> Mistake:
    first, *others = cells
    repair = {cell: workings.value(cell) * times for cell in cells}
    suspect = Suspect(first, workings.value(first), Range(repair[first], repair[first]), slip)
    return Mistake((suspect,), gravest_first(mended), along=tuple(others), repair=repair)
