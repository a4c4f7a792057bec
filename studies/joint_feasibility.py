"""What rules one by one, the likelihood of rounding and one program over all rules see of small changes.

Changes of the reference publication, single amounts and whole facts (every cell that prints the same fact),
by 0.01 to 0.05; and generated budgets, rounded, on which none of them may say anything. Usage:
``python studies/joint_feasibility.py [BUDGETS [EVERY]]`` (EVERY: only each so manieth cell).
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
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
    """Return the cells of each fact that is printed more than once: linked by rules that equate two cells."""
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
    return [cells for cells in groups.values() if len(cells) > 1]


def changes(every: int) -> Iterator[tuple[str, Decimal, int, int, int, int]]:
    """Yield kind and step, how many changes, how many of them rules, likelihood and only the program see."""
    workbook = smallest_change.reference()
    instances = published_instances(workbook).instances
    kinds = {
        "one amount": [[cell] for cell in workbook.amounts],
        "a whole fact": facts(workbook, instances),
    }
    for kind, groups in kinds.items():
        for step in STEPS:
            answers = [seen(workbook, instances, dict.fromkeys(cells, step)) for cells in groups[::every]]
            firm = sum(one.rules for one in answers)
            likely = sum(one.likelihood and not one.rules for one in answers)
            only = sum(one.program and not one.rules for one in answers)
            yield kind, step, len(answers), firm, likely, only


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


def main(arguments: Sequence[str]) -> None:
    """Print both tables."""
    count = int(arguments[0]) if arguments else 20
    every = int(arguments[1]) if len(arguments) > 1 else 10
    alarms, of, longest = false_alarms(count)
    sys.stdout.write(f"false alarms: {alarms} of {of} rounded budgets; longest {longest * 1000:.0f} ms\n")
    for kind, step, number, firm, likely, only in changes(every):
        sys.stdout.write(
            f"{kind} by {step}: {number}, rules {firm}, likelihood {likely}, only program {only}\n"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
