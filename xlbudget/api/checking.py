"""Workbooks and documents checked, and reports of what was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from xlbudget.api.issuing import Template, linked_folders, read, template_of
from xlbudget.checking import whole_report
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.runs.batch import Batch
from xlbudget.checking.runs.many_files import Progress
from xlbudget.checking.runs.whole_run import Course, run_report
from xlbudget.checking.waivers import apply_waivers
from xlbudget.files.whole_files import existing_file
from xlbudget.files.xlsx import Limits
from xlbudget.model import Engine, Report, Roster, Waiver
from xlbudget.reports import write_report as _write_report
from xlbudget.returns.incoming_files import find_files
from xlbudget.returns.template_choice import all_templates, choose_template

if TYPE_CHECKING:
    from xlbudget.department.collection.at_hand import AtHand
    from xlbudget.department.comparison import Comparison


def check(
    paths: Iterable[Path | str] | Path | str | AtHand,
    template: Template | None = None,
    *,
    roster: Roster | None = None,
    templates: Path | None = None,
    waivers: Sequence[Waiver] = (),
    today: date | None = None,
    prior: Path | str | None = None,
    linked: Mapping[str, Path | str] | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    resume: Path | str | None = None,
    as_published: bool = False,
    engine: Engine | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Report:
    """Check files, all workbooks in folders, or a collection, and return the report of the run.

    Of a collection those returns are taken that stand for their units, or those of the units and receipts
    (``101``, ``7号``) that follow it; under the same rules their reports are those of the collection.
    Paths may be addresses (``s3://…``) of files that lie elsewhere. Without ``template`` the one that the
    files carry is taken. ``waivers`` (see :func:`read_waivers`) settle findings that the officer has
    accepted, as of ``today``. ``prior`` is a folder of last year's workbooks to compare with, or
    a collection, ``linked`` are such folders of other linked workbooks by the name that the template gives
    them (``{"本年预算": folder}``). ``workers`` processes share the work, or the Dask cluster of
    ``scheduler``, whose machines must see the files under the same paths or addresses. ``resume`` names a
    file in which reports are kept as they are made: a later run with the same file goes on where this one
    was interrupted.
    ``as_published`` takes the files for documents that others published (PDF, Word, workbooks of values),
    each by the template that it follows (see :mod:`xlbudget.returns.published`). ``engine="formulas"`` has
    the ``formulas`` engine itself recalculate each workbook, with the same report, some thousand times
    slower. ``limits`` are the reader's, for files that may ask for more than strangers' files
    (:func:`xlbudget.files.xlsx.raised_limits`). Raises InputError
    when a path does not exist or the scheduler cannot be reached; whatever is wrong with a file is a finding.
    """
    from xlbudget.department.collection.at_hand import given

    with given(paths, scheduler) as hand:
        known = () if template or not as_published else all_templates(templates)
        if known:
            chosen = max(known, key=lambda one: (one.year, one.id))
        else:
            chosen = template_of(template, templates) if template else hand.template(None, templates, limits)
        if engine is not None:
            chosen = replace(chosen, engine=engine)
        asked = (prior, linked, resume, as_published, engine == "formulas", limits)
        report = None if any(asked) else hand.report(chosen, roster)
        if report is None:
            batch = Batch(
                chosen,
                roster or hand.roster,
                as_published=as_published,
                linked=linked_folders(chosen, prior, linked, templates),
                limits=limits,
                templates=known,
            )
            files, skipped = find_files(hand.paths, published=as_published)
            report = run_report(files, batch, Course(workers, scheduler, resume, progress), skipped)
            report = hand.decided(report, chosen)
    return apply_waivers(report, waivers, chosen, today or date.today())


def judge(report: Report, template: Template, *, templates: Path | None = None) -> Report:
    """Return the report with what the ``formulas`` engine made of some of its cells, from the entries.

    Of each workbook with a stored value that is called wrong the first such cell (up to 20 in all), and 20
    form cells drawn from clean workbooks, are computed by the engine's own compiled functions; a difference
    is a finding against us. The files are read again; where the engine is not installed the report says so.
    """
    from xlbudget.checking.engine_judge import judged

    return judged(report, template_of(template, templates))


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
    from xlbudget.department.collection.at_hand import given
    from xlbudget.department.comparison.two_files import compared_files

    with given(old if not isinstance(old, Path | str) else [old, new], last=2) as hand:
        files = [existing_file(path, "工作簿") for path in hand.paths]
        chosen = template_of(template, templates) if template else hand.template(None, templates)
        return compared_files(files, chosen)


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
    chosen = template_of(template, templates) if template else choose_template([path], None, templates)
    found = proofread(Path(document), Evidence(chosen, read(path, chosen)))
    return whole_report.report_of(chosen, [found])


def write_report(report: Report, path: Path | str) -> Path:
    """Write the report as .html, .xlsx or .json, by the suffix; returns the path."""
    return _write_report(report, Path(path))
