"""Returned files, or a collection, as tables for other tools."""

from __future__ import annotations

from collections.abc import Iterable

from xlbudget.checking.runs.batch import Batch
from xlbudget.checking.runs.many_files import check_each
from xlbudget.department.collection.at_hand import AtHand
from xlbudget.department.exporting.tables import DataTable, Returned, tables_of
from xlbudget.model import Submission, WorkbookReport, WorkbookTemplate
from xlbudget.model.errors import InputError, UnreadableWorkbook
from xlbudget.returns.identification import identify
from xlbudget.returns.reading import open_workbook, read


def tables_at_hand(hand: AtHand, template: WorkbookTemplate) -> tuple[tuple[DataTable, ...], tuple[str, ...]]:
    """Return the tables, and the names of the files whose check failed."""
    failed: list[str] = []

    def noted(parts: Iterable[Returned]) -> Iterable[Returned]:
        for report, submission in parts:
            if report.failed:
                failed.append(report.path.name)
            yield report, submission

    report = hand.report(template)
    if report is None:
        parts: Iterable[Returned] = check_each(hand.files(), Batch(template, entries=True))
    else:
        parts = ((part, _read_again(part, template)) for part in report.workbooks)
    return tables_of(template, noted(parts)), tuple(failed)


def _read_again(report: WorkbookReport, template: WorkbookTemplate) -> Submission | None:
    """Return what a return holds; None for one that cannot be read, which its report says."""
    if report.unit is None or report.failed:
        return None
    try:
        opened = open_workbook(report.path)
        return read(opened, template) if identify(opened, template) is None else None
    except (UnreadableWorkbook, InputError):
        return None
