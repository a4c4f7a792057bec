"""封面上的单位与发给这个文件的单位不同：用了别的单位的文件，或改动了封面。"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, EntryRow, Finding, Severity
from xlbudget.model.words import apart, shown

TITLE = "封面单位与文件所属单位不同"
SEVERITY = Severity.BLOCKING


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding when the cover names another unit than the file was issued to."""
    unit = evidence.submission.unit
    for cell, issued in _other(evidence):
        written = evidence.recalculated(cell)
        message = (
            f"{evidence.place(cell)}：封面写的是 {shown(written)}，"
            f"这个文件是发给 {shown(issued)}（{unit.code} {unit.name}）的{apart(written, issued)}。"
            "请用发给本单位的文件填报；单位信息确有变化的，请主管部门重新发放。"
        )
        yield evidence.finding("wrong_unit", SEVERITY, cell, message, stored=written, expected=issued)
        return


def with_cover_as_issued(evidence: Evidence) -> Evidence:
    """Return a workbook whose cover says what it was issued with.

    What rules say of another kind of unit follows from the cover; nobody is to change amounts for it.
    """
    changed = dict(_other(evidence))
    if not changed:
        return evidence
    submission, table = evidence.submission, evidence.template.unit_facts.table
    rows = {row.row: dict(row.values) for row in submission.entries.get(table, ())}
    for cell, issued in changed.items():
        rows.setdefault(cell.row, {})[cell.column] = issued
    facts = tuple(EntryRow(row, values) for row, values in sorted(rows.items()))
    return Evidence(evidence.template, replace(submission, entries={**submission.entries, table: facts}))


def _other(evidence: Evidence) -> Iterator[tuple[Cell, str]]:
    """Yield the facts on the cover that are not those of the unit that the file was issued to, with these."""
    unit, facts = evidence.submission.unit, evidence.template.unit_facts
    if not evidence.submission.issued or facts.table in evidence.submission.unreadable_tables:
        return
    lines = evidence.layout.tables[facts.table].lines
    for line, issued in ((facts.code, unit.code), (facts.name, unit.name), (facts.kind, unit.kind)):
        cell = Cell(facts.table, lines[line], facts.column)
        if str(evidence.recalculated(cell) or "") != issued:
            yield cell, issued
