"""The template's rules over one workbook: outcomes for all of them, a finding for each that fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.mistakes.candidates import candidates_of, code_candidates
from xlbudget.checking.mistakes.diagnosis import Diagnosis, Mistake
from xlbudget.checking.mistakes.entry_mistakes import KnownBefore, entry_mistakes
from xlbudget.checking.mistakes.slips import likely_slip
from xlbudget.checking.mistakes.undone import Undone, undone
from xlbudget.checking.mistakes.words import suspects_named, telling
from xlbudget.checking.mistakes.wrong_codes import odd_pairs, odd_pairs_named
from xlbudget.checking.rules.bound import bound_rule, money_of_rule
from xlbudget.checking.rules.instances import Evaluator, Sides
from xlbudget.model import Cell, CodePairing, Finding, Place, Rule, RuleOutcome, RuleStatus, Severity, Trouble
from xlbudget.model.words import shown
from xlbudget.workbook.names import CHECKS

_MOST_FINDINGS = 20  # of one rule in one workbook, each by itself; the rest are one finding more
_MOST_NAMED = 3  # rules in one remark


class RuleRun(NamedTuple):
    """What became of the rules: findings, an outcome for each, and remarks that are no mistakes."""

    findings: tuple[Finding, ...]
    outcomes: tuple[RuleOutcome, ...]
    remarks: tuple[str, ...] = ()
    explained: Mapping[str, str] = MappingProxyType({})
    """Control totals that a mistake found here exceeds, each with the rule of the mistake's finding."""
    undone: Finding | None = None
    """Of ``findings``: that of an action on many entries, which stands for others at its place."""
    no_rows: frozenset[Cell] = frozenset()
    """A cell of each row that such an action shows to be none."""


def run_rules(evidence: Evidence, known: KnownBefore | None = None) -> RuleRun:
    """Evaluate every rule; a rule whose operands are unknown is not run, with the reason.

    ``known`` is what else is known of the budget, to tell which entry is wrong.
    Where the search for wrong entries was cut short, a remark and the outcomes say so, and why. Where one
    action on many entries breaks rules, it is found, and the rest is what is left without it.
    """
    evaluator = evidence.evaluator
    findings: list[Finding] = []
    outcomes: list[RuleOutcome] = []
    failed: dict[str, list[Sides]] = {}
    for rule in evidence.template.rules:
        outcome, failures = _run(evidence, evaluator, rule)
        outcomes.append(outcome)
        if failures:
            failed[rule.id] = failures
    sources = [rule for rule in evidence.template.rules if rule.id in failed]
    sources = [rule for rule in sources if failed.keys().isdisjoint(rule.follows)]
    action = _undone(evidence, failed, {part.rule for part in outcomes if part.status is RuleStatus.NOT_RUN})
    if action is not None:
        return _without(evidence, action, outcomes, known)
    outside = next(evidence.irregular(Trouble.OUTSIDE_TABLE), None)  # what is missing may stand there
    looked_for = sources if outside is None else []
    diagnosis = entry_mistakes(evidence, looked_for, known or KnownBefore()) if looked_for else Diagnosis(())
    findings += [_located(evidence, mistake, failed) for mistake in diagnosis.mistakes]
    settled = {part.rule.id for mistake in diagnosis.mistakes for part in mistake.broken}
    followed = _mended(evidence, diagnosis, [rule for rule in sources if rule.id not in settled])
    for rule in sources:
        if rule.id not in settled and rule.id not in followed:
            failures = failed[rule.id]
            others = _followers(evidence, [rule.id], failed)
            shown_failures = failures[:_MOST_FINDINGS]
            findings += [_finding(evidence, rule, sides, others) for sides in shown_failures]
            if len(failures) > _MOST_FINDINGS:
                findings.append(_rest(evidence, rule, failures[_MOST_FINDINGS:]))
    left = {part.rule.id: f"没有指明录错的数：{diagnosis.reason}" for part in diagnosis.unexplained}
    return RuleRun(
        tuple(findings),
        tuple(_explained(outcome, evidence, failed, {**left, **followed}) for outcome in outcomes),
        tuple(_cut_short(list(left), diagnosis.reason)),
        {
            part.rule.id: mistake.broken[0].rule.id
            for mistake in diagnosis.mistakes
            for part in mistake.broken[1:]
            if known is not None and part.rule in {limit.rule for limit in known.limits}
        },
    )


def _undone(evidence: Evidence, failed: Mapping[str, Sequence[Sides]], unknown: set[str]) -> Undone | None:
    """Return the action on many entries that breaks rules, if any; hints alone are no reason to look.

    Of rules in ``unknown``, which did not run, nobody knows whether they failed before.
    """
    rules = {rule.id: rule for rule in evidence.template.rules if rule.id in failed}
    if all(rule.severity is not Severity.BLOCKING for rule in rules.values()):
        return None
    moneys = evidence.template.moneys
    gaps = {
        name: [
            (sides.left - sides.right)
            * moneys.get(money_of_rule(evidence.blueprint, rules[name], sides.column), 1)
            for sides in failures
        ]
        for name, failures in failed.items()
    }

    def run(other: Evidence) -> set[str]:
        evaluator = other.evaluator
        asked = (rule for rule in other.template.rules if rule.id not in unknown)
        return {rule.id for rule in asked if _run(other, evaluator, rule)[1]}

    return undone(evidence, gaps, run)


def _without(
    evidence: Evidence, action: Undone, outcomes: Sequence[RuleOutcome], known: KnownBefore | None
) -> RuleRun:
    """Return an action and what is found in the workbook without it."""
    finding, rest = action.finding(evidence), run_rules(action.evidence, known)
    left = {outcome.rule: outcome for outcome in rest.outcomes}
    reason = f"由 {finding.rule} 引起"
    return RuleRun(
        (finding, *rest.findings),
        tuple(
            replace(outcome, reason=reason) if outcome.rule in action.holding else left[outcome.rule]
            for outcome in outcomes
        ),
        rest.remarks,
        rest.explained,
        finding,
        rest.no_rows | action.action.gone,
    )


def _mended(evidence: Evidence, diagnosis: Diagnosis, rules: Sequence[Rule]) -> Mapping[str, str]:
    """Return those rules that hold when blocks are mended as their mistake says, each with the reason."""
    for mistake in diagnosis.mistakes if rules else ():
        if mistake.repair:
            mended = evidence.evaluator_of(evidence.what_if(mistake.repair))
            reason = f"由 {mistake.broken[0].rule.id} 不符引起"
            return {rule.id: reason for rule in rules if not mended.judged(rule)[1]}
    return {}


def _cut_short(rules: Sequence[str], reason: str) -> Iterator[str]:
    """Yield the remark that failures are listed whose wrong entries were not looked for to the end."""
    if rules:
        more = f"等 {len(rules)} 条" if len(rules) > _MOST_NAMED else ""
        yield (
            f"{'、'.join(rules[:_MOST_NAMED])}{more}只列出不符之处，没有指明录错的数：{reason}。"
            "请先改正已列出的各处，再审核一次。"
        )


def _followers(evidence: Evidence, causes: Sequence[str], failed: Mapping[str, object]) -> list[str]:
    """Return the failed rules whose failure the given ones explain."""
    return [
        rule.id
        for rule in evidence.template.rules
        if rule.id in failed and not set(causes).isdisjoint(rule.follows)
    ]


def _located(evidence: Evidence, mistake: Mistake, failed: Mapping[str, object]) -> Finding:
    """Return the finding of a mistake among entries: at its cell when that stands out, else at the rule."""
    instance, first = mistake.broken[0], mistake.suspects[0]
    rule = instance.rule
    sides = next(
        sides
        for sides in evidence.evaluator.instances(rule)
        if (sides.cell, sides.column) == (instance.cell, instance.column) and not sides.holds
    )
    left, right, money = sides.left, sides.right, money_of_rule(evidence.blueprint, rule, sides.column)
    if telling(mistake):
        finding = evidence.finding(
            rule.id, rule.severity, first.cell, "", stored=first.stored, expected=first.value
        )
    else:
        place = evidence.place(sides.cell) if sides.cell is not None else _check_row(evidence, rule, sides)
        finding = evidence.finding(rule.id, rule.severity, None, "", stored=left, expected=right, place=place)
        finding = replace(finding, money=money)
    here = first.cell if telling(mistake) else sides.cell
    columns = "、".join(dict.fromkeys(part.column for part in mistake.broken if part.column))
    broken = list(dict.fromkeys(part.rule.id for part in mistake.broken))
    others = [name for name in broken if name != rule.id] + _followers(evidence, broken, failed)
    message = (
        f"{finding.place}：{rule.title}{f'（{columns}）' if columns else ''}不成立，"
        f"左边为 {shown(left, money)}，右边为 {shown(right, money)}，相差 {shown(left - right, money)}。"
        f"{suspects_named(evidence.place, evidence.money, mistake, here)}。"
        f"{rule.advice or '请核对有关录入表。'}"
    )
    if others:
        message += f"（{'、'.join(dict.fromkeys(others))} 因此也不符）"
    candidates = candidates_of(evidence.place, evidence.money, mistake)
    return replace(finding, message=message, candidates=candidates)


def _explained(
    outcome: RuleOutcome, evidence: Evidence, failed: Mapping[str, object], left: Mapping[str, str]
) -> RuleOutcome:
    """Say which rule's failure explains one that is no finding of its own, or why no entry is named."""
    if outcome.status is not RuleStatus.FAILED:
        return outcome
    follows = next(rule.follows for rule in evidence.template.rules if rule.id == outcome.rule)
    causes = [name for name in follows if name in failed]
    why = f"由 {'、'.join(causes)} 不符引起" if causes else left.get(outcome.rule, "")
    return replace(outcome, reason=why)


def _run(evidence: Evidence, evaluator: Evaluator, rule: Rule) -> tuple[RuleOutcome, list[Sides]]:
    def outcome(status: RuleStatus, instances: int = 0, reason: str = "") -> RuleOutcome:
        return RuleOutcome(rule.id, rule.title, rule.severity, status, instances, reason)

    if rule.off is not None:
        return outcome(RuleStatus.NOT_RUN, reason=str(rule.off)), []
    if bound_rule(rule, evidence.blueprint).reads & evidence.unknown_columns:
        return outcome(RuleStatus.NOT_RUN, reason="依赖的录入内容无法读取，改正后再核对"), []
    if not evaluator.applies(rule):
        return outcome(RuleStatus.NOT_APPLICABLE, reason=evaluator.why_not(rule)), []
    instances, failures = evaluator.judged(rule)
    if not instances:
        return outcome(RuleStatus.NOT_APPLICABLE, reason="没有可核对的行"), []
    return outcome(RuleStatus.FAILED if failures else RuleStatus.PASSED, instances), failures


def _rest(evidence: Evidence, rule: Rule, failures: Sequence[Sides]) -> Finding:
    """Return the finding for failures that are not listed: it stays open when those listed are waived."""
    cell = failures[0].cell
    example = f"，例如 {evidence.place(cell)}" if cell is not None else ""
    message = (
        f"{rule.title}：除列出的 {_MOST_FINDINGS} 处外，另有 {len(failures)} 处不符{example}。"
        "请改正列出的各处，再审核一次。"
    )
    return evidence.finding(rule.id, rule.severity, None, message, stored=Decimal(len(failures)))


def _finding(evidence: Evidence, rule: Rule, sides: Sides, others: Sequence[str]) -> Finding:
    if rule.pairing is not None:
        return _of_codes(evidence, rule, rule.pairing, sides, others)
    money = money_of_rule(evidence.blueprint, rule, sides.column)
    place = evidence.place(sides.cell) if sides.cell is not None else _check_row(evidence, rule, sides)
    finding = evidence.finding(
        rule.id, rule.severity, None, "", stored=sides.left, expected=sides.right, place=place
    )
    finding = replace(finding, money=money)
    column = f"（{sides.column}）" if sides.column else ""
    cause = likely_slip(sides.left, sides.right) if sides.operator == "=" else ""
    message = (
        f"{place}：{rule.title}{column}不成立，左边为 {shown(sides.left, money)}，"
        f"右边为 {shown(sides.right, money)}，相差 {shown(sides.left - sides.right, money)}"
        f"{f'，{cause}' if cause else ''}。{rule.advice or '请核对有关录入表。'}"
    )
    if others:
        message += f"（{'、'.join(others)} 因此也不符）"
    return evidence.with_message(finding, message)


def _of_codes(
    evidence: Evidence, rule: Rule, pairing: CodePairing, sides: Sides, others: Sequence[str]
) -> Finding:
    """Return the finding of a rule about codes that go together: a code is proposed, never an amount."""
    difference = sides.left - sides.right
    pairs = odd_pairs(evidence, pairing, difference, equal=sides.operator == "=")
    if pairs:
        first = pairs[0]
        finding = evidence.finding(
            rule.id, rule.severity, first.cell, "", stored=first.code, expected=first.only
        )
    else:
        finding = evidence.finding(rule.id, rule.severity, None, "", place=_check_row(evidence, rule, sides))
    money = money_of_rule(evidence.blueprint, rule, sides.column)
    rows = f"：{odd_pairs_named(evidence, pairs)}" if pairs else ""
    message = (
        f"{finding.place}：{rule.title}不成立，左边为 {shown(sides.left, money)}，"
        f"右边为 {shown(sides.right, money)}，相差 {shown(difference, money)}{rows}。"
        f"{rule.advice or '请核对编码。'}"
    )
    if others:
        message += f"（{'、'.join(others)} 因此也不符）"
    return replace(finding, message=message, candidates=code_candidates(evidence.place, pairs))


def _check_row(evidence: Evidence, rule: Rule, sides: Sides) -> Place:
    """Return the rule's row of the check sheet: where a rule between ledgers can be seen."""
    for at, row in enumerate(evidence.layout.check_rows):
        if row.rule.id == rule.id and sides.column in row.title:
            sheet = evidence.template.check_sheet.sheet
            address = evidence.layout.address(CHECKS, at, "左值")
            return Place(evidence.template.check_sheet.title, row.title, "左值", sheet, address)
    return Place(line=rule.title)
