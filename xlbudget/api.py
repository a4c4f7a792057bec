"""The verbs, for use from Python: generate, read, check, consolidate, write_report.

Paths may be texts; templates may be ids, folders, or templates already loaded. Findings are
returned; errors (:mod:`xlbudget.model.errors`) are raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from xlbudget.checking import one_file, whole_report
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.prior_year.workbooks import PriorYear, find_prior_year
from xlbudget.checking.runs import many_files
from xlbudget.checking.runs.batch import Batch, Map
from xlbudget.checking.waivers import apply_waivers
from xlbudget.definitions.loading import load_template
from xlbudget.files.elsewhere import rooted, typed
from xlbudget.files.whole_files import existing_file, refuse_inputs, write_whole
from xlbudget.files.xlsx import Limits
from xlbudget.model import (
    Engine,
    Issue,
    Report,
    Roster,
    Submission,
    Unit,
    Waiver,
    WorkbookReport,
    WorkbookTemplate,
)
from xlbudget.model.errors import ConsolidationRefused, ExistingFile, InputError, UnreadableWorkbook
from xlbudget.model.words import nearest
from xlbudget.reports import write_report as _write_report
from xlbudget.returns import reading
from xlbudget.returns.identification import identify
from xlbudget.returns.incoming_files import find_files
from xlbudget.returns.template_choice import all_templates, choose_template

if TYPE_CHECKING:
    from pandas import DataFrame

    from xlbudget.checking.runs.journal import Journal
    from xlbudget.department.collection.at_hand import AtHand
    from xlbudget.department.comparison import Comparison
    from xlbudget.department.exporting import DataTable
    from xlbudget.department.issue.existing_workbooks import Existing, Issued
    from xlbudget.department.summary.joining import DepartmentSummary
    from xlbudget.department.trace_text import UnitPart
    from xlbudget.department.tracing import Trace
    from xlbudget.publication.document.writing import Published
    from xlbudget.returns.published.workbooks import PublishedWorkbook

Template = WorkbookTemplate | str | Path
_WITH_NUMBERS = 100  # published documents of which a report lists every number: memory stays flat beyond


def _template(template: Template, templates: Path | None = None) -> WorkbookTemplate:
    return template if isinstance(template, WorkbookTemplate) else load_template(str(template), templates)


def generate(
    template: Template,
    folder: Path | str,
    unit: Unit | None = None,
    *,
    capacity: Mapping[str, int] | None = None,
    issue: Issue | None = None,
    existing: Existing | str = "keep",
    templates: Path | None = None,
) -> Path:
    """Write the workbook of ``unit`` (None: a blank one) into ``folder`` and return its path.

    ``capacity`` gives rows by table id; ``issue`` is what the officer sets for the unit. ``existing`` says
    what to do where a workbook of that name stands: with ``"keep"`` one that is the same is passed over,
    any other stays and ExistingFile is raised; with ``"only_new"`` it is not looked at; with
    ``"overwrite"`` it is replaced if it is blank, and stays, with ExistingFile, if it holds an entry.
    Raises DefinitionError, InputError or OutputError.
    """
    from xlbudget.department.issue import distribution
    from xlbudget.workbook.sheets.writing import NOBODY

    chosen = _template(template, templates)
    if unit is not None and unit.code and unit.kind not in chosen.kinds:
        raise InputError(
            f"单位 {unit.code} 的性质“{unit.kind}”不在模板中{nearest(unit.kind, chosen.kinds)}；"
            f"只能是 {'、'.join(chosen.kinds)}。"
        )
    issued = distribution.generate(
        chosen,
        Path(folder),
        unit or NOBODY,
        capacity=capacity,
        issue=issue,
        existing=_existing(existing),
    )
    return _none_kept([issued])[0]


def _existing(existing: Existing | str) -> Existing:
    from xlbudget.department.issue.existing_workbooks import Existing

    try:
        return Existing(existing)
    except ValueError as error:
        known = "、".join(Existing)
        raise InputError(f"existing 只能是 {known}，不能是“{existing}”。") from error


def _none_kept(issued: Sequence[Issued]) -> list[Path]:
    """Return the paths; ExistingFile names those at which something else stayed."""
    from xlbudget.department.issue.existing_workbooks import Outcome, refusal

    kept = [part for part in issued if part.outcome is Outcome.KEPT]
    if kept:
        raise ExistingFile("\n".join(map(refusal, kept)))
    return [part.path for part in issued]


def generate_each(
    template: Template,
    folder: Path | str,
    units: Roster | Sequence[Unit],
    *,
    capacity: Mapping[str, int] | None = None,
    prior: Path | str | None = None,
    existing: Existing | str = "keep",
    templates: Path | None = None,
    progress: many_files.Progress | None = None,
) -> list[Path]:
    """Write the workbooks of all units into ``folder`` and return their paths, in order.

    Workbooks of the units of a roster show its control totals. ``prior`` is a folder (or a collection) of
    last year's workbooks, whose figures are put in; without it some hundred are written a second, after the
    first of each kind. ``existing`` says what to do with workbooks that stand there already, as for
    :func:`generate`: all others are written before ExistingFile names those that stayed. ``progress`` is
    called after each. Raises as :func:`generate`; InputError also when two units would get one file name,
    before anything is written.
    """
    from xlbudget.department.issue import distribution

    roster = units if isinstance(units, Roster) else None
    listed = units.units if isinstance(units, Roster) else tuple(units)
    chosen, every = _template(template, templates), []
    last_year = prior_year(Path(prior), templates) if prior else None
    issues = dict(distribution.issues_of(chosen, listed, roster, last_year, capacity=capacity))
    for issued in distribution.generate_each(
        chosen, Path(folder), listed, capacity=capacity, issues=issues, existing=_existing(existing)
    ):
        every.append(issued)
        if progress is not None:
            progress(len(every), len(listed), issued.path)
    return _none_kept(every)


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
    paths: Iterable[Path | str] | Path | str | AtHand,
    template: Template | None = None,
    *,
    roster: Roster | None = None,
    templates: Path | None = None,
    waivers: Sequence[Waiver] = (),
    today: date | None = None,
    prior: Path | str | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    resume: Path | str | None = None,
    as_published: bool = False,
    engine: Engine | None = None,
    limits: Limits | None = None,
    progress: many_files.Progress | None = None,
) -> Report:
    """Check files, all workbooks in folders, or a collection, and return the report of the run.

    Of a collection those returns are taken that stand for their units, or those of the units and receipts
    (``101``, ``7号``) that follow it; under the same rules their reports are those of the collection.
    Paths may be addresses (``s3://…``) of files that lie elsewhere. Without ``template`` the one that the
    files carry is taken. ``waivers`` (see :func:`read_waivers`) settle findings that the officer has
    accepted, as of ``today``. ``prior`` is a folder of last year's workbooks to compare with, or
    a collection.
    ``workers`` processes share the work, or the Dask cluster of ``scheduler``, whose machines must see
    the files under the same paths or addresses. ``resume`` names a file in which reports are kept as
    they are made: a later run with the same file goes on where this one was interrupted.
    ``as_published`` takes the files for documents that others published (PDF, Word, workbooks of values),
    each by the template that it follows (see :mod:`xlbudget.returns.published`). ``engine="formulas"`` has
    the ``formulas`` engine itself recalculate each workbook, with the same report, some thousand times
    slower. ``limits`` are the reader's, for files that may ask for more than strangers' files
    (:func:`xlbudget.files.xlsx.raised_limits`). Raises InputError
    when a path does not exist or the scheduler cannot be reached; whatever is wrong with a file is a finding.
    """
    with _given(paths, scheduler) as given:
        known = () if template or not as_published else all_templates(templates)
        if known:
            chosen = max(known, key=lambda one: (one.year, one.id))
        else:
            chosen = _template(template, templates) if template else given.template(None, templates, limits)
        if engine is not None:
            chosen = replace(chosen, engine=engine)
        asked = (prior, resume, as_published, engine == "formulas", limits)
        report = None if any(asked) else given.report(chosen)
        if report is None:
            last_year = prior_year(Path(prior), templates) if prior else None
            batch = Batch(
                chosen,
                roster or given.roster,
                as_published=as_published,
                prior=last_year,
                limits=limits,
                templates=known,
            )
            report = _checked(given, batch, workers, scheduler, resume, progress)
    return apply_waivers(report, waivers, chosen, today or date.today())


def _checked(
    given: AtHand,
    batch: Batch,
    workers: int,
    scheduler: str | None,
    resume: Path | str | None,
    progress: many_files.Progress | None,
) -> Report:
    """Return the report of files as they are judged now."""
    files, skipped = find_files(given.paths, published=batch.as_published)
    with _cluster(scheduler) as cluster, _journal(resume, batch) as journal:
        checked = many_files.check_each(
            files, batch, workers=workers, cluster=cluster, progress=progress, journal=journal
        )
        # a worker sends back a path of its own, which would be kept beside ours
        reports = (replace(report, path=path) for path, (report, _) in zip(files, checked, strict=True))
        if len(files) > _WITH_NUMBERS:
            reports = (replace(report, numbers=()) for report in reports)
        report = whole_report.report_of(batch.template, reports, batch.roster, skipped, batch.templates)
    if batch.prior is not None:
        remarks = tuple(f"上年的 {remark}" for remark in batch.prior.unusable)
        report = replace(report, skipped=report.skipped + remarks)
    return given.decided(report, batch.template)


def judge(report: Report, template: Template, *, templates: Path | None = None) -> Report:
    """Return the report with what the ``formulas`` engine made of some of its cells, from the entries.

    Of each workbook with a stored value that is called wrong the first such cell (up to 20 in all), and 20
    form cells drawn from clean workbooks, are computed by the engine's own compiled functions; a difference
    is a finding against us. The files are read again; where the engine is not installed the report says so.
    """
    from xlbudget.checking.engine_judge import judged

    return judged(report, _template(template, templates))


def prior_year(folder: Path, templates: Path | None = None) -> PriorYear:
    """Return which of last year's workbooks belongs to which unit; of a collection those that were accepted.

    Raises InputError when there is no such folder, or no workbook in it.
    """
    from xlbudget.department.collection.accepted import accepted_returns
    from xlbudget.department.collection.folder import Collection, is_collection

    if not folder.is_dir():
        raise InputError(f"找不到上年工作簿的文件夹“{folder}”；请检查 --prior 的路径。")
    if is_collection(folder):
        with Collection.open(folder) as collection:
            return accepted_returns(collection, templates)
    files, _ = find_files([folder])
    return find_prior_year(folder, files, templates)


def _listed(paths: Iterable[Path | str] | Path | str, scheduler: str | None) -> list[Path]:
    listed = [typed(path) for path in ([paths] if isinstance(paths, Path | str) else paths)]
    return [rooted(path) for path in listed] if scheduler else listed  # workers stand in folders of their own


def _given(
    paths: Iterable[Path | str] | Path | str | AtHand, scheduler: str | None = None, last: int = 1
) -> AbstractContextManager[AtHand]:
    """Have paths as files at hand; what is at hand already stays so."""
    from xlbudget.department.collection.at_hand import AtHand, at_hand

    return nullcontext(paths) if isinstance(paths, AtHand) else at_hand(_listed(paths, scheduler), last)


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

    of_run = batch.template, batch.roster, batch.as_published, batch.prior, batch.templates
    return Journal(Path(path), *of_run)


def compare(
    old: Path | str | AtHand,
    new: Path | str = "",
    template: Template | None = None,
    *,
    templates: Path | None = None,
) -> Comparison:
    """Return what differs between two returns of one unit: entries, form cells, findings.

    ``old`` may be a collection and ``new`` a unit of it, whose last two returns are compared. Raises
    InputError when one of the two is not there, cannot be read, is of another template, or when they are of
    different units.
    """
    from xlbudget.department.comparison import compared

    with _given(old if not isinstance(old, Path | str) else [old, new], last=2) as given:
        files = [existing_file(path, "工作簿") for path in given.paths]
        if len(files) != 2:
            raise InputError(f"对比要两份报送，这里有 {len(files)} 份；单位只报过一次的没有可对比的。")
        chosen = _template(template, templates) if template else given.template(None, templates)
        (before, one), (after, other) = (one_file.check_file(path, chosen) for path in files)
    if one is None or other is None:
        refused = before if one is None else after
        raise InputError(f"“{refused.path.name}”不能对比：{refused.findings[0].message}")
    if one.unit.code != other.unit.code:
        raise InputError(
            f"“{before.path.name}”是 {one.unit.code} {one.unit.name} 的，“{after.path.name}”是 "
            f"{other.unit.code} {other.unit.name} 的；只能对比同一单位的两次报送。"
        )
    return compared(Evidence(chosen, one), Evidence(chosen, other), (before, after))


def consolidate(
    paths: Iterable[Path | str] | Path | str,
    output: Path | str,
    *,
    department: Unit | None = None,
    template: Template | None = None,
    roster: Roster | None = None,
    allow: Sequence[str] = (),
    waivers: Sequence[Waiver] = (),
    today: date | None = None,
    templates: Path | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    balance_rounding: bool = False,
    progress: many_files.Progress | None = None,
) -> DepartmentSummary:
    """Check the workbooks, join them, and write the department workbook to ``output``.

    ``department`` names the summary (default: the units' common superior). ``allow`` may hold
    ``explain`` (findings that want an explanation, and workbooks without any amount), ``explained``
    (findings that the unit has explained) and ``missing``; ``waivers`` settle single findings.
    ``balance_rounding`` adds the list of printed amounts to move so that printed figures add up. Raises
    ConsolidationRefused with every reason; nothing is written then.
    """
    from xlbudget.department.summary import joining, refusals
    from xlbudget.department.summary.naming import department_of

    unknown = set(allow) - set(refusals.ALLOWED)
    if unknown:
        raise InputError(
            f"--allow 只能是 {'、'.join(refusals.ALLOWED)}，不能是“{'、'.join(sorted(unknown))}”。"
        )
    files, skipped = find_files(_listed(paths, scheduler))
    refuse_inputs([Path(output)], files)
    chosen = _template(template, templates) if template else choose_template(files, None, templates)
    batch = Batch(chosen, roster, entries=True)
    with _cluster(scheduler) as cluster:
        each = many_files.check_each(files, batch, workers=workers, cluster=cluster, progress=progress)
        checked = list(each)
    report = whole_report.report_of(chosen, (part for part, _ in checked), roster, skipped)
    report = apply_waivers(report, waivers, chosen, today or date.today())
    submissions = [submission for _, submission in checked if submission is not None]
    if len(submissions) < len(report.workbooks) and not refusals.refusals(report, allow):
        raise ConsolidationRefused(["有文件没有读取，不能汇总。"])
    head = department or department_of(part.unit for part in submissions)
    codes = [unit.code for unit in roster.units] if roster else []
    summary = joining.consolidate(submissions, report, chosen, head, allow, roster=codes)
    if balance_rounding:
        summary = summary.with_balanced_rounding()
    write_whole(Path(output), summary.workbook())
    return summary


def read_published(
    paths: Iterable[Path | str] | Path | str,
    output: Path | str,
    template: Template | None = None,
    *,
    templates: Path | None = None,
) -> list[tuple[Path, PublishedWorkbook | str]]:
    """Write the forms of published documents as values (.xlsx or .csv) to ``output``.

    Returns each file with what was read of it, or in words why nothing was. Without ``template`` each
    document goes by the one that it follows. Raises InputError when a path does not exist or when no
    form was found at all.
    """
    from xlbudget.department.exporting.published_values import values_csv, values_workbook
    from xlbudget.returns.published.documents import read_document
    from xlbudget.returns.published.reading import published_workbook
    from xlbudget.returns.published.recognition import recognised

    files, _ = find_files(_listed(paths, None), published=True)
    known = (_template(template, templates),) if template else all_templates(templates)
    read: list[tuple[Path, PublishedWorkbook | str]] = []
    for path in files:
        try:
            document = read_document(path)
        except UnreadableWorkbook as error:
            read.append((path, str(error)))
            continue
        found = recognised(document, known)
        read.append((path, published_workbook(document, found) if found else "没有识别出任何一张表"))
    workbooks = [workbook for _, workbook in read if not isinstance(workbook, str)]
    if not workbooks:
        raise InputError("\n".join(f"“{path.name}”没有读出数值：{why}" for path, why in read))
    as_csv = Path(output).suffix.lower() == ".csv"
    content = values_csv(workbooks).encode("utf-8-sig") if as_csv else values_workbook(workbooks)
    write_whole(Path(output), content)
    return read


def check_document(
    document: Path | str,
    workbook: Path | str,
    template: Template | None = None,
    *,
    templates: Path | None = None,
) -> Report:
    """Check a document (.docx or .txt) against the workbook that it speaks of; return the report of the run.

    Figures, years, direction words and names of its narrative are held to the workbook's. Raises InputError
    for a file that cannot be read, or when the template has no document.
    """
    from xlbudget.publication.proofreading import check_document as proofread  # docx takes a moment to import

    path = existing_file(Path(workbook), "工作簿")
    chosen = _template(template, templates) if template else choose_template([path], None, templates)
    found = proofread(Path(document), Evidence(chosen, read(path, chosen)))
    return whole_report.report_of(chosen, [found])


def publish(
    paths: Iterable[Path | str] | Path | str | AtHand,
    folder: Path | str,
    template: Template | None = None,
    *,
    draft: bool = False,
    templates: Path | None = None,
    progress: many_files.Progress | None = None,
) -> list[Published]:
    """Check workbooks and write the document (docx, PDF) and the public workbook of each into ``folder``.

    A workbook with blocking findings, with something to be explained that nobody has, or whose document
    lacks a text, is not published: its item says why in ``refused``; what officers decided in a collection
    counts. With ``draft`` documents are written all the same, marked on every page. Raises
    InputError when a path does not exist, the template has no document, or no Chinese font is there.
    """
    from xlbudget.publication.document.writing import publish_file  # typst and docx take a moment to import

    done = []
    with _given(paths) as given:
        files = given.files()
        chosen = _template(template, templates) if template else given.template(None, templates)

        def decided(part: WorkbookReport) -> WorkbookReport:
            return given.decided(whole_report.report_of(chosen, (part,)), chosen).workbooks[0]

        for number, path in enumerate(files, 1):
            done.append(publish_file(path, chosen, Path(folder), draft=draft, decided=decided))
            if progress is not None:
                progress(number, len(files), path)
    return done


def trace(
    workbook: Path | str,
    cell: str | tuple[str, str, str],
    unit: str = "",
    *,
    units: Iterable[Path | str] | Path | str = (),
    template: Template | None = None,
    templates: Path | None = None,
) -> tuple[Trace, list[UnitPart]]:
    """Return what entries make up a form cell, and what each of ``units`` has of it.

    ``workbook`` is a file, or a collection with ``unit`` (code, name or receipt). ``cell`` is ``"sheet!A1"``,
    or form, line and column in words. ``units`` are the workbooks that a summary was joined from, or their
    collection. Raises InputError for what is not there, with the nearest name.
    """
    from xlbudget.department import tracing
    from xlbudget.department.unit_parts import unit_parts

    with _given([workbook, *([unit] if unit else [])]) as given:
        if len(given.paths) != 1:
            raise InputError("溯源要一份工作簿；收件文件夹请写明单位或收件号。")
        path = existing_file(given.paths[0], "工作簿")
        chosen = _template(template, templates) if template else given.template(None, templates)
        evidence = Evidence(chosen, read(path, chosen))
    if isinstance(cell, str):
        found = tracing.find_form_cell(evidence, cell)
    else:
        found = tracing.find_cell(evidence, *cell)
    parts = unit_parts(evidence, found, _listed(units, None)) if units else []
    return tracing.trace(evidence, found), parts


def export_tables(
    paths: Iterable[Path | str] | Path | str | AtHand,
    template: Template | None = None,
    *,
    templates: Path | None = None,
) -> tuple[tuple[DataTable, ...], WorkbookTemplate]:
    """Return what workbooks or a collection hold, as tables for other tools, and the template.

    The tables are entries, ledger amounts, form cells and findings (see
    :func:`xlbudget.department.exporting.tables_of`).
    Of a collection the returns are taken as by :func:`check`. Raises InputError as that does.
    """
    tables, chosen, _ = exported(paths, template, templates=templates)
    return tables, chosen


def exported(
    paths: Iterable[Path | str] | Path | str | AtHand,
    template: Template | None = None,
    *,
    templates: Path | None = None,
) -> tuple[tuple[DataTable, ...], WorkbookTemplate, tuple[str, ...]]:
    """Return what :func:`export_tables` does, and the names of the files whose check failed."""
    from xlbudget.department.exporting import tables_of

    with _given(paths) as given:
        chosen = _template(template, templates) if template else given.template(None, templates)
        report, failed = given.report(chosen), list[str]()
        if report is None:
            parts = many_files.check_each(given.files(), Batch(chosen, entries=True))
        else:
            parts = ((part, _read_again(part, chosen)) for part in report.workbooks)
        tables = tables_of(chosen, _noting_failures(parts, failed))
    return tables, chosen, tuple(failed)


def _noting_failures(
    parts: Iterable[tuple[WorkbookReport, Submission | None]], failed: list[str]
) -> Iterator[tuple[WorkbookReport, Submission | None]]:
    for report, submission in parts:
        if report.failed:
            failed.append(report.path.name)
        yield report, submission


def _read_again(report: WorkbookReport, template: WorkbookTemplate) -> Submission | None:
    """Return what a return holds; None for one that cannot be read, which its report says."""
    if report.unit is None or report.failed:
        return None
    try:
        return read(report.path, template)
    except (UnreadableWorkbook, InputError):
        return None


def frames(
    paths: Iterable[Path | str] | Path | str,
    template: Template | None = None,
    *,
    templates: Path | None = None,
) -> dict[str, DataFrame]:
    """Return ``entries``, ``ledger``, ``cells`` and ``findings`` in long form as pandas DataFrames.

    Columns are typed: texts and codes ``string``, whole numbers ``Int64``, amounts Decimal in an ``object``
    column (元 in entries and ledger, form money in cells). Raises InputError as :func:`check`.
    """
    from xlbudget.department.exporting.frames import typed_frame  # pandas takes half a second to import

    tables, _ = export_tables(paths, template, templates=templates)
    return {
        table.name: typed_frame({field.name: field.kind for field in table.fields}, table.rows)
        for table in tables
    }


def write_report(report: Report, path: Path | str) -> Path:
    """Write the report as .html, .xlsx or .json, by the suffix; returns the path."""
    return _write_report(report, Path(path))
