"""Entries that do not meet what is known twice: which entry, changed by a known slip, explains it?

A wrong entry moves all forms together, so only rules between entries see it: revenue against
expenditure by source and year of origin, items of revenue against its sum. Every entry in such a
rule could be the mistake; :func:`entry_mistakes` ranks them by the slip that would have led there,
and by what else is known: control totals that must hold as well, last year's amount of the same entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.mistakes.diagnosis import (
    Diagnosis,
    Mistake,
    Suspect,
    Workings,
    binds,
    diagnose,
    gravest_first,
)
from xlbudget.checking.mistakes.entry_effects import EntryEffects, is_amount_entry
from xlbudget.checking.mistakes.other_money import in_other_money
from xlbudget.checking.mistakes.repair import Range
from xlbudget.checking.mistakes.slips import Slip, SlipReading
from xlbudget.checking.rules.formula_values import Reader
from xlbudget.checking.rules.linear import Linear, LinearInstance, linear_rules
from xlbudget.model import Cell, Rule

_TOO_MANY = "有关的录入数过多，没有逐个试算"


@dataclass(frozen=True, slots=True)
class KnownBefore:
    """What is known of a unit's budget beside its workbook.

    ``limits`` state control totals over form cells, whether they hold or not; ``last_year`` are last
    year's amounts of entries (元).
    """

    limits: tuple[LinearInstance, ...] = ()
    last_year: Mapping[Cell, Decimal] = field(default_factory=dict)


def entry_mistakes(evidence: Evidence, failed: Sequence[Rule], known: KnownBefore) -> Diagnosis:
    """Return the mistakes among entries that explain the failed rules between entries.

    A control total that fails by itself is none of them: more was asked for than there is, not mistyped.
    Nor is a hint: no entry is looked for where only that fails.
    ``unexplained`` are those failures for which no entry was looked for to the end, with the reason.
    """
    effects = EntryEffects(evidence)
    binding = [rule for rule in failed if binds(rule)]
    stated = linear_rules(evidence.blueprint, evidence.recalculated, binding).instances
    direct = [part for part in stated if _direct(evidence, part)]
    gaps = {abs(_gap(part, evidence.recalculated)) for part in direct}
    follow: list[LinearInstance] = []
    measured: list[LinearInstance] = []
    left: list[LinearInstance] = []
    for part in stated:
        if _direct(evidence, part) or _holds(evidence, part):
            continue
        if abs(_gap(part, evidence.recalculated)) in gaps:
            follow.append(part)
            continue
        over_entries = _measured(effects, part)
        if over_entries is not None:
            measured.append(over_entries)
        elif effects.cut_short:
            left.append(part)
    instances = [*direct, *measured]
    limits = [part for part in (_measured(effects, limit) for limit in known.limits) if part is not None]
    found = _diagnosed(evidence, effects, instances, known)
    if instances and limits:
        found = _better(found, _diagnosed(evidence, effects, [*instances, *limits], known))
    every = (_reported(evidence, mistake, follow, limits) for mistake in found.mistakes)
    mistakes = tuple(mistake for mistake in every if mistake is not None)
    reasons = "；".join(filter(None, (found.reason, _TOO_MANY if left else "")))
    return Diagnosis(mistakes, (*found.unexplained, *left), reasons)


def _measured(effects: EntryEffects, part: LinearInstance) -> LinearInstance | None:
    form = effects.over_entries(part.left - part.right)
    return None if form is None else replace(part, left=form, right=Linear())


def _better(found: Diagnosis, limited: Diagnosis) -> Diagnosis:
    """Return what was found with control totals, unless by more mistakes or fewer slips."""
    if len(limited.mistakes) + len(limited.unexplained) > len(found.mistakes) + len(found.unexplained):
        return found
    if _unlikely(limited) > _unlikely(found):
        return found
    return limited


def _unlikely(diagnosis: Diagnosis) -> int:
    """Return how many mistakes no slip explains."""
    return sum(not mistake.suspects[0].likely for mistake in diagnosis.mistakes)


def _diagnosed(
    evidence: Evidence,
    effects: EntryEffects,
    instances: Sequence[LinearInstance],
    known: KnownBefore,
) -> Diagnosis:
    """Return the mistakes that explain instances over entries, none of which may be broken."""
    if not instances:
        return Diagnosis(())
    workings = Workings(
        values=effects.amounts,
        spread=lambda cell: Decimal(0),
        step=lambda cell: Decimal(1).scaleb(-evidence.template.entry_decimals),
        name=lambda cell: _name(evidence, cell),
        last_year=known.last_year.get,
        expected=lambda cell: bool(known.last_year.get(cell)) or _alone(evidence, cell),
    )
    moved = list(in_other_money(instances, workings, evidence.template.money_factor))
    settled = {id(part) for mistake in moved for part in mistake.broken}
    rest = [part for part in instances if id(part) not in settled]
    moved += _in_other_cell(rest, workings)
    settled = {id(part) for mistake in moved for part in mistake.broken}
    rest = [part for part in instances if id(part) not in settled]
    found = diagnose(rest, workings)
    return replace(found, mistakes=(*moved, *found.mistakes))


def _direct(evidence: Evidence, part: LinearInstance) -> bool:
    """Whether an instance speaks of entries alone."""
    return all(is_amount_entry(evidence, cell) for cell in part.cells)


def _gap(part: LinearInstance, value: Reader) -> Decimal:
    return (part.left - part.right).value(value)


def _reported(
    evidence: Evidence,
    mistake: Mistake,
    follow: Sequence[LinearInstance],
    limits: Sequence[LinearInstance],
) -> Mistake | None:
    """Return a mistake with the statements over forms that miss by the same amount, control totals last.

    None when it breaks control totals alone: those speak for themselves.
    """
    gaps = {abs(_gap(part, evidence.recalculated)) for part in mistake.broken if _direct(evidence, part)}
    same = [part for part in follow if abs(_gap(part, evidence.recalculated)) in gaps]
    of_limits = {id(part) for part in limits}
    rules = gravest_first(part for part in (*mistake.broken, *same) if id(part) not in of_limits)
    exceeded = tuple(part for part in mistake.broken if id(part) in of_limits)
    return replace(mistake, broken=(*rules, *exceeded)) if rules else None


def _name(evidence: Evidence, cell: Cell) -> str:
    place = evidence.place(cell)
    return f"{place.sheet}!{place.address}"


def _alone(evidence: Evidence, cell: Cell) -> bool:
    """Whether an empty cell is likely to have been forgotten: its row has no amount at all."""
    rows = evidence.submission.entries.get(cell.table, ())
    row = next((row for row in rows if row.row == cell.row), None)
    return row is not None and not any(isinstance(value, Decimal) and value for value in row.values.values())


def _holds(evidence: Evidence, part: LinearInstance) -> bool:
    gap = _gap(part, evidence.recalculated)
    return gap == 0 if part.operator == "=" else gap <= 0 if part.operator in {"<=", "<"} else gap >= 0


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
            if not suspects:
                suspects = [*_parts(one, other, workings), *_parts(other, one, workings)]
                suspects.sort(key=lambda part: part.roughness)
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
                told = SlipReading(slip, Decimal(0), workings.name(place))
                yield Suspect(cell, value, Range(Decimal(0), Decimal(0)), told)


def _parts(source: LinearInstance, goal: LinearInstance, workings: Workings) -> Iterator[Suspect]:
    """Yield amounts of which a part would mend both statements in an empty cell of ``goal`` on their line."""
    gap = _gap(source, workings.value)
    terms, others = (source.left - source.right).terms, (goal.left - goal.right).terms
    for cell, factor in terms.items():
        left = workings.value(cell) - gap / factor
        if not 0 < left < workings.value(cell):
            continue
        for place, other in others.items():
            beside = (place.table, place.row) == (cell.table, cell.row)
            if beside and other == factor and not workings.value(place):
                told = SlipReading(Slip.PART_OF_OTHER, left, workings.name(place))
                yield Suspect(cell, workings.value(cell), Range(left, left), told)
