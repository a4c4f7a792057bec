"""有金额的行缺少必填的编码或名称。"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.problems.merged_entries import lacking
from xlbudget.model import Cell, Column, ColumnKind, EntryRow, EntrySheet, Finding, Severity

TITLE = "必填项空缺"
SEVERITY = Severity.BLOCKING


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each row that has amounts and leaves required cells empty."""
    for entry in evidence.template.entries:
        required = [column for column in entry.columns if column.required]
        amounts = {column.key for column in entry.columns if column.kind is ColumnKind.AMOUNT}
        rows = evidence.submission.entries.get(entry.id, ())
        shifted, merged = _shifted(rows, required, amounts), lacking(evidence)
        for row in rows:
            if not any(row.values.get(key) for key in amounts) or (shifted and row.row in shifted.others):
                continue
            missing = [
                column
                for column in required
                if row.values.get(column.key) is None
                and Cell(entry.id, row.row, column.key) not in evidence.submission.unreadable
                and Cell(entry.id, row.row, column.key) not in merged
            ]
            if missing:
                cell = Cell(entry.id, row.row, missing[0].key)
                names = "、".join(f"“{''.join(column.heading)}”" for column in missing)
                told = shifted is not None and row.row == shifted.bare
                advice = _words(evidence, entry, shifted) if shifted and told else "请补填。"
                message = f"{evidence.place(cell)}：这一行有金额，但没有填{names}。{advice}"
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


@dataclass(frozen=True, slots=True)
class _PastedOff:
    """Amounts of some columns pasted ``lines`` down (up if negative): where they stand, first and last row.

    ``bare`` is the first row with amounts and no codes; ``others`` are the rest of those rows.
    """

    columns: tuple[str, ...]
    first: int
    last: int
    lines: int
    bare: int
    others: frozenset[int]


def _shifted(rows: Sequence[EntryRow], required: Sequence[Column], amounts: set[str]) -> _PastedOff | None:
    """Return the block that was pasted some lines off: as many rows without amounts as without codes."""
    coded = [row.row for row in rows if row.values and not any(row.values.get(key) for key in amounts)]
    bare = [row for row in rows if not any(row.values.get(column.key) for column in required)]
    bare = [row for row in bare if any(row.values.get(key) for key in amounts)]
    at = [row.row for row in bare]
    if not at or len(at) != len(coded) or at[-1] - at[0] >= len(at) or coded[-1] - coded[0] >= len(at):
        return None
    columns = tuple(sorted(key for key in amounts if any(row.values.get(key) for row in bare)))
    down = at[0] > coded[0]
    first, last = (coded[-1] + 1, at[-1]) if down else (at[0], coded[0] - 1)
    lines = len(at) if down else -len(at)
    return _PastedOff(columns, first, last, lines, at[0], frozenset(at[1:]))


def _words(evidence: Evidence, entry: EntrySheet, shifted: _PastedOff) -> str:
    """Say which block stands where it does not belong, and where it does."""
    order = [column.key for column in entry.columns if column.key in shifted.columns]

    def block(by: int) -> str:
        corners = ((shifted.first + by, order[0]), (shifted.last + by, order[-1]))
        return ":".join(evidence.place(Cell(entry.id, *corner)).address for corner in corners)

    ways = "往下" if shifted.lines > 0 else "往上"
    return (
        f"疑 {block(0)} 的金额整段{ways}错了 {abs(shifted.lines)} 行，应在 {block(-shifted.lines)}。"
        "请整段移回原位，逐行核对；不是错行的，请补填。"
    )
