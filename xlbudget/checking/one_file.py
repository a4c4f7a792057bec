"""File → WorkbookReport: identify, read, recalculate, check; and the reports of many files joined."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from xlbudget.checking.control_totals import control_limits, run_controls
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.explanations import explain
from xlbudget.checking.extracts import with_extracts
from xlbudget.checking.mistakes.entry_mistakes import KnownBefore
from xlbudget.checking.prior_year.amounts import prior_amounts
from xlbudget.checking.prior_year.rules import run_prior_rules
from xlbudget.checking.prior_year.workbooks import PriorYear, prior_evidence
from xlbudget.checking.problems import all_checks, run_checks
from xlbudget.checking.rule_findings import not_run, run_rules
from xlbudget.files.collector import paused_collector
from xlbudget.files.xlsx import Limits
from xlbudget.model import (
    Finding,
    Roster,
    RuleOutcome,
    RuleStatus,
    Submission,
    Unit,
    WorkbookReport,
    WorkbookTemplate,
)
from xlbudget.model.errors import UnreadableWorkbook
from xlbudget.returns.identification import identify, misnamed, unknown, unreadable
from xlbudget.returns.reading import Opened, open_workbook, read

_EMPTY = "没有填任何金额，请单位确认是不是零报告"


@paused_collector()
def check_file(
    path: Path,
    template: WorkbookTemplate,
    roster: Roster | None = None,
    prior: PriorYear | None = None,
    limits: Limits | None = None,
) -> tuple[WorkbookReport, Submission | None]:
    """Check one file; whatever is wrong with it becomes findings, never an exception.

    With ``prior`` it is compared with the unit's workbook of last year. ``limits`` are those of the reader.
    """
    try:
        opened = open_workbook(path, limits)
    except UnreadableWorkbook as error:
        return _refused(path, template, unreadable(path, str(error)), None), None
    problem = identify(opened, template)
    if problem is not None:
        return _refused(path, template, problem, opened), None
    submission = read(opened, template)
    stranger = unknown(path, _unit(submission), roster)
    if stranger is not None:
        return _refused(path, template, stranger, opened), None
    return check_submission(submission, template, roster, prior), submission


def check_published_file(
    path: Path, template: WorkbookTemplate, roster: Roster | None = None, limits: Limits | None = None
) -> WorkbookReport:
    """Check one file that holds values only; whatever is wrong with it becomes findings."""
    from xlbudget.checking.published.checking import check_published  # seldom needed

    try:
        return check_published(path, template, roster, limits)
    except UnreadableWorkbook as error:
        return _refused(path, template, unreadable(path, str(error)), None)


def check_submission(
    submission: Submission,
    template: WorkbookTemplate,
    roster: Roster | None = None,
    prior: PriorYear | None = None,
) -> WorkbookReport:
    """Check what was read from one file."""
    if roster is not None and roster.codes:  # what the officer allows now, not what was allowed on issue
        submission = replace(submission, codes=roster.codes.get(submission.unit.code, {}))
    evidence = Evidence(template, submission)
    findings, outcomes = run_checks(evidence)
    last_year = prior_evidence(prior, submission.unit.code, template) if prior is not None else None
    amounts = prior_amounts(evidence, last_year) if isinstance(last_year, Evidence) else {}
    run = run_rules(evidence, KnownBefore(tuple(control_limits(evidence, roster)), amounts))
    broken, rules = run.findings, run.outcomes
    if last_year is not None:
        changes, compared = run_prior_rules(evidence, last_year)
        broken, rules = broken + changes, rules + compared
    over, controls = run_controls(evidence, roster, run.explained)
    broken, rules = broken + over, rules + controls
    wrong_name = misnamed(submission.path, _unit(submission), roster)
    every = [*findings, *broken, *([wrong_name] if wrong_name else [])]
    outcomes += rules
    left, settled = explain(evidence, every, {outcome.rule: outcome.title for outcome in outcomes})
    empty = evidence.empty
    return WorkbookReport(
        path=submission.path,
        sha256=submission.sha256,
        unit=_unit(submission),
        findings=with_extracts(evidence, sorted(left, key=_weight)),
        outcomes=outcomes,
        remarks=submission.remarks + run.remarks + ((_EMPTY,) if empty else ()),
        department=submission.department,
        settled=settled,
        empty=empty,
    )


def _unit(submission: Submission) -> Unit | None:
    return submission.unit if submission.unit.code else None


def refused(path: Path, template: WorkbookTemplate, message: str) -> WorkbookReport:
    """Return the report of a file that could not be checked, with the reason."""
    return _refused(path, template, unreadable(path, message), None)


def _weight(finding: Finding) -> int:
    """Blocking findings first; otherwise the order in which they were found."""
    return {"blocking": 0, "explain": 1, "note": 2}[finding.severity]


def _refused(
    path: Path, template: WorkbookTemplate, finding: Finding, opened: Opened | None
) -> WorkbookReport:
    """Return the report of a file that was not read: one finding, nothing run."""
    checks = (
        RuleOutcome(check.name, check.title, check.severity, RuleStatus.NOT_RUN, 0, "文件未通过接收检查")
        for check in all_checks()
    )
    stamp = opened.stamp if opened else None
    return WorkbookReport(
        path=path,
        sha256=opened.raw.sha256 if opened else "",
        unit=stamp.unit if stamp and stamp.unit.code else None,
        findings=(finding,),
        outcomes=(*checks, *not_run(template.rules, "文件未通过接收检查")),
    )
