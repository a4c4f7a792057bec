"""Amounts of a table that stand beside the wrong codes: from some row on they are those of other rows.

Another table prints the same codes with the amounts that belong to them. Where most amounts that differ are
in it, in the same order, beside other codes, they were moved as a whole: one finding, not one for each sum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cached_property

from xlbudget.checking.published.facts import Fact, Facts
from xlbudget.checking.published.mistakes import FOUND
from xlbudget.model import Box, Cell, Finding, Operand, Place, PublishedDocument, Severity
from xlbudget.returns.published.coded import CodedName, coded_names
from xlbudget.returns.published.grids import grid_of

SHIFTED = {"shifted_rows": ("金额与科目没有错行", Severity.BLOCKING)}
Spot = tuple[int, Box | None, str, str]
_FEWEST = 5  # rows that differ: fewer are slips of their own
_MOST = 0.7  # of them that stand in the other table beside other codes


@dataclass(frozen=True)
class _Coded:
    """The rows of a table that have a code: the first amount of each, in their order."""

    rows: tuple[tuple[CodedName, Fact], ...]

    @cached_property
    def values(self) -> Mapping[str, Decimal]:
        """The amount of each code."""
        return {pair.code: fact.value.middle for pair, fact in self.rows}

    @cached_property
    def holding(self) -> int:
        """How many codes have the sum of those right below them."""
        below: defaultdict[str, Decimal] = defaultdict(Decimal)
        for code, value in self.values.items():
            below[code[:-2]] += value
        return sum(
            abs(self.values[code] - total) <= total / 1000
            for code, total in below.items()
            if code in self.values
        )


@dataclass(frozen=True)
class ShiftedRows:
    """What was found: findings, and the places of all amounts that stand beside wrong codes."""

    findings: tuple[Finding, ...] = ()
    places: frozenset[Place] = field(default_factory=frozenset)

    @cached_property
    def _spots(self) -> frozenset[Spot]:
        return frozenset(map(_spot, self.places))

    def cells(self, places: Mapping[Cell, Place]) -> frozenset[Cell]:
        """Return the cells of forms whose amounts were moved."""
        return frozenset(cell for cell, place in places.items() if _spot(place) in self._spots)

    def left(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Yield the findings that have nothing to do with the amounts that were moved."""
        for finding in findings:
            own = (finding.place, *(operand.place for operand in finding.operands))
            if self._spots.isdisjoint(map(_spot, own)):
                yield finding


def _spot(place: Place) -> Spot:
    return place.page, place.box, place.sheet, place.address


def shifted_rows(document: PublishedDocument, facts: Facts) -> ShiftedRows:
    """Return the tables whose amounts stand beside wrong codes from some row on."""
    tables = list(_tables(document, facts))
    findings: list[Finding] = []
    places: set[Place] = set()
    for one in tables:
        found = [moved for other in tables if other is not one if (moved := _moved(one, other))]
        if not found:
            continue
        rows, other = max(found, key=lambda part: len(part[0]))
        findings.append(_finding(one, rows, other, str(document.path)))
        table, first = one.rows[rows[0]][1].table, one.rows[rows[0]][1].at
        places |= {fact.place for fact in facts.facts if fact.table == table and fact.at >= first}
    return ShiftedRows(tuple(findings), frozenset(places))


def _tables(document: PublishedDocument, facts: Facts) -> Iterator[_Coded]:
    first: dict[tuple[int, int], Fact] = {}
    for fact in facts.facts:
        first.setdefault((fact.table, fact.at), fact)
    for number, table in enumerate(document.tables):
        rows = [
            (pair, first[number, pair.row])
            for pair in coded_names(grid_of(table, number))
            if (number, pair.row) in first
        ]
        if len(rows) > _FEWEST and len({pair.code for pair, _ in rows}) == len(rows):
            yield _Coded(tuple(rows))


def _moved(one: _Coded, other: _Coded) -> tuple[list[int], _Coded] | None:
    """Return the rows of a table that have the amounts of other rows of another one, None for few."""
    odd = [
        at
        for at, (pair, fact) in enumerate(one.rows)
        if pair.code in other.values and fact.value.middle != other.values[pair.code]
    ]
    if len(odd) < _FEWEST or one.holding >= other.holding:
        return None
    mine = [fact.value.middle for _, fact in one.rows]
    theirs = [fact.value.middle for _, fact in other.rows]
    elsewhere: list[int] = []
    for block in SequenceMatcher(None, mine, theirs, autojunk=False).get_matching_blocks():
        for step in range(block.size):
            at = block.a + step
            if at in odd and one.rows[at][0].code != other.rows[block.b + step][0].code:
                elsewhere.append(at)
    return (elsewhere, other) if len(elsewhere) >= _MOST * len(odd) else None


def _finding(one: _Coded, odd: Sequence[int], other: _Coded, file: str) -> Finding:
    pair, fact = one.rows[odd[0]]
    value = fact.value.middle
    right = other.values[pair.code]
    meant = next((name for name, theirs in other.rows if theirs.value.middle == value), None)
    there = next(theirs for name, theirs in other.rows if name.code == pair.code)
    meant = meant if meant is not None and meant.code != pair.code else None
    said = f"是“{meant.code} {meant.printed}”的金额" if meant is not None else "不是它的金额"
    message = (
        f"{fact.place.where}：“{fact.title_text}”从“{pair.code} {pair.printed}”一行起，金额与科目错了行："
        f"这一行印的 {fact.text} {said}（{there.title_text}，{there.place.where}），"
        f"共 {len(odd)} 行如此。请把金额与科目重新对齐。"
    )
    title, severity = SHIFTED["shifted_rows"]
    return Finding(
        "shifted_rows",
        severity,
        message,
        file=file,
        place=fact.place,
        stored=value,
        expected=right,
        difference=value - right,
        money="元",
        kind=title,
        found=fact.text[:FOUND],
        operands=(Operand(there.text, there.place),),
    )
