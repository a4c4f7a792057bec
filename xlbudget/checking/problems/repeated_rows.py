"""两行完全相同：编码、名称、金额都一样，疑重复填了。"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, ColumnKind, EntryRow, EntrySheet, Finding, Severity

TITLE = "完全相同的行"
SEVERITY = Severity.EXPLAIN


@dataclass(frozen=True, slots=True)
class RepeatedRows:
    """Rows of a ledger one below the other that say what as many rows ``back`` above them say."""

    entry: EntrySheet
    rows: tuple[EntryRow, ...]
    back: int

    @property
    def cell(self) -> Cell:
        """Where the first of them begins: at the column without which a row says nothing."""
        return Cell(self.entry.id, self.rows[0].row, self.entry.key)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each block of rows that repeats rows above it."""
    for block in repeated_rows(evidence):
        if _may_be_chance(evidence, block):
            continue
        message = (
            f"{evidence.place(block.cell)}：{repeated_words(block)}，疑重复填了。"
            "重复的请删去；确是两笔的，请合为一行或说明。"
        )
        yield evidence.finding("repeated_rows", SEVERITY, block.cell, message)


def _may_be_chance(evidence: Evidence, block: RepeatedRows) -> bool:
    """Whether a single row names nothing but codes of lists, with round amounts: two budgets may be alike."""
    row, columns = block.rows[0], {column.key: column for column in block.entry.columns}
    own = any(
        value is not None and columns[key].kind is not ColumnKind.AMOUNT and not columns[key].catalogue
        for key, value in row.values.items()
    )
    amounts = [value for value in row.values.values() if isinstance(value, Decimal)]
    round_ones = all(value % evidence.template.money_factor == 0 for value in amounts)
    return len(block.rows) == 1 and not own and round_ones


def repeated_words(block: RepeatedRows) -> str:
    """Say which rows are the same as which."""
    first, last = block.rows[0].row + 1, block.rows[-1].row + 1
    rows = f"第 {first} 行" if first == last else f"第 {first} 至 {last} 行"
    theirs = f"第 {first - block.back} 行" if first == last else f"第 {first - block.back} 行起的各行"
    return f"{rows}与{theirs}编码、金额完全相同"


def repeated_rows(evidence: Evidence) -> Iterator[RepeatedRows]:
    """Yield blocks of rows with amounts, all of whose values stand in rows above them."""
    for entry in evidence.template.entries:
        if entry.is_ledger and entry.key and not entry.is_issued:
            yield from _blocks(entry, evidence.submission.entries.get(entry.id, ()))


def _blocks(entry: EntrySheet, rows: Sequence[EntryRow]) -> Iterator[RepeatedRows]:
    first: dict[frozenset[tuple[str, object]], int] = {}
    begun: list[EntryRow] = []
    back = 0
    for row in sorted(rows, key=lambda row: row.row):
        said = frozenset((key, value) for key, value in row.values.items() if value is not None)
        whole = row.values.get(entry.key) is not None
        if not whole or not any(isinstance(value, Decimal) and value for _, value in said):
            continue
        above = first.setdefault(said, row.row)
        further = row.row - above
        if begun and (further != back or row.row != begun[-1].row + 1):
            yield RepeatedRows(entry, tuple(begun), back)
            begun = []
        if further:
            begun, back = [*begun, row], further
    if begun:
        yield RepeatedRows(entry, tuple(begun), back)
