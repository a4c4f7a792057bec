"""The job of issuing: a workbook for each unit of a roster, with the list and the notes, in one archive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from xlbudget import api
from xlbudget.definitions.folders import template_folders, templates_folder
from xlbudget.definitions.loading import load_template
from xlbudget.definitions.rosters import read_roster
from xlbudget.department.issue.dispatch_papers import write_manifest, write_notes
from xlbudget.department.issue.distribution import generate, issues_of, workbook_name
from xlbudget.desk.jobs import Desk, Done, Job, Output, Step
from xlbudget.desk.papers import archived, made_in
from xlbudget.model import Unit, WorkbookTemplate
from xlbudget.model.errors import InputError
from xlbudget.returns.template_choice import choose_template

ARCHIVE = "下发.zip"


def templates(desk: Desk, job: str) -> Job:
    """Name the templates that can be issued."""
    yield Step(0, 1)
    names = template_folders(desk.templates or templates_folder())
    loaded = [load_template(name, desk.templates) for name in names]
    return Done({"templates": [{"id": each.id, "title": each.title} for each in loaded]})


def issue(
    desk: Desk, job: str, *, roster: str = "", prior: str = "", until: str = "", template: str = ""
) -> Job:
    """Write the workbooks of all units of ``roster``, or the blank workbook when there is none.

    ``prior`` is a folder of last year's workbooks, whose figures are put in; ``until`` the day for the notes.
    """
    yield Step(0, 1)
    chosen = choose_template([], template or None, desk.templates)
    folder = desk.place(job) / "issued"
    if not roster:
        path = generate(chosen, folder).path
        return Done({"units": 0, "untaken": []}, (Output(path.name, path),))
    listed = read_roster(Path(roster), chosen)
    _different_names(listed.units, chosen)
    linked = api.linked_folders(chosen, prior, templates=desk.templates)
    issues, paths = {}, {}
    number = len(listed.units)
    for unit, (code, issued) in zip(
        listed.units, issues_of(chosen, listed.units, listed, linked), strict=True
    ):
        issues[code] = issued
        paths[code] = generate(chosen, folder, unit, issue=issued)
        yield Step(len(paths), number + 1, unit.name)
    write_manifest(chosen, listed, paths, folder, issues if prior else None)
    write_notes(chosen, listed, paths, folder, date.fromisoformat(until) if until else None)
    made = made_in(folder)
    untaken = [f"{code}：{'；'.join(each.remarks)}" for code, each in issues.items() if each.remarks]
    target = archived(folder, made, desk.place(job) / ARCHIVE)
    return Done({"units": number, "untaken": untaken}, (Output(ARCHIVE, target),))


def _different_names(units: Sequence[Unit], template: WorkbookTemplate) -> None:
    names: dict[str, str] = {}
    for unit in units:
        other = names.setdefault(workbook_name(template, unit).lower(), unit.code)
        if other != unit.code:
            raise InputError(f"单位 {other} 与 {unit.code} 的工作簿会同名；请在名册中改正单位编码。")
