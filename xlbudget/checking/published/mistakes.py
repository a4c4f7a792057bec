"""Workbooks of values: broken rules → the cells that are likely wrong, one finding for each mistake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from xlbudget.checking.mistakes.candidates import candidates_of
from xlbudget.checking.mistakes.diagnosis import Diagnosis, Mistake, Workings, diagnose
from xlbudget.checking.mistakes.words import suspects_named
from xlbudget.checking.published.intervals import judge
from xlbudget.checking.rules.linear import LinearInstance
from xlbudget.model import Cell, Finding, Operand
from xlbudget.returns.published.precision import NOTHING
from xlbudget.returns.published.workbooks import PublishedWorkbook

FOUND = 40
"""Characters of the wrong words that a finding quotes."""
_MOST = 40  # operands of one finding


def diagnose_published(workbook: PublishedWorkbook, instances: Iterable[LinearInstance]) -> Diagnosis:
    """Return the mistakes that explain the instances that do not hold within rounding."""
    layout = workbook.blueprint.layout

    def usual(cell: Cell) -> Decimal:
        return Decimal(1).scaleb(-layout.decimals(cell.table, cell.column))

    def step(cell: Cell) -> Decimal:
        half = workbook.interval(cell).half
        return (2 * half).normalize() if half else usual(cell)

    def spread(cell: Cell) -> Decimal:
        shown = workbook.interval(cell)
        return usual(cell) / 2 if shown == NOTHING else shown.half

    values = {cell: amount.value for cell, amount in workbook.amounts.items()}
    return diagnose(instances, Workings(values, spread, step, lambda cell: _name(workbook, cell)))


def _name(workbook: PublishedWorkbook, cell: Cell) -> str:
    place = workbook.place(cell)
    words = " · ".join(word for word in (place.line, place.column) if word)
    where = place.where
    return f"{words}（{where}）" if where else words


def mistake_finding(workbook: PublishedWorkbook, mistake: Mistake) -> Finding:
    """Return the finding of one mistake, at its likeliest cell, with the rules that it breaks as evidence."""
    first = mistake.suspects[0]
    verdicts = [judge(part, workbook.interval, workbook.blank) for part in mistake.broken]
    gravest = min(verdicts, key=lambda one: one.severity.rank)
    rule, severity = gravest.instance.rule, gravest.severity
    place = workbook.place(first.cell)
    evidence = f"不符的关系：{_evidence(mistake.broken)}"
    message = f"{place}：{suspects_named(workbook.place, workbook.money, mistake, first.cell)}。{evidence}。"
    if severity is not rule.severity:
        message += "同一个准确数可以舍入成这两个数，所以不作退回，请把两处改成一致。"
    value = first.value
    cells = [cell for part in mistake.broken for cell in sorted(part.cells)]
    return Finding(
        rule=rule.id,
        severity=severity,
        message=message,
        unit=workbook.unit.code,
        file=str(workbook.path),
        place=place,
        stored=first.stored,
        expected=value,
        difference=None if value is None else first.stored - value,
        money=workbook.money(first.cell),
        candidates=candidates_of(workbook.place, workbook.money, mistake),
        **printed_parts(workbook, cells, first.cell),
    )


def printed_parts(workbook: PublishedWorkbook, cells: Iterable[Cell], wrong: Cell | None) -> dict[str, Any]:
    """Return what a finding says of printed texts: the wrong one, and the operands with their places.

    Of the operands those that print something are named, up to a number that people can look up.
    """
    printed = [cell for cell in dict.fromkeys(cells) if cell in workbook.amounts and cell != wrong]
    operands = tuple(Operand(str(workbook.amounts[cell]), workbook.place(cell)) for cell in printed[:_MOST])
    found = str(workbook.amounts[wrong]) if wrong is not None and wrong in workbook.amounts else ""
    return {"found": found[:FOUND], "operands": operands}


def _evidence(broken: Sequence[LinearInstance]) -> str:
    """Name the broken rules with their titles, each once, with how often."""
    counts: dict[str, int] = {}
    titles: Mapping[str, str] = {part.rule.id: part.rule.title for part in broken}
    for part in broken:
        counts[part.rule.id] = counts.get(part.rule.id, 0) + 1
    named = [
        f"{name} {titles[name]}{f'（{count} 处）' if count > 1 else ''}" for name, count in counts.items()
    ]
    return "；".join(named[:6]) + (f"等 {len(named)} 条" if len(named) > 6 else "")
