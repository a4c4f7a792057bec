"""A functional list of 1,500 codes: size of a workbook, time of LibreOffice, plan against the others.

python benchmarks/large_catalogue.py                             a few minutes; plan against LibreOffice
python benchmarks/large_catalogue.py --rows 6 --runs 0 --engine  plan against the whole engine, cell by cell

The workbook has a full-size ledger of random entries over the codes, or one of a few rows: the engine's time
grows with the formulas, and those of the codes are the same. LibreOffice opens it, recalculates every formula
and saves it; the same without recalculation, and its start, are measured in turn with that.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from itertools import count, cycle
from pathlib import Path

sys.path.extend(str(Path(__file__).parents[1] / part) for part in ("tests", "studies"))

from engines_agree import Tally, compared, recalculated, shown, stored
from per_workbook import once
from support.random_workbooks import UNIT, Entries, random_entries, short_capacity

from xlbudget import WorkbookTemplate, load_template
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.plan import Plan, Values
from xlbudget.workbook.sheets.writing import unit_rows, workbook_bytes

TEMPLATE = "shanxi_provincial/2023"
CATALOGUE = "功能科目"


def large_template(template: WorkbookTemplate, codes: int, folder: Path) -> WorkbookTemplate:
    """Return a copy of a template in ``folder`` with so many functional codes, siblings of its own."""
    copy = folder / template.folder.name
    shutil.copytree(template.folder, copy, ignore=shutil.ignore_patterns("blank", "demo", "cases"))
    listed = template.catalogue(CATALOGUE)
    parent, code = listed.parent, listed.columns[0]
    parents = {row[parent] for row in listed.rows if row[parent]}
    leaves = [row for row in listed.rows if row[code] not in parents and len(row[code]) == 7]
    taken = {row[code] for row in listed.rows}
    rows = list(listed.rows)
    for leaf, number in zip(cycle(leaves), count()):
        if len(rows) >= codes:
            break
        new = f"{leaf[parent]}{10 + number // len(leaves):02d}"
        if new not in taken:
            taken.add(new)
            rows.append({**leaf, code: new, "名称": f"示例科目 {new}"})
    rows.sort(key=lambda row: row[code])
    with (copy / "catalogues" / Path(listed.file).name).open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(
            [listed.columns, *([row[key] for key in listed.columns] for row in rows)]
        )
    return load_template(copy)


def by_libreoffice(plan: Plan, ours: Values, workbook: Path, runs: int) -> Tally:
    """Print LibreOffice's time and compare what it has calculated."""
    number = count()

    def opened(path: Path, *, never: bool = False) -> Path:
        return recalculated([path], path.parent / f"out{next(number)}", never=never)[0]

    empty = workbook.with_name("empty.csv")
    empty.write_text("1\n", encoding="utf-8")
    steps = (
        ("to open, recalculate and save", lambda: opened(workbook)),
        ("to open and save, values as stored", lambda: opened(workbook, never=True)),
        ("to start, an almost empty sheet opened and saved", lambda: opened(empty)),
    )
    rounds = [[once(step) for _, step in steps] for _ in range(runs)]
    for (what, _), times in zip(steps, zip(*rounds, strict=True), strict=True):
        print(f"LibreOffice: {statistics.median(times):.1f} s {what}")
    took = statistics.median(whole - loaded for whole, loaded, _ in rounds)
    print(f"LibreOffice: {took:.1f} s of it to recalculate; load of the machine {os.getloadavg()[0]:.1f}")
    tally = Tally()
    compared(plan, ours, stored(plan, opened(workbook)), tally, workbook.name)
    return tally


def by_engine(plan: Plan, whole: Plan, entries: Entries) -> Tally:
    """Print the whole engine's time and compare what it has calculated."""
    start = time.perf_counter()
    theirs = whole.evaluate(entries)
    print(f"engine: {time.perf_counter() - start:.0f} s to compile and calculate")
    tally = Tally()
    compared(plan, plan.evaluate(entries), theirs.raw, tally, "engine")
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--codes", type=int, default=1500, help="how many codes the list has")
    parser.add_argument("--rows", type=int, help="rows of each ledger (as the template has them)")
    parser.add_argument("--runs", type=int, default=3, help="runs of LibreOffice; 0 for none")
    parser.add_argument("--engine", action="store_true", help="compare with the whole engine too")
    given = parser.parse_args()
    different = 0
    with tempfile.TemporaryDirectory() as temporary:
        template = large_template(load_template(TEMPLATE), given.codes, Path(temporary))
        capacity = short_capacity(template, given.rows) if given.rows else {}
        plan = plan_of(template, capacity)
        entries = random_entries(plan.layout, "full", 1)
        workbook = Path(temporary) / "large.xlsx"
        workbook.write_bytes(workbook_bytes(template, UNIT, entries, capacity=capacity))
        every = {**entries, template.unit_facts.table: unit_rows(plan, UNIT)}
        name = f"{len(template.catalogue(CATALOGUE).rows):,} codes"
        print(f"{name}, {len(plan.blueprint.formulas):,} formulas, {workbook.stat().st_size / 1e6:.2f} MB")
        if given.runs:
            tally = by_libreoffice(plan, plan.evaluate(every), workbook, given.runs)
            different += len(shown("LibreOffice", {name: tally}).differences)
        if given.engine:
            whole = plan_of(replace(template, engine="formulas"), capacity)
            different += len(shown("formulas", {name: by_engine(plan, whole, every)}).differences)
    return bool(different)


if __name__ == "__main__":
    sys.exit(main())
