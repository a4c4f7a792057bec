"""The template's rules over one workbook: outcomes for all of them, a finding for each that fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from xlbudget.assertions import Evaluator, Sides, columns_read
from xlbudget.evidence import Evidence
from xlbudget.expressions import Call, walk
from xlbudget.model import Finding, Place, Rule, RuleOutcome, RuleStatus
from xlbudget.names import CHECKS
from xlbudget.rule_instances import premise, statements
from xlbudget.wording import likely_cause, shown

_MOST_FINDINGS = 20  # of one rule in one workbook: more say nothing new


def run_rules(evidence: Evidence) -> tuple[tuple[Finding, ...], tuple[RuleOutcome, ...]]:
    """Evaluate every rule; a rule whose operands are unknown is not run, with the reason."""
    evaluator = evidence.evaluator
    findings: list[Finding] = []
    outcomes: list[RuleOutcome] = []
    failed: dict[str, list[Sides]] = {}
    for rule in evidence.template.rules:
        outcome, failures = _run(evidence, evaluator, rule)
        outcomes.append(outcome)
        if failures:
            failed[rule.id] = failures
    for rule in evidence.template.rules:
        if rule.id in failed and failed.keys().isdisjoint(rule.follows):
            failures = failed[rule.id]
            others = [
                other.id
                for other in evidence.template.rules
                if other.id in failed and rule.id in other.follows
            ]
            shown_failures = failures[:_MOST_FINDINGS]
            findings += [_finding(evidence, rule, sides, len(failures), others) for sides in shown_failures]
    return tuple(findings), tuple(_explained(outcome, evidence, failed) for outcome in outcomes)


def _explained(outcome: RuleOutcome, evidence: Evidence, failed: Mapping[str, object]) -> RuleOutcome:
    """Say which rule's failure explains a failure that is no finding of its own."""
    if outcome.status is not RuleStatus.FAILED:
        return outcome
    follows = next(rule.follows for rule in evidence.template.rules if rule.id == outcome.rule)
    causes = [name for name in follows if name in failed]
    return replace(outcome, reason=f"由 {'、'.join(causes)} 不符引起") if causes else outcome


def not_run(evidence_rules: tuple[Rule, ...], reason: str) -> Iterator[RuleOutcome]:
    """Yield the outcome «not run» for every rule, with one reason."""
    for rule in evidence_rules:
        yield RuleOutcome(rule.id, rule.title, rule.severity, RuleStatus.NOT_RUN, 0, reason)


def _run(evidence: Evidence, evaluator: Evaluator, rule: Rule) -> tuple[RuleOutcome, list[Sides]]:
    def outcome(status: RuleStatus, instances: int = 0, reason: str = "") -> RuleOutcome:
        return RuleOutcome(rule.id, rule.title, rule.severity, status, instances, reason)

    if rule.off is not None:
        return outcome(RuleStatus.NOT_RUN, reason=str(rule.off)), []
    if _reads(evidence, rule) & evidence.unknown_columns:
        return outcome(RuleStatus.NOT_RUN, reason="依赖的录入内容无法读取，改正后再核对"), []
    if not evaluator.applies(rule):
        return outcome(RuleStatus.NOT_APPLICABLE, reason=evaluator.why_not(rule)), []
    instances = list(evaluator.instances(rule))
    failures = [sides for sides in instances if not sides.holds]
    if not instances:
        return outcome(RuleStatus.NOT_APPLICABLE, reason="没有可核对的行"), []
    return outcome(RuleStatus.FAILED if failures else RuleStatus.PASSED, len(instances)), failures


def _reads(evidence: Evidence, rule: Rule) -> frozenset[tuple[str, str]]:
    names = evidence.blueprint.names
    reads = {(rule.over, column) for column in rule.columns} if rule.over else set()
    for statement in statements(rule, names):
        reads |= columns_read(statement.left) | columns_read(statement.right)
    condition = premise(rule, evidence.template, names)
    if condition is not None:
        reads |= columns_read(condition)
    return frozenset(reads)


def _finding(evidence: Evidence, rule: Rule, sides: Sides, failures: int, others: Sequence[str]) -> Finding:
    money = "" if _counts(evidence, rule) else evidence.template.form_money
    place = evidence.place(sides.cell) if sides.cell is not None else _check_row(evidence, rule, sides)
    finding = evidence.finding(
        rule.id, rule.severity, None, "", stored=sides.left, expected=sides.right, place=place
    )
    finding = replace(finding, money=money)
    column = f"（{sides.column}）" if sides.column else ""
    cause = likely_cause(sides.left, sides.right) if sides.operator == "=" else ""
    message = (
        f"{place}：{rule.title}{column}不成立，左边为 {shown(sides.left, money)}，"
        f"右边为 {shown(sides.right, money)}，相差 {shown(sides.left - sides.right, money)}"
        f"{f'，{cause}' if cause else ''}。{rule.advice or '请核对有关录入表。'}"
    )
    if others:
        message += f"（{'、'.join(others)} 因此也不符）"
    if failures > _MOST_FINDINGS:
        message += f"（同一规则共 {failures} 处不符，只列前 {_MOST_FINDINGS} 处）"
    return evidence.with_message(finding, message)


def _counts(evidence: Evidence, rule: Rule) -> bool:
    """Whether a rule compares numbers of rows rather than amounts."""
    return any(
        isinstance(part, Call) and part.function in {"COUNTIF", "CAPACITY"}
        for statement in statements(rule, evidence.blueprint.names)
        for side in (statement.left, statement.right)
        for part in walk(side)
    )


def _check_row(evidence: Evidence, rule: Rule, sides: Sides) -> Place:
    """Return the rule's row of the check sheet: where a rule between ledgers can be seen."""
    for at, row in enumerate(evidence.layout.check_rows):
        if row.rule.id == rule.id and sides.column in row.title:
            sheet = evidence.template.check_sheet.sheet
            address = evidence.layout.address(CHECKS, at, "左值")
            return Place(evidence.template.check_sheet.title, row.title, "左值", sheet, address)
    return Place(line=rule.title)
