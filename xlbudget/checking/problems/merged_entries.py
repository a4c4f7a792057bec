"""录入表里合并了单元格：只有第一格的内容读得到，其余各格是空的，或藏着看不见的内容。"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, CellValue, Column, ColumnKind, EntryRow, Finding, MergedEntries, Severity
from xlbudget.model.words import shown

TITLE = "录入表里合并了单元格"
SEVERITY = Severity.BLOCKING

Reading = tuple[Severity, str]


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each merge that changes what its rows say; the message names the merge."""
    rows = {(table, row.row): row for table, found in evidence.submission.entries.items() for row in found}
    for merge in evidence.submission.merged:
        readings = list(_readings(evidence, merge, rows))
        if readings:
            severity = min((severity for severity, _ in readings), key=lambda one: one.rank)
            first = merge.cells[0]
            value = shown(_value(rows, first), evidence.money(first))
            message = (
                f"{evidence.place(first)}：{merge.where} 是合并单元格，内容 {value} 只算在第一格；"
                f"{'；'.join(words for _, words in readings)}。请取消合并，逐格填写。"
            )
            yield evidence.finding("merged_entries", severity, first, message, stored=_value(rows, first))


def lacking(evidence: Evidence) -> frozenset[Cell]:
    """Return the entries that are empty because they lie in a merge whose first cell says something."""
    entered = evidence.entered
    return frozenset(
        cell
        for merge in evidence.submission.merged
        if entered.get(merge.cells[0]) is not None
        for cell in merge.cells[1:]
    )


def _readings(
    evidence: Evidence, merge: MergedEntries, rows: Mapping[tuple[str, int], EntryRow]
) -> Iterator[Reading]:
    """Yield what follows from a merge: hidden contents, rows without codes, amounts of one row alone."""
    first, others = merge.cells[0], merge.cells[1:]
    hidden = [cell for cell in others if _value(rows, cell) is not None]
    if hidden:
        words = "、".join(
            f"{evidence.place(cell).address} 的 {shown(_value(rows, cell), evidence.money(cell))}"
            for cell in hidden
        )
        yield Severity.EXPLAIN, f"合并盖住了 {words}，看不见，但已照常读取"
    if _value(rows, first) is None:
        return
    bare = [cell for cell in others if cell not in hidden and cell.row != first.row]
    column = evidence.layout.column(first.table, first.column)
    used = sorted({cell.row for cell in bare if cell.column == first.column and _used(rows, cell)})
    if used and column is not None:
        lines = "、".join(str(row + 1) for row in used)
        yield _rows_lacking(column, lines)
    if any(cell.column != first.column for cell in others):
        names = dict.fromkeys(evidence.place(cell).column for cell in others if cell.column != first.column)
        yield Severity.EXPLAIN, f"没有算在“{'”“'.join(names)}”"


def _rows_lacking(column: Column, lines: str) -> Reading:
    if column.kind is ColumnKind.AMOUNT:
        return Severity.EXPLAIN, f"第 {lines} 行没有分到金额"
    severity = Severity.BLOCKING if column.required else Severity.EXPLAIN
    return severity, f"第 {lines} 行读作没有填“{''.join(column.heading)}”"


def _used(rows: Mapping[tuple[str, int], EntryRow], cell: Cell) -> bool:
    row = rows.get((cell.table, cell.row))
    return row is not None and any(value is not None for value in row.values.values())


def _value(rows: Mapping[tuple[str, int], EntryRow], cell: Cell) -> CellValue:
    row = rows.get((cell.table, cell.row))
    return row.values.get(cell.column) if row is not None else None
