"""File → WorkbookReport: identify, read, recalculate, check; and the reports of many files joined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from string import ascii_uppercase

from xlbudget.checking.control_totals import control_limits, run_controls
from xlbudget.checking.copied_amounts import judge_copies
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.explanations import explain
from xlbudget.checking.extracts import with_extracts
from xlbudget.checking.mistakes.entry_mistakes import KnownBefore
from xlbudget.checking.plausibility import but_for_rounding, follow_from_money, judge_plausibility
from xlbudget.checking.prior_year.amounts import prior_amounts
from xlbudget.checking.prior_year.identities import compare_identities
from xlbudget.checking.prior_year.rules import run_linked_rules
from xlbudget.checking.prior_year.workbooks import LinkedFolder, linked_evidence
from xlbudget.checking.problems import run_checks
from xlbudget.checking.problems.wrong_unit import with_cover_as_issued
from xlbudget.checking.roster_facts import compare_with_roster
from xlbudget.checking.rule_findings import run_rules
from xlbudget.checking.traits import traits_of
from xlbudget.checking.two_readings import evidence_of
from xlbudget.files.collector import paused_collector
from xlbudget.files.xlsx import Limits
from xlbudget.model import (
    LAST_YEAR,
    Finding,
    Place,
    Roster,
    Submission,
    Unit,
    WorkbookReport,
    WorkbookTemplate,
)
from xlbudget.model.errors import OUR_FAULT, SEND_US, UnreadableWorkbook, XlbudgetError, fault
from xlbudget.returns.identification import identify, misnamed, not_checked, unknown, unreadable
from xlbudget.returns.reading import Opened, open_workbook, read

_EMPTY = "没有填任何金额，请单位确认是不是零报告"


@paused_collector()
def check_file(
    path: Path,
    template: WorkbookTemplate,
    roster: Roster | None = None,
    linked: Sequence[LinkedFolder] = (),
    limits: Limits | None = None,
) -> tuple[WorkbookReport, Submission | None]:
    """Check one file; whatever is wrong with it, or with us on it, becomes findings, never an exception.

    With ``linked`` it is compared with the unit's workbook of last year, and others.
    ``limits`` are those of the reader.
    """
    known: list[Opened] = []

    def check() -> tuple[WorkbookReport, Submission | None]:
        opened = open_workbook(path, limits, template)
        known.append(opened)
        problem = identify(opened, template)
        if problem is not None:
            return _refused(path, problem, opened), None
        submission = read(opened, template)
        stranger = unknown(path, _unit(submission), roster)
        if stranger is not None:
            return _refused(path, stranger, opened), None
        return check_submission(submission, template, roster, linked), submission

    return _whatever_happens(path, check, known)


def check_published_file(
    path: Path,
    templates: Sequence[WorkbookTemplate],
    roster: Roster | None = None,
    limits: Limits | None = None,
) -> WorkbookReport:
    """Check one document that others published, by that of ``templates`` which it follows.

    What is wrong with it, or with us on it, becomes findings.
    """
    from xlbudget.checking.published.checking import check_published  # seldom needed

    def check() -> tuple[WorkbookReport, None]:
        return check_published(path, templates, roster, limits), None

    report, _ = _whatever_happens(path, check, [])
    if report.outcomes:
        return report
    why = next((finding.message for finding in report.findings), "")
    return replace(report, unchecked=why, values_only=True)


def _whatever_happens(
    path: Path,
    check: Callable[[], tuple[WorkbookReport, Submission | None]],
    known: Sequence[Opened],
) -> tuple[WorkbookReport, Submission | None]:
    """Return what the check of one file gives; what it raises becomes the one finding at that file.

    The barrier between files, for all that check them. Errors raised on purpose, which stop every file
    alike (no engine, say), and a lack of memory are for the caller. ``known`` is the file once opened.
    """
    try:
        return check()
    except UnreadableWorkbook as error:
        finding = (not_checked if error.reason == OUR_FAULT else unreadable)(path, str(error))
        return _refused(path, finding, None), None
    except (XlbudgetError, MemoryError):
        raise
    except Exception as error:
        message = f"文件“{path.name}”未能审核：审核程序出错（{fault(error)}），{SEND_US}；其余文件照常审核。"
        return _refused(path, not_checked(path, message), known[0] if known else None), None


def check_submission(
    submission: Submission,
    template: WorkbookTemplate,
    roster: Roster | None = None,
    linked: Sequence[LinkedFolder] = (),
) -> WorkbookReport:
    """Check what was read from one file."""
    if roster is not None and roster.codes:  # what the officer allows now, not what was allowed on issue
        submission = replace(submission, codes=roster.codes.get(submission.unit.code, {}))
    evidence = evidence_of(template, submission)
    findings, outcomes = run_checks(evidence)
    others = {part.link: linked_evidence(part, submission.unit, template) for part in linked}
    last_year = others.get(LAST_YEAR)
    before = last_year if isinstance(last_year, Evidence) else None
    amounts = prior_amounts(evidence, before) if before is not None else {}
    plausible = judge_plausibility(evidence, roster, before, amounts)
    limits = () if plausible.proven else tuple(control_limits(evidence, roster))
    run = run_rules(with_cover_as_issued(evidence), KnownBefore(limits, {} if plausible.proven else amounts))
    broken, rules = run.findings, run.outcomes
    if run.undone is not None:  # it says more of its place than the check that looks at rows alone
        said = run.undone.rule, run.undone.place
        lines = {_line(evidence.place(cell)) for cell in run.no_rows}
        findings = tuple(
            one for one in findings if (one.rule, one.place) != said and _line(one.place) not in lines
        )
    if plausible.other_money:
        broken = but_for_rounding(evidence, broken)
    outside = run_controls(evidence, roster, run.explained)
    if others:
        changes, compared = run_linked_rules(evidence, others)
        outside = changes + outside[0], compared + outside[1]
    if plausible.proven:
        outside = follow_from_money(evidence, *outside)
    broken = plausible.findings + broken + outside[0]
    rules += outside[1] + plausible.outcomes
    wrong_name = misnamed(submission.path, _unit(submission), roster)
    traits = traits_of(evidence)
    copies, looked = judge_copies(evidence, traits.runs, before)
    other_facts, held = compare_with_roster(evidence, roster)
    if before is not None:
        told, named = compare_identities(evidence, before)
        copies, looked = copies + told, looked + named
    every = [*findings, *broken, *copies, *other_facts, *([wrong_name] if wrong_name else [])]
    outcomes += rules + looked + held
    left, settled = explain(evidence, every, {outcome.rule: outcome.title for outcome in outcomes})
    empty = evidence.empty
    return WorkbookReport(
        path=submission.path,
        sha256=submission.sha256,
        unit=_unit(submission),
        findings=with_extracts(evidence, sorted(left, key=lambda finding: finding.severity.rank)),
        outcomes=outcomes,
        remarks=submission.remarks + run.remarks + ((_EMPTY,) if empty else ()),
        department=submission.department,
        settled=settled,
        empty=empty,
        traits=traits,
    )


def _line(place: Place) -> tuple[str, str]:
    """Return the sheet and the row of a place."""
    return place.sheet, place.address.lstrip(ascii_uppercase)


def _unit(submission: Submission) -> Unit | None:
    return submission.unit if submission.unit.code else None


def refused(path: Path, message: str) -> WorkbookReport:
    """Return the report of a file that could not be read, with the reason."""
    return _refused(path, unreadable(path, message), None)


def given_up(path: Path, message: str) -> WorkbookReport:
    """Return the report of a file on which the check itself broke down, with what is known of it."""
    return _refused(path, not_checked(path, message), None)


def _refused(path: Path, finding: Finding, opened: Opened | None) -> WorkbookReport:
    """Return the report of a file that was not read: one finding, and no rule, since none was run."""
    stamp = opened.stamp if opened else None
    return WorkbookReport(
        path=path,
        sha256=opened.raw.sha256 if opened else "",
        unit=stamp.unit if stamp and stamp.unit.code else None,
        findings=(finding,),
        outcomes=(),
    )
