"""The returns of a batch beside each other: one that is out of all proportion, or holds another's amounts.

What no return shows by itself: a whole in another unit of money where that may be a budget, one kind of
line out of proportion to the rest, amounts copied from another unit. Each is one finding at one return.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from xlbudget.checking.copied_amounts import (
    COPIED,
    CopiedBlock,
    blocks,
    place_of,
    prints_of,
)
from xlbudget.checking.plausibility import ODD_AMOUNT, WRONG_MONEY
from xlbudget.model import (
    AmountRun,
    Finding,
    OtherUnits,
    Place,
    Plausibility,
    RuleOutcome,
    RuleStatus,
    Severity,
    WorkbookReport,
    WorkbookTemplate,
)
from xlbudget.model.words import shown

Found = tuple[int, Finding]
_NEAR = 3  # times outside of what the others have: a unit may be the smallest or the largest


def beside_each_other(
    workbooks: Sequence[WorkbookReport], template: WorkbookTemplate
) -> tuple[WorkbookReport, ...]:
    """Return the reports with what only the other units of the batch show, without what was kept for it."""
    part = template.plausibility
    found: list[Found] = []
    if part is not None:
        units = [(at, one) for at, one in enumerate(workbooks) if one.unit is not None]
        every = [(at, one) for at, one in units if not one.department]
        found += _copies(every, template, part)
        if part.others is not None:
            found += _wholes(every, template, part.others)
            found += _lines(every, template, part, part.others)
    more: dict[int, list[Finding]] = {}
    for at, finding in found:
        more.setdefault(at, []).append(finding)
    return tuple(with_others(one, more.get(at, ())) for at, one in enumerate(workbooks))


def with_others(workbook: WorkbookReport, more: Sequence[Finding]) -> WorkbookReport:
    """Return a report with what other returns show of it, unless it says so by itself, without traits."""
    known = {finding.rule for finding in workbook.findings}
    fresh = tuple(finding for finding in more if finding.rule == COPIED or finding.rule not in known)
    bare = replace(workbook, traits=type(workbook.traits)())
    if not fresh:
        return bare
    findings = sorted((*workbook.findings, *fresh), key=lambda finding: finding.severity.rank)
    failed = {finding.rule for finding in fresh}
    outcomes = tuple(_failed(outcome) if outcome.rule in failed else outcome for outcome in workbook.outcomes)
    return replace(bare, findings=tuple(findings), outcomes=outcomes)


def _failed(outcome: RuleOutcome) -> RuleOutcome:
    return replace(outcome, status=RuleStatus.FAILED, instances=1, reason="")


def _named(workbook: WorkbookReport) -> str:
    unit = workbook.unit
    return f"{unit.code} {unit.name}" if unit is not None else workbook.path.name


def _finding(
    workbook: WorkbookReport, rule: str, place: Place, message: str, stored: Decimal | None = None
) -> Finding:
    code = workbook.unit.code if workbook.unit is not None else ""
    file = str(workbook.path)
    return Finding(rule, Severity.EXPLAIN, message, code, file, place, stored=stored, beside=True)


def by_itself(workbook: WorkbookReport) -> WorkbookReport:
    """Return a report without what only other returns show: as :func:`beside_each_other` took it."""
    gone = {finding.rule for finding in workbook.findings if finding.beside}
    if not gone:
        return workbook
    findings = tuple(finding for finding in workbook.findings if not finding.beside)
    held = gone - {finding.rule for finding in findings}
    outcomes = tuple(
        replace(outcome, status=RuleStatus.PASSED) if outcome.rule in held else outcome
        for outcome in workbook.outcomes
    )
    return replace(workbook, findings=findings, outcomes=outcomes)


# ------------------------------------------------------------------ copied


def _copies(
    every: Sequence[tuple[int, WorkbookReport]], template: WorkbookTemplate, part: Plausibility
) -> Iterator[Found]:
    """Yield, for each return that shares blocks of amounts with one before it, the largest of them."""
    if part.copied is None:
        return
    known: dict[int, tuple[AmountRun, int]] = {}
    owner: dict[int, WorkbookReport] = {}  # by identity of a run: equal ones of two units are two
    for at, workbook in every:
        others = {
            number: found
            for run in workbook.traits.runs
            for number in run.prints
            if (found := known.get(number)) and _other(owner[id(found[0])], workbook)
        }
        shared = sorted(blocks(workbook.traits.runs, others, part.copied.least), key=lambda one: -one.size)
        if shared:
            yield at, _copied(workbook, owner[id(shared[0].other)], shared[0], template)
        for number, found in prints_of(workbook.traits.runs).items():
            known.setdefault(number, found)
            owner[id(found[0])] = workbook


def _other(one: WorkbookReport, workbook: WorkbookReport) -> bool:
    return one.unit is not None and workbook.unit is not None and one.unit.code != workbook.unit.code


def _copied(
    workbook: WorkbookReport, other: WorkbookReport, block: CopiedBlock, template: WorkbookTemplate
) -> Finding:
    place = place_of(template, block)
    message = (
        f"{place}：{block.here} 这 {block.size} 个金额与“{_named(other)}”的 {block.there} 逐个相同，"
        "疑一个单位照抄了另一个单位的数；请两个单位各自核对，核对无误的请说明。"
    )
    return _finding(workbook, COPIED, place, message)


# ---------------------------------------------------------- out of proportion


def _wholes(
    every: Sequence[tuple[int, WorkbookReport]], template: WorkbookTemplate, others: OtherUnits
) -> Iterator[Found]:
    """Yield returns whose whole is far below all others, and among them when it is in another money."""
    wholes = [(at, one, one.traits.whole) for at, one in every if one.traits.whole]
    factor = template.money_factor
    for at, workbook, whole in wholes:
        rest = [value for other, _, value in wholes if other != at and value]
        if whole is None or len(rest) < others.units:
            continue
        least, most = min(rest), max(rest)
        meant = whole * factor
        if whole * others.apart <= least <= meant * _NEAR and meant <= most * _NEAR:
            place, money = workbook.traits.place, template.entry_money
            message = (
                f"{place}：这个数按录入数合 {shown(whole, money)}，同批其他 {len(rest)} 个单位最少的也有 "
                f"{shown(least, money)}，疑整个工作簿按{template.form_money}填写（差 {factor:,} 倍）；"
                f"录入表的金额单位是{money}：填错的请全部改正，核对无误的请说明。"
            )
            yield at, replace(_finding(workbook, WRONG_MONEY, place, message, whole), money=money)


def _lines(
    every: Sequence[tuple[int, WorkbookReport]],
    template: WorkbookTemplate,
    part: Plausibility,
    others: OtherUnits,
) -> Iterator[Found]:
    """Yield returns one kind of whose lines is beyond all lines of all others, their size considered."""
    having = {at: one for at, one in every if one.traits.lines}
    if len(having) <= others.units:
        return
    largest = {
        at: max((value, name) for name, (value, _) in one.traits.lines.items()) for at, one in having.items()
    }
    rests = {at: _rest(one, largest[at][0]) for at, one in having.items()}
    for at, workbook in having.items():
        value, name = largest[at]
        most = max(line for other, (line, _) in largest.items() if other != at)
        rest = max(left for other, left in rests.items() if other != at)
        larger = max(rests[at] / rest if rest else Decimal(0), Decimal(1))  # a large unit is so in all
        if value >= part.floor and value >= most * others.beyond * larger:
            yield at, _beyond(workbook, template, part, name, most)


def _rest(workbook: WorkbookReport, line: Decimal) -> Decimal:
    """Return what a unit has beside one kind of line."""
    whole = workbook.traits.whole
    return max(whole - line, Decimal(0)) if whole is not None else Decimal(0)


def _beyond(
    workbook: WorkbookReport, template: WorkbookTemplate, part: Plausibility, name: str, most: Decimal
) -> Finding:
    value, place = workbook.traits.lines[name]
    money = template.entry_money
    table, _, code = name.rpartition(" ")
    message = (
        f"{place}：“{code}{_called(template, part, table, code)}”合计 {shown(value, money)}，"
        f"同批其他单位任何一个科目最多是 {shown(most, money)}，与本单位其他支出也不相称。"
        "请核对数位和金额单位：填错的请改正，核对无误的请说明。"
    )
    return replace(_finding(workbook, ODD_AMOUNT, place, message, value), money=money)


def _called(template: WorkbookTemplate, part: Plausibility, table: str, code: str) -> str:
    """Return the name of a code, from the list that its column takes codes from."""
    columns: Mapping[str, str] = {bounds.table: bounds.column for bounds in part.lines}
    entry = next(entry for entry in template.entries if entry.id == table)
    column = next(column for column in entry.columns if column.key == columns[table])
    if not column.catalogue:
        return ""
    catalogue = template.catalogue(column.catalogue)
    row = next((row for row in catalogue.rows if row[catalogue.key] == code), {})
    return " " + "".join(list(row.values())[1:2]) if row else ""
