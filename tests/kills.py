"""Collecting, joining and closing, killed again and again: nothing lost or half done, a rerun ends as ever.

python tests/kills.py                       30 kills
python tests/kills.py --kills 100 --seed 7  others, more

Each round starts ``xlbudget collect`` (``consolidate``, ``close``) as a process of its own and ends it with
SIGKILL after a random time. After each kill: what is registered is whole, the originals are those that were
returned, a summary is there as a whole or not at all. At last the same commands are run to their ends: the
register must say what it says without any kill, but for times, and the summary have the same bytes. Then two
processes collect at once: every file is registered once.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from xlbudget import fill, generate, load_template, read_roster
from xlbudget.department.collection import Collection, Receipt
from xlbudget.department.collection.folder import is_collection
from xlbudget.department.collection.verification import verify

TEMPLATE = "shanxi_provincial/2023"
SMALL = {"基本支出": 60, "项目支出": 20}
_ORDER = ("collect", "consolidate", "collect", "close")


@dataclass
class Outcome:
    """What happened: kills while a command ran, at how many receipts, and everything that was wrong."""

    kills: Counter[str] = field(default_factory=Counter)
    receipts: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def returned(folder: Path) -> list[Path]:
    """Write what each unit of the demonstration department returns."""
    template = load_template(TEMPLATE)
    demo = template.folder / "demo"
    files = []
    for unit in read_roster(demo / "units.csv", template).units:
        issued = generate(template, folder / "issued", unit, capacity=SMALL)
        target = folder / "returned" / f"{unit.code}.xlsx"
        files.append(fill(issued, demo / "department" / unit.code, target, template=template))
    return files


def sent_again(firsts: Sequence[Path], folder: Path, times: int) -> list[Path]:
    """Write each workbook several times, with other bytes after its end as a second sending may have."""
    folder.mkdir()
    files = []
    for first in firsts:
        for at in range(times):
            files.append(folder / f"{first.stem}_{at}.xlsx")
            files[-1].write_bytes(first.read_bytes() + b"\0" * at)
    return files


def command(name: str, folder: Path, roster: Path, files: Sequence[Path]) -> list[str]:
    """Return the command line that is killed."""
    if name == "collect":
        arguments = ["collect", *map(str, files), "--into", str(folder), "--roster", str(roster)]
        return [sys.executable, "-m", "xlbudget", *arguments, "--workers", "1"]
    if name == "consolidate":
        arguments = ["consolidate", str(folder), "-o", str(summary_of(folder)), "--name", "试验"]
        return [sys.executable, "-m", "xlbudget", *arguments]
    return [sys.executable, "-m", "xlbudget", "close", str(folder), "--reason", "试验"]


def summary_of(folder: Path) -> Path:
    """Return where the summary of a collection is written."""
    return folder.with_suffix(".xlsx")


def seconds_of(arguments: list[str]) -> float:
    """Run a command to its end and return how long it took."""
    start = time.monotonic()
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def killed(arguments: list[str], seconds: float) -> bool:
    """Run a command and kill it after that time; whether it was still running."""
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    return False


def consistent(folder: Path, files: Sequence[Path]) -> tuple[int, list[str]]:
    """Return the number of receipts, and what is wrong with a collection after a kill."""
    if not is_collection(folder):
        return 0, []
    known = {hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    with Collection(folder) as collection:
        if not collection.settings:
            return 0, []  # killed before the collection was begun
        verified = verify(folder)
        faults = list(verified.changes)
        strange = [receipt.number for receipt in collection.receipts() if receipt.sha256 not in known]
        faults += [f"receipt {number} is none of the files" for number in strange]
        return verified.receipts, faults


def content(folder: Path) -> list[Receipt]:
    """Return what the register says, without times and numbers."""
    with Collection.open(folder) as collection:
        return sorted(
            (
                replace(receipt, number=0, received_at="", source="", report_sha256="")
                for receipt in collection.receipts()
            ),
            key=lambda receipt: receipt.sha256,
        )


def run(kills: int, seed: int, folder: Path, times: int = 3, firsts: Sequence[Path] = ()) -> Outcome:
    """Kill so many times, then compare with a quiet run; each unit returns its workbook ``times`` times."""
    chance, outcome = random.Random(seed), Outcome()
    roster = load_template(TEMPLATE).folder / "demo" / "units.csv"
    files = sent_again(firsts or returned(folder), folder / "sent", times)
    whole = folder / "whole"
    longest = {"collect": seconds_of(command("collect", whole, roster, files))}
    longest["close"] = longest["collect"]
    longest["consolidate"] = seconds_of(command("consolidate", whole, roster, files))
    summary = summary_of(whole).read_bytes()
    torn, rounds = folder / "torn", 0
    while outcome.kills.total() < kills:
        name = _ORDER[rounds % len(_ORDER)]
        target = {"collect": torn, "consolidate": whole, "close": folder / f"closed{rounds}"}[name]
        if name == "close":  # a finished collection
            subprocess.run(command("collect", target, roster, files), check=True, stdout=subprocess.DEVNULL)
        summary_of(whole).unlink(missing_ok=True)
        if killed(command(name, target, roster, files), chance.uniform(0.1, longest[name] * 1.1)):
            outcome.kills[name] += 1
        receipts, faults = consistent(target, files)
        outcome.receipts.append(receipts)
        outcome.faults += faults
        if summary_of(whole).exists() and summary_of(whole).read_bytes() != summary:
            outcome.faults.append("a summary that is half done")
        if receipts == len(files) and target == torn:
            outcome.faults += _differences(torn, whole)
            torn = folder / f"torn{rounds}"
        rounds += 1
    for name, target in (("collect", torn), ("consolidate", whole)):
        subprocess.run(command(name, target, roster, files), check=True, stdout=subprocess.DEVNULL)
    outcome.faults += _differences(torn, whole) + consistent(torn, files)[1]
    if summary_of(whole).read_bytes() != summary:
        outcome.faults.append("a rerun that makes another summary")
    outcome.faults += at_once(folder / "both", roster, files)
    return outcome


def _differences(one: Path, other: Path) -> list[str]:
    ours, theirs = content(one), content(other)
    return [f"{mine} is not {theirs[at]}" for at, mine in enumerate(ours) if mine != theirs[at]]


def at_once(folder: Path, roster: Path, files: Sequence[Path]) -> list[str]:
    """Collect with two processes at once, in opposite orders; return what is wrong."""
    lines = [command("collect", folder, roster, part) for part in (files, list(reversed(files)))]
    processes = [subprocess.Popen(line, stdout=subprocess.DEVNULL) for line in lines]
    faults = [f"exit code {process.wait()}" for process in processes if process.wait()]
    receipts, wrong = consistent(folder, files)
    if receipts != len(files):
        faults.append(f"{receipts} receipts of {len(files)} files")
    return faults + wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=30, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="which moments")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = run(given.kills, given.seed, Path(folder))
    for fault in outcome.faults:
        print(fault)
    killed = ", ".join(f"{number} of {name}" for name, number in sorted(outcome.kills.items()))
    steps = f"{len(set(outcome.receipts))} different numbers of receipts"
    print(f"{outcome.kills.total()} kills ({killed}), found at {steps}: {len(outcome.faults)} faults")
    return bool(outcome.faults)


if __name__ == "__main__":
    sys.exit(main())
