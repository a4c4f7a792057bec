"""Does a department's summary hold exactly what its units returned? Measured on invented departments.

python benchmarks/conservation.py                 50 departments, 5 of them through LibreOffice
python benchmarks/conservation.py --departments 5 --libreoffice 0

For each: every form cell of the summary is the sum of the units' cells, in 分, by our recalculation; the
ledgers summed by pandas give the same by functional code; the summary of the summaries of its branches
equals the summary of all. For some, LibreOffice recalculates the summary and shows the same.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import budgets
import openpyxl
import pandas as pd

from xlbudget import Unit, load_template
from xlbudget.consolidation import DepartmentSummary, consolidate
from xlbudget.evidence import Evidence
from xlbudget.generation import unit_rows
from xlbudget.model import Cell, ColumnKind, EntryRow, Report, Submission, WorkbookTemplate
from xlbudget.plans import plan_of

TEMPLATE = "shanxi_provincial/2023"
Amounts = Mapping[tuple[str, str, str], Decimal]
"""(panel, column, code or key of the line) → amount in the money of the form."""


@dataclass(frozen=True)
class Department:
    """Units with their returns, and the branch (superior) of each."""

    submissions: Sequence[Submission]
    branches: Mapping[str, str]


def department(
    template: WorkbookTemplate,
    number: int,
    seed: int,
    most: int = 200,
    capacity: Mapping[str, int] = budgets.CAPACITY,
) -> Department:
    """Return a department of 2 to ``most`` units on 1 to 4 levels, the same for the same number."""
    chance = random.Random(seed * 1000 + number)
    size = 2 + int((most - 1) * chance.random() ** 3)
    levels = chance.randint(1, 4)
    submissions, branches = [], {}
    for at in range(size):
        made = budgets.generated(template, chance.randrange(10**6), chance)
        unit = Unit(f"{100 + at}", f"单位{at}", made.unit.kind)
        submissions.append(submission(template, unit, made.entries, capacity))
        branches[unit.code] = "/".join(str(chance.randint(1, 3)) for _ in range(levels - 1))
    return Department(submissions, branches)


def submission(
    template: WorkbookTemplate,
    unit: Unit,
    entries: Mapping[str, Sequence[EntryRow]],
    capacity: Mapping[str, int],
    *,
    joined: bool = False,
) -> Submission:
    """Return entries as a return of the unit."""
    plan = plan_of(template, capacity)
    facts = {template.unit_facts.table: unit_rows(plan, unit)}
    return Submission(
        path=Path(f"{unit.code}.xlsx"),
        sha256="",
        unit=unit,
        template_id=template.id,
        digest=template.digest,
        department=joined,
        capacity=plan.layout.capacity,
        entries={**{table: tuple(rows) for table, rows in entries.items()}, **facts},
        stored={},
    )


def joined(template: WorkbookTemplate, parts: Sequence[Submission], code: str = "HZ") -> DepartmentSummary:
    """Return the summary of some returns, whatever checking says of them."""
    report = Report(template.title, template.id, template.digest, ())
    return consolidate(parts, report, template, Unit(code, "部门", "部门汇总"))


def as_submission(summary: DepartmentSummary) -> Submission:
    """Return a summary as a return of its own."""
    return submission(summary.template, summary.department, summary.entries, summary.capacity, joined=True)


def amounts(template: WorkbookTemplate, part: Submission) -> Amounts:
    """Return the amounts of all forms by code or key of the line, lines of one code added up."""
    evidence, found = Evidence(template, part), defaultdict[tuple[str, str, str], Decimal](Decimal)
    for _, panel in template.panels:
        for row in range(evidence.layout.tables[panel.id].rows):
            _, key, _ = evidence.line_identities[panel.id, row]
            for column in panel.columns:
                if column.kind is not ColumnKind.AMOUNT or column.hidden:
                    continue
                value = evidence.recalculated(Cell(panel.id, row, column.key))
                if isinstance(value, Decimal) and value:
                    found[panel.id, column.key, str(key)] += value
    return found


def differences(template: WorkbookTemplate, made: Department, summary: DepartmentSummary) -> list[str]:
    """Return the form cells that are not the sum of the units' cells; lines of units are their totals."""
    whole = amounts(template, as_submission(summary))
    codes = {part.unit.code for part in made.submissions}
    total: defaultdict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for part in made.submissions:
        for key, value in amounts(template, part).items():
            total[key] += value
    listed = {key for key in whole if key[2] in codes}  # the units' own lines, which a unit does not print
    keys = ({*whole, *total} - listed) | {key for key in listed if key in total}
    return [
        f"{key}: {whole.get(key)} is not {total.get(key)}"
        for key in sorted(keys)
        if whole.get(key, 0) != total.get(key, 0)
    ]


def by_pandas(made: Department) -> pd.Series:
    """Return all expenditure by functional code in 元, from the ledgers."""
    records = [
        {"code": row.values.get("功能科目"), "amount": value}
        for part in made.submissions
        for table in ("基本支出", "项目支出")
        for row in part.entries.get(table, ())
        for value in row.values.values()
        if isinstance(value, Decimal)
    ]
    return pd.DataFrame(records).groupby("code")["amount"].sum()


def pandas_differences(template: WorkbookTemplate, made: Department, summary: DepartmentSummary) -> list[str]:
    """Return the functional codes at which form 3 is not what pandas sums from the ledgers."""
    whole, ledgers = amounts(template, as_submission(summary)), by_pandas(made)
    return [
        f"{code}: {whole.get(('F3', '合计', str(code)))} is not {amount}"
        for code, amount in ledgers.items()
        if amount and whole.get(("F3", "合计", str(code)), Decimal(0)) * template.money_factor != amount
    ]


def nested(template: WorkbookTemplate, made: Department) -> DepartmentSummary:
    """Return the summary of the summaries of the branches, level by level."""
    parts = {part.unit.code: (part, made.branches[part.unit.code]) for part in made.submissions}
    while any(branch for _, branch in parts.values()):
        deepest = max(len(branch) for _, branch in parts.values())
        groups: defaultdict[str, list[Submission]] = defaultdict(list)
        for code, (part, branch) in list(parts.items()):
            if len(branch) == deepest:
                groups[branch].append(part)
                del parts[code]
        for branch, members in groups.items():
            own = f"H{branch.replace('/', '')}"
            parts[own] = as_submission(joined(template, members, own)), branch.rpartition("/")[0]
    return joined(template, [part for part, _ in parts.values()])


def nesting_differences(made: DepartmentSummary, summary: DepartmentSummary) -> list[str]:
    """Return the tables in which two summaries differ."""
    found = [table for table in summary.entries if made.entries.get(table) != summary.entries[table]]
    return found + ([] if made.units == summary.units else ["units"])


def by_libreoffice(summary: DepartmentSummary, folder: Path) -> list[str]:
    """Return the form cells that LibreOffice, recalculating everything, shows otherwise than we do."""
    program = shutil.which("soffice")
    if program is None:
        sys.exit("LibreOffice is needed")
    path = folder / "summary.xlsx"
    path.write_bytes(summary.workbook())
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    for kind, source, target in (("ods", path, folder), ("xlsx", folder / "summary.ods", folder / "out")):
        command = [program, profile, "--headless", "--convert-to", kind, "--outdir", str(target), str(source)]
        subprocess.run(command, check=True, capture_output=True)
    evidence = Evidence(summary.template, as_submission(summary))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(folder / "out" / "summary.xlsx", data_only=True)
    found = []
    for form, panel in summary.template.panels:
        for row in range(evidence.layout.tables[panel.id].rows):
            for column in panel.columns:
                cell = Cell(panel.id, row, column.key)
                ours = evidence.recalculated(cell)
                if column.kind is ColumnKind.AMOUNT and isinstance(ours, Decimal):
                    theirs = book[form.sheet][evidence.layout.address(*cell)].value
                    if abs(Decimal(repr(theirs or 0)) - ours) > Decimal("1e-8"):
                        found.append(f"{evidence.place(cell)}: {theirs} is not {ours}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--departments", type=int, default=50, help="how many")
    parser.add_argument("--libreoffice", type=int, default=5, help="how many of them through LibreOffice too")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    given = parser.parse_args()
    template, start, units, cells, faults = load_template(TEMPLATE), time.monotonic(), [], 0, []
    for number in range(given.departments):
        made = department(template, number, given.seed)
        summary = joined(template, made.submissions)
        wrong = differences(template, made, summary) + pandas_differences(template, made, summary)
        wrong += nesting_differences(nested(template, made), summary)
        if number < given.libreoffice:
            with tempfile.TemporaryDirectory() as folder:
                wrong += by_libreoffice(summary, Path(folder))
        cells += len(amounts(template, as_submission(summary)))
        units.append(len(made.submissions))
        faults += [f"department {number}: {part}" for part in wrong]
    for fault in faults[:20]:
        print(fault)
    minutes = (time.monotonic() - start) / 60
    size = f"{min(units)} to {max(units)} units ({sum(units)} in all)"
    print(f"{given.departments} departments of {size}, {minutes:.1f} min; faults: {len(faults)}")
    print(f"{cells} form amounts of the summaries against the sums of the units', {given.libreoffice} of the")
    print(
        "summaries against LibreOffice; ledgers by pandas; summaries of summaries against the summary of all"
    )
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
