"""A department's round by the number of its units: seconds and memory of collecting, joining and closing.

python benchmarks/collection.py                  30, 100 and 300 units, workbooks of the usual size
python benchmarks/collection.py --units 30       one size only
python benchmarks/collection.py --units 2 --small

Nine invented budgets (three sizes for three kinds of unit) are written in full; each unit returns one of
them under its own code, its projects with codes of their own. Every step is the command itself, in a
process of its own; memory is that of its largest process.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from support import generated_budgets as budgets

from xlbudget import Unit, load_template
from xlbudget.files.spliced_zip import Parts, packed, piece, unpacked
from xlbudget.model import WorkbookTemplate
from xlbudget.workbook.sheets.writing import workbook_bytes

TEMPLATE = "shanxi_provincial/2023"
UNITS = (30, 100, 300)
STAND_IN = "ZZUNIT"
"""Where a model workbook says a unit's code; no template uses the word."""
SIZES, BRANCH = 3, 12
SHARED = ("--allow", "explain")
"""Some budgets stand for all units: that these have amounts in common is asked about, and let pass here."""
STEPS: Mapping[str, Sequence[str]] = {
    "collect, with check": ("collect", "报送", "--into", "收件", "--roster", "units.csv"),
    "status": ("status", "收件", "-o", "收件情况.html"),
    "consolidate": ("consolidate", "收件", "-o", "汇总.xlsx", *SHARED),
    "close": ("close", "收件", "--reason", "示例", *SHARED),
    "verify": ("verify", "收件"),
}


@dataclass(frozen=True)
class Measure:
    """What a step takes: seconds, seconds of processors (all its processes), MB of its largest process."""

    seconds: float
    worked: float
    megabytes: float

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s (processor {self.worked:.1f} s), {self.megabytes:.0f} MB"


@dataclass(frozen=True)
class Model:
    """The workbook of a unit called STAND_IN, and the unit."""

    unit: Unit
    parts: Parts

    def workbook(self, code: str) -> bytes:
        """Return the workbook of the unit with that code."""
        stand_in, own = STAND_IN.encode(), code.encode()
        return packed(
            {
                name: tuple(
                    piece(part.content.replace(stand_in, own), last=part.last)
                    if stand_in in part.content
                    else part
                    for part in pieces
                )
                for name, pieces in self.parts.items()
            }
        )


def models(template: WorkbookTemplate, capacity: Mapping[str, int] | None) -> Iterator[Model]:
    """Yield a model for each size and kind; write one when it is wanted."""
    for number in range(1, 1 + SIZES * 3):
        made = budgets.generated(template, number, random.Random(number))
        unit = Unit(STAND_IN, f"示例单位{STAND_IN}", made.unit.kind, "示例厅")
        projects = [
            replace(row, values={**row.values, "项目编码": f"{STAND_IN}{row.values['项目编码']}"})
            for row in made.entries["项目支出"]
        ]
        entries = {**made.entries, "项目支出": projects}
        yield Model(unit, unpacked(workbook_bytes(template, unit, entries, capacity=capacity)))


def returns(folder: Path, known: Sequence[Model], count: int) -> None:
    """Write the returns of that many units and their roster, on three levels."""
    (folder / "报送").mkdir(parents=True)
    rows = []
    for at, model in zip(range(count), itertools.cycle(known), strict=False):
        code = f"{100_000 + at}"
        superior = f"{100_000 + at // BRANCH * BRANCH}" if at % BRANCH else "100000" if at else "示例厅"
        rows.append((code, model.unit.name.replace(STAND_IN, code), model.unit.kind, superior))
        (folder / "报送" / f"{code}.xlsx").write_bytes(model.workbook(code))
    with (folder / "units.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("单位编码", "单位名称", "单位性质", "上级单位"), *rows])


def measured(words: Sequence[str], folder: Path) -> Measure:
    """Run a command."""
    command = [sys.executable, "-m", "xlbudget", *words]
    start = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.exit(f"{' '.join(words)}: {said.read().decode()}")
    return Measure(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def table(found: Mapping[int, Mapping[str, Measure]]) -> Iterator[str]:
    """Yield the lines of the table; growth is in processor time, which other programs disturb least."""
    sizes = sorted(found)
    pairs = list(itertools.pairwise(sizes))
    heads = [f"{size} units" for size in sizes]
    heads += [f"processor s for each unit from {one} to {other}" for one, other in pairs]
    yield f"| step | {' | '.join(heads)} |"
    yield f"|---|{'---:|' * len(heads)}"
    for step in STEPS:
        cells = [str(found[size][step]) for size in sizes]
        for one, other in pairs:
            more = found[other][step].worked - found[one][step].worked
            cells.append(f"{more / (other - one):.3f}")
        yield f"| {step} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--units", type=int, nargs="+", default=UNITS, help="how many units")
    parser.add_argument("--small", action="store_true", help="small workbooks")
    given = parser.parse_args()
    template = load_template(TEMPLATE)
    capacity = budgets.CAPACITY if given.small else None
    known = list(itertools.islice(models(template, capacity), max(given.units)))
    found: dict[int, dict[str, Measure]] = {}
    for count in given.units:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            returns(folder, known, count)
            found[count] = {step: measured(words, folder) for step, words in STEPS.items()}
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
