"""The job of checking: files and folders, one step a file, and the report in plain values."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xlbudget import api
from xlbudget.checking.runs.batch import Batch
from xlbudget.checking.runs.batch import Checked as CheckedFile
from xlbudget.checking.runs.many_files import check_each, suitable_workers
from xlbudget.checking.runs.whole_run import with_linked_files
from xlbudget.checking.whole_report import report_of
from xlbudget.definitions.rosters import read_roster
from xlbudget.desk.inputs import workbooks_in
from xlbudget.desk.jobs import Checked, Desk, Done, Job, Output, Step
from xlbudget.desk.views import part_view, report_view
from xlbudget.files.whole_files import write_whole
from xlbudget.reports.arrangement import arrange
from xlbudget.returns.template_choice import choose_template

KEPT = "kept"
LATE, BROKEN = "late", "broken"


def check(
    desk: Desk,
    job: str,
    inputs: Sequence[str],
    *,
    opened: str = "",
    roster: str = "",
    prior: str = "",
    template: str = "",
    kept: Mapping[str, str] | None = None,
    given_up: Mapping[str, str] | None = None,
) -> Job:
    """Check every workbook under ``inputs``; each step's output is what was found, to be handed in again.

    ``opened`` is a folder into which archives are opened, ``roster`` a file, ``prior`` a folder of last
    year's workbooks. ``kept`` names by file what an earlier worker found (from such an output), ``given_up``
    the files that brought one down (:data:`BROKEN`) or took too long (:data:`LATE`): nothing else is lost
    with a worker. A desk with several processes (:attr:`Desk.workers`) keeps none: they die alone. What was
    checked stays at the desk under the name of the job.
    """
    files, skipped = workbooks_in(inputs, opened)
    yield Step(0, len(files), said={"file": str(files[0])})
    chosen = choose_template(files, template or None, desk.templates)
    listed = read_roster(Path(roster), chosen) if roster else None
    linked = api.linked_folders(chosen, prior, templates=desk.templates)
    batch = Batch(chosen, listed, entries=True, linked=linked)
    known, lost = kept or {}, given_up or {}
    checked: list[CheckedFile] = []
    fresh = check_each(files, batch, workers=min(desk.workers, suitable_workers(len(files))))
    for number, path in enumerate(files, 1):
        name = str(path)
        outputs: tuple[Output, ...] = ()
        if desk.workers > 1:
            checked.append(next(fresh))
        elif name in known:
            packed = zlib.decompress(Path(known[name]).read_bytes())
            checked.append(pickle.loads(packed))  # noqa: S301 - from our own worker
        elif name in lost:
            checked.append(batch.late(path) if lost[name] == LATE else batch.broken(path))
        else:
            checked.append(batch.check(path))
            desk.used(chosen)
            place = desk.place(job) / KEPT / f"{number}"
            packed = zlib.compress(pickle.dumps(checked[-1]), 1)
            outputs = (Output(KEPT, write_whole(place, packed)),)
        following = str(files[number]) if number < len(files) else ""
        said = {"checked": name, "file": following, "verdict": checked[-1][0].verdict}
        yield Step(number, len(files), path.name, outputs, said)
        if outputs:
            outputs[0].path.unlink()
    whole = report_of(chosen, (report for report, _ in checked), listed, skipped)
    whole = with_linked_files(whole, linked, chosen)
    entered = tuple(submission for _, submission in checked if submission is not None)
    desk.checked[job] = Checked(whole, chosen, Path(inputs[0]).parent, listed, entered)
    return Done({"report": job, "view": report_view(whole)})


def part(desk: Desk, job: str, report: str, at: int) -> Job:
    """Give everything that was found in one file of a report."""
    yield Step(0, 1)
    arrangement = arrange(desk.checked[report].report)
    result: dict[str, Any] = {"part": part_view(arrangement, arrangement.parts[at])}
    return Done(result)
