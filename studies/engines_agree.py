"""Our recalculation against the whole ``formulas`` engine and LibreOffice, cell by cell, on random workbooks.

python studies/engines_agree.py           200 workbooks, 24 of them by LibreOffice as well; about an hour
python studies/engines_agree.py --mended  with the engine as ``check --engine formulas`` uses it
python studies/engines_agree.py --cells   with its compiled functions, as ``check`` has it judge; minutes
python studies/engines_agree.py --only 95 135 143 183 --write      the page that lists every difference

Every formula cell is compared: texts, truth values and errors exactly, numbers within 1e-9 of their size, or
within 1e-15 of the largest number in their table where sums cancel out. A cell that is empty, "" or 0 in one
and another of these in the other is counted apart. Every cell is also predicted from what is known of the
other program (studies/engine_causes.py): each difference is printed with its cause and the predicted
value, and the exit status is 1 when one is unexplained, or a cell agrees with us that was predicted not to.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine_causes import EXCEL, FORMULAS, LIBREOFFICE, Difference, Foreseen, engine_as_published
from engine_differences import PAGE, page

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from support.random_workbooks import KINDS, UNIT, Entries, random_entries, short_capacity, short_template

from xlbudget import WorkbookTemplate, load_template
from xlbudget.model import Cell, ErrorValue
from xlbudget.workbook.calculation.engine_cells import EngineCells
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.plan import Plan, Values
from xlbudget.workbook.sheets.writing import unit_rows, workbook_bytes

TEMPLATE = "shanxi_provincial/2023"
EMPTY = (None, "", 0.0)
_HEADINGS = "empty in another way", "different", "unexplained"
Look = Callable[[Cell], Any]

_RECALCULATION = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>{mode}</value></prop></item>
</oor:items>
"""


@dataclass
class Tally:
    """What was compared: cells, how many of them errors, empty in different ways, and different.

    ``unforeseen`` are cells whose value is ours although the other program was predicted to have another.
    """

    workbooks: int = 0
    cells: int = 0
    errors: int = 0
    emptiness: int = 0
    unforeseen: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def unexplained(self) -> int:
        """How many cells are not as predicted."""
        return self.unforeseen + sum(not difference.cause for difference in self.differences)


def compared(
    plan: Plan, ours: Values, theirs: Look, tally: Tally, name: str, foreseen: Foreseen | None = None
) -> None:
    """Compare every formula cell and add up what was found; ``foreseen`` explains the differences."""
    tally.workbooks += 1
    noise: dict[str, float] = {}
    for (table, _), column in ours.columns.items():
        largest = max((abs(value) for value in column if type(value) is float), default=0.0)
        noise[table] = max(noise.get(table, 0.0), 1e-15 * largest)

    def same(cell: Cell, one: Any, other: Any) -> bool:
        return alike(one, other, noise[cell.table]) or (one in EMPTY and other in EMPTY)

    found = {cell: theirs(cell) for cell in plan.blueprint.formulas}
    different = []
    for cell, other in found.items():
        one = ours.raw(cell)
        tally.cells += 1
        tally.errors += isinstance(one, ErrorValue)
        if not same(cell, one, other):
            different.append(cell)
            continue
        tally.emptiness += not alike(one, other, noise[cell.table])
        tally.unforeseen += foreseen is not None and not same(cell, foreseen.value(cell), other)
    if foreseen and different:
        tally.differences += foreseen.differences(name, ours.columns, found, different, same)
        return
    formulas = plan.blueprint.formulas
    for cell in different:
        place = f"{cell.table}[{cell.column}]"
        tally.differences.append(Difference(name, place, formulas[cell], ours.raw(cell), found[cell]))


def alike(one: Any, other: Any, noise: float) -> bool:
    """Whether two values are the same, but for the noise of floats."""
    if isinstance(one, float) and isinstance(other, float | int) and not isinstance(other, bool):
        return abs(one - other) <= max(1e-9 * abs(one), noise)
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def workbooks(plan: Plan, numbers: Iterable[int], seed: int) -> Iterator[tuple[str, str, Entries]]:
    """Yield kind, name and entries of some workbooks, which are of all kinds in turn."""
    for number in numbers:
        kind = KINDS[number % len(KINDS)]
        entries = random_entries(plan.layout, kind, seed * 100_000 + number)
        facts = plan.layout.template.unit_facts.table
        yield kind, f"{kind} {number}", {**entries, facts: unit_rows(plan, UNIT)}


def by_engine(
    template: WorkbookTemplate, capacity: dict[str, int], numbers: Sequence[int], seed: int, mended: bool
) -> dict[str, Tally]:
    """Compare with the engine as published, or as mended for ``--engine formulas``; print what it took."""
    plan = plan_of(template, capacity)
    whole = plan_of(replace(template, engine="formulas"), capacity)
    tallies: dict[str, Tally] = {}
    start = time.perf_counter()
    with nullcontext() if mended else engine_as_published():
        _ = whole.blank
    compiling, taken = time.perf_counter() - start, 0.0
    for kind, name, every in workbooks(plan, numbers, seed):
        start = time.perf_counter()
        theirs = whole.evaluate(every)
        taken += time.perf_counter() - start
        foreseen = Foreseen(plan, every, EXCEL if mended else FORMULAS)
        compared(plan, plan.evaluate(every), theirs.raw, tallies.setdefault(kind, Tally()), name, foreseen)
    print(f"\nengine: compiled in {compiling:.1f} s, then {taken / len(numbers):.2f} s a workbook")
    return tallies


def by_cells(
    template: WorkbookTemplate, capacity: dict[str, int], numbers: Sequence[int], seed: int
) -> dict[str, Tally]:
    """Compare every cell with what the engine's compiled functions give: the way of the judge of `check`."""
    plan = plan_of(template, capacity)
    judge, cells = EngineCells(plan), list(plan.blueprint.formulas)
    tallies: dict[str, Tally] = {}
    for kind, name, every in workbooks(plan, numbers, seed):
        theirs = dict(zip(cells, judge.values(every, cells), strict=True))
        foreseen = Foreseen(plan, every, EXCEL)
        tally = tallies.setdefault(kind, Tally())
        compared(plan, plan.evaluate(every), theirs.__getitem__, tally, name, foreseen)
    return tallies


def by_libreoffice(
    template: WorkbookTemplate, capacity: dict[str, int], numbers: Sequence[int], seed: int, folder: Path
) -> dict[str, Tally]:
    """Compare with LibreOffice, which recalculates all files in one run."""
    plan = plan_of(template, capacity)
    facts = template.unit_facts.table
    cases = {}
    for number, (kind, name, every) in zip(numbers, workbooks(plan, numbers, seed), strict=True):
        entries = {table: rows for table, rows in every.items() if table != facts}
        path = folder / f"{number}.xlsx"
        path.write_bytes(workbook_bytes(template, UNIT, entries, capacity=capacity))
        with_errors(plan, path, entries)
        cases[path.name] = kind, name, every
    tallies: dict[str, Tally] = {}
    for path in recalculated(sorted(folder.glob("*.xlsx")), folder / "out"):
        kind, name, every = cases[path.name]
        foreseen = Foreseen(plan, every, LIBREOFFICE)
        tally = tallies.setdefault(kind, Tally())
        compared(plan, plan.evaluate(every), stored(plan, path), tally, name, foreseen)
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


def recalculated(files: Sequence[Path], folder: Path, *, never: bool = False) -> list[Path]:
    """Have LibreOffice open, recalculate and save files in one run; with ``never`` it takes stored values."""
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    settings = _RECALCULATION.format(mode=int(never))
    (profile / "user" / "registrymodifications.xcu").write_text(settings, encoding="utf-8")
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
        found = sheet[plan.layout.address(cell.table, cell.row, cell.column)]
        return ErrorValue(found.value) if found.data_type == "e" else found.value

    return look


def shown(title: str, tallies: dict[str, Tally]) -> Tally:
    """Print what was compared and every difference; return all of it together."""
    headings = title, "workbooks", "formula cells", "of these errors", *_HEADINGS
    print("\n| " + " | ".join(headings) + " |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    total = Tally()
    for kind, tally in tallies.items():
        print(_line(kind, tally))
        for name in ("workbooks", "cells", "errors", "emptiness", "unforeseen"):
            setattr(total, name, getattr(total, name) + getattr(tally, name))
        total.differences += tally.differences
    print(_line("together", total))
    for found in total.differences:
        values = " / ".join(repr(value) for value in (found.ours, found.theirs, found.predicted))
        print(f"  {found.workbook}: {found.place} {values}: {found.cause or 'UNEXPLAINED ' + found.formula}")
    return total


def _line(name: str, tally: Tally) -> str:
    figures = (
        tally.workbooks,
        tally.cells,
        tally.errors,
        tally.emptiness,
        len(tally.differences),
        tally.unexplained,
    )
    return f"| {name} | " + " | ".join(f"{figure:,}" for figure in figures) + " |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--workbooks", type=int, default=200, help="how many against the engine")
    parser.add_argument("--libreoffice", type=int, default=24, help="how many against LibreOffice")
    parser.add_argument(
        "--only", type=int, nargs="+", help="which against the engine, and LibreOffice as well"
    )
    parser.add_argument("--mended", action="store_true", help="the engine of --engine formulas, alone")
    parser.add_argument(
        "--cells", action="store_true", help="the engine's compiled functions, as `check` has it judge, alone"
    )
    parser.add_argument("--write", action="store_true", help=f"write the differences to {PAGE}")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--rows", type=int, default=6, help="rows of each ledger")
    given = parser.parse_args()
    engine = given.only or range(given.workbooks)
    office = [] if given.mended or given.cells else sorted({*range(given.libreoffice), *(given.only or ())})
    with tempfile.TemporaryDirectory() as temporary:
        template = short_template(load_template(TEMPLATE), Path(temporary))
        capacity = short_capacity(template, given.rows)
        plan = plan_of(template, capacity)
        print(f"{len(plan.blueprint.formulas):,} formulas a workbook, seed {given.seed}")
        totals = {}
        if engine:
            if given.cells:
                found = by_cells(template, capacity, engine, given.seed)
            else:
                found = by_engine(template, capacity, engine, given.seed, given.mended)
            totals["formulas"] = shown("formulas", found)
        if office:
            folder = Path(temporary) / "files"
            folder.mkdir()
            totals["LibreOffice"] = shown(
                "LibreOffice", by_libreoffice(template, capacity, office, given.seed, folder)
            )
    if given.write:
        found = {name: total.differences for name, total in totals.items()}
        PAGE.write_text(page(found, given.only or ()), encoding="utf-8")
    return any(total.unexplained for total in totals.values())


if __name__ == "__main__":
    sys.exit(main())
