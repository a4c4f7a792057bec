"""录入单元格里是公式而不是数字：取其保存的结果，不执行。"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Finding, Severity, Trouble
from xlbudget.model.words import shown

TITLE = "录入单元格是公式"
SEVERITY = Severity.NOTE


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a note for each entry cell that holds a formula."""
    for part in evidence.irregular(Trouble.ENTRY_FORMULA):
        if part.cell is None or part.cell in evidence.submission.unreadable:
            continue
        value = shown(part.value, evidence.money(part.cell))
        place = evidence.place(part.cell)
        message = (
            f"{place}：填的是公式“={part.text}”，已取其保存的结果 {value}，"
            "公式本身不执行。请核对结果，建议改填数字。"
        )
        yield evidence.finding(
            "entry_formula", SEVERITY, part.cell, message, stored=f"={part.text}", expected=part.value
        )
