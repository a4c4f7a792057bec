"""Writing unit workbooks to a folder: one for each unit, named by unit code and name."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from xlbudget.checking.prior_year.entries import prior_entries
from xlbudget.checking.prior_year.workbooks import PriorYear, prior_evidence
from xlbudget.files.whole_files import make_folder, safe_name, write_whole
from xlbudget.model import Issue, Roster, Unit, WorkbookTemplate
from xlbudget.model.errors import InputError
from xlbudget.workbook.sheets.master import unit_workbook
from xlbudget.workbook.sheets.writing import NOBODY

_BLANK = "空白"
_WRITERS = 4  # threads: while one waits for the disk, the next workbook is made
_AHEAD = 8  # workbooks made and not yet on the disk


def workbook_name(template: WorkbookTemplate, unit: Unit = NOBODY) -> str:
    """Return the file name of a unit's workbook: code, name, title; the blank one has no unit."""
    parts = [unit.code, unit.name] if unit.code else [_BLANK]
    return "_".join(safe_name(part) for part in (*parts, template.title) if part) + ".xlsx"


def issues_of(
    template: WorkbookTemplate,
    units: Sequence[Unit],
    roster: Roster | None = None,
    prior: PriorYear | None = None,
    *,
    capacity: Mapping[str, int] | None = None,
) -> Iterator[tuple[str, Issue]]:
    """Yield for each unit its code and what the officer sets: its control totals, the codes that it
    may use, last year's figures.

    Raises InputError when a table has too few rows for last year's.
    """
    for unit in units:
        issue = Issue()
        if roster is not None:
            issue = Issue(roster.controls.get(unit.code, {}), codes=roster.codes.get(unit.code, {}))
        if prior is not None:
            taken = prior_entries(template, prior_evidence(prior, unit.code, template), capacity)
            issue = replace(issue, entries=taken.rows, remarks=taken.remarks)
        yield unit.code, issue


def generate(
    template: WorkbookTemplate,
    folder: Path,
    unit: Unit = NOBODY,
    *,
    capacity: Mapping[str, int] | None = None,
    issue: Issue | None = None,
) -> Path:
    """Write the workbook of one unit (or the blank one) into ``folder`` and return its path.

    ``capacity`` gives rows by table id; ``issue`` is what the officer sets for the unit. Raises InputError
    for a wrong capacity, OutputError when the folder cannot be written; an existing file of that name is
    replaced as a whole.
    """
    content = unit_workbook(template, unit, capacity, issue)
    make_folder(folder)
    return write_whole(folder / workbook_name(template, unit), content)


def generate_each(
    template: WorkbookTemplate,
    folder: Path,
    units: Sequence[Unit],
    *,
    capacity: Mapping[str, int] | None = None,
    issues: Mapping[str, Issue] | None = None,
) -> Iterator[Path]:
    """Write the workbooks of all units into ``folder`` and yield their paths in order, as they are there.

    ``issues`` says by code of unit what the officer sets. Raises as :func:`generate` does; InputError also
    when two units would get one file name. Workbooks written before an error are whole and stay.
    """
    names: dict[str, Unit] = {}
    for unit in units:
        other = names.setdefault(workbook_name(template, unit).lower(), unit)
        if other is not unit:
            raise InputError(
                f"单位“{other.code} {other.name}”与“{unit.code} {unit.name}”的工作簿会同名；"
                f"请在名册中改正单位编码。"
            )
    waiting: deque[Future[Path]] = deque()
    with ThreadPoolExecutor(_WRITERS) as writers:
        for unit in units:
            content = unit_workbook(template, unit, capacity, (issues or {}).get(unit.code))
            waiting.append(writers.submit(write_whole, folder / workbook_name(template, unit), content))
            if len(waiting) >= _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
