"""What any table must fulfil, whatever form it is: totals beside and above, and trees of codes.

Nothing is known of such a table, so its structure is learned from itself: a sum counts as meant only where it
holds in most of its places; where it then fails, that is a finding. A table too small to show what it means
is left alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from xlbudget.checking.published.causes import Cause, Spot, Sum, causes
from xlbudget.checking.published.mistakes import FOUND
from xlbudget.checking.published.once import BALANCE, ONCE, TWICE, rows_twice, told_once
from xlbudget.model import (
    Finding,
    Operand,
    Place,
    PublishedDocument,
    RuleOutcome,
    RuleStatus,
    Severity,
)
from xlbudget.model.words import amount
from xlbudget.returns.entry_values import read_amount
from xlbudget.returns.published.coded import split_codes
from xlbudget.returns.published.grids import Grid, grid_of
from xlbudget.returns.published.lines import is_numbering
from xlbudget.returns.published.precision import Interval, decimals_of
from xlbudget.returns.published.texts import WHOLE_CODE, plain

_BESIDE, _OF_CODES = "total_beside", "total_of_codes"
GENERAL = {
    _BESIDE: ("合计栏等于各分栏之和", Severity.EXPLAIN),
    _OF_CODES: ("上级编码的金额等于下级编码之和", Severity.EXPLAIN),
    **ONCE,
}
_TOTAL = re.compile(r"合计|总计|小计")
_WHOLE = re.compile(r"(?:支出|收入)?(?:合计|总计)")
_LEAST = 3  # places in which a sum must hold to be meant
_MOSTLY = 0.75  # part of its places in which it must hold
_MOST_OPERANDS = 40


@dataclass(frozen=True, slots=True)
class GeneralChecks:
    """What the general checks found, and the places of the amounts that they looked at."""

    findings: tuple[Finding, ...]
    outcomes: tuple[RuleOutcome, ...]
    judged: frozenset[Place]


def general_checks(document: PublishedDocument, only: Container[int | None] | None = None) -> GeneralChecks:
    """Check the tables of a document that are no known forms: all, or those numbered in ``only``."""
    findings: list[Finding] = []
    judged: set[Place] = set()
    counts = dict.fromkeys(GENERAL, 0)
    for number, table in enumerate(document.tables):
        if only is not None and number not in only:
            continue
        reader = _Table(grid_of(table, number))
        failing: list[Sum] = []
        holding: Counter[Spot] = Counter()
        for kind, sums in ((_BESIDE, reader.beside()), (_OF_CODES, reader.codes())):
            for meant in sums:
                counts[kind] += len(meant)
                for one in meant:
                    judged |= {reader.grid.place(*at) for at in one.cells}
                    if one.holds:
                        holding.update(one.cells)
                    else:
                        failing.append(one)
        findings += (reader.finding(cause, str(document.path)) for cause in causes(failing, holding))
        once, looked = told_once(reader.grid, reader.amounts, reader.coded_rows, str(document.path))
        findings += once
        judged |= looked
        counts[BALANCE] += bool(looked)
        counts[TWICE] += bool(reader.coded_rows)
    failed = {finding.rule for finding in findings}
    outcomes = tuple(
        RuleOutcome(
            name, title, severity, _status(counts[name], name in failed), counts[name], _why(counts[name])
        )
        for name, (title, severity) in GENERAL.items()
    )
    return GeneralChecks(tuple(findings), outcomes, frozenset(judged))


def _status(count: int, failed: bool) -> RuleStatus:
    if not count:
        return RuleStatus.NOT_RUN
    return RuleStatus.FAILED if failed else RuleStatus.PASSED


def _why(count: int) -> str:
    return "" if count else "没有看得出这种关系的表格"


class _Table:
    """The amounts of one table, and the sums that it seems to mean."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.amounts: dict[Spot, Interval] = {}
        counting = {row for row in grid.rows if is_numbering(grid, row, grid.columns(row))}
        for at, stored in grid.by_row.items():
            if at[0] in counting:
                continue
            value = read_amount(stored)[0]
            if isinstance(value, Decimal) and at[0] > grid.lead:
                digits = stored.text.rpartition(".")[2] if "." in stored.text else ""
                places = max(decimals_of(value), len(digits) if digits.isdigit() else 0)
                self.amounts[at] = Interval(value, Decimal("0.5").scaleb(-places))
        self.columns = sorted(
            column
            for column in {column for _, column in self.amounts}
            if sum("." in grid.text(*at) for at in self.amounts if at[1] == column) >= _LEAST
        )

    def beside(self) -> Iterator[list[Sum]]:
        """Yield, for each column of totals, the sums over the columns to its right that mostly hold."""
        rows = sorted({row for row, _ in self.amounts})
        for at, column in enumerate(self.columns):
            if not self._is_total(column):
                continue
            best: list[Sum] = []
            for last in range(at + 3, len(self.columns) + 1):
                parts = self.columns[at + 1 : last]
                sums = [
                    self._sum(_BESIDE, (row, column), tuple((row, part) for part in parts))
                    for row in rows
                    if (row, column) in self.amounts
                ]
                if self._meant(sums) and self._telling(sums):
                    best = sums
            if best:
                yield best
            elif copies := self._copies(column, rows):
                yield copies

    def _copies(self, column: int, rows: Sequence[int]) -> list[Sum]:
        """Return the sums of a total of which one part alone is ever filled: it says the same in each row."""
        beside = self.columns[self.columns.index(column) + 1 :]
        if len(beside) != 1:
            return []
        both = [row for row in rows if (row, column) in self.amounts and (row, beside[0]) in self.amounts]
        sums = [self._sum(_BESIDE, (row, column), ((row, beside[0]),)) for row in both]
        same = {self.amounts[one.whole].middle for one in sums if one.holds}
        return sums if self._meant(sums) and len(same) > _LEAST else []

    def _is_total(self, column: int) -> bool:
        above = [row for row in self.grid.rows if row > self.grid.lead and (row, column) not in self.amounts]
        return any(_TOTAL.search(plain(self.grid.shown(row, column))) for row in above[:6])

    def codes(self) -> Iterator[list[Sum]]:
        """Yield, for each column of amounts, the sums of codes over those below them."""
        rows = self._codes()
        shortest = min((len(code) for code, _ in rows), default=0)
        rows += [("", row) for row in self._total_rows({row for _, row in rows})]
        for column in self.columns:
            sums = []
            for code, row in rows:
                longer = len(code) + 2 if code else shortest
                below = [other for part, other in rows if len(part) == longer and part.startswith(code)]
                if below and (row, column) in self.amounts:
                    parts = tuple((other, column) for other in below)
                    sums.append(self._sum(_OF_CODES, (row, column), parts))
            if self._meant(sums):
                yield sums

    def _total_rows(self, coded: Container[int]) -> list[int]:
        """Return the one row that is called a total and bears no code."""
        found = [
            row
            for row in sorted({row for row, _ in self.amounts} if coded else ())
            if row not in coded and any(_WHOLE.fullmatch(plain(text)) for text in self.grid.texts(row))
        ]
        return found if len(found) == 1 else []

    def _codes(self) -> list[tuple[str, int]]:
        """Return the codes of the table with their rows; of a row printed twice the first."""
        twice = set(rows_twice(self.grid, self.coded_rows))
        left = [(code, row) for code, row in self.coded_rows if row not in twice]
        return left if len({code for code, _ in left}) == len(left) else []

    @cached_property
    def coded_rows(self) -> list[tuple[str, int]]:
        """The codes of the table with their rows, from the columns that have most of them."""
        if split := split_codes(self.grid):
            return [(code, row) for row, code in split.items()]
        found: dict[int, list[tuple[str, int]]] = {}
        for row in self.grid.rows:
            for column in self.grid.columns(row):
                text = self.grid.text(row, column).strip()
                if WHOLE_CODE.fullmatch(text) and "." not in text:
                    found.setdefault(column, []).append((text, row))
        return max(found.values(), key=len, default=[])

    def _meant(self, sums: Sequence[Sum]) -> bool:
        holding = sum(one.holds for one in sums)
        return holding >= _LEAST and holding >= _MOSTLY * len(sums)

    def _telling(self, sums: Sequence[Sum]) -> bool:
        """Whether more than one of the parts is ever filled: else a sum says no more than a copy."""
        return any(sum(part in self.amounts for part in one.parts) > 1 for one in sums)

    def _sum(self, kind: str, whole: Spot, parts: tuple[Spot, ...]) -> Sum:
        """Return a sum with how far its whole is off its parts, and what rounding explains of it."""
        total = self.amounts[whole]
        filled = [self.amounts[at] for at in parts if at in self.amounts]
        off = total.middle - sum((part.middle for part in filled), Decimal(0))
        return Sum(kind, whole, parts, off, total.half + sum((part.half for part in filled), Decimal(0)))

    def finding(self, cause: Cause, file: str) -> Finding:
        """Return the finding for the sums that fail for one cause."""
        first = cause.sums[0]
        severity = GENERAL[first.kind][1]
        shown = self.amounts.get(cause.cell, Interval(Decimal(0), self.amounts[first.whole].half))
        last = (2 * shown.half).normalize()  # one of the last decimal printed
        printed, right = shown.middle.quantize(last), (shown.middle + cause.change).quantize(last)
        row, column = cause.cell
        label = next((text for text in self.grid.texts(row) if not read_like_number(text)), "")
        place = self.grid.place(row, column)
        every = list(dict.fromkeys(at for one in cause.sums for at in one.cells if at != cause.cell))
        operands = tuple(
            Operand(self.grid.text(*at), self.grid.place(*at)) for at in every if at in self.amounts
        )
        return Finding(
            rule=first.kind,
            severity=severity,
            message=f"{place.where}“{label}”：{self._said(cause, printed, right)}",
            file=file,
            place=place,
            stored=printed,
            expected=right,
            difference=printed - right,
            kind="total",
            found=self.grid.text(row, column)[:FOUND],
            operands=operands[:_MOST_OPERANDS],
        )

    def _said(self, cause: Cause, printed: Decimal, right: Decimal) -> str:
        first = cause.sums[0]
        shown = self.grid.text(*cause.cell) or "空白"
        if len(cause.sums) == 1 or cause.row:
            named = "、".join(self.grid.text(*at) for at in first.parts[:6] if at in self.amounts)
            parts = f"各部分之和为 {amount(right)}（{named}）" if named else "下面没有各部分的数"
            more = f"；同一行另有 {len(cause.sums) - 1} 栏也不符，可能少了一行或编码有误" if cause.row else ""
            return (
                f"{GENERAL[first.kind][0]}不成立，印出 {shown}，{parts}，相差 {amount(printed - right)}，"
                f"超出四舍五入能解释的范围{more}。请核对这几个数。"
            )
        places = "、".join(
            f"{self.grid.text(*one.whole)}（{self.grid.place(*one.whole).where}）"
            for one in cause.sums
            if one.whole != cause.cell
        )
        beside = f"，与 {places}对不上" if places else ""
        return (
            f"印出 {shown}，与它有关的 {len(cause.sums)} 个合计都不成立{beside}，"
            f"改为 {amount(right)} 就都成立。请核对这个数。"
        )


def read_like_number(text: str) -> bool:
    """Whether a text is made of digits and what stands between them."""
    return bool(re.fullmatch(r"[\s\d.,，%\-−]+", text))
