"""Workbooks issued, and what was returned in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xlbudget.checking.prior_year.workbooks import LinkedFolder, find_linked
from xlbudget.checking.runs.many_files import Progress
from xlbudget.definitions.loading import load_template
from xlbudget.files.whole_files import existing_file
from xlbudget.model import LAST_YEAR, Issue, Roster, Submission, Unit, WorkbookTemplate
from xlbudget.model.errors import InputError
from xlbudget.model.words import nearest
from xlbudget.returns import reading
from xlbudget.returns.identification import identify
from xlbudget.returns.incoming_files import find_files
from xlbudget.returns.template_choice import choose_template

if TYPE_CHECKING:
    from xlbudget.department.issue.existing_workbooks import Existing

Template = WorkbookTemplate | str | Path


def template_of(template: Template, templates: Path | None = None) -> WorkbookTemplate:
    """Return a template by id, by folder, or as it is."""
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
    from xlbudget.department.issue import distribution, existing_workbooks
    from xlbudget.workbook.sheets.writing import NOBODY

    chosen = template_of(template, templates)
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
        existing=existing_workbooks.existing_of(existing),
    )
    return existing_workbooks.written([issued])[0]


def generate_each(
    template: Template,
    folder: Path | str,
    units: Roster | Sequence[Unit],
    *,
    capacity: Mapping[str, int] | None = None,
    prior: Path | str | None = None,
    linked: Mapping[str, Path | str] | None = None,
    existing: Existing | str = "keep",
    templates: Path | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Write the workbooks of all units into ``folder`` and return their paths, in order.

    Workbooks of the units of a roster show its control totals. ``prior`` is a folder (or a collection) of
    last year's workbooks, whose figures are put in, ``linked`` folders of other linked workbooks by the
    name that the template gives them; without these some hundred are written a second, after the
    first of each kind. ``existing`` says what to do with workbooks that stand there already, as for
    :func:`generate`: all others are written before ExistingFile names those that stayed. ``progress`` is
    called after each. Raises as :func:`generate`; InputError also when two units would get one file name,
    before anything is written.
    """
    from xlbudget.department.issue import distribution, existing_workbooks

    roster = units if isinstance(units, Roster) else None
    every_unit = units.units if isinstance(units, Roster) else tuple(units)
    chosen, every = template_of(template, templates), []
    folders = linked_folders(chosen, prior, linked, templates)
    issues = dict(distribution.issues_of(chosen, every_unit, roster, folders, capacity=capacity))
    how = existing_workbooks.existing_of(existing)
    for issued in distribution.generate_each(
        chosen, Path(folder), every_unit, capacity=capacity, issues=issues, existing=how
    ):
        every.append(issued)
        if progress is not None:
            progress(len(every), len(every_unit), issued.path)
    return existing_workbooks.written(every)


def read(path: Path | str, template: Template | None = None, *, templates: Path | None = None) -> Submission:
    """Return what a unit returned: entries (元) and stored values, as frozen values.

    Raises UnreadableWorkbook, or InputError when the file is not of this template.
    """
    path = existing_file(Path(path), "工作簿")
    opened = reading.open_workbook(path)
    chosen = template_of(template, templates) if template else choose_template([path], None, templates)
    problem = identify(opened, chosen)
    if problem is not None:
        raise InputError(problem.message)
    return reading.read(opened, chosen)


def linked_folders(
    template: WorkbookTemplate,
    prior: Path | str | None = None,
    linked: Mapping[str, Path | str] | None = None,
    templates: Path | None = None,
) -> tuple[LinkedFolder, ...]:
    """Return last year's workbooks (``prior``) and those of other links, by the names of the template.

    Raises InputError for a folder that is not there, or a link that the template does not have.
    """
    folders = {LAST_YEAR: prior} if prior else {}
    every = {**folders, **(linked or {})}
    found = tuple(linked_folder(Path(folder), templates, link) for link, folder in every.items())
    for part in found:
        part.meant(template)
    return found


def linked_folder(folder: Path, templates: Path | None = None, link: str = LAST_YEAR) -> LinkedFolder:
    """Return which of linked workbooks belongs to which unit; of a collection those that were accepted.

    Raises InputError when there is no such folder, or no workbook in it.
    """
    from xlbudget.department.collection.accepted import accepted_returns
    from xlbudget.department.collection.folder import Collection, is_collection

    if not folder.is_dir():
        option = "--prior" if link == LAST_YEAR else "--linked"
        raise InputError(f"找不到{link}工作簿的文件夹“{folder}”；请检查 {option} 的路径。")
    if is_collection(folder):
        with Collection.open(folder) as collection:
            return accepted_returns(collection, templates, link)
    files, _ = find_files([folder])
    return find_linked(folder, files, templates, link)
