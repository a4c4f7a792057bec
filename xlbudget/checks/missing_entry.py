"""有金额的行缺少必填的编码或名称。"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xlbudget.evidence import Evidence
from xlbudget.model import Cell, ColumnKind, EntryRow, Finding, Severity

TITLE = "必填项空缺"
SEVERITY = Severity.BLOCKING


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each row that has amounts and leaves required cells empty."""
    for entry in evidence.template.entries:
        required = [column for column in entry.columns if column.required]
        amounts = {column.key for column in entry.columns if column.kind is ColumnKind.AMOUNT}
        rows = evidence.submission.entries.get(entry.id, ())
        for row in rows:
            if not any(row.values.get(key) for key in amounts):
                continue
            missing = [
                column
                for column in required
                if row.values.get(column.key) is None
                and Cell(entry.id, row.row, column.key) not in evidence.submission.unreadable
            ]
            if missing:
                cell = Cell(entry.id, row.row, missing[0].key)
                names = "、".join(f"“{''.join(column.heading)}”" for column in missing)
                hint = _shifted(rows, amounts) if len(missing) == len(required) else ""
                message = f"{evidence.place(cell)}：这一行有金额，但没有填{names}。{hint or '请补填。'}"
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


def _shifted(rows: Iterable[EntryRow], amounts: set[str]) -> str:
    """Say that amounts were pasted one line off when another row has all its codes and no amount."""
    bare = next((row for row in rows if row.values and not any(row.values.get(key) for key in amounts)), None)
    if bare is None:
        return ""
    return f"第 {bare.row + 1} 行有编码却没有金额，疑金额整段粘贴错了一行，请逐行核对。"
