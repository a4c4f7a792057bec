"""Budgets drawn without the rules in mind: does the checker stay silent, and does it see what is spoiled?

    python studies/invented.py                     300 budgets, clean and spoiled, as ours and as values
    python studies/invented.py --budgets 20 --each     a quick look, each odd check on a line

Each budget of ``tests/support/invented_budgets.py`` is checked four times: as our workbook, with one entry
spoiled, as printed in 万元 with two decimals (siblings in any order), with one printed amount spoiled.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from detection import entry_amounts, entry_spoil, entry_visible, typed_entries
from support import budgets as printing
from support.generated_budgets import Budget
from support.invented_budgets import invented, printed
from support.spoils import SLIPS, amount_slip

from xlbudget import load_template
from xlbudget.checking.one_file import check_submission
from xlbudget.checking.published.checking import check_published
from xlbudget.model import Cell, Severity, WorkbookReport


def as_values(budget: Budget, cells: printing.Printed, folder: Path) -> WorkbookReport:
    """Check printed values as a file that holds nothing else."""
    path = folder / f"{budget.unit.code}.xlsx"
    path.write_bytes(printing.values_only(budget.plan, cells, unit=budget.unit))
    return check_published(path, [budget.template])


# ------------------------------------------------------------------ checking


@dataclass
class Looked:
    """What one check said: rules of its findings by severity, what was asked, and how long it took."""

    budget: str
    way: str
    blocking: list[str] = field(default_factory=list)
    explain: list[str] = field(default_factory=list)
    note: list[str] = field(default_factory=list)
    spoiled: str = ""
    visible: bool = False
    named: bool = False
    seconds: float = 0.0


def looked_at(budget: Budget, folder: Path) -> list[Looked]:
    """Check one budget in the four ways."""
    chance = random.Random(f"spoil {budget.name}")
    return [
        _ours(budget),
        _ours(budget, _spoiled_entry(budget, chance)),
        _values(budget, folder),
        _values(budget, folder, chance),
    ]


def _spoiled_entry(budget: Budget, chance: random.Random) -> Mapping[Cell, Decimal]:
    amounts = {cell: value for cell, value in entry_amounts(budget).items() if cell.table != "内部往来"}
    while True:
        spoil = entry_spoil(chance.choice(list(SLIPS)), amounts, chance)
        if spoil is not None:
            return spoil.typed


def _ours(budget: Budget, typed: Mapping[Cell, Decimal] | None = None) -> Looked:
    entries = typed_entries(budget, typed) if typed else budget.entries
    submission = replace(budget, entries=entries).submission()
    start = time.perf_counter()
    report = check_submission(submission, budget.template)
    found = _said(budget, "本工具的工作簿", report, time.perf_counter() - start)
    if typed:
        found.way += "，改错一个录入数"
        found.spoiled = "; ".join(f"{cell} → {value}" for cell, value in typed.items())
        found.visible = entry_visible(budget, typed)
        place = budget.plan.layout.place(next(iter(typed)))
        found.named = _named(report, place.sheet, place.address)
    return found


def _values(budget: Budget, folder: Path, chance: random.Random | None = None) -> Looked:
    cells = printed(budget)
    spoil = None
    while chance is not None and spoil is None:
        amounts = {cell: value for cell, value in cells.items() if isinstance(value, Decimal) and value}
        visible = sorted(cell for cell in amounts if not _hidden(budget, cell))
        spoil = amount_slip(chance.choice(list(SLIPS)), visible, amounts, chance)
    start = time.perf_counter()
    report = as_values(budget, {**cells, **(spoil.typed if spoil else {})}, folder)
    found = _said(budget, "只有数值", report, time.perf_counter() - start)
    if spoil is not None:
        found.way += "，改错一个数"
        found.spoiled = f"{spoil.cell} {cells[spoil.cell]} → {spoil.typed[spoil.cell]}"
        found.visible = abs(spoil.typed[spoil.cell] - amounts[spoil.cell]) > 1  # beyond all rounding
        column = budget.plan.layout.column_name(spoil.cell.table, spoil.cell.column)
        found.named = any(column in finding.message for finding in report.findings)
    return found


def _hidden(budget: Budget, cell: Cell) -> bool:
    column = budget.plan.layout.column(cell.table, cell.column)
    return column is None or column.hidden


def _named(report: WorkbookReport, sheet: str, address: str) -> bool:
    return any(f"{sheet}!{address}" in finding.message for finding in report.findings)


def _said(budget: Budget, way: str, report: WorkbookReport, seconds: float) -> Looked:
    rules = {
        severity: [finding.rule for finding in report.findings if finding.severity is severity]
        for severity in Severity
    }
    return Looked(
        budget.name,
        way,
        rules[Severity.BLOCKING],
        rules[Severity.EXPLAIN],
        rules[Severity.NOTE],
        seconds=seconds,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--budgets", type=int, default=300)
    parser.add_argument("--first", type=int, default=0, help="number of the first budget")
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--each", action="store_true", help="print each check that is not as it should be")
    arguments = parser.parse_args()
    template = load_template("shanxi_provincial/2023")
    every: dict[str, list[Looked]] = {}
    with TemporaryDirectory() as folder:
        for number in range(arguments.first, arguments.first + arguments.budgets):
            for found in looked_at(invented(template, number, arguments.seed), Path(folder)):
                every.setdefault(found.way, []).append(found)
                if arguments.each and _odd(found):
                    print(found, flush=True)
    print(
        "| | 份 | 有不予接收的 | 有待说明的 | 有提示的 | 看得出的错误 | 查出 | 点到 | 秒，中位 | 秒，最多 |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for way, found in every.items():
        print(_line(way, found))
    rules = Counter(
        rule for part in every.values() for one in part if not one.spoiled for rule in one.explain
    )
    print("\n未改错的，待说明的规则：", dict(rules) or "没有")


def _odd(found: Looked) -> bool:
    return bool(found.visible and not found.blocking if found.spoiled else found.blocking or found.explain)


def _line(way: str, found: Sequence[Looked]) -> str:
    seen = [one for one in found if one.visible]
    seconds = sorted(one.seconds for one in found)
    numbers = [
        len(found),
        sum(bool(one.blocking) for one in found),
        sum(bool(one.explain) for one in found),
        sum(bool(one.note) for one in found),
        len(seen),
        sum(bool(one.blocking) for one in seen),
        sum(one.named for one in seen),
    ]
    times = f"{seconds[len(seconds) // 2]:.2f} | {seconds[-1]:.2f}"
    return f"| {way} | {' | '.join(map(str, numbers))} | {times} |"


if __name__ == "__main__":
    main()
