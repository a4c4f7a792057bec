"""The five verbs, for use from Python: generate, read, check, consolidate, write_report.

Paths may be texts; templates may be ids, folders, or templates already loaded. Findings are
returned; errors (:mod:`xlbudget.errors`) are raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from xlbudget import batches, checking, consolidation, distribution, reading
from xlbudget.choosing import choose_template
from xlbudget.clusters import Cluster
from xlbudget.consolidation import DepartmentSummary
from xlbudget.definitions import load_template
from xlbudget.errors import ConsolidationRefused, InputError
from xlbudget.files import existing_file, write_whole
from xlbudget.generation import NOBODY
from xlbudget.intake import identify
from xlbudget.journal import Journal
from xlbudget.model import Report, Roster, Submission, Unit, WorkbookTemplate
from xlbudget.reports import write_report as _write_report
from xlbudget.storage import rooted

Template = WorkbookTemplate | str | Path
SUMMARY_CODE, SUMMARY_NAME, SUMMARY_KIND = "HZ", "部门汇总", "部门汇总"


def _template(template: Template, templates: Path | None = None) -> WorkbookTemplate:
    return template if isinstance(template, WorkbookTemplate) else load_template(str(template), templates)


def generate(
    template: Template,
    folder: Path | str,
    unit: Unit | None = None,
    *,
    capacity: Mapping[str, int] | None = None,
    templates: Path | None = None,
) -> Path:
    """Write the workbook of ``unit`` (None: a blank one) into ``folder`` and return its path.

    ``capacity`` gives rows by table id. Raises DefinitionError, InputError or OutputError.
    """
    return distribution.generate(
        _template(template, templates), Path(folder), unit or NOBODY, capacity=capacity
    )


def read(path: Path | str, template: Template | None = None, *, templates: Path | None = None) -> Submission:
    """Return what a unit returned: entries (元) and stored values, as frozen values.

    Raises UnreadableWorkbook, or InputError when the file is not of this template.
    """
    path = existing_file(Path(path), "工作簿")
    opened = reading.open_workbook(path)
    chosen = _template(template, templates) if template else choose_template([path], None, templates)
    problem = identify(opened, chosen)
    if problem is not None:
        raise InputError(problem.message)
    return reading.read(opened, chosen)


def check(
    paths: Iterable[Path | str] | Path | str,
    template: Template | None = None,
    *,
    roster: Roster | None = None,
    templates: Path | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    resume: Path | str | None = None,
    progress: batches.Progress | None = None,
) -> Report:
    """Check files, or all workbooks in folders, and return the report of the run.

    Paths may be addresses (``s3://…``) of files that lie elsewhere. Without ``template`` the one that the
    files carry is taken. ``workers`` processes share the work, or the Dask cluster of ``scheduler``, whose
    machines must see the files under the same paths or addresses.
    ``resume`` names a file in which reports are kept as they are made: a later run with the same file
    goes on where this one was interrupted. Raises InputError when a path does not exist or the
    scheduler cannot be reached; whatever is wrong with a file is a finding.
    """
    files, skipped = checking.find_files(_listed(paths, scheduler))
    chosen = _template(template, templates) if template else choose_template(files, None, templates)
    batch = batches.Batch(chosen, roster)
    with (
        _cluster(scheduler) as cluster,
        Journal(Path(resume), chosen, roster) if resume else nullcontext() as journal,
    ):
        checked = batches.check_each(
            files, batch, workers=workers, cluster=cluster, progress=progress, journal=journal
        )
        return checking.report_of(chosen, (report for report, _ in checked), roster, skipped)


def _listed(paths: Iterable[Path | str] | Path | str, scheduler: str | None) -> list[Path]:
    listed = [Path(path) for path in ([paths] if isinstance(paths, Path | str) else paths)]
    return [rooted(path) for path in listed] if scheduler else listed  # workers stand in folders of their own


@contextmanager
def _cluster(scheduler: str | None) -> Iterator[batches.Map | None]:
    if scheduler is None:
        yield None
        return
    with Cluster(scheduler) as cluster:
        yield cluster.results


def consolidate(
    paths: Iterable[Path | str] | Path | str,
    output: Path | str,
    *,
    department: Unit | None = None,
    template: Template | None = None,
    roster: Roster | None = None,
    allow: Sequence[str] = (),
    templates: Path | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    progress: batches.Progress | None = None,
) -> DepartmentSummary:
    """Check the workbooks, join them, and write the department workbook to ``output``.

    ``department`` names the summary (default: the units' common superior). ``allow`` may hold
    ``explain`` and ``missing``. Raises ConsolidationRefused with every reason; nothing is written then.
    """
    unknown = set(allow) - set(consolidation.ALLOWED)
    if unknown:
        raise InputError(
            f"--allow 只能是 {'、'.join(consolidation.ALLOWED)}，不能是“{'、'.join(sorted(unknown))}”。"
        )
    files, skipped = checking.find_files(_listed(paths, scheduler))
    if Path(output).resolve() in {path.resolve() for path in files}:
        raise InputError(f"汇总结果“{output}”就在要汇总的文件当中；请换一个输出位置。")
    chosen = _template(template, templates) if template else choose_template(files, None, templates)
    batch = batches.Batch(chosen, roster, entries=True)
    with _cluster(scheduler) as cluster:
        each = batches.check_each(files, batch, workers=workers, cluster=cluster, progress=progress)
        checked = list(each)
    report = checking.report_of(chosen, (part for part, _ in checked), roster, skipped)
    submissions = [submission for _, submission in checked if submission is not None]
    if len(submissions) < len(report.workbooks) and not consolidation.refusals(report, allow):
        raise ConsolidationRefused(["有文件没有读取，不能汇总。"])
    head = department or _superior(submissions)
    summary = consolidation.consolidate(submissions, report, chosen, head, allow)
    write_whole(Path(output), summary.workbook())
    return summary


def _superior(submissions: Sequence[Submission]) -> Unit:
    names = {submission.unit.superior for submission in submissions} - {""}
    return Unit(SUMMARY_CODE, names.pop() if len(names) == 1 else SUMMARY_NAME, SUMMARY_KIND)


def write_report(report: Report, path: Path | str) -> Path:
    """Write the report as .html, .xlsx or .json, by the suffix; returns the path."""
    return _write_report(report, Path(path))
