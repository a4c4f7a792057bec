"""One action on many entries, found by undoing it: rows filled in twice, a block one column to the side.

Rules between entries fail in several places, and single entries could be changed to please each of them.
Where undoing one action makes all of them hold, that action is what was done, and nothing else is doubted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.problems.repeated_rows import repeated_rows, repeated_words
from xlbudget.model import Cell, ColumnKind, EntryRow, EntrySheet, Finding, Severity
from xlbudget.model.words import plain_name, shown

REPEATED, SHIFTED, TOTALS = "repeated_rows", "shifted_amounts", "total_rows"
TITLES = {SHIFTED: "一段金额错了一栏", TOTALS: "录入表里填了合计行"}
SEVERITIES = {SHIFTED: Severity.BLOCKING, TOTALS: Severity.BLOCKING}
ABOUT = "移回（或删去合计行）后各条关系才都成立"

_LEAST = 3  # amounts of a block that is no whole column
_TOTAL = re.compile("(?:合|小|总|共)计|合计数|总额")
_MOST_NAMED = 3
_MOST_TRIED = 12  # undone actions that are calculated through

Amounts = Mapping[tuple[str, str], Decimal]
"""By (table, column): by how much the sum of a column of entries changes."""


@dataclass(frozen=True, slots=True)
class Action:
    """What may have been done: where it begins, in words, the rows as they were before, what that changes."""

    rule: str
    cell: Cell
    words: str
    advice: str
    table: str
    rows: tuple[EntryRow, ...]
    change: Amounts
    gone: frozenset[Cell] = frozenset()
    """A cell of each row that is none: whatever else is said of these rows follows from that."""


@dataclass(frozen=True, slots=True)
class Undone:
    """An action that was done, and the workbook without it: less is broken there, and nothing else is."""

    action: Action
    evidence: Evidence
    holding: tuple[str, ...]

    def finding(self, evidence: Evidence) -> Finding:
        """Return what to say of it."""
        action = self.action
        rules = "、".join(self.holding)
        message = f"{evidence.place(action.cell)}：{action.words}。{action.advice}（{rules} 因此不符）"
        return evidence.finding(action.rule, Severity.BLOCKING, action.cell, message)


def undone(
    evidence: Evidence, failed: Mapping[str, Sequence[Decimal]], run: Callable[[Evidence], set[str]]
) -> Undone | None:
    """Return the action without which rules hold that fail with it, and no others fail.

    ``failed`` are the differences of failed rules by rule (entry money), ``run`` tells which rules fail in
    another workbook. An action counts where it changes a sum by such a difference.
    """
    gaps = {abs(gap) for rule in failed.values() for gap in rule}
    likely = (
        action for action in _actions(evidence) if any(abs(by) in gaps for by in action.change.values() if by)
    )
    best: Undone | None = None
    for _, action in zip(range(_MOST_TRIED), likely, strict=False):
        entries = {**evidence.submission.entries, action.table: action.rows}
        other = Evidence(evidence.template, replace(evidence.submission, entries=entries))
        left = run(other)
        holding = tuple(rule for rule in failed if rule not in left)
        if left < failed.keys() and (best is None or len(holding) > len(best.holding)):
            best = Undone(action, other, holding)
    return best


def _actions(evidence: Evidence) -> Iterator[Action]:
    yield from _repeated(evidence)
    for entry in evidence.template.entries:
        if entry.is_ledger and not entry.is_issued:
            yield from _totals(evidence, entry)
            yield from _shifted(evidence, entry)


def _repeated(evidence: Evidence) -> Iterator[Action]:
    """Yield blocks of rows that repeat others, without the repetition."""
    for block in repeated_rows(evidence):
        table, gone = block.entry.id, {row.row for row in block.rows}
        rows = tuple(row for row in evidence.submission.entries.get(table, ()) if row.row not in gone)
        change = {
            (table, column.key): sum((_amount(row, column.key) for row in block.rows), Decimal(0))
            for column in block.entry.columns
            if column.kind is ColumnKind.AMOUNT
        }
        words = f"{repeated_words(block)}，疑重复填了：删去后各条关系都相符"
        yield Action(REPEATED, block.cell, words, "请删去重复的行。", table, rows, change)


def _totals(evidence: Evidence, entry: EntrySheet) -> Iterator[Action]:
    """Yield a ledger without the rows that are totals of those above: all of them, then each."""
    rows = sorted(evidence.submission.entries.get(entry.id, ()), key=lambda row: row.row)
    columns = [column.key for column in entry.columns if column.entry and column.kind is ColumnKind.AMOUNT]
    needed = [column.key for column in entry.columns if column.required]
    totals: list[EntryRow] = []
    above: list[EntryRow] = []
    part: list[EntryRow] = []  # since the last total
    for row in rows:
        named = any(isinstance(one, str) and _TOTAL.fullmatch(plain_name(one)) for one in row.values.values())
        bare = any(not row.values.get(key) for key in needed)
        if named or (bare and any(_adds_up(row, of, columns) for of in (above, part))):
            totals.append(row)
            part = []
        else:
            above.append(row)
            part.append(row)
    groups = [totals, *([row] for row in totals)] if len(totals) > 1 else [totals] if totals else []
    for group in groups:
        yield _without_totals(evidence, entry, group, columns)


def _adds_up(row: EntryRow, above: Sequence[EntryRow], columns: Sequence[str]) -> bool:
    """Whether each amount of a row is the sum of those above it."""
    own = {key: amount for key in columns if (amount := _amount(row, key))}
    return (
        bool(own)
        and len(above) > 1
        and all(amount == sum(_amount(one, key) for one in above) for key, amount in own.items())
    )


def _without_totals(
    evidence: Evidence, entry: EntrySheet, group: Sequence[EntryRow], columns: Sequence[str]
) -> Action:
    gone = tuple(row.row for row in group)
    rows = tuple(row for row in evidence.submission.entries.get(entry.id, ()) if row.row not in gone)
    change = {(entry.id, key): sum((_amount(row, key) for row in group), Decimal(0)) for key in columns}
    first = next(key for key in (*columns, *group[0].values) if group[0].values.get(key))
    cell = Cell(entry.id, gone[0], first)
    numbers = "、".join(str(row + 1) for row in gone[:_MOST_NAMED])
    which = f"第 {numbers} 行" if len(gone) == 1 else f"第 {numbers} 等 {len(gone)} 行"
    words = f"{which}是上面各行的合计，不是一笔录入：删去后各条关系都相符"
    advice = "录入表里不填合计（合计自动计算），请删去。"
    marks = frozenset(Cell(entry.id, row, first) for row in gone)
    return Action(TOTALS, cell, words, advice, entry.id, rows, change, marks)


def _shifted(evidence: Evidence, entry: EntrySheet) -> Iterator[Action]:
    """Yield blocks of amounts of one column that may belong into the column beside it, moved there."""
    at = evidence.layout.tables[entry.id].columns
    columns = sorted(
        (column.key for column in entry.columns if column.entry and column.kind is ColumnKind.AMOUNT),
        key=at.__getitem__,
    )
    rows = sorted(evidence.submission.entries.get(entry.id, ()), key=lambda row: row.row)
    beside = [pair for pair in pairwise(columns) if at[pair[1]] - at[pair[0]] == 1]
    for left, right in beside:
        for here, there in ((right, left), (left, right)):
            filled = [row for row in rows if _amount(row, here)]
            free = [row for row in filled if not _amount(row, there)]
            for block in _blocks(free, whole=len(free) == len(filled)):
                yield _moved(evidence, entry, block, here, there)


def _blocks(rows: Sequence[EntryRow], *, whole: bool) -> Iterator[Sequence[EntryRow]]:
    """Yield all rows together, then runs of them without a gap that are long enough."""
    if len(rows) >= _LEAST or (whole and len(rows) > 1):
        yield rows
    run: list[EntryRow] = []
    for row in rows:
        if run and row.row != run[-1].row + 1:
            if _LEAST <= len(run) < len(rows):
                yield run
            run = []
        run.append(row)
    if _LEAST <= len(run) < len(rows):
        yield run


def _moved(evidence: Evidence, entry: EntrySheet, block: Sequence[EntryRow], here: str, there: str) -> Action:
    moved = {row.row for row in block}
    rows = tuple(
        EntryRow(row.row, {there if key == here else key: value for key, value in row.values.items()})
        if row.row in moved
        else row
        for row in evidence.submission.entries.get(entry.id, ())
    )
    total = sum((_amount(row, here) for row in block), Decimal(0))
    first, last = (Cell(entry.id, row.row, here) for row in (block[0], block[-1]))
    order = evidence.layout.tables[entry.id].columns
    side = "左" if order[there] < order[here] else "右"
    place = evidence.place(Cell(entry.id, block[0].row, there))
    span = f"{evidence.place(first).address}:{evidence.place(last).address}"
    money = evidence.money(first)
    words = (
        f"{span} 的 {len(block)} 个金额（合 {shown(total, money)}）疑整段错了一栏，应在{side}边的"
        f"“{place.column}”（{place.address} 起）：移回后各条关系都相符"
    )
    change = {(entry.id, here): total, (entry.id, there): -total}
    advice = "请整段移回原栏，逐行核对。"
    return Action(SHIFTED, first, words, advice, entry.id, rows, change)


def _amount(row: EntryRow, key: str) -> Decimal:
    value = row.values.get(key)
    return value if isinstance(value, Decimal) else Decimal(0)
