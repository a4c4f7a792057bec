"""Whether a workbook looks like a year's budget of one unit: amounts all too small, or one far too large.

A workbook in which every amount is in another unit of money adds up, and no rule sees it. What is known
from outside does: control totals and last year prove it, the template's least amounts make it likely.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from xlbudget.checking.control_totals import unit_limits
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.prior_year.entries import same_of_this_year
from xlbudget.model import (
    Cell,
    Finding,
    LineBounds,
    Plausibility,
    Roster,
    RuleOutcome,
    RuleStatus,
    Severity,
)
from xlbudget.model.words import published, shown
from xlbudget.workbook.named_cells import named_cell

WRONG_MONEY, ODD_AMOUNT = "wrong_money", "odd_amount"
TITLES = {WRONG_MONEY: "整个工作簿的金额单位不对", ODD_AMOUNT: "一个金额离常理太远"}
SEVERITIES = {WRONG_MONEY: Severity.BLOCKING, ODD_AMOUNT: Severity.EXPLAIN}
"""The gravest that each of them is."""

_USED = Decimal("0.2"), Decimal("1.1")  # which part of a control total a unit's budget comes to
_CHANGED = Decimal("0.2"), Decimal(5)  # how many times last year's whole this year's may be
_FAR = 50  # times away from what is known, a whole is too far for a real change


@dataclass(frozen=True, slots=True)
class Plausible:
    """What the plausibility of amounts comes to; ``proven`` says that the whole workbook is in another money.

    Then control totals and last year's figures are compared with amounts that mean something else.
    """

    findings: tuple[Finding, ...] = ()
    outcomes: tuple[RuleOutcome, ...] = ()
    proven: bool = False

    @property
    def other_money(self) -> bool:
        """Whether all amounts are or seem to be in another unit of money."""
        return any(finding.rule == WRONG_MONEY for finding in self.findings)


def judge_plausibility(
    evidence: Evidence,
    roster: Roster | None,
    last_year: Evidence | None,
    amounts: Mapping[Cell, Decimal],
) -> Plausible:
    """Say whether all amounts, or single ones, are far from what a unit's budget comes to.

    ``amounts`` are last year's amounts of entries (entry money). Summaries of units are not judged.
    """
    part = evidence.template.plausibility
    if part is None or evidence.submission.department or evidence.empty:
        return Plausible()
    cell = named_cell(evidence.blueprint, part.whole)
    if evidence.is_unknown(cell):
        reason = "依赖的录入内容无法读取，改正后再核对"
        return Plausible(outcomes=tuple(_outcome(name, RuleStatus.NOT_RUN, reason) for name in TITLES))
    limits = list(_limits(evidence, roster, last_year, cell))
    known = next(_known(evidence, limits), None)
    whole = None
    if known is not None:
        whole = _proven(evidence, *known)
    elif not any(limit.met_by(_value(evidence, limit.cell)) for limit in limits):
        whole = _likely(evidence, part, cell)
    odd = () if whole is not None else tuple(_odd(evidence, part, amounts))
    found = (whole,) if whole is not None else ()
    outcomes = (
        _outcome(WRONG_MONEY, RuleStatus.FAILED if found else RuleStatus.PASSED),
        _outcome(ODD_AMOUNT, RuleStatus.FAILED if odd else RuleStatus.PASSED),
    )
    return Plausible((*found, *odd), outcomes, known is not None)


def _outcome(name: str, status: RuleStatus, reason: str = "") -> RuleOutcome:
    return RuleOutcome(
        name, TITLES[name], SEVERITIES[name], status, int(status is not RuleStatus.NOT_RUN), reason
    )


# ------------------------------------------------------------------ the whole workbook


class _Limit(NamedTuple):
    """What a cell is held against: in words, its amount (the cell's money), the usual shares of it."""

    cell: Cell
    what: str
    amount: Decimal
    usual: tuple[Decimal, Decimal]

    def met_by(self, value: Decimal) -> bool:
        """Whether an amount is what this leads one to expect."""
        return self.usual[0] <= value / self.amount <= self.usual[1]


def _limits(
    evidence: Evidence, roster: Roster | None, last_year: Evidence | None, whole: Cell
) -> Iterator[_Limit]:
    """Yield what is known of the unit's amounts from outside its workbook."""
    for control, cell, limit in unit_limits(evidence, roster):
        if limit:
            yield _Limit(cell, control.title, limit, _USED)
    part = last_year.template.plausibility if last_year is not None else None
    if last_year is not None and part is not None:
        prior = last_year.recalculated(named_cell(last_year.blueprint, part.whole))
        if isinstance(prior, Decimal) and prior:
            yield _Limit(whole, "上年的数", prior, _CHANGED)


def _known(evidence: Evidence, limits: Sequence[_Limit]) -> Iterator[tuple[Cell, str, Decimal, Decimal]]:
    """Yield what proves another unit of money: the cell, what it is held against, amount, factor."""
    factor = Decimal(evidence.template.money_factor)
    for limit in limits:
        value = _value(evidence, limit.cell)
        far = value > 0 and not 1 / Decimal(_FAR) < value / limit.amount < _FAR
        for times in (factor, 1 / factor):
            if far and limit.met_by(value * times):
                yield limit.cell, limit.what, limit.amount, times


def _proven(evidence: Evidence, cell: Cell, what: str, limit: Decimal, times: Decimal) -> Finding:
    value, money, factor = _value(evidence, cell), evidence.money(cell), evidence.template.money_factor
    known = f"{what}为 {_round(limit, money)}，{_as_read(evidence, cell)}"
    if times > 1:
        words = f"疑整个工作簿按{evidence.template.form_money}填写（差 {factor:,} 倍）"
        meant = f"各录入表的金额都乘以 {factor:,} 才是{evidence.template.entry_money}"
    else:
        words = f"疑整个工作簿多乘了 {factor:,} 倍"
        meant = f"各录入表的金额都除以 {factor:,} 才是{evidence.template.entry_money}"
    message = (
        f"{evidence.place(cell)}：{words}：{known}，按这个倍数合 {_round(value * times, money)}，才与之相当。"
        f"{meant}；请把各录入表的金额全部改正（单位为{evidence.template.entry_money}），再重新报送。"
    )
    return evidence.finding(WRONG_MONEY, Severity.BLOCKING, cell, message, stored=value)


def _likely(evidence: Evidence, part: Plausibility, cell: Cell) -> Finding | None:
    """Return the finding of a whole that is no year's budget, nothing else being known of the unit."""
    value = _value(evidence, cell)
    if value <= 0:
        return None
    small = next(_too_small(evidence, part), None) if value < part.doubtful else None
    if value >= part.least and small is None:
        return None
    template, money = evidence.template, evidence.money(cell)
    sign = f"，{small[0].name}全年合计 {shown(small[1], template.entry_money)}" if small else ""
    message = (
        f"{evidence.place(cell)}：{_as_read(evidence, cell)}{sign}，不像一个单位一年的预算，"
        f"疑整个工作簿按{template.form_money}填写（差 {template.money_factor:,} 倍）；"
        f"按{template.form_money}理解合 {_round(value * template.money_factor, money)}。"
        f"录入表的金额单位是{template.entry_money}：填错的请全部改正，核对无误的请说明。"
    )
    return evidence.finding(WRONG_MONEY, Severity.EXPLAIN, cell, message, stored=value)


def _value(evidence: Evidence, cell: Cell) -> Decimal:
    value = evidence.recalculated(cell)
    return value if isinstance(value, Decimal) else Decimal(0)


def _as_read(evidence: Evidence, cell: Cell) -> str:
    value, template = _value(evidence, cell), evidence.template
    exact = shown(value * template.moneys.get(evidence.money(cell), 1), template.entry_money)
    return f"这个数按录入数合 {exact}"


def _round(value: Decimal, money: str) -> str:
    return shown(published(value, 2), money)


def _too_small(evidence: Evidence, part: Plausibility) -> Iterator[tuple[LineBounds, Decimal]]:
    """Yield lines that come to less than a year of their kind; what is left of last year may be little."""
    for bounds in part.lines:
        found = [value for cell, value in _amounts(evidence, bounds) if cell.column not in part.left_over]
        if bounds.least is not None and 0 < sum(found) < bounds.least:
            yield bounds, sum(found, Decimal(0))


def _amounts(evidence: Evidence, bounds: LineBounds) -> Iterator[tuple[Cell, Decimal]]:
    for row in evidence.submission.entries.get(bounds.table, ()):
        if row.values.get(bounds.column) in bounds.codes or not bounds.codes:
            for key, value in row.values.items():
                if isinstance(value, Decimal) and value:
                    yield Cell(bounds.table, row.row, key), value


def follow_from_money(
    evidence: Evidence, findings: tuple[Finding, ...], outcomes: tuple[RuleOutcome, ...]
) -> tuple[tuple[Finding, ...], tuple[RuleOutcome, ...]]:
    """Leave out differences from control totals and last year: the wrong money is the cause of them all."""
    template, reason = evidence.template, f"由 {WRONG_MONEY} 引起"
    compared = {part.id for part in template.controls} | {part.id for part in template.prior_rules}
    left = tuple(finding for finding in findings if finding.rule not in compared)
    told = {finding.rule for finding in findings} & compared
    return left, tuple(replace(part, reason=reason) if part.rule in told else part for part in outcomes)


def but_for_rounding(evidence: Evidence, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Leave out differences that rounding to another money makes: half a last digit for each amount typed."""
    template = evidence.template
    typed = sum(isinstance(value, Decimal) and bool(value) for value in evidence.entered.values())
    most = typed * Decimal(1).scaleb(-template.entry_decimals) / 2
    return tuple(
        finding
        for finding in findings
        if finding.difference is None
        or finding.money not in template.moneys
        or abs(finding.difference) * template.moneys[finding.money] > most
    )


# ------------------------------------------------------------------ one line


def _odd(evidence: Evidence, part: Plausibility, amounts: Mapping[Cell, Decimal]) -> Iterator[Finding]:
    """Yield amounts that no line of their kind comes to, or that are far from last year's."""
    seen: set[Cell] = set()
    for bounds in part.lines:
        for cell, value in _amounts(evidence, bounds):
            if cell not in seen and bounds.most is not None and value > bounds.most:
                seen.add(cell)
                most = shown(bounds.most, evidence.money(cell))
                yield _one(evidence, cell, value, None, f"{bounds.name}一行一般不超过 {most}")
    for cell, before in amounts.items():
        now = evidence.recalculated(cell)
        if cell in seen or not isinstance(now, Decimal) or not now or not before:
            continue
        low, high = sorted((abs(now), abs(before)))
        if high >= part.floor and high >= low * part.apart:
            was = shown(before, evidence.money(cell))
            yield _one(evidence, cell, now, before, f"上年为 {was}")
    yield from _last_year_money(evidence)


def _last_year_money(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding where last year's amounts are typed in another money than this year's.

    Most of them then are far below what this year's workbook has in their place, and usual when multiplied.
    """
    typed = {
        Cell(entry.id, row.row, key): value
        for entry in evidence.template.entries
        if any(line.prior for line in entry.lines)
        for row in evidence.submission.entries.get(entry.id, ())
        for key, value in row.values.items()
        if isinstance(value, Decimal) and value > 0
    }
    if not typed:
        return
    now = {cell: value for cell, value in same_of_this_year(evidence).items() if cell in typed and value > 0}
    factor, (least, most) = evidence.template.money_factor, _CHANGED
    small = [cell for cell in now if least <= typed[cell] * factor / now[cell] <= most]
    if not small or 2 * len(small) <= len(now):
        return
    cell, money, template = small[0], evidence.money(small[0]), evidence.template
    message = (
        f"{evidence.place(cell)}：填的上年数是 {shown(typed[cell], money)}，本年同口径为 "
        f"{shown(now[cell], money)}，疑上年数按{template.form_money}填写"
        f"（差 {factor:,} 倍，共 {len(small)} 个数）。金额单位是{template.entry_money}："
        "填错的请全部改正，核对无误的请说明。"
    )
    yield evidence.finding(ODD_AMOUNT, Severity.EXPLAIN, cell, message, stored=typed[cell])


def _one(evidence: Evidence, cell: Cell, value: Decimal, expected: Decimal | None, why: str) -> Finding:
    message = (
        f"{evidence.place(cell)}：金额 {shown(value, evidence.money(cell))} 离常理太远，{why}。"
        "请核对数位和金额单位：填错的请改正，核对无误的请说明。"
    )
    return evidence.finding(ODD_AMOUNT, Severity.EXPLAIN, cell, message, stored=value, expected=expected)
