"""What is made of returned workbooks: summaries, public documents, tables for other tools."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from xlbudget.api.issuing import Template, read, template_of
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.runs.batch import Batch
from xlbudget.checking.runs.many_files import Progress
from xlbudget.checking.runs.whole_run import Course
from xlbudget.checking.waivers import apply_waivers
from xlbudget.checking.whole_report import report_of
from xlbudget.files.elsewhere import listed
from xlbudget.files.whole_files import existing_file, refuse_inputs, write_whole
from xlbudget.model import Roster, Unit, Waiver, WorkbookReport, WorkbookTemplate
from xlbudget.model.errors import InputError
from xlbudget.returns.incoming_files import find_files
from xlbudget.returns.template_choice import all_templates, choose_template

if TYPE_CHECKING:
    from pandas import DataFrame

    from xlbudget.department.collection.at_hand import AtHand
    from xlbudget.department.exporting import DataTable
    from xlbudget.department.summary.joining import DepartmentSummary
    from xlbudget.department.trace_text import UnitPart
    from xlbudget.department.tracing import Trace
    from xlbudget.publication.document.writing import Published
    from xlbudget.returns.published.workbooks import PublishedWorkbook


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
    progress: Progress | None = None,
) -> DepartmentSummary:
    """Check the workbooks, join them, and write the department workbook to ``output``.

    ``department`` names the summary (default: the units' common superior). ``allow`` may hold
    ``explain`` (findings that want an explanation, and workbooks without any amount), ``explained``
    (findings that the unit has explained) and ``missing``; ``waivers`` settle single findings.
    ``balance_rounding`` adds the list of printed amounts to move so that printed figures add up. Raises
    ConsolidationRefused with every reason; nothing is written then.
    """
    from xlbudget.department.summary.from_files import consolidated
    from xlbudget.department.summary.refusals import judge_allowed

    judge_allowed(allow)
    files, skipped = find_files(listed(paths, scheduler))
    refuse_inputs([Path(output)], files)
    chosen = template_of(template, templates) if template else choose_template(files, None, templates)
    batch, course = Batch(chosen, roster, entries=True), Course(workers, scheduler, None, progress)
    settled = partial(apply_waivers, waivers=waivers, template=chosen, today=today or date.today())
    summary = consolidated(files, batch, course, department, allow, settled, skipped)
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
    from xlbudget.department.exporting.published_files import write_values

    files, _ = find_files(listed(paths), published=True)
    known = (template_of(template, templates),) if template else all_templates(templates)
    return write_values(files, known, Path(output))


def publish(
    paths: Iterable[Path | str] | Path | str | AtHand,
    folder: Path | str,
    template: Template | None = None,
    *,
    draft: bool = False,
    templates: Path | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[Published]:
    """Check workbooks and write the document (docx, PDF) and the public workbook of each into ``folder``.

    A workbook with blocking findings, with something to be explained that nobody has, or whose document
    lacks a text, is not published: its item says why in ``refused``; what officers decided in a collection
    counts, and what was judged there by the same rules is not judged again. With ``draft`` documents are
    written all the same, marked on every page. ``workers`` processes share the work. Raises InputError when
    a path does not exist, the template has no document, or no Chinese font is there.
    """
    from xlbudget.department.collection.at_hand import given
    from xlbudget.publication.document.writing import Publishing  # typst and docx take a moment to import

    done = []
    with given(paths) as hand:
        files = hand.files()
        chosen = template_of(template, templates) if template else hand.template(None, templates)
        stored = hand.report(chosen)
        known = {part.path: part for part in stored.workbooks} if stored is not None else {}
        publishing = Publishing(chosen, Path(folder), draft, partial(_decided, hand, chosen), known)
        for number, published in enumerate(publishing.each(files, workers), 1):
            done.append(published)
            if progress is not None:
                progress(number, len(files), published.source)
    return done


def _decided(hand: AtHand, template: WorkbookTemplate, part: WorkbookReport) -> WorkbookReport:
    """Return a report that was made now with what officers decided about the return."""
    return hand.decided(report_of(template, (part,)), template).workbooks[0]


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
    from xlbudget.department.collection.at_hand import given
    from xlbudget.department.unit_parts import unit_parts

    with given([workbook, *([unit] if unit else [])]) as hand:
        if len(hand.paths) != 1:
            raise InputError("溯源要一份工作簿；收件文件夹请写明单位或收件号。")
        path = existing_file(hand.paths[0], "工作簿")
        chosen = template_of(template, templates) if template else hand.template(None, templates)
        evidence = Evidence(chosen, read(path, chosen))
    if isinstance(cell, str):
        found = tracing.find_form_cell(evidence, cell)
    else:
        found = tracing.find_cell(evidence, *cell)
    parts = unit_parts(evidence, found, listed(units)) if units else []
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
    from xlbudget.department.collection.at_hand import given
    from xlbudget.department.exporting.returned_files import tables_at_hand

    with given(paths) as hand:
        chosen = template_of(template, templates) if template else hand.template(None, templates)
        tables, failed = tables_at_hand(hand, chosen)
    return tables, chosen, failed


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
