"""同一项目编码的各行名称不同。"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, CellValue, Column, ColumnKind, EntrySheet, Finding, Severity
from xlbudget.model.words import apart

TITLE = "同一编码的名称不一致"
SEVERITY = Severity.EXPLAIN


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each row whose typed name differs from the first row of the same code."""
    for entry in evidence.template.entries:
        code, name = _code_and_name(entry)
        if code is None or name is None:
            continue
        first: dict[tuple[CellValue, CellValue], CellValue] = {}
        for row in evidence.submission.entries.get(entry.id, ()):
            key, text = row.values.get(code.key), row.values.get(name.key)
            if key is None or text is None:
                continue
            unit = row.values.get(evidence.template.unit_table.row_unit)
            expected = first.setdefault((unit, key), text)
            if text != expected:
                cell = Cell(entry.id, row.row, name.key)
                looks = apart(text, expected)
                message = (
                    f"{evidence.place(cell)}：编码“{key}”在前面的行名为“{expected}”，这一行名为“{text}”{looks}，"
                    "公开表按前者列示。同一项目请用同一名称；不同项目请用不同编码。"
                )
                severity = Severity.NOTE if looks else SEVERITY
                yield evidence.finding(
                    "conflicting_names", severity, cell, message, stored=text, expected=expected
                )


def _code_and_name(entry: EntrySheet) -> tuple[Column | None, Column | None]:
    """Return the typed code that is on no list, and the typed name beside it (a word chosen is no name)."""
    required = [column for column in entry.columns if column.entry and column.required]
    code = next(
        (column for column in required if column.kind is ColumnKind.CODE and not column.catalogue), None
    )
    named = (column for column in required if column.kind is ColumnKind.TEXT and not column.choices)
    name = next(named, None)
    return code, name
