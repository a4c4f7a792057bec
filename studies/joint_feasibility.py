"""What rules one by one, the likelihood of rounding and one program over all rules see of small changes.

Changes of the reference publication by 0.01 to 0.05: single amounts, whole facts (every cell that prints the
same fact), and amounts moved from one line to the next (both as whole facts); and generated budgets, rounded,
on which the program may say nothing. Usage: ``python studies/joint_feasibility.py [BUDGETS [EVERY [PAGE]]]``
(EVERY: only each so manieth of a kind; PAGE: a file whose section of this study is written anew).
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests"))

import intervals
import smallest_change
from support import budgets

from xlbudget.checking.published.intervals import Agreement, IntervalVerdict, judge
from xlbudget.checking.published.joint import feasibility, rounding_chance
from xlbudget.checking.published.rules import published_instances
from xlbudget.checking.rules.linear import LinearInstance
from xlbudget.definitions.loading import load_template
from xlbudget.model import Cell
from xlbudget.returns.published.precision import Interval
from xlbudget.returns.published.workbooks import PublishedWorkbook

IMPROBABLE = 0.01
STEPS = tuple(Decimal(step).scaleb(-2) for step in range(1, 6))
HEADING = "## Joint feasibility"
HEAD = (
    "| what is changed | by | changes | rules one by one | only likelihood or program "
    "| of these likelihood | of these the program | both silent |"
)


@dataclass(frozen=True)
class Seen:
    """By what a change was seen; what amounts left blank could explain does not count as seen by rules."""

    rules: bool
    likelihood: bool
    program: bool


def seen(
    workbook: PublishedWorkbook, instances: Sequence[LinearInstance], moved: dict[Cell, Decimal]
) -> Seen:
    """Return what sees that some amounts are off by so much."""

    def reader(cell: Cell) -> Interval:
        shown = workbook.interval(cell)
        return Interval(shown.middle + moved[cell], shown.half) if cell in moved else shown

    verdicts = [judge(part, reader, workbook.blank) for part in instances]
    broken = any(one.agreement is Agreement.BROKEN and not one.hidden for one in verdicts)
    unlikely = any(
        _chance(one, reader) < IMPROBABLE for one in verdicts if one.agreement is Agreement.ROUNDING
    )
    if broken:
        return Seen(rules=True, likelihood=unlikely, program=True)
    answer = feasibility(instances, reader, workbook.blank)
    return Seen(rules=False, likelihood=unlikely, program=answer is not None and bool(answer.parts))


def _chance(one: IntervalVerdict, reader: object) -> float:
    assert callable(reader)
    halves = [reader(cell).half for cell in one.instance.cells if reader(cell).half]
    if one.instance.operator != "=" or len(set(halves)) != 1:
        return 1.0
    return rounding_chance(len(halves) - 1, abs(one.difference) / (2 * halves[0]))


def facts(workbook: PublishedWorkbook, instances: Sequence[LinearInstance]) -> list[list[Cell]]:
    """Return the cells of each fact: those linked by rules that equate two cells."""
    above = {cell: cell for cell in workbook.amounts}

    def root(cell: Cell) -> Cell:
        while above[cell] != cell:
            cell = above[cell]
        return cell

    for part in instances:
        one, other = part.left.single, part.right.single
        if part.operator == "=" and one in above and other in above and one is not None and other is not None:
            above[root(one)] = root(other)
    groups: dict[Cell, list[Cell]] = {}
    for cell in above:
        groups.setdefault(root(cell), []).append(cell)
    return list(groups.values())


def moves(groups: Sequence[Sequence[Cell]]) -> list[dict[Cell, Decimal]]:
    """Return what takes one from a fact and gives it to the fact of the next line, same table and column."""
    own = {cell: cells for cells in groups for cell in cells}
    found = []
    for one, other in pairwise(sorted(own, key=lambda cell: (cell.table, cell.column, cell.row))):
        beside = (one.table, one.column) == (other.table, other.column)
        if beside and own[one] is not own[other]:
            signs = {**dict.fromkeys(own[one], Decimal(1)), **dict.fromkeys(own[other], Decimal(-1))}
            if signs not in found:
                found.append(signs)
    return found


def changes(every: int) -> Iterator[tuple[str, Decimal, list[Seen]]]:
    """Yield kind and step, and by what each change of that kind is seen."""
    workbook = smallest_change.reference()
    instances = published_instances(workbook).instances
    groups = facts(workbook, instances)
    kinds: dict[str, list[dict[Cell, Decimal]]] = {
        "single cells": [{cell: Decimal(1)} for cell in workbook.amounts],
        "whole facts": [dict.fromkeys(cells, Decimal(1)) for cells in groups if len(cells) > 1],
        "moved amounts": moves(groups),
    }
    for kind, signs in kinds.items():
        for step in STEPS:
            moved = [{cell: sign * step for cell, sign in one.items()} for one in signs[::every]]
            yield kind, step, [seen(workbook, instances, one) for one in moved]


def false_alarms(count: int) -> tuple[int, int, float]:
    """Return on how many rounded budgets the program finds a contradiction, of how many; the longest time.

    Of the rules those count that hold for the exact amounts of the generated budget.
    """
    template = load_template("shanxi_provincial/2023")
    plan = budgets.plan(template)
    exactly = intervals.by_tolerance(Decimal(0))
    alarms, longest = 0, 0.0
    for seed in range(count):
        exact = budgets.printed(plan, budgets.random_entries(random.Random(seed), template))
        truth = {cell: value for cell, value in exact.items() if isinstance(value, Decimal)}
        workbook = intervals.workbook_of(plan, budgets.rounded(exact))
        applying = {one.rule.id for one in published_instances(intervals.workbook_of(plan, exact)).instances}
        every = published_instances(workbook).instances
        true = [one for one in every if one.rule.id in applying and not exactly(one, truth)]
        begun = time.process_time()
        answer = feasibility(true, workbook.interval, workbook.blank)
        if seed:  # the first one imports the solver
            longest = max(longest, time.process_time() - begun)
        alarms += answer is None or bool(answer.parts)
    return alarms, count, longest


def page(count: int, every: int) -> Iterator[str]:
    """Yield the lines of the page: false alarms, then the table."""
    alarms, of, longest = false_alarms(count)
    part = f", each {every}th of a kind" if every > 1 else ""
    yield HEADING
    yield ""
    yield f"Made by `python studies/joint_feasibility.py {count} {every} docs/developers/detection.md`."
    yield f"Generated budgets, rounded to what is printed: {alarms} false alarms of {of};"
    yield f"the program takes at most {longest * 1000:.0f} ms a budget."
    yield ""
    yield f"Changes of the reference publication (万元){part}; a moved amount leaves one line for the next,"
    yield "in every form that prints the two. What blanks could explain does not count as seen by rules;"
    yield f"likelihood speaks below a chance of {IMPROBABLE:.0%}, as a note."
    yield ""
    yield HEAD
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for kind, step, answers in changes(every):
        firm = sum(one.rules for one in answers)
        rest = [one for one in answers if not one.rules]
        likely, program = sum(one.likelihood for one in rest), sum(one.program for one in rest)
        silent = sum(not one.likelihood and not one.program for one in rest)
        only = len(rest) - silent
        yield f"| {kind} | {step} | {len(answers)} | {firm} | {only} | {likely} | {program} | {silent} |"


def with_section(text: str, section: str) -> str:
    """Return a page with the section of this study put in, or put in the place of its last one."""
    before, found, rest = text.partition(f"{HEADING}\n")
    if not found:
        return f"{text.rstrip()}\n\n{section}"
    _, heading, after = rest.partition("\n## ")
    return f"{before}{section}" + (f"\n## {after}" if heading else "")


def main(arguments: Sequence[str]) -> None:
    """Print the section, and put it into the page that is named."""
    count = int(arguments[0]) if arguments else 20
    every = int(arguments[1]) if len(arguments) > 1 else 10
    section = "\n".join(page(count, every)) + "\n"
    sys.stdout.write(section)
    if len(arguments) > 2:
        path = Path(arguments[2])
        path.write_text(with_section(path.read_text(encoding="utf-8"), section), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
