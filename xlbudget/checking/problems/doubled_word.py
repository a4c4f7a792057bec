"""文字重复：整格是同一个词写了两遍（满足满足），或标点连写（。。）。"""

from __future__ import annotations

import re
from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, ColumnKind, Finding, Severity

TITLE = "文字重复"
SEVERITY = Severity.NOTE

_TWICE = re.compile(r"([^\W\d_]{2,})\1")
_MARKS = re.compile("([。，；：、])\\1+")


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each typed text that is one word written twice, or has a doubled mark."""
    for table, row in evidence.typed_rows():
        for key, value in row.values.items():
            column = evidence.layout.column(table, key)
            if not isinstance(value, str) or column is None or column.kind is not ColumnKind.TEXT:
                continue
            doubled = _TWICE.fullmatch(value.strip()) or _MARKS.search(value)
            if doubled:
                cell = Cell(table, row.row, key)
                message = f"{evidence.place(cell)}：“{doubled[0]}”写重了，应为“{doubled[1]}”。请核对后改正。"
                yield evidence.finding("doubled_word", SEVERITY, cell, message)
