"""A return held against the roster of today: its unit may be called, classed or placed otherwise by now."""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, Finding, Roster, RuleOutcome, RuleStatus, Severity
from xlbudget.model.words import plain_name

OTHER_UNIT, OTHER_SUPERIOR = "roster_facts", "roster_superior"
TITLES = {OTHER_UNIT: "单位名称或性质与名册不同", OTHER_SUPERIOR: "上级单位与名册不同"}
SEVERITIES = {OTHER_UNIT: Severity.EXPLAIN, OTHER_SUPERIOR: Severity.NOTE}


def compare_with_roster(
    evidence: Evidence, roster: Roster | None
) -> tuple[tuple[Finding, ...], tuple[RuleOutcome, ...]]:
    """Say where name, kind or superior of a return's unit are others than on the roster.

    Summaries of units, and units that are not on the roster, are not compared; a cover that says something
    else than the file was issued with is a matter of its own. Without a roster nothing is said.
    """
    submission = evidence.submission
    known = roster.find(submission.unit.code) if roster is not None else None
    if known is None or submission.department:
        return (), ()
    facts, unit = evidence.template.unit_facts, submission.unit
    if facts.table in submission.unreadable_tables:
        return (), ()
    compared = (
        (OTHER_UNIT, facts.name, unit.name, known.name),
        (OTHER_UNIT, facts.kind, unit.kind, known.kind),
        (OTHER_SUPERIOR, facts.superior, unit.superior, known.superior),
    )
    findings = tuple(
        _finding(evidence, rule, cell, ours, theirs)
        for rule, line, ours, theirs in compared
        for cell in _cells(evidence, line, ours)
        if ours and theirs and plain_name(ours) != plain_name(theirs)
    )
    failed = {finding.rule for finding in findings}
    return findings, tuple(
        RuleOutcome(
            rule, title, SEVERITIES[rule], RuleStatus.FAILED if rule in failed else RuleStatus.PASSED, 1
        )
        for rule, title in TITLES.items()
    )


def _cells(evidence: Evidence, line: str, written: str) -> Iterator[Cell]:
    """Yield the cell of the cover, where it says what the file was issued with."""
    facts = evidence.template.unit_facts
    cell = Cell(facts.table, evidence.layout.tables[facts.table].lines[line], facts.column)
    if plain_name(str(evidence.recalculated(cell) or "")) == plain_name(written):
        yield cell


def _finding(evidence: Evidence, rule: str, cell: Cell, written: str, known: str) -> Finding:
    if rule == OTHER_UNIT:
        advice = (
            "请核对以哪个为准：名册对的，请用名册重新下发或请单位说明；工作簿对的，请改名册。汇总前须定下来。"
        )
    else:
        advice = "汇总时以名册为准；请核对名册。"
    message = f"{evidence.place(cell)}：工作簿写的是“{written}”，名册里是“{known}”。{advice}"
    return evidence.finding(rule, SEVERITIES[rule], cell, message, stored=written, expected=known)
