"""校验表上的控制数与下发时的不同。

The control totals of the roster, or those of the stamp, are what a return is held against; so a changed
figure misleads the unit alone, and is told.
"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, CellValue, Finding, Severity
from xlbudget.model.control_lines import CONTROLS
from xlbudget.model.words import shown
from xlbudget.workbook.check_rows import control_rows

TITLE = "控制数被改动"
SEVERITY = Severity.BLOCKING


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each control total that is not the one issued."""
    submission = evidence.submission
    if submission.department or CONTROLS in submission.unreadable_tables:
        return
    theirs = {row.row: row.values for row in submission.entries.get(CONTROLS, ())}
    issued = {row.row: row.values for row in control_rows(evidence.template, submission.controls)}
    for row, control in enumerate(evidence.template.controls):
        for key in issued.get(row, theirs.get(row, {})):
            cell = Cell(CONTROLS, row, key)
            stored, expected = (part.get(row, {}).get(key) for part in (theirs, issued))
            if stored != expected:
                yield _finding(evidence, cell, control.title, stored, expected)
                break


def _finding(evidence: Evidence, cell: Cell, title: str, stored: CellValue, expected: CellValue) -> Finding:
    money = evidence.money(cell)
    finding = evidence.finding("changed_control", SEVERITY, cell, "", stored=stored, expected=expected)
    gap = f"，相差 {shown(finding.difference, money)}" if finding.difference is not None else ""
    message = (
        f"{finding.place}：{title}现为 {shown(stored, money)}，下发时为 {shown(expected, money)}{gap}。"
        "审核以主管部门的控制数为准。请恢复下发的数；需要调整的，报主管部门。"
    )
    return evidence.with_message(finding, message)
