"""文字里有印不出来的字符（控制字符等），或单位名称太长。"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, Finding, Severity
from xlbudget.model.letters import UNKNOWN, writable

TITLE = "文字中有印不出的字符"
SEVERITY = Severity.EXPLAIN
_LONGEST_FACT = 100  # letters: it stands in titles


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each typed text that cannot be printed as it is, or not in full."""
    facts = evidence.template.unit_facts.table
    for table, row in evidence.typed_rows():
        for key, value in row.values.items():
            if not isinstance(value, str):
                continue
            cell, number = Cell(table, row.row, key), sum(map(_unwritable, value))
            if number:
                message = f"文字中有 {number} 个印不出的字符，公开文件中印作“{UNKNOWN}”。请删去后重新录入。"
                yield evidence.finding(
                    "unprintable_text", SEVERITY, cell, f"{evidence.place(cell)}：{message}"
                )
            elif table == facts and len(value) > _LONGEST_FACT:
                message = f"文字有 {len(value)} 个字，标题中会截短（最多 {_LONGEST_FACT} 个字）。请改短。"
                yield evidence.finding(
                    "unprintable_text", SEVERITY, cell, f"{evidence.place(cell)}：{message}"
                )


def _unwritable(letter: str) -> bool:
    return writable(letter) != letter
