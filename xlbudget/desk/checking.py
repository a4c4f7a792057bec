"""The job of checking: files and folders, one step a file, and the report in plain values."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlbudget import checking
from xlbudget.batches import Batch
from xlbudget.choosing import choose_template
from xlbudget.desk.jobs import Desk, Done, Job, Output, Step
from xlbudget.desk.views import part_view, report_view
from xlbudget.files import write_whole
from xlbudget.reports.amounts import arrange

if TYPE_CHECKING:
    from xlbudget.model import WorkbookReport

KEPT = "kept"
LATE, BROKEN = "late", "broken"


def check(
    desk: Desk,
    job: str,
    inputs: Sequence[str],
    *,
    kept: Mapping[str, str] | None = None,
    given_up: Mapping[str, str] | None = None,
) -> Job:
    """Check every workbook under ``inputs``; each step's output is what was found, to be handed in again.

    ``kept`` names by file what an earlier worker found (from such an output), ``given_up`` the files that
    brought one down (:data:`BROKEN`) or took too long (:data:`LATE`): nothing else is lost with a worker.
    The report stays at the desk under the name of the job.
    """
    files, skipped = checking.find_files([Path(part) for part in inputs])
    yield Step(0, len(files), files[0].name, said={"file": str(files[0])})
    template = choose_template(files, None, desk.templates)
    batch = Batch(template)
    known, lost = kept or {}, given_up or {}
    reports: list[WorkbookReport] = []
    for number, path in enumerate(files, 1):
        name = str(path)
        outputs: tuple[Output, ...] = ()
        if name in known:
            reports.append(pickle.loads(Path(known[name]).read_bytes()))  # noqa: S301 - from our own worker
        elif name in lost:
            report, _ = batch.late(path) if lost[name] == LATE else batch.broken(path)
            reports.append(report)
        else:
            report, _ = batch.check(path)
            reports.append(report)
            place = desk.place(job) / KEPT / f"{number}"
            outputs = (Output(KEPT, write_whole(place, pickle.dumps(report))),)
        following = str(files[number]) if number < len(files) else ""
        said = {"checked": name, "file": following, "verdict": reports[-1].verdict}
        yield Step(number, len(files), path.name, outputs, said)
    whole = checking.report_of(template, reports, None, skipped)
    desk.reports[job] = whole
    return Done({"report": job, "view": report_view(whole)})


def part(desk: Desk, job: str, report: str, at: int) -> Job:
    """Give everything that was found in one file of a report."""
    yield Step(0, 1)
    arrangement = arrange(desk.reports[report])
    result: dict[str, Any] = {"part": part_view(arrangement, arrangement.parts[at])}
    return Done(result)
