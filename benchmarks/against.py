"""This checkout beside an earlier one, in one run: seconds, processor seconds, memory, and ratios.

git worktree add ../earlier COMMIT
python benchmarks/against.py ../earlier                  300 units, medians of 3
python benchmarks/against.py ../earlier --units 60 --runs 1
python benchmarks/against.py ../earlier --steps check --warm     cold and warm checks alone

Each checkout makes its own workbooks (definitions differ) and runs its own commands, in turn, every step a
process of its own. Memory is that of the largest process. A collection is made anew for each run. With
``--warm`` a second table holds the checks of a warm worker (``speed.py --parts stages`` of each checkout)
against one another and against unzipping and parsing. Bars that have been set stand beside the ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from collection import SHARED

HERE = Path(__file__).parents[1]
PUBLISHED = 12
MAKE = """
import itertools, sys
from pathlib import Path
checkout, folder, count, size = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
sys.path[:0] = [str(checkout / part) for part in (".", "benchmarks", "tests")]
import collection
template = collection.load_template(collection.TEMPLATE)
capacity = collection.budgets.CAPACITY if size == "small" else None
collection.returns(folder, list(itertools.islice(collection.models(template, capacity), count)), count)
"""
STEPS: Mapping[str, Sequence[str]] = {
    "check of one workbook, cold": ("check", "{one}"),
    "the same, the verdict alone": ("check", "{one}", "{quick}"),
    "collect": ("collect", "报送", "--into", "收件", "--roster", "units.csv"),
    "status": ("status", "收件", "-o", "收件情况.html"),
    "consolidate": ("consolidate", "收件", "-o", "汇总.xlsx", *SHARED),
    "close": ("close", "收件", "--reason", "示例", *SHARED),
    "generate": ("generate", "{template}", "-o", "空白"),
    "publish 12 units": ("publish", "公开", "-o", "公开文件", "--draft"),
}
ROUND = ("collect", "status", "consolidate", "close")
BARS = {
    "check of one workbook, cold": 0.7,
    "consolidate": 0.35,
    "publish 12 units": 0.6,
    "the round": 0.65,
}
"""The most that seconds may be of the earlier ones; of the round the memory may be 350 MB."""
WARM = {
    "check of the small workbook, all included": ("small, clean", 2.2),
    "small, one finding": ("small, one finding", 2.2),
    "full size, clean": ("full size, clean", 3.2),
    "full size, one finding": ("full size, one finding", 3.2),
}
"""What a warm worker is measured by, the name of its floor, and how many times as long it may take."""
MADE = ("收件", "收件情况.html", "汇总.xlsx", "空白", "公开文件")


@dataclass(frozen=True)
class Measure:
    """What a step takes: seconds, seconds of processors, MB of its largest process."""

    seconds: float
    worked: float
    megabytes: float


def made(checkout: Path, folder: Path, units: int, size: str) -> None:
    """Write the returns of that many units as a checkout has them, and some of them to be published."""
    command = [sys.executable, "-c", MAKE, str(checkout), str(folder), str(units), size]
    subprocess.run(command, cwd=folder, check=True, env=environment(checkout))
    (folder / "公开").mkdir()
    for path in sorted((folder / "报送").iterdir())[:PUBLISHED]:
        shutil.copy(path, folder / "公开")


def environment(checkout: Path) -> dict[str, str]:
    """Return the environment in which a checkout's own package is imported."""
    return {**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": ""}


def measured(words: Sequence[str], checkout: Path, folder: Path) -> Measure:
    """Run a command of a checkout; findings make no difference, a crash ends the benchmark."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        command = [sys.executable, "-m", "xlbudget", *words]
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said, env=environment(checkout))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        if process.returncode not in (0, 1):
            said.seek(0)
            sys.exit(f"{checkout}: {' '.join(words)}: {said.read().decode()}")
    return Measure(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def steps_of(checkout: Path, folder: Path) -> dict[str, list[str]]:
    """Return the words of each step; an earlier checkout may not have the engine as a judge."""
    judges = (checkout / "xlbudget" / "checking" / "engine_judge.py").exists()
    words = {
        "{one}": str(min((folder / "报送").iterdir())),
        "{quick}": "--no-judge" if judges else "",
        "{template}": "shanxi_provincial/2023",
    }
    return {
        step: [word for part in parts if (word := words.get(part, part))] for step, parts in STEPS.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("earlier", type=Path, help="another checkout")
    parser.add_argument("--units", type=int, default=300)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--small", action="store_true", help="small workbooks")
    parser.add_argument("--warm", action="store_true", help="the checks of a warm worker as well")
    parser.add_argument(
        "--steps", nargs="+", default=list(STEPS), help="words that the steps' names begin with"
    )
    given = parser.parse_args()
    wanted = [step for step in STEPS if any(step.startswith(word) for word in given.steps)]
    checkouts = {"earlier": given.earlier.resolve(), "now": HERE}
    found: dict[tuple[str, str], list[Measure]] = {}
    with tempfile.TemporaryDirectory() as room:
        folders = {name: Path(room, name) for name in checkouts}
        for name, checkout in checkouts.items():
            folders[name].mkdir()
            made(checkout, folders[name], given.units, "small" if given.small else "full")
        for _ in range(given.runs):
            for step in wanted:
                for name, checkout in checkouts.items():
                    words = steps_of(checkout, folders[name])[step]
                    found.setdefault((name, step), []).append(measured(words, checkout, folders[name]))
            for folder in folders.values():
                for part in MADE:
                    shutil.rmtree(folder / part, ignore_errors=True)
                    (folder / part).unlink(missing_ok=True)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, ", end="")
    print(f"{given.units} units, medians of {given.runs}\n")
    show(found, wanted)
    if given.warm:
        show_warm({name: warm(checkout) for name, checkout in checkouts.items()})


def warm(checkout: Path) -> dict[str, float]:
    """Return the milliseconds of the checks of a warm worker, and of their floors, by name."""
    with tempfile.TemporaryDirectory() as room:
        figures = Path(room, "figures.json")
        command = [sys.executable, "benchmarks/speed.py", "--parts", "stages", "-o", str(figures)]
        subprocess.run(command, cwd=checkout, check=True, env=environment(checkout), capture_output=True)
        rows = json.loads(figures.read_text(encoding="utf-8"))["rows"]
    return {row["what"]: 1000 * row["seconds"] for row in rows}


def show_warm(measured: Mapping[str, Mapping[str, float]]) -> None:
    """Print the checks of a warm worker in both checkouts, and beside unzipping and parsing."""
    print("\n| warm check | earlier: ms | now: ms | ratio | bar | now ÷ unzip and parse | bar |")
    print(f"|---|{'---:|' * 6}")
    old, new = measured["earlier"], measured["now"]
    for what, (kind, bar) in WARM.items():
        floor = new[what] / new[f"{kind}: floor (unzip, expat)"]
        cells = f"{old[what]:.1f} | {new[what]:.1f} | {new[what] / old[what]:.2f} | 1.1 | {floor:.2f} | {bar}"
        print(f"| {what} | {cells} |")


def show(found: Mapping[tuple[str, str], Sequence[Measure]], steps: Sequence[str]) -> None:
    """Print the table; the round is the sum of its steps' medians."""
    print("| step | earlier: s | processor | MB | now: s | processor | MB | ratio: s | processor | bar |")
    print(f"|---|{'---:|' * 9}")
    medians = {
        key: Measure(
            *(
                statistics.median(getattr(part, name) for part in parts)
                for name in ("seconds", "worked", "megabytes")
            )
        )
        for key, parts in found.items()
    }
    rows = {step: [medians[name, step] for name in ("earlier", "now")] for step in steps}
    if set(ROUND) <= set(steps):
        rows["the round"] = [
            Measure(
                sum(medians[name, step].seconds for step in ROUND),
                sum(medians[name, step].worked for step in ROUND),
                max(medians[name, step].megabytes for step in ROUND),
            )
            for name in ("earlier", "now")
        ]
    for step, (old, new) in rows.items():
        cells = [f"{part.seconds:.2f} | {part.worked:.2f} | {part.megabytes:.0f}" for part in (old, new)]
        ratios = f"{new.seconds / old.seconds:.2f} | {new.worked / old.worked:.2f}"
        print(f"| {step} | {' | '.join(cells)} | {ratios} | {BARS.get(step, '')} |")


if __name__ == "__main__":
    main()
