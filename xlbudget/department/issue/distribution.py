"""Writing unit workbooks to a folder: one for each unit, named by unit code and name."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from xlbudget.checking.prior_year.entries import linked_entries
from xlbudget.checking.prior_year.identities import taken_by_name
from xlbudget.checking.prior_year.workbooks import LinkedFolder, linked_evidence
from xlbudget.department.issue.existing_workbooks import Existing, Issued, Outcome
from xlbudget.department.issue.existing_workbooks import issue as issue_workbook
from xlbudget.files.whole_files import make_folder, safe_name
from xlbudget.model import LAST_YEAR, Issue, Roster, Unit, WorkbookTemplate
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
    linked: Sequence[LinkedFolder] = (),
    *,
    capacity: Mapping[str, int] | None = None,
) -> Iterator[tuple[str, Issue]]:
    """Yield for each unit its code and what the officer sets: its control totals, the codes that it
    may use, figures of last year's and other linked workbooks.

    Raises InputError when a table has too few rows for these.
    """
    for unit in units:
        issue = Issue()
        if roster is not None:
            issue = Issue(roster.controls.get(unit.code, {}), codes=roster.codes.get(unit.code, {}))
        if linked:
            # only last year's may stand under another code: the officer is asked about it
            found = {
                part.link: linked_evidence(part, unit if part.link == LAST_YEAR else unit.code, template)
                for part in linked
            }
            taken = linked_entries(template, found, capacity)
            before = found.get(LAST_YEAR, "")
            asked = "" if isinstance(before, str) else taken_by_name(template, unit, before)
            issue = replace(issue, entries=taken.rows, remarks=(*filter(None, [asked]), *taken.remarks))
        yield unit.code, issue


def generate(
    template: WorkbookTemplate,
    folder: Path,
    unit: Unit = NOBODY,
    *,
    capacity: Mapping[str, int] | None = None,
    issue: Issue | None = None,
    existing: Existing = Existing.KEEP,
) -> Issued:
    """Write the workbook of one unit (or the blank one) into ``folder`` and say what became of it.

    ``capacity`` gives rows by table id; ``issue`` is what the officer sets for the unit, ``existing`` what to
    do where a workbook stands already. Raises InputError for a wrong capacity, OutputError when the folder
    cannot be written.
    """
    path = folder / workbook_name(template, unit)
    if existing is Existing.ONLY_NEW and os.path.lexists(path):
        return Issued(path, Outcome.PASSED)
    content = unit_workbook(template, unit, capacity, issue)
    make_folder(folder)
    return issue_workbook(path, content, template, existing)


def generate_each(
    template: WorkbookTemplate,
    folder: Path,
    units: Sequence[Unit],
    *,
    capacity: Mapping[str, int] | None = None,
    issues: Mapping[str, Issue] | None = None,
    existing: Existing = Existing.KEEP,
) -> Iterator[Issued]:
    """Write the workbooks of all units into ``folder`` and yield what became of each, in order.

    ``issues`` says by code of unit what the officer sets, ``existing`` what to do where a workbook stands
    already. Raises as :func:`generate` does; InputError also when two units would get one file name.
    Workbooks written before an error are whole and stay.
    """
    names: dict[str, Unit] = {}
    for unit in units:
        other = names.setdefault(workbook_name(template, unit).lower(), unit)
        if other is not unit:
            raise InputError(
                f"单位“{other.code} {other.name}”与“{unit.code} {unit.name}”的工作簿会同名；"
                f"请在名册中改正单位编码。"
            )
    waiting: deque[Future[Issued]] = deque()
    with _writers() as writers:
        for unit in units:
            path = folder / workbook_name(template, unit)
            if existing is Existing.ONLY_NEW and os.path.lexists(path):
                waiting.append(writers.submit(Issued, path, Outcome.PASSED))
            else:
                content = unit_workbook(template, unit, capacity, (issues or {}).get(unit.code))
                waiting.append(writers.submit(issue_workbook, path, content, template, existing))
            if len(waiting) >= _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _writers() -> Executor:
    """Return what writes files while the next workbook is made; where there are no threads, before that."""
    try:
        probe = threading.Thread(target=lambda: None)
        probe.start()
    except RuntimeError:  # a page in a browser has none
        return _AtOnce()
    probe.join()
    return ThreadPoolExecutor(_WRITERS)


class _AtOnce(Executor):
    """Does at once, in this thread, what it is given."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return the result as done; what it raises is raised here."""
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done
