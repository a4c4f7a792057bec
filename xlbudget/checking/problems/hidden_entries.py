"""隐藏的行或列里有录入内容。"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Finding, Severity, Trouble

TITLE = "隐藏的行列里有内容"
SEVERITY = Severity.NOTE


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a note for each hidden row or column that holds entries."""
    for part in evidence.irregular(Trouble.HIDDEN_ENTRY):
        if part.cell is not None:
            what = part.text or "行"
            message = (
                f"{evidence.place(part.cell)}：这一{what}被隐藏，但有内容，已照常读取。请核对后取消隐藏。"
            )
            yield evidence.finding("hidden_entries", SEVERITY, part.cell, message)
