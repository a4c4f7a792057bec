"""The job of joining what was checked into the department workbook."""

from __future__ import annotations

from collections.abc import Sequence

from xlbudget.desk.jobs import Desk, Done, Job, Output, Step
from xlbudget.files.whole_files import safe_name, write_whole
from xlbudget.model import Unit

_SUMMARY = "部门汇总"


def join(
    desk: Desk,
    job: str,
    report: str,
    *,
    allow: Sequence[str] = (),
    name: str = "",
    balance_rounding: bool = False,
) -> Job:
    """Join the workbooks of a report; ``allow`` as on the command line, ``name`` is the department's.

    Raises ConsolidationRefused with every reason, one a line.
    """
    yield Step(0, 2)
    from xlbudget.department.summary import joining as consolidation
    from xlbudget.department.summary import naming

    checked = desk.checked[report]
    units = [part.unit for part in checked.report.workbooks if part.unit is not None]
    head = Unit(naming.SUMMARY_CODE, name, naming.SUMMARY_KIND) if name else naming.department_of(units)
    codes = [unit.code for unit in checked.roster.units] if checked.roster else []
    summary = consolidation.consolidate(
        checked.submissions, checked.report, checked.template, head, allow, roster=codes
    )
    if balance_rounding:
        summary = summary.with_balanced_rounding()
    yield Step(1, 2)
    file = f"{safe_name(head.name)}_{_SUMMARY}.xlsx" if head.name != _SUMMARY else f"{_SUMMARY}.xlsx"
    path = write_whole(desk.place(job) / file, summary.workbook())
    return Done({"units": len(summary.units), "gaps": list(summary.gaps)}, (Output(file, path),))
