"""Does a department's summary hold exactly what its units returned? Measured on invented departments.

python studies/conservation.py                 50 departments, 5 of them through LibreOffice
python studies/conservation.py --departments 5 --libreoffice 0

Units pay money to one another. For each: every form cell of the summary is the sum of the units' cells
less these transfers, in 分, by our recalculation (the units' cells are those of workbooks in which the
transfers were never entered); the ledgers less the transfers, summed by pandas, give the same by
functional code, and so does revenue; the summary of the summaries of its branches equals the summary of
all. For some, LibreOffice recalculates the summary and shows the same.
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

sys.path.append(str(Path(__file__).parents[1] / "tests"))

import openpyxl
import pandas as pd
from support import generated_budgets as budgets

from xlbudget import Unit, load_template
from xlbudget.checking.evidence import Evidence
from xlbudget.department.summary.joining import DepartmentSummary, consolidate
from xlbudget.model import Cell, CellValue, ColumnKind, EntryRow, Report, Submission, WorkbookTemplate
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.sheets.writing import unit_rows

TEMPLATE = "shanxi_provincial/2023"
Amounts = Mapping[tuple[str, str, str], Decimal]
"""(panel, column, code or key of the line) → amount in the money of the form."""
Tables = dict[str, Sequence[EntryRow]]
TRANSFERS, LEDGERS, OWN = "内部往来", ("基本支出", "项目支出"), "本年单位资金"


@dataclass(frozen=True)
class Department:
    """Units with their returns, and the branch (superior) of each.

    ``outside`` are the same returns as if no unit had paid another.
    """

    submissions: Sequence[Submission]
    outside: Sequence[Submission]
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
    units, tables, branches = [], [], {}
    for at in range(size):
        made = budgets.generated(template, chance.randrange(10**6), chance)
        units.append(Unit(f"{100 + at}", f"单位{at}", made.unit.kind))
        tables.append(made.entries)
        branches[units[-1].code] = "/".join(str(chance.randint(1, 3)) for _ in range(levels - 1))
    stated, outside = with_transfers(units, tables, chance)
    room = {**capacity, TRANSFERS: max([20, *(len(part[TRANSFERS]) for part in stated)])}
    room |= {table: max(room[table], *(len(part[table]) for part in stated)) for table in LEDGERS}
    returned = [
        [submission(template, unit, entries, room) for unit, entries in zip(units, each, strict=True)]
        for each in (stated, outside)
    ]
    return Department(*returned, branches)


def with_transfers(
    units: Sequence[Unit], tables: Sequence[Mapping[str, Sequence[EntryRow]]], chance: random.Random
) -> tuple[list[Tables], list[Tables]]:
    """Return the units' entries with transfers between them, and what would be there without.

    A payment is part of a row of the payer's ledgers that has own money, or a project of its own; what is
    received is revenue that pays for a project of the receiver's.
    """
    stated = [{**{TRANSFERS: ()}, **table} for table in tables]
    outside = [dict(table) for table in stated]
    for number in range(max(1, len(units) // 2)):
        payer, receiver = chance.sample(range(len(units)), 2)
        amount = Decimal(chance.randint(100, 9_000_000)) / 100
        kind = chance.choice(["上级补助", "附属上缴", "内部调拨"])
        free = [
            (table, row.row, left)
            for table in LEDGERS
            for row in outside[payer].get(table, ())
            if (left := row.values.get(OWN)) and left > 1
        ]
        if free and chance.random() < 0.7:
            table, row, left = chance.choice(free)
            amount = left if chance.random() < 0.3 else min(amount, left)
        else:
            table, row = "项目支出", _project(payer, number, amount, stated, outside)
        codes = next(each.values for each in stated[payer][table] if each.row == row)
        at = {key: codes[key] for key in ("功能科目", "项目编码", "经济科目") if key in codes}
        _change(outside[payer], table, row, OWN, -amount)
        _add(stated[payer], TRANSFERS, _said(units[receiver], kind, "拨出", amount) | at)
        _project(receiver, number, amount, stated, outside)
        _change(outside[receiver], "收入", len(budgets.SOURCES) - 1, "本年收入", -amount)
        _add(stated[receiver], TRANSFERS, _said(units[payer], kind, "收到", amount))
    return stated, outside


def _said(other: Unit, kind: str, direction: str, amount: Decimal) -> dict[str, CellValue]:
    return {"对方单位": other.code, "往来类型": kind, "方向": direction, "金额": amount}


def _project(unit: int, number: int, amount: Decimal, *tables: Sequence[Tables]) -> int:
    """Give a unit a project paid from own revenue, and return its row."""
    for every in tables:
        project = {"项目编码": f"WL{number:03d}", "项目名称": f"协作项目{number}", "功能科目": "2010399"}
        row = _add(every[unit], "项目支出", {**project, OWN: amount})
        _change(every[unit], "收入", len(budgets.SOURCES) - 1, "本年收入", amount)
    return row


def _add(tables: Tables, table: str, values: Mapping[str, CellValue]) -> int:
    row = max((each.row for each in tables.get(table, ())), default=-1) + 1
    tables[table] = (*tables.get(table, ()), EntryRow(row, values))
    return row


def _change(tables: Tables, table: str, row: int, column: str, by: Decimal) -> None:
    rows = {each.row: each.values for each in tables.get(table, ())}
    old = rows.get(row, {}).get(column)
    rows[row] = {**rows.get(row, {}), column: (old if isinstance(old, Decimal) else Decimal(0)) + by}
    tables[table] = tuple(EntryRow(at, rows[at]) for at in sorted(rows))


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
            _, key, _, _ = evidence.line_identities[panel.id, row]
            for column in panel.columns:
                if column.kind is not ColumnKind.AMOUNT or column.hidden:
                    continue
                value = evidence.recalculated(Cell(panel.id, row, column.key))
                if isinstance(value, Decimal) and value:
                    found[panel.id, column.key, str(key)] += value
    return found


def differences(template: WorkbookTemplate, made: Department, summary: DepartmentSummary) -> list[str]:
    """Return the form cells that are not the sum of the units' without their transfers.

    The lines of units, which a unit does not print, are not among them.
    """
    whole = amounts(template, as_submission(summary))
    codes = {part.unit.code for part in made.submissions}
    total: defaultdict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for part in made.outside:
        for key, value in amounts(template, part).items():
            total[key] += value
    listed = {key for key in whole if key[2] in codes}  # the units' own lines, which a unit does not print
    keys = ({*whole, *total} - listed) | {key for key in listed if key in total}
    return [
        f"{key}: {whole.get(key)} is not {total.get(key)}"
        for key in sorted(keys)
        if whole.get(key, 0) != total.get(key, 0)
    ]


def entry_frame(made: Department, *tables: str) -> pd.DataFrame:
    """Return rows of the units' tables as they state them."""
    records = [
        {"row": row.row, **row.values}
        for part in made.submissions
        for table in tables
        for row in part.entries.get(table, ())
    ]
    return pd.DataFrame(records, dtype=object)


def by_pandas(made: Department) -> tuple[pd.Series, Decimal]:
    """Return expenditure by functional code and own revenue (元), less transfers, from the entries."""
    ledgers, transfers = entry_frame(made, *LEDGERS), entry_frame(made, TRANSFERS)
    columns = [name for name in ledgers.columns if name.startswith(("本年", "结转"))]
    spent = (
        ledgers[columns].map(lambda value: value if isinstance(value, Decimal) else Decimal(0)).sum(axis=1)
    )
    paid = transfers[transfers["方向"] == "拨出"].groupby("功能科目")["金额"].sum()
    received = transfers.loc[transfers["方向"] == "收到", "金额"].sum()
    revenue = entry_frame(made, "收入")
    own = revenue.loc[revenue["row"] == len(budgets.SOURCES) - 1, "本年收入"].dropna().sum()
    by_code = spent.groupby(ledgers["功能科目"]).sum()
    return by_code.sub(paid, fill_value=Decimal(0)), own - received


def pandas_differences(template: WorkbookTemplate, made: Department, summary: DepartmentSummary) -> list[str]:
    """Return the codes of form 3, and revenue, where they are not what pandas makes of the entries."""
    whole = amounts(template, as_submission(summary))
    by_code, own = by_pandas(made)
    expected = {("F3", "合计", str(code)): amount for code, amount in by_code.items()}
    expected["F1收入", "收入", "单位资金"] = own
    return [
        f"{key}: {whole.get(key)} is not {amount}"
        for key, amount in expected.items()
        if whole.get(key, Decimal(0)) * template.money_factor != amount
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
    transfers, taken = 0, Decimal(0)
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
        transfers += len(summary.transfers)
        taken += sum((part.eliminated for part in summary.transfers), Decimal(0))
        faults += [f"department {number}: {part}" for part in wrong]
    for fault in faults[:20]:
        print(fault)
    minutes = (time.monotonic() - start) / 60
    size = f"{min(units)} to {max(units)} units ({sum(units)} in all)"
    print(f"{given.departments} departments of {size}, {minutes:.1f} min; faults: {len(faults)}")
    print(f"{transfers} transfers between units, {taken} 元, taken out")
    print(f"{cells} form amounts of the summaries against the sums of the units' less the transfers,")
    print(
        f"{given.libreoffice} of the summaries against LibreOffice; entries by pandas; summaries of summaries"
    )
    print("against the summary of all")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
