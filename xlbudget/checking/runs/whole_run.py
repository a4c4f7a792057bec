"""A run over many files: by how many hands, kept where, told to whom; the report is the same all ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from xlbudget.checking.prior_year.workbooks import LinkedFolder
from xlbudget.checking.runs.batch import Batch, Checked, Map
from xlbudget.checking.runs.many_files import Progress, check_each
from xlbudget.checking.whole_report import report_of
from xlbudget.model import Report, WorkbookTemplate

if TYPE_CHECKING:
    from xlbudget.checking.runs.journal import Journal

_WITH_NUMBERS = 100  # published documents of which a report lists every number: memory stays flat beyond


@dataclass(frozen=True, slots=True)
class Course:
    """How a run goes: ``workers`` processes here, or the Dask cluster of ``scheduler``.

    ``resume`` names a file in which reports are kept as they are made: a later run with the same file goes
    on where this one was interrupted. ``progress`` is called after each file.
    """

    workers: int = 1
    scheduler: str | None = None
    resume: Path | str | None = None
    progress: Progress | None = None


@contextmanager
def checking(files: Sequence[Path], batch: Batch, course: Course) -> Iterator[Iterator[Checked]]:
    """Have the results of files, in their order, while they are asked for.

    Raises InputError when the scheduler cannot be reached.
    """
    with _cluster(course.scheduler) as cluster, _journal(course.resume, batch) as journal:
        yield check_each(
            files, batch, workers=course.workers, cluster=cluster, progress=course.progress, journal=journal
        )


def run_report(files: Sequence[Path], batch: Batch, course: Course, skipped: Sequence[str] = ()) -> Report:
    """Return the report of files as they are judged now; ``skipped`` says which were not looked at."""
    with checking(files, batch, course) as checked:
        # a worker sends back a path of its own, which would be kept beside ours
        reports = (replace(report, path=path) for path, (report, _) in zip(files, checked, strict=True))
        if len(files) > _WITH_NUMBERS:
            reports = (replace(report, numbers=()) for report in reports)
        report = report_of(batch.template, reports, batch.roster, skipped, batch.templates)
    return with_linked_files(report, batch.linked, batch.template)


def with_linked_files(report: Report, linked: Sequence[LinkedFolder], template: WorkbookTemplate) -> Report:
    """Return the report with what became of the linked files that were not used."""
    units = [workbook.unit for workbook in report.workbooks if workbook.unit is not None]
    for folder in linked:
        left = (*folder.unusable, *folder.unused(units, template))
        remarks = tuple(f"{folder.link}的 {remark}" for remark in left)
        report = replace(report, skipped=report.skipped + remarks)
    return report


@contextmanager
def _cluster(scheduler: str | None) -> Iterator[Map | None]:
    if scheduler is None:
        yield None
        return
    from xlbudget.checking.runs.cluster import Cluster

    with Cluster(scheduler) as cluster:
        yield cluster.results


def _journal(path: Path | str | None, batch: Batch) -> AbstractContextManager[Journal | None]:
    if path is None:
        return nullcontext()
    from xlbudget.checking.runs.journal import Journal

    return Journal(Path(path), batch)
