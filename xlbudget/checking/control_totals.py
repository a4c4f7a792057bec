"""Control totals: what the officer has set for each unit on the roster, against what the unit returned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.rules.linear import Linear, LinearInstance
from xlbudget.model import (
    Cell,
    ControlTotal,
    Finding,
    Roster,
    Rule,
    RuleOutcome,
    RuleScope,
    RuleStatus,
)
from xlbudget.model.words import published, shown
from xlbudget.workbook.named_cells import named_cell


def control_limits(evidence: Evidence, roster: Roster | None) -> Iterator[LinearInstance]:
    """Yield the control totals of a return's unit as statements over cells, as :func:`run_controls` reads."""
    for control, cell, limit in unit_limits(evidence, roster):
        if limit is not None and not evidence.is_unknown(cell):
            step, half = evidence.blueprint.quantum(cell.table, cell.column), Decimal(0)
            decimals = evidence.layout.decimals(cell.table, cell.column)
            if limit == published(limit, decimals):
                half = Decimal(1).scaleb(-decimals) / 2
            rule = Rule(control.id, control.title, control.severity, RuleScope.SINGLE, control.source)
            amount = Linear({cell: Decimal(1)})
            most = limit + half - step if half else limit
            yield LinearInstance(rule, amount, "<=", Linear(constant=most), cell, "")
            if control.exact:
                yield LinearInstance(rule, amount, ">=", Linear(constant=limit - half), cell, "")


def run_controls(
    evidence: Evidence, roster: Roster | None, explained: Mapping[str, str]
) -> tuple[tuple[Finding, ...], tuple[RuleOutcome, ...]]:
    """Hold a return against its unit's control totals: those of the roster, else those it was issued with.

    What the file itself shows as control totals does not count. A limit written with the decimals of the
    forms is compared with the figure as it is printed, a finer one exactly. A limit whose cell follows from
    unreadable entries is not run. Summaries of units have none; without any nothing is said.
    A limit exceeded by a mistake in an entry is no finding of its own: ``explained`` says by which rule's.
    """
    findings: list[Finding] = []
    outcomes: list[RuleOutcome] = []
    for control, cell, limit in unit_limits(evidence, roster):
        status, reason = RuleStatus.PASSED, ""
        if limit is None:
            status = RuleStatus.NOT_APPLICABLE
        elif evidence.is_unknown(cell):
            status, reason = RuleStatus.NOT_RUN, "有读不出的录入数"
        else:
            finding = _compared(evidence, control, cell, limit)
            if finding is not None:
                status = RuleStatus.FAILED
                if control.id in explained:
                    reason = f"由 {explained[control.id]} 不符引起"
                else:
                    findings.append(finding)
        ran = int(status in (RuleStatus.PASSED, RuleStatus.FAILED))
        outcomes.append(RuleOutcome(control.id, control.title, control.severity, status, ran, reason))
    return tuple(findings), tuple(outcomes)


def unit_limits(
    evidence: Evidence, roster: Roster | None
) -> Iterator[tuple[ControlTotal, Cell, Decimal | None]]:
    """Yield the control totals of a return's unit: the cell that each binds, and the limit if one is set."""
    submission = evidence.submission
    limits = submission.controls
    if roster is not None and roster.controls:
        limits = roster.controls.get(submission.unit.code, {})
    elif not limits:
        return
    if submission.department:
        return
    for control in evidence.template.controls:
        yield control, named_cell(evidence.blueprint, control.cell), limits.get(control.column)


def _compared(evidence: Evidence, control: ControlTotal, cell: Cell, limit: Decimal) -> Finding | None:
    value = evidence.recalculated(cell)
    amount = value if isinstance(value, Decimal) else Decimal(0)
    decimals = evidence.layout.decimals(cell.table, cell.column)
    if limit == published(limit, decimals):  # a printed figure binds the printed figure
        amount = published(amount, decimals)
    if amount == limit or (amount < limit and not control.exact):
        return None
    money = evidence.money(cell)
    wanted = "应等于" if control.exact else "不应超过"
    words = f"{control.title}{wanted} {shown(limit, money)}，填报 {shown(amount, money)}"
    issued = evidence.submission.controls.get(control.column, limit)
    since = f"（下发时为 {shown(issued, money)}，后经调整）" if issued != limit else ""
    message = f"{evidence.place(cell)}：{words}，相差 {shown(amount - limit, money)}{since}。{control.advice}"
    return evidence.finding(control.id, control.severity, cell, message, stored=amount, expected=limit)
