"""A department summary from files: checked, refused where they must not be joined, joined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from xlbudget.checking.runs.batch import Batch
from xlbudget.checking.runs.whole_run import Course, checking
from xlbudget.checking.whole_report import report_of
from xlbudget.department.summary.joining import DepartmentSummary, consolidate
from xlbudget.department.summary.naming import department_of
from xlbudget.department.summary.refusals import refusals
from xlbudget.model import Report, Unit
from xlbudget.model.errors import ConsolidationRefused


def consolidated(
    files: Sequence[Path],
    batch: Batch,
    course: Course,
    department: Unit | None,
    allow: Sequence[str],
    settled: Callable[[Report], Report],
    skipped: Sequence[str] = (),
) -> DepartmentSummary:
    """Return the summary of the files of a batch that keeps entries; without a head, of their superior.

    ``settled`` puts the officer's waivers into the report. Raises ConsolidationRefused with every reason.
    """
    with checking(files, batch, course) as each:
        checked = list(each)
    template, roster = batch.template, batch.roster
    report = settled(report_of(template, (part for part, _ in checked), roster, skipped))
    submissions = [submission for _, submission in checked if submission is not None]
    if len(submissions) < len(report.workbooks) and not refusals(report, allow):
        raise ConsolidationRefused(["有文件没有读取，不能汇总。"])
    head = department or department_of(part.unit for part in submissions)
    codes = [unit.code for unit in roster.units] if roster else []
    return consolidate(submissions, report, template, head, allow, roster=codes)
