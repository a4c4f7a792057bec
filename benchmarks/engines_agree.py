"""Our recalculation against the whole ``formulas`` engine and LibreOffice, cell by cell, on random workbooks.

python benchmarks/engines_agree.py          200 workbooks, 24 of them by LibreOffice as well; half an hour
python benchmarks/engines_agree.py --workbooks 16 --libreoffice 0 --rows 4

Every formula cell is compared: texts, truth values and errors exactly, numbers within 1e-9 of their size, or
within 1e-12 of the largest number in the workbook where sums cancel out. A cell that is empty, "" or 0 in one
and another of these in the other is counted apart. Prints one line for each kind of workbook and every
difference, by formula.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from random_workbooks import KINDS, UNIT, Entries, random_entries, short_capacity, short_template

from xlbudget import WorkbookTemplate, load_template
from xlbudget.generation import unit_rows, workbook_bytes
from xlbudget.model import Cell, ErrorValue
from xlbudget.plans import plan_of
from xlbudget.recalculation import Plan, Values

TEMPLATE = "shanxi_provincial/2023"
EMPTY = (None, "", 0.0)
Look = Callable[[Cell], Any]

_HARD_RECALCULATION = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


@dataclass
class Tally:
    """What was compared: cells, how many of them errors, empty in different ways, and different."""

    workbooks: int = 0
    cells: int = 0
    errors: int = 0
    emptiness: int = 0
    differences: list[str] = field(default_factory=list)


def compared(plan: Plan, ours: Values, theirs: Look, tally: Tally, name: str) -> None:
    """Compare every formula cell and add up what was found."""
    tally.workbooks += 1
    sizes = (abs(value) for column in ours.columns.values() for value in column if type(value) is float)
    noise = 1e-12 * max(sizes, default=1.0)
    for cell, formula in plan.blueprint.formulas.items():
        one, other = ours.raw(cell), theirs(cell)
        tally.cells += 1
        tally.errors += isinstance(one, ErrorValue)
        if alike(one, other, noise):
            continue
        if one in EMPTY and other in EMPTY:
            tally.emptiness += 1
            continue
        tally.differences.append(f"{cell.table}[{cell.column}] {one!r} / {other!r} = {formula} ({name})")


def alike(one: Any, other: Any, noise: float) -> bool:
    """Whether two values are the same, but for the noise of floats."""
    if isinstance(one, float) and isinstance(other, float | int) and not isinstance(other, bool):
        return abs(one - other) <= max(1e-9 * abs(one), noise)
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def workbooks(plan: Plan, count: int, seed: int) -> Iterator[tuple[str, str, Entries]]:
    """Yield kind, name and entries of so many workbooks, kind after kind."""
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        yield kind, f"{kind} {number}", random_entries(plan.layout, kind, seed * 100_000 + number)


def by_engine(
    template: WorkbookTemplate, capacity: dict[str, int], count: int, seed: int
) -> tuple[dict[str, Tally], float, float]:
    """Compare with the engine; also return the seconds of compiling it, and of it and us for one workbook."""
    plan = plan_of(template, capacity)
    whole = plan_of(replace(template, engine="formulas"), capacity)
    tallies: dict[str, Tally] = {}
    start = time.perf_counter()
    _ = whole.blank
    compiling, engine = time.perf_counter() - start, 0.0
    for kind, name, entries in workbooks(plan, count, seed):
        every = {**entries, template.unit_facts.table: unit_rows(plan, UNIT)}
        start = time.perf_counter()
        theirs = whole.evaluate(every)
        engine += time.perf_counter() - start
        compared(plan, plan.evaluate(every), theirs.raw, tallies.setdefault(kind, Tally()), name)
    return tallies, compiling, engine / max(count, 1)


def by_libreoffice(
    template: WorkbookTemplate, capacity: dict[str, int], count: int, seed: int, folder: Path
) -> dict[str, Tally]:
    """Compare with LibreOffice, which recalculates all files in one run."""
    plan = plan_of(template, capacity)
    cases: dict[str, tuple[str, str, Values]] = {}
    for number, (kind, name, entries) in enumerate(workbooks(plan, count, seed)):
        path = folder / f"{number}.xlsx"
        path.write_bytes(workbook_bytes(template, UNIT, entries, capacity=capacity))
        with_errors(plan, path, entries)
        every = {**entries, template.unit_facts.table: unit_rows(plan, UNIT)}
        cases[path.name] = kind, name, plan.evaluate(every)
    tallies: dict[str, Tally] = {}
    for path in recalculated(sorted(folder.glob("*.xlsx")), folder / "out"):
        kind, name, ours = cases[path.name]
        tally = tallies.setdefault(kind, Tally())
        compared(plan, ours, stored(plan, path), tally, name)
    return tallies


def with_errors(plan: Plan, path: Path, entries: Entries) -> None:
    """Put errors into a file as errors; written by us they are texts."""
    import openpyxl

    errors = {
        Cell(table, row.row, key): value
        for table, rows in entries.items()
        for row in rows
        for key, value in row.values.items()
        if isinstance(value, ErrorValue)
    }
    if not errors:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path)
        for cell, error in errors.items():
            sheet = book[plan.layout.tables[cell.table].sheet]
            sheet[plan.layout.address(cell.table, cell.row, cell.column)].value = str(error)
        book.save(path)


def recalculated(files: Sequence[Path], folder: Path) -> list[Path]:
    """Have LibreOffice open, recalculate and save files in one run."""
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_HARD_RECALCULATION, encoding="utf-8")
    program = shutil.which("soffice")
    if program is None:
        raise SystemExit("LibreOffice (soffice) is not installed")
    command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", str(folder), *map(str, files)], check=True, capture_output=True)
    return [folder / path.name for path in files]


def stored(plan: Plan, path: Path) -> Look:
    """Return the values that a file stores."""
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path, data_only=True)

    def look(cell: Cell) -> Any:
        sheet = book[plan.layout.tables[cell.table].sheet]
        return sheet[plan.layout.address(cell.table, cell.row, cell.column)].value

    return look


def shown(title: str, tallies: dict[str, Tally]) -> int:
    """Print what was compared and return how many cells differ."""
    print(f"\n| {title} | workbooks | formula cells | of these errors | empty in another way | different |")
    print("|---|---:|---:|---:|---:|---:|")
    total = Tally()
    for kind, tally in tallies.items():
        print(_line(kind, tally))
        for name in ("workbooks", "cells", "errors", "emptiness", "differences"):
            setattr(total, name, getattr(total, name) + getattr(tally, name))
    print(_line("together", total))
    for kind, tally in tallies.items():
        for text, number in Counter(part.rpartition(" (")[0] for part in tally.differences).most_common(5):
            print(f"  {kind}: {number} × {text[:300]}")
    return len(total.differences)


def _line(name: str, tally: Tally) -> str:
    figures = tally.workbooks, tally.cells, tally.errors, tally.emptiness, len(tally.differences)
    return f"| {name} | " + " | ".join(f"{figure:,}" for figure in figures) + " |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--workbooks", type=int, default=200, help="how many against the engine")
    parser.add_argument("--libreoffice", type=int, default=24, help="how many against LibreOffice")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--rows", type=int, default=6, help="rows of each ledger")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        template = short_template(load_template(TEMPLATE), Path(temporary))
        capacity = short_capacity(template, given.rows)
        plan = plan_of(template, capacity)
        print(f"{len(plan.blueprint.formulas):,} formulas a workbook, seed {given.seed}")
        different = 0
        if given.workbooks:
            found, compiling, each = by_engine(template, capacity, given.workbooks, given.seed)
            different += shown("formulas", found)
            print(f"\nengine: compiled in {compiling:.1f} s, then {each:.2f} s a workbook")
        if given.libreoffice:
            folder = Path(temporary) / "files"
            folder.mkdir()
            found = by_libreoffice(template, capacity, given.libreoffice, given.seed, folder)
            different += shown("LibreOffice", found)
    return bool(different)


if __name__ == "__main__":
    sys.exit(main())
