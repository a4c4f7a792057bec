"""文字里留着没有替换的占位符（XX 等）。"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, Finding, Severity

TITLE = "文字没有填完"
SEVERITY = Severity.EXPLAIN


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each typed text with one of the template's placeholders in it."""
    words = evidence.template.placeholders
    for table, row in evidence.typed_rows():
        for key, value in row.values.items():
            if not isinstance(value, str):
                continue
            word = next((word for word in words if word in value), "")
            if word:
                cell = Cell(table, row.row, key)
                message = f"{evidence.place(cell)}：文字中留有“{word}”，没有填完。请换成实际内容。"
                yield evidence.finding("placeholder_text", SEVERITY, cell, message)
