"""What a table says in one place alone: both sides come to the same, no row is printed twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from xlbudget.checking.published.causes import Spot
from xlbudget.checking.published.mistakes import FOUND
from xlbudget.model import Finding, Operand, Place, Severity
from xlbudget.model.words import amount
from xlbudget.returns.published.grids import Grid
from xlbudget.returns.published.precision import Interval
from xlbudget.returns.published.texts import plain

BALANCE, TWICE = "both_sides", "row_twice"
ONCE = {
    BALANCE: ("收入总计等于支出总计", Severity.EXPLAIN),
    TWICE: ("同一行没有重复印出", Severity.EXPLAIN),
}
_SIDES = re.compile(r"(收入|支出)总计")


def told_once(
    grid: Grid, amounts: Mapping[Spot, Interval], coded: Sequence[tuple[str, int]], file: str
) -> tuple[list[Finding], set[Place]]:
    """Return what is wrong with totals of both sides and rows printed twice, and what was compared."""
    found = list(_repeated(grid, amounts, coded, file))
    sides = _sides(grid, amounts)
    if len(sides) < 2:
        return found, set()
    income, spending = sides["收入"], sides["支出"]
    one, other = amounts[income], amounts[spending]
    if abs(one.middle - other.middle) > one.half + other.half:
        found.append(_unbalanced(grid, amounts, income, spending, file))
    return found, {grid.place(*income), grid.place(*spending)}


def _sides(grid: Grid, amounts: Mapping[Spot, Interval]) -> dict[str, Spot]:
    """Return the amount behind 收入总计 and 支出总计, of tables that have each of them once."""
    found: dict[str, Spot] = {}
    counted: Counter[str] = Counter()
    for row in grid.rows:
        columns = grid.columns(row)
        for column in columns:
            side = _SIDES.fullmatch(plain(grid.text(row, column)))
            at = next((other for other in columns if other > column), 0)
            if side and (row, at) in amounts:
                counted[side[1]] += 1
                found[side[1]] = row, at
    return found if set(counted.values()) == {1} else {}


def _unbalanced(
    grid: Grid, amounts: Mapping[Spot, Interval], income: Spot, spending: Spot, file: str
) -> Finding:
    """Return the finding at the total that stands nowhere else in the table, else at that of spending."""
    printed = Counter(part.middle for part in amounts.values())
    alone = printed[amounts[income].middle] < printed[amounts[spending].middle]
    wrong, right = (income, spending) if alone else (spending, income)
    here, there = grid.text(*wrong), grid.text(*right)
    name = "收入总计" if alone else "支出总计"
    place = grid.place(*wrong)
    gap = amounts[wrong].middle - amounts[right].middle
    what = f"“{name}”印出 {here}，另一边的总计为 {there}，相差 {amount(abs(gap))}，两边应当相等。请核对。"
    return Finding(
        BALANCE,
        ONCE[BALANCE][1],
        f"{place.where}{what}",
        file=file,
        place=place,
        stored=amounts[wrong].middle,
        expected=amounts[right].middle,
        difference=gap,
        kind=ONCE[BALANCE][0],
        found=here[:FOUND],
        operands=(Operand(there, grid.place(*right)),),
    )


def rows_twice(grid: Grid, coded: Sequence[tuple[str, int]]) -> Iterator[int]:
    """Yield the rows that print a code with all that stands beside it once more."""
    seen: dict[tuple[str, ...], int] = {}
    for code, row in coded:
        key = (code, *grid.texts(row))
        if key in seen:
            yield row
        seen[key] = row


def _repeated(
    grid: Grid, amounts: Mapping[Spot, Interval], coded: Sequence[tuple[str, int]], file: str
) -> Iterator[Finding]:
    codes = {row: code for code, row in coded}
    several = Counter(codes.values())
    if sum(count > 1 for count in several.values()) * 5 > len(several):
        return  # a table in which codes come again and again, as those of projects do
    for row in rows_twice(grid, coded):
        columns = [column for column in grid.columns(row) if (row, column) in amounts]
        at = next((column for column in columns if "." in grid.text(row, column)), 0)
        if not at:
            continue
        first = next(other for other, code in codes.items() if code == codes[row])
        place = grid.place(row, at)
        words = " ".join(text for text in grid.texts(row) if text)[:FOUND]
        message = (
            f"{place.where}：编码 {codes[row]} 的一行连同金额印了两次（{words}）。请核对后删去重复的一行。"
        )
        yield Finding(
            TWICE,
            ONCE[TWICE][1],
            message,
            file=file,
            place=place,
            kind=ONCE[TWICE][0],
            found=grid.text(row, at)[:FOUND],
            operands=(Operand(grid.text(first, at), grid.place(first, at)),),
        )
