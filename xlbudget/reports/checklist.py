"""What a checklist says of one file: what is checked, whether it holds, what is wrong, on which page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from xlbudget.checking.published.rules import NEEDS_ENTRIES
from xlbudget.model import Finding, RuleOutcome, RuleStatus
from xlbudget.model.words import natural
from xlbudget.reports.arrangement import FilePart
from xlbudget.reports.conclusions import settled_line

ANSWERS = {
    RuleStatus.PASSED: "符合",
    RuleStatus.FAILED: "不符合",
    RuleStatus.NOT_APPLICABLE: "不适用",
    RuleStatus.NOT_RUN: "未核对",
}
YES_OR_NO = {ANSWERS[RuleStatus.PASSED]: "是", ANSWERS[RuleStatus.FAILED]: "否"}
"""How the checklists of districts answer (符合要求 是/否); other answers stay."""


_FEW = 3  # rules or checks of a group that are named one by one


class ChecklistLine(NamedTuple):
    """One line of a checklist; ``pages`` are those of what is wrong."""

    number: str
    what: str
    answer: str
    problem: str
    pages: str


def checklist(part: FilePart, *, together: bool = False) -> Iterator[ChecklistLine]:
    """Yield a line for each rule, failures first; ``together``: passed and inapplicable ones a line a group.

    Findings of no rule that ran (a file that was refused) come before all.
    """
    by_rule: dict[str, list[Finding]] = {}
    for finding in part.findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    known = {outcome.rule for outcome in part.workbook.outcomes}
    number = 0
    for rule, findings in by_rule.items():
        if rule not in known:
            number += 1
            answer = ANSWERS[RuleStatus.FAILED]
            yield ChecklistLine(str(number), "文件接收检查", answer, problems(findings), _pages(findings))
    settled = _settled(part)
    quiet: dict[tuple[RuleStatus, str, str], list[RuleOutcome]] = {}
    beyond = [outcome for outcome in part.workbook.outcomes if outcome.reason.startswith(NEEDS_ENTRIES)]
    for outcome in sorted(part.workbook.outcomes, key=_failures_first):
        if outcome in beyond:
            continue
        if together and _is_quiet(outcome) and outcome.rule not in {*by_rule, *settled}:
            group = outcome.rule.partition("-")[0] if "-" in outcome.rule else ""
            quiet.setdefault((outcome.status, outcome.reason, group), []).append(outcome)
            continue
        number += 1
        findings = by_rule.get(outcome.rule, [])
        said = [problems(findings), *settled.get(outcome.rule, ())]
        if outcome.status is RuleStatus.FAILED and not findings:
            said.append(_elsewhere(outcome, part.findings))
        problem = "；".join(filter(None, said)) or outcome.reason
        what = f"{outcome.title}（{outcome.rule}）"
        yield ChecklistLine(str(number), what, _answer(outcome, by_rule), problem, _pages(findings))
    for (status, reason, _), members in quiet.items():
        number += 1
        yield ChecklistLine(str(number), _group(members), ANSWERS[status], reason, "")
    if beyond:
        what = f"需要录入表的关系 {len(beyond)} 条"
        reason = "公开文件里没有录入表，无从核对"
        yield ChecklistLine(str(number + 1), what, ANSWERS[RuleStatus.NOT_RUN], reason, "")


def _is_quiet(outcome: RuleOutcome) -> bool:
    return outcome.status in (RuleStatus.PASSED, RuleStatus.NOT_APPLICABLE)


def _group(members: Sequence[RuleOutcome]) -> str:
    """Return what several rules are called together: by their numbers, checks by the first titles."""
    if len(members) == 1:
        return f"{members[0].title}（{members[0].rule}）"
    if "-" not in members[0].rule:  # a check of the whole workbook: its id says nothing to people
        titles = "、".join(outcome.title for outcome in members[:_FEW])
        return f"{titles}等 {len(members)} 项" if len(members) > _FEW else titles
    ids = [outcome.rule for outcome in members]
    if len(ids) > _FEW:
        return f"{ids[0]} 至 {ids[-1]} 中的 {len(ids)} 条"
    return f"{'、'.join(ids)}（{len(ids)} 条）"


def _elsewhere(outcome: RuleOutcome, findings: Sequence[Finding]) -> str:
    """Say which finding is the cause of a rule that fails without one of its own."""
    causes = [finding for finding in findings if f"{outcome.rule} " in finding.message]
    return f"由“{causes[0].place}”的错误引起（{causes[0].rule}）" if causes else ""


def _pages(findings: Sequence[Finding]) -> str:
    return "、".join(str(page) for page in sorted({one.place.page for one in findings if one.place.page}))


def _settled(part: FilePart) -> dict[str, list[str]]:
    """Return what was explained or waived, in words, by rule."""
    found: dict[str, list[str]] = {}
    for each in part.workbook.settled:
        word, _, told = settled_line(each)
        found.setdefault(each.finding.rule, []).append(f"【{word}】{told.rstrip('。')}")
    return found


def _answer(outcome: RuleOutcome, by_rule: dict[str, list[Finding]]) -> str:
    return ANSWERS[RuleStatus.FAILED if outcome.rule in by_rule else outcome.status]


def _failures_first(outcome: RuleOutcome) -> tuple[int, object]:
    order = (RuleStatus.FAILED, RuleStatus.NOT_RUN, RuleStatus.PASSED, RuleStatus.NOT_APPLICABLE)
    return order.index(outcome.status), natural(outcome.rule)


def problems(findings: Sequence[Finding]) -> str:
    """Return what findings say, as one text."""
    return "；".join(finding.message.rstrip("。") for finding in findings)
