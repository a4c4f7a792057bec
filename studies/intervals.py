"""False alarms and misses on rounded budgets: intervals against fixed tolerances.

    python studies/intervals.py                  # 1,000 budgets; some ten minutes
    python studies/intervals.py --budgets 20     # a quick look

Each budget is generated exactly (entries to the 分, the forms by recalculation) and printed in 万元 with
two decimals. A *false alarm* is an instance of a rule that is reported on the printed amounts though it
holds for the exact ones, or though the rule does not apply to them (a year-end carry-over that prints as
0.00). Then one printed amount of each budget is spoiled by a slip; a *miss* is a budget in which no
instance is reported that held before. All checkers see the same instances of the same rules.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).parent.parent

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from support import budgets  # noqa: E402

from xlbudget import load_template  # noqa: E402
from xlbudget.checking.published.intervals import Agreement, judge  # noqa: E402
from xlbudget.checking.published.rules import published_instances  # noqa: E402
from xlbudget.checking.rules.linear import LinearInstance  # noqa: E402
from xlbudget.model import Cell, PublishedDocument  # noqa: E402
from xlbudget.returns.published.precision import Interval  # noqa: E402
from xlbudget.returns.published.workbooks import PublishedWorkbook, ShownAmount  # noqa: E402
from xlbudget.workbook.calculation.plan import Plan  # noqa: E402

HALF = Decimal("0.005")
TOLERANCES = (Decimal("0.01"), Decimal("0.05"), Decimal("0.5"))
OURS = "区间（本工具）"
CLASSES = {
    "小于 0.05": (Decimal(0), Decimal("0.05")),
    "0.05 至 0.5": (Decimal("0.05"), Decimal("0.5")),
    "0.5 以上": (Decimal("0.5"), Decimal(10) ** 15),
}
Amounts = Mapping[Cell, Decimal]
Checker = Callable[[LinearInstance, Amounts], bool]
"""Whether an instance is reported on printed amounts."""


def by_intervals(instance: LinearInstance, amounts: Amounts) -> bool:
    """Report what rounding cannot explain."""

    def reader(cell: Cell) -> Interval:
        return Interval(amounts[cell], HALF) if cell in amounts else Interval(Decimal(0))

    return judge(instance, reader).agreement is Agreement.BROKEN


def firmly(instance: LinearInstance, amounts: Amounts) -> bool:
    """Report what neither rounding nor amounts hidden in blanks can explain."""

    def reader(cell: Cell) -> Interval:
        return Interval(amounts[cell], HALF) if cell in amounts else Interval(Decimal(0))

    found = judge(instance, reader, HALF)
    return found.agreement is Agreement.BROKEN and not found.hidden


def by_tolerance(tolerance: Decimal) -> Checker:
    """Return the checker that lets every difference up to ``tolerance`` pass."""

    def reports(instance: LinearInstance, amounts: Amounts) -> bool:
        difference = instance.left.value(amounts.get) - instance.right.value(amounts.get)
        wrong = {"=": abs(difference), "<=": difference, ">=": -difference}[instance.operator]
        return wrong > tolerance

    return reports


CHECKERS: dict[str, Checker] = {
    OURS: by_intervals,
    **{f"容差 {tolerance}": by_tolerance(tolerance) for tolerance in TOLERANCES},
}


@dataclass
class Tally:
    """What one checker made of all budgets."""

    alarms: int = 0
    alarmed: int = 0
    missed: Counter[str] = field(default_factory=Counter)


@dataclass
class Result:
    """The tallies by checker; how many budgets, instances, differences of printed sums, slips by size.

    ``suppressed`` counts budgets with an alarm of ours when amounts that print as 0.00 are left blank,
    ``noticed`` those with a mere note.
    """

    tallies: dict[str, Tally]
    budgets: int = 0
    instances: int = 0
    differences: int = 0
    suppressed: int = 0
    noticed: int = 0
    slips: Counter[str] = field(default_factory=Counter)


def measure(count: int) -> Result:
    """Return what each checker reports on ``count`` budgets; the same for every run."""
    template = load_template("shanxi_provincial/2023")
    plan = budgets.plan(template)
    result = Result({name: Tally() for name in CHECKERS})
    for seed in range(count):
        chance = random.Random(seed)
        exact = budgets.printed(plan, budgets.random_entries(chance, template))
        _measure_one(plan, exact, chance, result)
    return result


def _measure_one(plan: Plan, exact: budgets.Printed, chance: random.Random, result: Result) -> None:
    truth = {cell: value for cell, value in exact.items() if isinstance(value, Decimal)}
    shown = budgets.rounded(exact)
    printed = {cell: value for cell, value in shown.items() if isinstance(value, Decimal)}
    every = published_instances(workbook_of(plan, shown)).instances
    no_tolerance = by_tolerance(Decimal(0))
    applying = {one.rule.id for one in published_instances(workbook_of(plan, exact)).instances}
    true = [one for one in every if one.rule.id not in applying or not no_tolerance(one, truth)]
    result.budgets += 1
    result.instances += len(true)
    result.differences += sum(no_tolerance(one, printed) for one in true)
    without_zeros = {cell: value for cell, value in printed.items() if value}
    result.suppressed += any(firmly(one, without_zeros) for one in true)
    result.noticed += any(by_intervals(one, without_zeros) for one in true)
    taking_part = {cell for one in true for cell in one.cells}
    cell = chance.choice(sorted(taking_part & printed.keys()))
    spoiled = {**printed, cell: slip(chance, printed[cell])}
    change = abs(spoiled[cell] - printed[cell])
    size = next(name for name, (low, high) in CLASSES.items() if low <= change < high)
    result.slips[size] += 1
    for name, reports in CHECKERS.items():
        alarms = {at for at, one in enumerate(true) if reports(one, printed)}
        tally = result.tallies[name]
        tally.alarms += len(alarms)
        tally.alarmed += bool(alarms)
        seen = any(
            at not in alarms and cell in one.cells and reports(one, spoiled) for at, one in enumerate(true)
        )
        tally.missed[size] += not seen


def workbook_of(plan: Plan, shown: budgets.Printed) -> PublishedWorkbook:
    """Return printed values as what the reader of workbooks of values would make of them."""
    amounts = {
        cell: ShownAmount(Interval(value, HALF), value, 2, "万元")
        for cell, value in shown.items()
        if isinstance(value, Decimal)
    }
    texts = {cell: value for cell, value in shown.items() if isinstance(value, str)}
    document = PublishedDocument(Path(), "", "xlsx")
    return PublishedWorkbook(document, budgets.UNIT, plan.blueprint, amounts, texts)


def slip(chance: random.Random, value: Decimal) -> Decimal:
    """Return a printed amount as a slip leaves it: cents off, a digit wrong, swapped, dropped or doubled."""
    cents = str(int(value.scaleb(2)))
    kind = chance.randrange(6)
    at = chance.randrange(len(cents))
    if kind == 0:
        changed = str(int(cents) + chance.choice([-4, -3, -2, -1, 1, 2, 3, 4]))
    elif kind == 1:
        changed = str(int(cents) + chance.choice([-1, 1]) * chance.randint(5, 49))
    elif kind == 2:
        changed = cents[:at] + chance.choice("0123456789") + cents[at + 1 :]
    elif kind == 3:
        changed = cents[:at] + cents[at : at + 2][::-1] + cents[at + 2 :]
    elif kind == 4:
        changed = cents[:at] + cents[at + 1 :]
    else:
        changed = cents[:at] + cents[at] + cents[at:]
    new = Decimal(int(changed or "0")).scaleb(-2)
    return new if new != value else value + Decimal("0.01")


def table(result: Result) -> Iterator[str]:
    """Yield the lines of the table."""
    slips = result.slips
    heads = " | ".join(f"漏报：改动{name}（{slips[name]} 份）" for name in CLASSES)
    yield f"| 方法 | 有误报的预算 | 误报处数 | {heads} |"
    yield "|---|---:|---:|" + "---:|" * len(CLASSES)
    for name, tally in result.tallies.items():
        missed = " | ".join(str(tally.missed[size]) for size in CLASSES)
        yield f"| {name} | {tally.alarmed} | {tally.alarms} | {missed} |"
    yield ""
    yield (
        f"{result.budgets} 份预算，{result.instances} 处关系按准确数成立，其中 {result.differences} 处"
        "因四舍五入印出来左右不等；每份另改错一个数。"
    )
    yield ""
    yield (
        "如果所用系统把舍入后为 0.00 的数（不足 50 元）也印成空白：本工具误报为不符的 "
        f"{result.suppressed} 份，{result.noticed} 份有提示（空白格里有舍入后不印的数才说得通）。"
    )


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--budgets", type=int, default=1000)
    for line in table(measure(arguments.parse_args().budgets)):
        sys.stdout.write(line + "\n")
