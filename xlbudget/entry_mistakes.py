"""Entries that do not meet what is known twice: which entry, changed by a known slip, explains it?

A wrong entry moves all forms together, so only rules between entries see it: revenue against
expenditure by source and year of origin, items of revenue against its sum. Every entry in such a
rule could be the mistake; :func:`entry_mistakes` ranks them by the slip that would have led there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial

from xlbudget.assertions import Reader
from xlbudget.diagnosis import Diagnosis, Mistake, Suspect, Workings, diagnose
from xlbudget.evidence import Evidence
from xlbudget.linear_rules import Linear, LinearInstance, linear_rules
from xlbudget.localization import Range
from xlbudget.model import Cell, ColumnKind, Rule
from xlbudget.recalculation import Values
from xlbudget.slips import Explanation, Slip

_MOST_MEASURED = 60  # entries by which a form cell is measured; each costs an evaluation
_MOST_EVALUATED = 120  # entries evaluated for one workbook, so that one full of mistakes holds nobody up
_UNIT = Decimal(10_000)


def entry_mistakes(evidence: Evidence, failed: Sequence[Rule]) -> Diagnosis:
    """Return the mistakes among entries that explain the failed rules between entries."""
    direct = [part for rule in failed for part in _instances(evidence, rule) if _direct(evidence, part)]
    gaps = {abs(_gap(part, evidence.recalculated)) for part in direct}
    follow: list[LinearInstance] = []
    measured: list[LinearInstance] = []
    evaluated: dict[Cell, Values] = {}
    for rule in failed:
        for part in _instances(evidence, rule):
            if not _direct(evidence, part) and not _holds(evidence, part):
                if abs(_gap(part, evidence.recalculated)) in gaps:
                    follow.append(part)
                else:
                    measured += _measured(evidence, part, evaluated)
    instances = [*direct, *measured]
    if not instances:
        return Diagnosis(())
    values = _amounts(evidence)
    workings = Workings(
        values=values,
        spread=lambda cell: Decimal(0),
        step=lambda cell: Decimal(1).scaleb(-evidence.template.entry_decimals),
        name=lambda cell: _name(evidence, cell),
        expected=lambda cell: _alone(evidence, cell),
    )
    moved = list(_in_other_cell(instances, workings))
    settled = {id(part) for mistake in moved for part in mistake.broken}
    rest = diagnose((part for part in instances if id(part) not in settled), workings)
    mistakes = [_followed(evidence, mistake, follow) for mistake in (*moved, *rest.mistakes)]
    return replace(rest, mistakes=tuple(mistakes))


def _instances(evidence: Evidence, rule: Rule) -> tuple[LinearInstance, ...]:
    return linear_rules(evidence.blueprint, evidence.recalculated, [rule]).instances


def _direct(evidence: Evidence, part: LinearInstance) -> bool:
    """Whether an instance speaks of entries alone."""
    return all(_is_amount_entry(evidence, cell) for cell in part.cells)


def _gap(part: LinearInstance, value: Reader) -> Decimal:
    return (part.left - part.right).value(value)


def _followed(evidence: Evidence, mistake: Mistake, follow: Sequence[LinearInstance]) -> Mistake:
    """Return a mistake with the statements over forms that miss by the same amount."""
    gaps = {abs(_gap(part, evidence.recalculated)) for part in mistake.broken if _direct(evidence, part)}
    same = [part for part in follow if abs(_gap(part, evidence.recalculated)) in gaps]
    return replace(mistake, broken=(*mistake.broken, *same))


def _amounts(evidence: Evidence) -> dict[Cell, Decimal]:
    return {
        Cell(table, row.row, key): value
        for table, rows in evidence.submission.entries.items()
        for row in rows
        for key, value in row.values.items()
        if isinstance(value, Decimal)
    }


def _is_amount_entry(evidence: Evidence, cell: Cell) -> bool:
    column = evidence.layout.column(cell.table, cell.column)
    return column is not None and column.entry and column.kind is ColumnKind.AMOUNT


def _name(evidence: Evidence, cell: Cell) -> str:
    place = evidence.place(cell)
    return f"{place.sheet}!{place.address}"


def _alone(evidence: Evidence, cell: Cell) -> bool:
    """Whether an empty cell is likely to have been forgotten: its row has no amount at all."""
    rows = evidence.submission.entries.get(cell.table, ())
    row = next((row for row in rows if row.row == cell.row), None)
    return row is not None and not any(isinstance(value, Decimal) and value for value in row.values.values())


# ------------------------------------------------------------------ rules as statements over entries


def _holds(evidence: Evidence, part: LinearInstance) -> bool:
    gap = _gap(part, evidence.recalculated)
    return gap == 0 if part.operator == "=" else gap <= 0 if part.operator in {"<=", "<"} else gap >= 0


def _measured(
    evidence: Evidence, part: LinearInstance, evaluated: dict[Cell, Values]
) -> Iterator[LinearInstance]:
    """Yield a broken instance over entries, its coefficients measured by changing one entry at a time.

    Nothing when too many entries could matter. Forms are linear in amounts, so that one change tells.
    ``evaluated`` keeps what changing an entry gives, for other instances.
    """
    gap = part.left - part.right
    sources = {(cell.table, cell.column) for cell in part.cells}
    entries = [
        Cell(table, row.row, key)
        for table, rows in evidence.submission.entries.items()
        for row in rows
        for key in row.values
        if _is_amount_entry(evidence, Cell(table, row.row, key))
    ]
    columns = {(cell.table, cell.column) for cell in entries}
    near = {column for column in columns if not sources.isdisjoint(evidence.plan.downstream([column]))}
    chosen = [cell for cell in entries if (cell.table, cell.column) in near]
    unknown = sum(1 for cell in chosen if cell not in evaluated)
    if len(chosen) > _MOST_MEASURED or len(evaluated) + unknown > _MOST_EVALUATED:
        return
    now = gap.value(evidence.recalculated)
    terms: dict[Cell, Decimal] = {}
    for cell in chosen:
        values = evaluated.get(cell)
        if values is None:
            values = evaluated[cell] = evidence.changed_entry(cell, _UNIT)
        other = gap.value(partial(evidence.plan.decimals, values))
        if other != now:
            terms[cell] = (other - now) / _UNIT
    known = _amounts(evidence)
    constant = now - sum((factor * known.get(cell, Decimal(0)) for cell, factor in terms.items()), Decimal(0))
    if terms:
        yield replace(part, left=Linear(terms, constant), right=Linear())


# ------------------------------------------------------------------ an amount in the wrong cell


def _in_other_cell(instances: Sequence[LinearInstance], workings: Workings) -> Iterator[Mistake]:
    """Yield mistakes that break two statements in opposite ways: an amount typed in the wrong cell."""
    gaps = {id(part): _gap(part, workings.value) for part in instances if part.operator == "="}
    broken = [part for part in instances if gaps.get(id(part))]
    taken: set[int] = set()
    for at, one in enumerate(broken):
        for other in broken[at + 1 :]:
            if id(one) in taken or id(other) in taken or gaps[id(one)] != -gaps[id(other)]:
                continue
            suspects = [*_moves(one, other, workings), *_moves(other, one, workings)]
            if suspects:
                taken |= {id(one), id(other)}
                yield Mistake(tuple(suspects), (one, other))


def _moves(source: LinearInstance, goal: LinearInstance, workings: Workings) -> Iterator[Suspect]:
    """Yield amounts that would mend both statements in an empty cell of ``goal`` on their line or column."""
    gap = _gap(source, workings.value)
    terms, others = (source.left - source.right).terms, (goal.left - goal.right).terms
    for cell, factor in terms.items():
        value = workings.value(cell)
        if not value or factor * value != gap:
            continue
        for place, other in others.items():
            near = place.table == cell.table and (place.row == cell.row or place.column == cell.column)
            if near and other == factor and not workings.value(place):
                slip = Slip.OTHER_COLUMN if place.row == cell.row else Slip.WRONG_LINE
                told = Explanation(slip, Decimal(0), workings.name(place))
                yield Suspect(cell, value, Range(Decimal(0), Decimal(0)), told)
