"""The template's rules over a workbook of values: outcomes, findings, and what rounding explains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.checking.mistakes.diagnosis import Diagnosis
from xlbudget.checking.mistakes.slips import likely_slip
from xlbudget.checking.published.intervals import Agreement, IntervalVerdict, judge
from xlbudget.checking.published.joint import judge_jointly
from xlbudget.checking.published.mistakes import diagnose_published, mistake_finding, printed_parts
from xlbudget.checking.rules.bound import money_of_rule, rule_reads
from xlbudget.checking.rules.instances import Evaluator
from xlbudget.checking.rules.linear import LeftOut, LinearInstance, linear_rules
from xlbudget.model import Cell, Finding, Place, Rule, RuleOutcome, RuleStatus, Severity
from xlbudget.model.words import amount, shown
from xlbudget.returns.published.precision import Interval
from xlbudget.returns.published.workbooks import PublishedWorkbook

NEEDS_ENTRIES = "需要录入表"
"""How the reason begins why a rule over entry sheets is not run: no publication can have them."""
_MOST_FINDINGS = 20  # of one rule in one workbook, each by itself; the rest are one finding more


@dataclass(frozen=True, slots=True)
class RulesRun:
    """What became of the rules: outcomes in their order, findings, and differences that rounding explains.

    ``judged`` are the cells that some rule looked at; ``certificate`` says that one exact ledger gives all.
    """

    outcomes: tuple[RuleOutcome, ...]
    findings: tuple[Finding, ...]
    rounding: tuple[Finding, ...]
    judged: frozenset[Cell] = frozenset()
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class PublishedInstances:
    """The instances that can be judged on a workbook, in order; the rules without any, and why.

    ``unread`` counts by rule the instances that touch a cell whose amount is not known.
    """

    instances: tuple[LinearInstance, ...]
    not_run: tuple[LeftOut, ...]
    not_applicable: tuple[LeftOut, ...]
    unread: dict[str, int]


def published_instances(workbook: PublishedWorkbook) -> PublishedInstances:
    """Return the rule instances over the cells of a workbook of values."""
    rules, not_run = [], []
    printed = Evaluator(workbook.blueprint, workbook.value)
    nearly = Evaluator(workbook.blueprint, workbook.nearly)
    for rule in workbook.blueprint.template.rules:
        reason = _why_not_run(workbook, rule)
        if not reason and printed.applies(rule) != nearly.applies(rule):
            reason = "前提看不准：印作零的数可能是舍入的结果"
        if reason:
            not_run.append(LeftOut(rule, reason))
        else:
            rules.append(rule)
    found = linear_rules(workbook.blueprint, workbook.value, rules)
    unknown = workbook.absent | workbook.unreadable.keys()
    judged = tuple(part for part in found.instances if unknown.isdisjoint(part.cells))
    unread: dict[str, int] = {}
    for part in found.instances:
        if not unknown.isdisjoint(part.cells):
            unread[part.rule.id] = unread.get(part.rule.id, 0) + 1
    return PublishedInstances(judged, tuple(not_run), found.left_out, unread)


def verdicts(workbook: PublishedWorkbook) -> tuple[IntervalVerdict, ...]:
    """Return what the intervals say of every instance that can be judged."""
    return tuple(
        judge(part, workbook.interval, workbook.blank) for part in published_instances(workbook).instances
    )


def run_published_rules(workbook: PublishedWorkbook) -> RulesRun:
    """Judge every rule by intervals; rules that need entry sheets or what was not read are not run."""
    part = published_instances(workbook)
    judged: dict[str, list[IntervalVerdict]] = {}
    for instance in part.instances:
        judged.setdefault(instance.rule.id, []).append(judge(instance, workbook.interval, workbook.blank))
    broken = {
        rule: [one for one in found if one.agreement is Agreement.BROKEN] for rule, found in judged.items()
    }
    failed = {rule for rule, found in broken.items() if not all(one.hidden for one in found)}
    diagnosis = diagnose_published(workbook, part.instances) if failed else Diagnosis(())
    failed |= {one.rule.id for mistake in diagnosis.mistakes for one in mistake.broken}
    why = {left.rule.id: (RuleStatus.NOT_RUN, left.reason) for left in part.not_run}
    why |= {left.rule.id: (RuleStatus.NOT_APPLICABLE, left.reason) for left in part.not_applicable}
    outcomes, rounding = [], []
    for rule in workbook.blueprint.template.rules:
        found = judged.get(rule.id, [])
        outcomes.append(_outcome(rule, found, failed, why, part.unread.get(rule.id, 0)))
        rounding += [_rounding(workbook, one) for one in found if one.agreement is Agreement.ROUNDING]
    findings = [mistake_finding(workbook, one) for one in diagnosis.mistakes]
    findings += _unexplained(workbook, diagnosis, broken)
    joint = judge_jointly(workbook, part.instances, [one for found in judged.values() for one in found])
    outcomes += joint.outcomes
    findings += joint.findings
    cells = frozenset(cell for instance in part.instances for cell in instance.cells)
    return RulesRun(tuple(outcomes), tuple(findings), tuple(rounding), cells, joint.sentence)


def _unexplained(
    workbook: PublishedWorkbook, diagnosis: Diagnosis, broken: dict[str, list[IntervalVerdict]]
) -> Iterator[Finding]:
    """Yield a finding for every broken instance that no small change of amounts explains."""
    settled = {id(part) for mistake in diagnosis.mistakes for part in mistake.broken}
    suspects = {one.cell for mistake in diagnosis.mistakes for one in mistake.suspects}
    for failures in broken.values():
        unexplained = [
            one
            for one in failures
            if id(one.instance) not in settled and not (one.hidden and suspects & one.instance.cells)
        ]
        for one in unexplained[:_MOST_FINDINGS]:
            yield _finding(workbook, one, diagnosis.reason)
        if len(unexplained) > _MOST_FINDINGS:
            yield _rest(workbook, unexplained[_MOST_FINDINGS:])


def _rest(workbook: PublishedWorkbook, failures: Sequence[IntervalVerdict]) -> Finding:
    """Return the finding for failures that are not listed: it stays open when those listed are waived."""
    rule = failures[0].instance.rule
    gravest = min((one.severity for one in failures), key=lambda severity: severity.rank)
    severity = Severity.NOTE if all(one.hidden for one in failures) else gravest
    message = (
        f"{rule.title}：除列出的 {_MOST_FINDINGS} 处外，另有 {len(failures)} 处不符，例如 "
        f"{_place(workbook, failures[0])}。请改正列出的各处，再审核一次。"
    )
    return Finding(
        rule.id,
        severity,
        message,
        unit=workbook.unit.code,
        file=str(workbook.path),
        stored=Decimal(len(failures)),
    )


def _outcome(
    rule: Rule,
    found: Sequence[IntervalVerdict],
    failed: set[str],
    why: dict[str, tuple[RuleStatus, str]],
    unread: int,
) -> RuleOutcome:
    if rule.id in why:
        status, reason = why[rule.id]
        return RuleOutcome(rule.id, rule.title, rule.severity, status, 0, reason)
    if not found:
        reason = f"{unread} 处的金额没有读到"
        return RuleOutcome(rule.id, rule.title, rule.severity, RuleStatus.NOT_RUN, 0, reason)
    explained = sum(one.agreement is Agreement.ROUNDING for one in found)
    hidden = sum(one.hidden for one in found)
    causes = [name for name in rule.follows if name in failed] if rule.id in failed else []
    reasons = [
        f"由 {'、'.join(causes)} 不符引起" if causes else "",
        f"{explained} 处差额由四舍五入解释" if explained else "",
        f"{hidden} 处只有空白格里有舍入后不印的数才说得通，已提示" if hidden else "",
        f"另有 {unread} 处的金额没有读到，未核对" if unread else "",
    ]
    status = RuleStatus.FAILED if rule.id in failed else RuleStatus.PASSED
    reason = "；".join(filter(None, reasons))
    return RuleOutcome(rule.id, rule.title, rule.severity, status, len(found), reason)


def _why_not_run(workbook: PublishedWorkbook, rule: Rule) -> str:
    """Return why a rule cannot be run on values only, or an empty text."""
    if rule.off is not None:
        return str(rule.off)
    template = workbook.blueprint.template
    panels = {panel.id for _, panel in template.form_tables}
    reads = rule_reads(rule, template, workbook.blueprint.names)
    kinds = template.unit_table.kinds
    outside = sorted({f"{table}[{column}]" for table, column in reads if table not in panels} - {kinds})
    if outside:
        return f"{NEEDS_ENTRIES}（{'、'.join(outside[:3])}），本文件只有公开表的数值"
    if any(table not in panels for table, _ in reads) and not workbook.unit.kind:
        return "不知道单位性质；用 --roster 给出单位名册后可以核对"
    return next((workbook.unread[place] for place in sorted(reads) if place in workbook.unread), "")


def _rounding(workbook: PublishedWorkbook, found: IntervalVerdict) -> Finding:
    """Return a difference that rounding explains in the shape of a finding; it is none."""
    money = money_of_rule(workbook.blueprint, found.instance.rule, found.instance.column)
    left, right, allowed = found.left, found.right, found.left.half + found.right.half
    message = (
        f"{_place(workbook, found)}：{_title(found)}，"
        f"左边为 {shown(left.middle, money)}，右边为 {shown(right.middle, money)}，"
        f"相差 {shown(found.difference, money)}，在四舍五入能解释的 {shown(allowed, money)}之内。"
    )
    return _stated(workbook, found, Severity.NOTE, message, money)


def _stated(
    workbook: PublishedWorkbook, found: IntervalVerdict, severity: Severity, message: str, money: str
) -> Finding:
    return Finding(
        rule=found.instance.rule.id,
        severity=severity,
        message=message,
        unit=workbook.unit.code,
        file=str(workbook.path),
        place=_place(workbook, found),
        stored=found.left.middle,
        expected=None if found.instance.rule.pairing else found.right.middle,
        difference=found.difference,
        money=money,
        **printed_parts(workbook, sorted(found.instance.cells), found.instance.cell),
    )


def _title(found: IntervalVerdict) -> str:
    column = f"（{found.instance.column}）" if found.instance.column else ""
    return f"{found.instance.rule.title}{column}"


def _place(workbook: PublishedWorkbook, found: IntervalVerdict) -> Place:
    cell = found.instance.cell
    if cell is None:
        cell = min(found.instance.cells, default=None)
    return workbook.place(cell) if cell is not None else Place(line=found.instance.rule.title)


def _finding(workbook: PublishedWorkbook, found: IntervalVerdict, reason: str) -> Finding:
    rule = found.instance.rule
    money = money_of_rule(workbook.blueprint, rule, found.instance.column)
    place = _place(workbook, found)
    left, right = found.left, found.right
    cause = likely_slip(left.middle, right.middle) if found.instance.operator == "=" else ""
    parts = [
        f"{place}：{_title(found)}不成立，左边为 {shown(left.middle, money)}，",
        f"右边为 {shown(right.middle, money)}，相差 {shown(found.difference, money)}，",
        f"{_why_not_rounding(found, money)}{f'；{cause}' if cause else ''}。",
        f"请核对：左边 {_cells(workbook, found, left=True)}；右边 {_cells(workbook, found, left=False)}。",
    ]
    if rule.pairing is not None:
        parts.append(f"不符的是编码，不是金额。{rule.advice}")
    message = "".join(parts)
    if reason:
        message += f"（{reason}）"
    severity = Severity.NOTE if found.hidden else found.severity
    return _stated(workbook, found, severity, message, money)


def _why_not_rounding(found: IntervalVerdict, money: str) -> str:
    if found.hidden:
        return "除非空白格里有舍入后不印的数（不到最末一位的一半），否则说不通"
    if found.same_fact:
        if found.severity is not found.instance.rule.severity:
            return "两处是同一个数，印出来应当完全相同；同一个准确数可以舍入成这两个数，所以不作退回"
        return "两处是同一个数，应当完全相同"
    if not found.left.half + found.right.half:
        return "两边都是准确数，应当相等"
    left, right = _range(found.left), _range(found.right)
    return (
        f"超出四舍五入能解释的范围（左边在 {left} 之间，右边在 {right} 之间，还差 {shown(found.gap, money)}）"
    )


def _range(one: Interval) -> str:
    return f"{amount(one.low)} 至 {amount(one.high)}"


def _cells(workbook: PublishedWorkbook, found: IntervalVerdict, *, left: bool) -> str:
    """Name the printed amounts of one side, with sheet and address."""
    form = found.instance.left if left else found.instance.right
    cells = [cell for cell in sorted(form.terms) if workbook.interval(cell).middle]
    if not cells:
        blank = next(iter(sorted(form.terms)), None)
        return f"{_words(workbook.place(blank))} 空白" if blank is not None else "没有金额"
    words = [f"{_words(workbook.place(cell))} {amount(workbook.interval(cell).middle)}" for cell in cells[:4]]
    return "、".join(words) + (f"等 {len(cells)} 个数" if len(cells) > 4 else "")


def _words(place: Place) -> str:
    where = place.where
    return f"{place.line}·{place.column}" + (f"（{where}）" if where else "")
