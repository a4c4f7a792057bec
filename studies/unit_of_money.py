"""Whole workbooks typed in 万元: how many are found, by what is known, and is anybody asked for nothing?

    python studies/unit_of_money.py                    200 budgets, every other one typed in 万元
    python studies/unit_of_money.py --budgets 20 --each

Each budget is judged three times: by itself, with control totals, with last year's workbook. Budgets are
drawn without the rules in mind (``tests/support/invented_budgets.py``). A control total is what the budget
comes to and up to a half more, as departments set them. Of last year's amounts one in ten is missing, the
others are between half and nearly twice this year's.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from support.generated_budgets import Budget
from support.invented_budgets import invented
from support.other_money import in_form_money

from xlbudget import load_template
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.plausibility import WRONG_MONEY, judge_plausibility
from xlbudget.checking.prior_year.amounts import prior_amounts
from xlbudget.model import EntryRow, Roster, Severity
from xlbudget.workbook.named_cells import named_cell

WAYS = {"alone": "没有别的依据", "control": "有控制数", "last_year": "有上年数"}


@dataclass(frozen=True)
class Judged:
    """One budget judged in one way: whether the unit of money is called wrong, and what else is asked."""

    budget: str
    way: str
    typed_in_form_money: bool
    found: bool
    proven: bool
    others: tuple[str, ...]


def judged(budget: Budget, chance: random.Random, *, other: bool) -> list[Judged]:
    """Judge one budget in the three ways; ``other`` types all its amounts in the forms' money."""
    own = Evidence(budget.template, budget.submission())
    typed = replace(budget, entries=in_form_money(budget)) if other else budget
    evidence = Evidence(budget.template, typed.submission()) if other else own
    last_year = Evidence(budget.template, replace(budget, entries=a_year_before(budget, chance)).submission())
    known = {
        "alone": (None, None),
        "control": (controlled(budget, own, chance), None),
        "last_year": (None, last_year),
    }
    results = []
    for way, (roster, before) in known.items():
        amounts = prior_amounts(evidence, before) if before is not None else {}
        plausible = judge_plausibility(evidence, roster, before, amounts)
        rules = [one.rule for one in plausible.findings if one.severity is not Severity.NOTE]
        others = tuple(rule for rule in rules if rule != WRONG_MONEY)
        results.append(Judged(budget.name, way, other, WRONG_MONEY in rules, plausible.proven, others))
    return results


def controlled(budget: Budget, own: Evidence, chance: random.Random) -> Roster:
    """Return the unit with control totals that it keeps within, in whole amounts of the forms' money."""
    limits = {}
    for control in budget.template.controls:
        amount = own.recalculated(named_cell(own.blueprint, control.cell))
        if isinstance(amount, Decimal) and amount:
            more = Decimal(f"{chance.uniform(1, 1.5):.3f}")
            limits[control.column] = (amount * more).to_integral_value(ROUND_CEILING)
    return Roster((budget.unit,), controls={budget.unit.code: limits})


def a_year_before(budget: Budget, chance: random.Random) -> Mapping[str, Sequence[EntryRow]]:
    """Return the ledgers of last year, in their own money."""

    def before(value: object) -> object:
        if not isinstance(value, Decimal):
            return value
        factor = Decimal(f"{chance.uniform(0.55, 1.8):.2f}")
        return Decimal(0) if chance.random() < 0.1 else (value * factor).quantize(Decimal("0.01"))

    return {
        table: tuple(
            EntryRow(row.row, {key: before(value) for key, value in row.values.items()})  # type: ignore[misc]
            for row in rows
        )
        for table, rows in budget.entries.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--budgets", type=int, default=200)
    parser.add_argument("--seed", type=int, default=16)
    parser.add_argument("--each", action="store_true", help="print each budget that is not as it should be")
    arguments = parser.parse_args()
    template = load_template("shanxi_provincial/2023")
    every: list[Judged] = []
    for number in range(arguments.budgets):
        chance = random.Random(f"unit of money {arguments.seed} {number}")
        budget = invented(template, number, arguments.seed)
        for one in judged(budget, chance, other=number % 2 == 1):
            every.append(one)
            if arguments.each and (one.found != one.typed_in_form_money or one.others):
                print(one, flush=True)
    print(table(every))


def table(every: Sequence[Judged]) -> str:
    """Return the counts in Markdown."""
    lines = [
        "| | 按万元填写 | 查出 | 其中认定 | 按元填写 | 误报单位不对 | 误报个别金额 |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for way, words in WAYS.items():
        counts: Counter[str] = Counter()
        for one in every:
            if one.way == way:
                kind = "other" if one.typed_in_form_money else "own"
                counts[kind] += 1
                counts[f"{kind} found"] += one.found
                counts[f"{kind} proven"] += one.proven
                counts[f"{kind} others"] += bool(one.others)
        keys = ("other", "other found", "other proven", "own", "own found", "own others")
        lines.append(f"| {words} | {' | '.join(str(counts[key]) for key in keys)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
