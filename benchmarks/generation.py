"""Unit workbooks a second: from the master, and written in full, in one run.

python benchmarks/generation.py              1,000 units, written to the disk
python benchmarks/generation.py --units 50   fewer
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from xlbudget import Unit, generate_each, load_template
from xlbudget.model import WorkbookTemplate
from xlbudget.workbook.sheets.master import unit_workbook
from xlbudget.workbook.sheets.writing import workbook_bytes

FULL = 3  # full writes measured


def units(template: WorkbookTemplate, count: int) -> list[Unit]:
    """Return units of all kinds in turn."""
    kinds = template.kinds
    return [Unit(f"{100_000 + at}", f"示例单位{at}", kinds[at % len(kinds)], "示例厅") for at in range(count)]


def seconds_each(actions: list[Unit], template: WorkbookTemplate) -> list[float]:
    """Return the seconds that a full write of each unit's workbook takes."""
    times = []
    for unit in actions:
        start = time.perf_counter()
        workbook_bytes(template, unit)
        times.append(time.perf_counter() - start)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=1_000, help="how many workbooks to write")
    count = parser.parse_args().units
    template = load_template("shanxi_provincial/2023")
    everyone = units(template, count)
    folder = Path(tempfile.mkdtemp())
    try:
        start = time.perf_counter()
        masters = everyone[: len(template.kinds)]
        sizes = [len(unit_workbook(template, unit)) for unit in masters]
        first = time.perf_counter() - start
        start = time.perf_counter()
        for unit in everyone:
            unit_workbook(template, unit)
        made = time.perf_counter() - start
        start, cpu = time.perf_counter(), time.process_time()
        generate_each(template, folder, everyone)
        written, worked = time.perf_counter() - start, time.process_time() - cpu
    finally:
        shutil.rmtree(folder)
    full = statistics.median(seconds_each(everyone[:FULL], template))
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}; {count} units of {len(masters)} kinds, {sizes[0] / 1024:.0f} kB each\n")
    print("| step | workbooks a second | ratio to a full write |")
    print("|---|---:|---:|")
    print(f"| written in full by XlsxWriter | {1 / full:.1f} | 1 |")
    print(f"| from the master, in memory | {count / made:.0f} | {full * count / made:.0f} |")
    print(f"| from the master, on the disk | {count / written:.0f} | {full * count / written:.0f} |")
    print(f"\nthe masters themselves: {first:.1f} s; processor time of the last row: {worked:.1f} s")


if __name__ == "__main__":
    main()
