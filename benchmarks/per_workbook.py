"""Seconds per workbook for each step, and the engine loading the same file, as ratios in one run.

python benchmarks/per_workbook.py            full-size workbooks; a few minutes
python benchmarks/per_workbook.py --quick    one run of each, small workbooks
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import platform
import shutil
import statistics
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

from xlbudget import Unit, check, fill, load_template, read
from xlbudget.checking.evidence import Evidence
from xlbudget.model import WorkbookTemplate
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.sheets.writing import workbook_bytes

UNIT = Unit("243001", "示例单位", "行政", "")
SMALL = {"基本支出": 40, "项目支出": 30, "年终结转": 2, "收入科目": 2, "F2": 40, "F3": 40, "F5": 40, "F6": 60}


def seconds(action: Callable[[], object], runs: int) -> float:
    """Return the median of ``runs`` runs after one that warms up."""
    action()
    return median_seconds(action, runs)


def median_seconds(action: Callable[[], object], runs: int) -> float:
    """Return the median of ``runs`` runs."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def engine(path: Path) -> None:
    """Load the file into the formulas engine and calculate it, as one would without a plan."""
    import formulas

    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        formulas.ExcelModel().loads(str(path)).finish().calculate()


def once(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def unzip(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            archive.read(name)


def measure(
    template: WorkbookTemplate, capacity: dict[str, int], folder: Path, runs: int
) -> dict[str, float]:
    """Return median seconds of each step on one filled workbook of the given capacity."""
    blank, filled = folder / "blank.xlsx", folder / "filled.xlsx"
    blank.write_bytes(workbook_bytes(template, UNIT, capacity=capacity))
    entries = template.folder / "demo" / "reference"
    fill(blank, entries, filled, template=template)
    submission = read(filled, template)
    plan = plan_of(template, submission.capacity)
    return {
        "formulas in the workbook": float(len(plan.blueprint.formulas)),
        "unzip (floor)": seconds(lambda: unzip(filled), runs),
        "generate": seconds(lambda: workbook_bytes(template, UNIT, capacity=capacity), runs),
        "fill": seconds(lambda: fill(blank, entries, folder / "again.xlsx", template=template), runs),
        "read": seconds(lambda: read(filled, template), runs),
        "recalculate": seconds(lambda: plan.evaluate(submission.entries), runs),
        "evidence (read values)": seconds(lambda: Evidence(template, submission), runs),
        "check, all included": seconds(lambda: check(filled, template), runs),
        "engine loads and calculates the file": 0.0,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one run each, small workbook, no engine")
    quick = parser.parse_args().quick
    template = load_template("shanxi_provincial/2023")
    folder = Path(tempfile.mkdtemp())
    try:
        runs = 1 if quick else 5
        small = measure(template, SMALL, folder, runs)
        full = small if quick else measure(template, {}, folder, runs)
        if not quick:
            fill_small = folder / "small.xlsx"
            (folder / "blank.xlsx").write_bytes(workbook_bytes(template, UNIT, capacity=SMALL))
            fill(folder / "blank.xlsx", template.folder / "demo" / "reference", fill_small, template=template)
            small["engine loads and calculates the file"] = once(lambda: engine(fill_small))
    finally:
        shutil.rmtree(folder)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}; medians of {runs} runs\n")
    print("| step | small workbook, s | full workbook, s |")
    print("|---|---:|---:|")
    for name, value in small.items():
        digits = 0 if name.startswith("formulas in") else 3
        large = f"{full[name]:.{digits}f}" if full[name] else "not run"
        print(f"| {name} | {value:.{digits}f} | {large} |")
    slow = small["engine loads and calculates the file"]
    if slow:
        for step in ("check, all included", "generate"):
            print(f"\nengine loading the file ÷ {step} (same small file): {slow / small[step]:.0f}×")
    print(f"check ÷ unzip of the full file: {full['check, all included'] / full['unzip (floor)']:.0f}×")


if __name__ == "__main__":
    main()
