"""Amounts that two tables of a document print alike in nearly every line: where they do not, one is wrong.

Nothing is known of such tables: that a column of one says what a column of another says is learned from their
lines, as the sums of :mod:`~xlbudget.checking.published.general` are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from xlbudget.checking.mistakes.slips import likely_slip
from xlbudget.checking.published.facts import GENERAL_WORDS, Fact, Facts
from xlbudget.checking.published.mistakes import FOUND
from xlbudget.checking.published.stated_ratios import agree
from xlbudget.model import Finding, Operand, Place, Severity
from xlbudget.model.words import amount

TWINS = {"same_line": ("同一行在两张表中的数相同", Severity.EXPLAIN)}
_LEAST = 4  # lines that must be alike
_MOSTLY = 0.75
_LEVELS = (1, 2, 3)  # an item is counted again in those above it: 项, 款, 类
_SEVERAL = 3  # different amounts among them

Line = tuple[str, str]
"""The words of a row and of its column."""


@dataclass(frozen=True, slots=True)
class TwinRun:
    """What became of lines that stand in two tables.

    ``findings`` are those of sums as well: what a differing line explains is told with it, once. ``judged``
    are the places of all amounts compared.
    """

    findings: tuple[Finding, ...]
    judged: frozenset[Place]


def twin_faults(facts: Facts, known: Container[int], sums: Sequence[Finding], file: str) -> TwinRun:
    """Return the amounts that differ between tables that agree else.

    Tables in ``known`` are forms, which have rules of their own; ``sums`` are the sums that fail: of two
    amounts that differ the one that stands in them is wrong.
    """
    failing = {_spot(at) for one in sums for at in (one.place, *(part.place for part in one.operands))}
    tables = _lines(facts)
    totals: defaultdict[int, list[Fact]] = defaultdict(list)
    for fact in facts.facts:
        if fact.text and fact.row in GENERAL_WORDS:
            totals[fact.table].append(fact)
    found: list[Finding] = []
    judged: set[Place] = set()
    for one, other in combinations(sorted(tables), 2):
        if one in known and other in known:
            continue
        for pairs in _alike(tables[one], tables[other], (totals[one], totals[other])):
            judged |= {fact.place for pair in pairs for fact in pair}
            found += [_finding(wrong, right, file) for wrong, right in _odd(pairs, failing)]
    named = {_spot(finding.place) for finding in found}
    left = [one for one in sums if not named & {_spot(at) for at in _places(one)}]
    once = {_spot(finding.place): finding for finding in reversed(found)}
    return TwinRun((*reversed(once.values()), *left), frozenset(judged))


def _places(finding: Finding) -> Iterator[Place]:
    yield finding.place
    for operand in finding.operands:
        yield operand.place


def _spot(place: Place) -> tuple[str, object]:
    return place.where, place.box


def _lines(facts: Facts) -> Mapping[int, Mapping[Line, Fact]]:
    """Return the amounts of each table by line and column, those that one line alone names."""
    tables: defaultdict[int, dict[Line, Fact]] = defaultdict(dict)
    twice: set[tuple[int, Line]] = set()
    for fact in facts.facts:
        line = fact.row or fact.label, fact.columns[-1] if fact.columns else ""
        if line in tables[fact.table]:
            twice.add((fact.table, line))
        tables[fact.table][line] = fact
    for table, line in twice:
        del tables[table][line]
    return tables


def _alike(
    one: Mapping[Line, Fact], other: Mapping[Line, Fact], wholes: tuple[Sequence[Fact], Sequence[Fact]]
) -> Iterator[Sequence[tuple[Fact, Fact]]]:
    """Yield the columns that two tables share, with the lines that both have, where most are alike."""
    columns: defaultdict[str, list[tuple[Fact, Fact]]] = defaultdict(list)
    for line, fact in one.items():
        if line in other and fact.text and other[line].text:
            columns[line[1]].append((fact, other[line]))
    for pairs in columns.values():
        if _of_other_whole(pairs, *wholes):
            continue
        same = [first for first, second in pairs if agree(first.value, second.value)]
        several = len({fact.value.middle for fact in same}) >= _SEVERAL
        enough = len(same) >= _LEAST or (len(same) == _LEAST - 1 and _slips(pairs))
        if enough and len(same) >= _MOSTLY * len(pairs) and several:
            yield pairs


def _slips(pairs: Sequence[tuple[Fact, Fact]]) -> bool:
    """Whether the lines that differ do so by a slip of the pen, which needs fewer lines beside it."""
    odd = [(first, second) for first, second in pairs if not agree(first.value, second.value)]
    return all(likely_slip(first.value.middle, second.value.middle) for first, second in odd)


def _of_other_whole(pairs: Sequence[tuple[Fact, Fact]], one: Sequence[Fact], other: Sequence[Fact]) -> bool:
    """Whether two tables say so themselves: their totals differ by as much as their lines do.

    Such are the spending of a unit and that part of it which the budget pays.
    """
    named = [pair for pair in pairs if pair[0].row not in GENERAL_WORDS]
    odd = [(first.value, second.value) for first, second in named if not agree(first.value, second.value)]
    gap = sum((first.middle - second.middle for first, second in odd), Decimal(0))
    slack = sum((first.half + second.half for first, second in odd), Decimal(0))
    return bool(odd) and any(
        not agree(whole.value, part.value)
        and any(
            abs(levels * (whole.value.middle - part.value.middle) - gap)
            <= slack + levels * (whole.value.half + part.value.half)
            for levels in _LEVELS
        )
        for whole in one
        for part in other
    )


def _odd(
    pairs: Sequence[tuple[Fact, Fact]], failing: Container[tuple[str, object]]
) -> Iterator[tuple[Fact, Fact]]:
    """Yield the lines that differ, the wrong amount first: whose sums fail, else that printed later."""
    for first, second in pairs:
        if agree(first.value, second.value):
            continue
        one, other = _spot(first.place) in failing, _spot(second.place) in failing
        yield (first, second) if one and not other else (second, first)


def _finding(wrong: Fact, right: Fact, file: str) -> Finding:
    title, severity = TWINS["same_line"]
    message = (
        f"{wrong.place.where}“{wrong.name}”印出 {wrong.text}{wrong.money}，"
        f"{right.place.where}“{right.name}”为 {right.text}{right.money}，"
        f"相差 {amount(abs(wrong.value.middle - right.value.middle))} 元，而这两张表的其他各行都相同。"
        "请核对这两处。"
    )
    return Finding(
        "same_line",
        severity,
        message,
        file=file,
        place=wrong.place,
        stored=wrong.value.middle,
        expected=right.value.middle,
        difference=wrong.value.middle - right.value.middle,
        money="元",
        kind=title,
        found=wrong.text[:FOUND],
        operands=(Operand(right.text, right.place),),
    )
