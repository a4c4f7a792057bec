"""有金额的行缺少必填的编码或名称。"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.evidence import Evidence
from xlbudget.model import Cell, ColumnKind, Finding, Severity

TITLE = "必填项空缺"
SEVERITY = Severity.BLOCKING


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each required cell left empty in a row that has amounts."""
    for entry in evidence.template.entries:
        required = [column for column in entry.columns if column.required]
        amounts = {column.key for column in entry.columns if column.kind is ColumnKind.AMOUNT}
        for row in evidence.submission.entries.get(entry.id, ()):
            if not any(row.values.get(key) for key in amounts):
                continue
            for column in required:
                cell = Cell(entry.id, row.row, column.key)
                if row.values.get(column.key) is None and cell not in evidence.submission.unreadable:
                    message = (
                        f"{evidence.place(cell)}：这一行有金额，但没有填“{''.join(column.heading)}”。请补填。"
                    )
                    yield evidence.finding("missing_entry", SEVERITY, cell, message)
    if evidence.submission.issued:
        return  # a cover that no longer names its unit is a matter of wrong_unit
    facts = evidence.template.unit_facts
    lines = evidence.layout.tables[facts.table].lines
    for name in (facts.code, facts.name, facts.kind):
        cell = Cell(facts.table, lines[name], facts.column)
        if (
            evidence.recalculated(cell) in (None, "")
            and facts.table not in evidence.submission.unreadable_tables
        ):
            message = f"{evidence.place(cell)}：封面没有填“{name}”。请补填。"
            yield evidence.finding("missing_entry", SEVERITY, cell, message)
