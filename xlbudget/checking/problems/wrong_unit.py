"""封面上的单位与发给这个文件的单位不同：用了别的单位的文件，或改动了封面。"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, Finding, Severity
from xlbudget.model.words import apart, shown

TITLE = "封面单位与文件所属单位不同"
SEVERITY = Severity.BLOCKING


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding when the cover names another unit than the file was issued to."""
    unit, facts = evidence.submission.unit, evidence.template.unit_facts
    if not evidence.submission.issued or facts.table in evidence.submission.unreadable_tables:
        return
    lines = evidence.layout.tables[facts.table].lines
    for line, issued in ((facts.code, unit.code), (facts.name, unit.name), (facts.kind, unit.kind)):
        cell = Cell(facts.table, lines[line], facts.column)
        written = evidence.recalculated(cell)
        if str(written or "") != issued:
            message = (
                f"{evidence.place(cell)}：封面写的是 {shown(written)}，"
                f"这个文件是发给 {shown(issued)}（{unit.code} {unit.name}）的{apart(written, issued)}。"
                "请用发给本单位的文件填报；单位信息确有变化的，请主管部门重新发放。"
            )
            yield evidence.finding("wrong_unit", SEVERITY, cell, message, stored=written, expected=issued)
            return
