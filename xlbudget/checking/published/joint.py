"""Whether one exact ledger gives everything printed: all rules at once over all intervals.

Rule by rule rounding may explain each difference and still not all of them together. The program says how far
the printed amounts would have to leave their intervals; the weights of the rules in its answer add up to one
statement that no rounding explains, which is verified in decimals before it is told: what the program finds
is a proof or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import comb, erfc, factorial, sqrt

from xlbudget.checking.published.intervals import Agreement, IntervalReader, IntervalVerdict, interval
from xlbudget.checking.published.mistakes import printed_parts
from xlbudget.checking.rules.linear import Linear, LinearInstance
from xlbudget.checking.rules.solver import ProgramRow, elastic
from xlbudget.model import Cell, Finding, RuleOutcome, RuleStatus, Severity
from xlbudget.returns.published.precision import NOTHING
from xlbudget.returns.published.workbooks import PublishedWorkbook

RULE, TITLE = "joint_feasibility", "有一套精确的账可以同时得出全部印出的数"
UNLIKELY, UNLIKELY_TITLE = "unlikely_rounding", "舍入能解释的差额不至于太巧"
_IMPROBABLE = 0.01
_LEAST = 1e-5  # of the last decimal: less is the solver's own rounding
_FINE = Decimal("0.000001")
_NO_WEIGHT = 1e-7
_EXACT_TERMS = 24  # terms up to which the tail is computed exactly


@dataclass(frozen=True, slots=True)
class Joint:
    """What the program says: outcomes, findings, and the sentence of the certificate."""

    outcomes: tuple[RuleOutcome, ...]
    findings: tuple[Finding, ...] = ()
    sentence: str = ""


def judge_jointly(
    workbook: PublishedWorkbook, instances: Sequence[LinearInstance], verdicts: Sequence[IntervalVerdict]
) -> Joint:
    """Judge all instances at once. Where one is broken by itself the question is settled, and not asked."""
    unlikely = tuple(_unlikely(workbook, verdicts))
    status = RuleStatus.FAILED if unlikely else RuleStatus.PASSED
    told = RuleOutcome(UNLIKELY, UNLIKELY_TITLE, Severity.NOTE, status, len(verdicts))
    outcome, findings = _whether_feasible(workbook, instances, {_apart(one) for one in verdicts})
    sentence = _certificate(len(instances)) if outcome.status is RuleStatus.PASSED else ""
    return Joint((told, outcome), (*unlikely, *findings), sentence)


def _apart(one: IntervalVerdict) -> Agreement:
    """Return what an instance says by itself; what blanks could explain is asked of the program."""
    return Agreement.ROUNDING if one.hidden else one.agreement


def _whether_feasible(
    workbook: PublishedWorkbook, instances: Sequence[LinearInstance], agreements: set[Agreement]
) -> tuple[RuleOutcome, tuple[Finding, ...]]:
    if not agreements or Agreement.BROKEN in agreements:
        reason = "单独看已有不成立的关系" if agreements else "没有可以核对的关系"
        return _outcome(RuleStatus.NOT_RUN, 0, reason), ()
    if agreements == {Agreement.EXACT}:
        return _outcome(RuleStatus.PASSED, len(instances), ""), ()  # what is printed is such a ledger
    answer = feasibility(instances, workbook.interval, workbook.blank)
    if answer is None:
        return _outcome(RuleStatus.NOT_RUN, 0, "没有求解程序（scipy），或不能断定"), ()
    if not answer.parts:
        return _outcome(RuleStatus.PASSED, len(instances), ""), ()
    return _outcome(RuleStatus.FAILED, len(instances), ""), (_finding(workbook, answer),)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Instances whose weighted sum, ``total``, misses zero by ``gap`` beyond rounding; or none."""

    parts: tuple[LinearInstance, ...] = ()
    total: Linear = field(default_factory=Linear)
    gap: Decimal = Decimal(0)


def feasibility(
    instances: Sequence[LinearInstance], reader: IntervalReader, blank: Decimal = Decimal(0)
) -> Contradiction | None:
    """Return the contradiction between instances over intervals, one without parts where there is none.

    ``blank`` is what a blank may hide. None where no solver is there or nothing can be proven either way.
    """

    def half(cell: Cell) -> Decimal:
        shown = reader(cell)
        return blank if shown == NOTHING else shown.half

    halves = {half(cell) for part in instances for cell in part.cells} - {Decimal(0)}
    unit = 2 * min(halves, default=Decimal("0.005"))
    forms = [part.left - part.right for part in instances]
    rows = [
        ProgramRow(
            {cell: float(value) for cell, value in form.terms.items()},
            part.operator,
            float(-interval(form, reader).middle / unit),
        )
        for part, form in zip(instances, forms, strict=True)
    ]
    room = {cell: float(half(cell) / unit) for form in forms for cell in form.terms}
    found = elastic(rows, room)
    if found is None:
        return None
    amount, weights = found
    if amount <= _LEAST:
        return Contradiction()
    largest = max((abs(weight) for weight in weights), default=0.0)
    taken = [
        (part, form, Decimal(weight / largest).quantize(_FINE))
        for part, form, weight in zip(instances, forms, weights, strict=True)
        if abs(weight) > _NO_WEIGHT * largest
    ]
    total = sum((form * weight for _, form, weight in taken), Linear())
    slack = sum((abs(factor) * half(cell) for cell, factor in total.terms.items()), Decimal(0))
    middle = interval(total, reader).middle
    fitting = all(
        part.operator == "=" or _sign_fits(part.operator, weight, middle) for part, _, weight in taken
    )
    gap = abs(middle) - slack
    return Contradiction(tuple(part for part, _, _ in taken), total, gap) if gap > _FINE and fitting else None


def _certificate(count: int) -> str:
    return f"{count} 条关系合在一起核对：一套精确的账可以同时得出全部印出的数。"


def _outcome(status: RuleStatus, count: int, reason: str) -> RuleOutcome:
    return RuleOutcome(RULE, TITLE, Severity.EXPLAIN, status, count, reason)


def _sign_fits(operator: str, weight: Decimal, middle: Decimal) -> bool:
    """Whether an inequality, so weighted, pulls the sum away from where it is printed."""
    below = operator.startswith("<")
    return operator == "=" or (weight > 0) == (below == (middle > 0))


def _finding(workbook: PublishedWorkbook, answer: Contradiction) -> Finding:
    parts, total, gap = answer.parts, answer.total, answer.gap
    cells = sorted(cell for cell in total.terms if cell in workbook.amounts)
    titles = list(dict.fromkeys(f"{part.rule.id} {part.rule.title}" for part in parts))
    listed = "、".join(f"{workbook.place(cell)} {workbook.amounts[cell]}" for cell in cells[:8])
    more = f"等 {len(cells)} 个数" if len(cells) > 8 else ""
    message = (
        "单独看每条关系都可以由四舍五入解释，合在一起不行：没有一套精确的账能同时得出这些数"
        f"（还差 {gap.normalize():f}）：{listed}{more}。涉及的关系：{'；'.join(titles[:6])}。请核对这些数。"
    )
    first = cells[0] if cells else None
    return Finding(
        rule=RULE,
        severity=Severity.EXPLAIN,
        message=message,
        unit=workbook.unit.code,
        file=str(workbook.path),
        place=workbook.place(first) if first is not None else workbook.place(sorted(total.terms)[0]),
        kind=TITLE,
        **printed_parts(workbook, cells, first),
    )


# ------------------------------------------------------------------ likelihood


def _unlikely(workbook: PublishedWorkbook, verdicts: Iterable[IntervalVerdict]) -> Iterable[Finding]:
    """Yield the differences that rounding can explain, but hardly ever does."""
    seen: set[tuple[Cell, ...]] = set()
    for one in verdicts:
        if one.agreement is not Agreement.ROUNDING or one.instance.operator != "=":
            continue
        cells = [cell for cell in one.instance.cells if workbook.interval(cell).half]
        halves = {workbook.interval(cell).half for cell in cells}
        if len(halves) != 1:
            continue
        gap = abs(one.difference) / (2 * halves.pop())
        chance = rounding_chance(len(cells) - 1, gap)
        key = tuple(sorted(cells))
        if chance >= _IMPROBABLE or key in seen:
            continue
        seen.add(key)
        own = one.instance.cell
        first = own if own is not None and own in workbook.amounts else key[0]
        place = workbook.place(first)
        message = (
            f"{place}：{one.instance.rule.title}相差 {one.difference.normalize():f}，"
            f"{len(cells) - 1} 个数的四舍五入虽能解释，但这样大的差额出现的机会"
            f"不到 {max(chance * 100, 0.01):.2f}%。请看一看这几个数。"
        )
        yield Finding(
            rule=UNLIKELY,
            severity=Severity.NOTE,
            message=message,
            unit=workbook.unit.code,
            file=str(workbook.path),
            place=place,
            kind=UNLIKELY_TITLE,
            **printed_parts(workbook, key, first),
        )


def rounding_chance(terms: int, gap: Decimal) -> float:
    """Return how likely the sum of that many rounded terms is ``gap`` last decimals or more off its total.

    Each term is off by a uniform error of half a last decimal to either side (Irwin–Hall); the total is
    rounded once more, so that the exact errors add up to at least ``gap`` less a half.
    """
    if terms <= 0:
        return 0.0 if gap else 1.0
    reach = float(gap) - 0.5
    if reach <= 0:
        return 1.0
    if terms > _EXACT_TERMS:
        return erfc(reach / sqrt(terms / 12) / sqrt(2))
    below = terms / 2 - reach
    if below <= 0:
        return 0.0
    total = sum((-1) ** at * comb(terms, at) * (below - at) ** terms for at in range(int(below) + 1))
    return float(2 * total / factorial(terms))
