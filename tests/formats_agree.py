"""Generated workbooks saved as .xls, .ods and .xlsb: the same entries and findings as from .xlsx?

python tests/formats_agree.py             50 workbooks, every second with a mistake; LibreOffice saves them
python tests/formats_agree.py --count 6   fewer

One process of LibreOffice saves all workbooks in one format; ``xlsb_files`` writes .xlsb from the .xlsx.
Printed is every difference in entries, findings or outcomes of rules, but for what a format cannot show.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from support import budgets, builders
from support.builders import BASIC, PROJECTS
from support.xlsb_files import as_xlsb

from xlbudget import WorkbookTemplate, check, generate, load_template, read
from xlbudget.files.addresses import cell_address
from xlbudget.files.patched_cells import overwrite_cells
from xlbudget.workbook.calculation.kept_plans import plan_of

SAVED = ("xlsx", "xls", "ods")
KINDS = ("xls", "ods", "xlsb")
RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>"""


def made(template: WorkbookTemplate, folder: Path, count: int, seed: int) -> list[Path]:
    """Write filled workbooks: each budget is drawn, typed into its cells, and every second one spoiled."""
    issued = generate(template, folder / "issued", budgets.UNIT, capacity=budgets.ROOM).read_bytes()
    layout = plan_of(template, budgets.ROOM).layout
    paths = []
    for number in range(count):
        chance = random.Random(seed * 1_000 + number)
        cells: Typed = {}
        for table, rows in budgets.random_entries(chance, template).items():
            placed = layout.tables[table]
            for row in rows:
                for key, value in row.values.items():
                    address = cell_address(placed.first_row + row.row, placed.columns[key])
                    typed = float(value) if isinstance(value, Decimal) else value
                    cells.setdefault(placed.sheet, {})[address] = typed
        workbook = overwrite_cells(issued, cells)
        path = folder / "filled" / f"{number:03}.xlsx"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(spoiled(workbook, cells, chance) if number % 2 else workbook)
        paths.append(path)
    return paths


Typed = dict[str, dict[str, float | str | None]]


def spoiled(workbook: bytes, cells: Typed, chance: random.Random) -> bytes:
    """Make one to three mistakes that every format can hold."""
    for _ in range(chance.randint(1, 3)):
        sheet = chance.choice([BASIC, PROJECTS])
        workbook = mistaken(workbook, sheet, cells[sheet], chance)
    return workbook


def mistaken(workbook: bytes, sheet: str, typed: Mapping[str, object], chance: random.Random) -> bytes:
    """Spoil an amount or a code of a ledger, or overwrite a formula."""
    at, amount = chance.choice([part for part in typed.items() if isinstance(part[1], float) and part[1]])
    code, digits = chance.choice([part for part in typed.items() if str(part[1]).isdigit()])
    assert isinstance(amount, float)
    changes: list[tuple[str, str, float | str | None]] = [
        (sheet, at, f"{amount:,.2f}"),
        (sheet, at, amount * 10),
        (sheet, at, "约三万"),
        (sheet, at, amount / 10_000),
        (sheet, code, "9999999"),
        (sheet, code, float(str(digits))),
        (sheet, code, None),
        ("公开表3", "C7", 12.5),
        ("公开表5", "D8", 12.5),
    ]
    if chance.random() < 0.1:
        return builders.stored_as(workbook, sheet, at, kind="e", value="#REF!")
    where, address, content = chance.choice(changes)
    return builders.typed(workbook, where, {address: content})


def saved(paths: list[Path], folder: Path) -> None:
    """Have LibreOffice save all workbooks in each format, recalculated, and write the .xlsb."""
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE, encoding="utf-8")
    command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless"]
    for kind in SAVED:
        target = ["--convert-to", kind, "--outdir", str(folder / kind), *map(str, paths)]
        subprocess.run([*command, *target], check=True, capture_output=True, timeout=3_600)
    (folder / "xlsb").mkdir()
    for path in sorted((folder / "xlsx").iterdir()):
        (folder / "xlsb" / f"{path.stem}.xlsb").write_bytes(as_xlsb(path))


def told(path: Path, template: WorkbookTemplate) -> tuple[object, list[object], list[object]]:
    """Return entries, findings and outcomes of a workbook."""
    (report,) = check(path, template).workbooks
    findings = [builders.row_of(finding) for finding in report.findings]
    outcomes = [
        (outcome.rule, outcome.status, outcome.instances)
        for outcome in report.outcomes
        if outcome.rule != "changed_formula"
    ]
    return read(path, template).entries, findings, outcomes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=16)
    given = parser.parse_args()
    template = load_template("shanxi_provincial/2023")
    ends: Counter[str] = Counter()
    found = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = made(template, folder, given.count, given.seed)
        saved(paths, folder)
        for path in paths:
            expected = told(folder / "xlsx" / path.name, template)
            found += len(expected[1])
            for kind in KINDS:
                theirs = told(folder / kind / f"{path.stem}.{kind}", template)
                same = [one == other for one, other in zip(expected, theirs, strict=True)]
                ends[f"{kind} {'the same' if all(same) else 'different'}"] += 1
                if not all(same):
                    print(f"{path.stem}.{kind}: entries, findings, outcomes the same: {same}", flush=True)
                    if not same[1]:
                        print("  lacking:", [row for row in expected[1] if row not in theirs[1]][:3])
                        print("  more:", [row for row in theirs[1] if row not in expected[1]][:3], flush=True)
    for end, number in sorted(ends.items()):
        print(f"{number:6,} workbooks {end}")
    print(f"{found:6,} findings in the .xlsx")
    return int(any("different" in end for end in ends))


if __name__ == "__main__":
    sys.exit(main())
