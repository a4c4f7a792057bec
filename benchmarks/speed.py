"""One table of what checking costs: start-up, stages, files, ledger rows and forms, and other programs.

python benchmarks/speed.py                          some ten minutes; prints the table
python benchmarks/speed.py --files 100 1000 10000   some twenty minutes more
python benchmarks/speed.py -o speed.json --chart docs/images/speed.svg
python benchmarks/speed.py --chart speed.svg --from speed.json      draws what an earlier run has measured
python benchmarks/speed.py --quick                  a share of it, for the suite

Seconds are processor seconds for one workbook, all processes added up, medians where something is measured
more than once; ratios are to the check of the small workbook (the reference budget) in the same run. Whole
runs are `xlbudget check FOLDER -o findings.json` over returns that differ in every amount, in a process pool.
Whatever other program is not installed (LibreOffice, formualizer, ironcalc) has a row that says so.
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

sys.path.extend(str(Path(__file__).parents[1] / part) for part in ("tests", "studies"))

import batch
import chart
import engines
from batch import crowded
from copies import Original
from engines import Case, Took
from more_forms import with_more_forms
from per_workbook import SMALL, UNIT, once
from support.random_workbooks import random_entries, short_capacity, short_template

from xlbudget import WorkbookTemplate, fill, load_template, read
from xlbudget.returns.entry_files import read_entries
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.sheets.writing import workbook_bytes

TEMPLATE = "shanxi_provincial/2023"
STEPS_OF_RECALCULATION = ("inflate", "parse and read cells", "entries", "recalculate")
CHECK = "check of the small workbook, all included"


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    stage_files: int = 12
    growth_files: int = 6
    runs: tuple[int, ...] = (100, 1_000)
    rows: tuple[int, ...] = (10, 30, 100, 300)
    forms: tuple[int, ...] = (1, 2, 3)
    engine_runs: int = 5
    converted: int = 10
    cores: tuple[int, ...] = (1, 2)
    seed: int = 0
    starts: int = 7
    rounds: int = 3
    """How often a whole run is made on each number of cores, in turn: the machine's speed may change."""
    slow: bool = True
    """Whether what takes a minute or more takes part."""


QUICK = Size(2, 2, (2,), (), (), 1, 1, cores=(2,), starts=1, rounds=1, slow=False)
LARGE = 10_000
"""From so many files on a run on one core is left out, for its time."""


@dataclass(frozen=True)
class Row:
    """A line of the table: processor seconds for one workbook; None where nothing could be measured."""

    group: str
    what: str
    seconds: float | None
    note: str = ""
    figures: dict[str, float] | None = None
    """The same and more as numbers, for programs."""


# ------------------------------------------------------------------- one workbook


def one_workbook(template: WorkbookTemplate, small: Path, size: Size) -> Iterator[Row]:
    """Yield what checking one workbook takes in a warm worker, and what its stages take."""
    group = "one workbook, one core, warm"
    for name, workbook in workbooks(template, small, size):
        batches = batch.batch_of(workbook, template, batch.WARM + size.stage_files)
        for kind, files in zip(("clean", "one finding"), batches, strict=True):
            timing = batch.measure(files, template)
            stages = {stage: timing.of(stage) for stage in batch.STAGES}
            first = (name, kind) == ("small", "clean")
            yield Row(group, CHECK if first else f"{name}, {kind}", timing.workbook, figures=stages)
            for stage, seconds in stages.items() if first else ():
                yield Row(group, f"– {stage}", seconds)
            note = f"the check is {timing.workbook / timing.of('floor'):.2f} times as long"
            yield Row(group, f"{name}, {kind}: floor (unzip, expat)", timing.of("floor"), note)


def workbooks(template: WorkbookTemplate, small: Path, size: Size) -> Iterator[tuple[str, Path]]:
    """Yield the small filled workbook and, if there is time, a full one with every ledger row filled in."""
    yield "small", small
    if size.slow:
        full = small.with_name("full.xlsx")
        full.write_bytes(workbook_bytes(template, UNIT, crowded(template, batch.LEDGER_ROWS, size.seed)))
        yield "full size", full


# ---------------------------------------------------------------------- start-up


def fresh_processes(_: WorkbookTemplate, small: Path, size: Size) -> Iterator[Row]:
    """Yield what commands take from their start to their end, each in a process of its own."""
    returned = small.with_name("returned_twice")
    returned.mkdir()
    for number in range(2):
        shutil.copy(small, returned / f"{number}.xlsx")
    commands = {
        "--help": ["--help"],
        "lint": ["lint"],
        "check of one workbook": ["check", str(small)],
        "check of two workbooks, one process": ["check", str(returned), "--workers", "1"],
        "check of two workbooks, two worker processes": ["check", str(returned), "--workers", "2"],
    }
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    for what, words in commands.items():
        worked, clock = [], []
        for _ in range(size.starts):
            command = [sys.executable, "-m", "xlbudget", *words]
            before = engines.worked()
            clock.append(
                once(lambda: subprocess.run(command, env=environment, check=False, capture_output=True))  # noqa: B023
            )
            worked.append(engines.worked() - before)
        seconds = statistics.median(clock)
        note = f"{seconds:.2f} s by the clock, {min(clock):.2f} s at best"
        figures = {"clock": seconds, "best": min(clock)}
        yield Row("one command in a fresh process", what, statistics.median(worked), note, figures)


# -------------------------------------------------------------------- whole runs


def whole_runs(template: WorkbookTemplate, small: Path, size: Size) -> Iterator[Row]:
    """Yield runs of the command over growing folders, on one core and on two: some of each, in turn."""
    original = Original(small, template)
    for count in size.runs:
        returned = small.with_name(f"returned_{count}")
        original.write(returned, count)
        large = count >= LARGE
        kinds = size.cores[-1:] if large else size.cores
        rounds = [[run(returned, cores) for cores in kinds] for _ in range(1 if large else size.rounds)]
        for at, cores in enumerate(kinds):
            found = typical([each[at] for each in rounds])
            took = found["seconds"]
            note = f"{took:.1f} s, {count / took:.1f} workbooks/s; memory at most "
            note += f"{found['parent']:.0f} MB" if cores == 1 else words_of_memory(found)
            if at:
                gain = statistics.median(each[0]["seconds"] / each[at]["seconds"] for each in rounds)
                note += f"; {gain:.2f} × as fast as one core"
            figures = {**found, "files": count, "cores": cores}
            yield Row(
                "whole runs",
                f"{count:,} files, {cores} core{'s' * (cores > 1)}",
                found["worked"] / count,
                note,
                figures,
            )
        shutil.rmtree(returned)


def typical(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the median of each figure; of memory the most."""
    gathered = {name: [each[name] for each in runs] for name in runs[0]}
    return {
        name: max(values) if name in ("parent", "worker") else statistics.median(values)
        for name, values in gathered.items()
    }


def words_of_memory(found: dict[str, float]) -> str:
    return f"{found['parent']:.0f} MB in the main process, {found['worker']:.0f} MB in the largest worker"


def run(returned: Path, cores: int) -> dict[str, float]:
    """Check a folder: seconds, processor seconds, MB of the main process and of the largest worker."""
    measures, report = returned.with_suffix(".measures"), returned.with_suffix(".json")
    words = ["check", str(returned), "-o", str(report), "--workers", str(cores)]
    command = [sys.executable, str(Path(__file__).with_name("watched.py")), str(measures), *words]
    worked = engines.worked()
    seconds = once(lambda: subprocess.run(command, check=True, capture_output=True))
    worked = engines.worked() - worked
    summary = json.loads(report.read_bytes())["summary"]
    if summary["accepted"] != summary["workbooks"]:
        raise SystemExit(f"clean workbooks were not accepted: {summary}")
    return {"seconds": seconds, "worked": worked, **json.loads(measures.read_text(encoding="utf-8"))}


# ------------------------------------------------------------------------ growth


def by_rows(template: WorkbookTemplate, small: Path, size: Size) -> Iterator[Row]:
    """Yield what a check takes by rows of the two ledgers: as many of each, all of them filled in."""
    for rows in size.rows:
        capacity = {"基本支出": rows, "项目支出": rows}
        content = workbook_bytes(template, UNIT, crowded(template, rows, size.seed), capacity=capacity)
        yield grown(
            "ledger rows", f"{rows} + {rows} rows", content, template, small.with_name(f"rows_{rows}"), size
        )


def by_forms(template: WorkbookTemplate, small: Path, size: Size) -> Iterator[Row]:
    """Yield what a check takes by number of forms; the entries are those of the reference budget."""
    for times in size.forms:
        larger = with_more_forms(template, times, small.with_name(f"forms_{times}"))
        capacity = dict(plan_of(larger, SMALL).layout.capacity)
        entries = read_entries(template.folder / "demo" / "reference", larger, capacity)
        content = workbook_bytes(larger, UNIT, entries, capacity=SMALL)
        yield grown(
            "forms", f"{len(larger.forms)} forms", content, larger, small.with_name(f"of_{times}"), size
        )


def grown(group: str, what: str, content: bytes, template: WorkbookTemplate, folder: Path, size: Size) -> Row:
    """Return what checking copies of a workbook takes."""
    folder.mkdir()
    workbook = folder / "whole.xlsx"
    workbook.write_bytes(content)
    files = [folder / f"{times}.xlsx" for times in range(1, 1 + batch.WARM + size.growth_files)]
    batch.multiplied(workbook, template, files)
    timing = batch.measure(files, template)
    if timing.findings:
        raise SystemExit(f"{what}: clean workbooks have {timing.findings} findings")
    formulas = len(plan_of(template, read(workbook, template).capacity).blueprint.formulas)
    figures = {"formulas": formulas, "bytes": len(content)}
    return Row(group, what, timing.workbook, f"{formulas:,} formulas, {len(content) / 1000:.0f} kB", figures)


# ---------------------------------------------------------------- other programs


def other_programs(template: WorkbookTemplate, small: Path, size: Size) -> Iterator[Row]:
    """Yield what others take to load the small workbook and recalculate it, without checking anything."""
    group = "load and recalculate only, the same workbook"
    original = Original(small, template)
    copies = [
        small.with_name(f"other_{number}.xlsx")
        for number in range(batch.WARM + max(size.growth_files, size.converted))
    ]
    for number, path in enumerate(copies):
        path.write_bytes(original.copy(number))
    yield Row(group, "xlbudget: read and recalculate", recalculation(copies, template))
    cases = [Case.of(path, template) for path in copies[: size.converted]]
    for name, took in engines.rust(cases[0], size.engine_runs):
        yield Row(group, name, None, "not installed") if took is None else row_of(group, name, took)
    if not size.slow:
        return
    if engines.has_libreoffice():
        took = engines.by_libreoffice(cases, small.with_name("converted"))
        yield row_of(group, "LibreOffice, files of one run", took)
    else:
        yield Row(group, "LibreOffice", None, "not installed")
    twice = statistics.median(engines.by_openpyxl_twice(cases[0]) for _ in range(3))
    yield Row(group, "openpyxl, formulas and values", twice, "loads only; calculates nothing")


def tiny_workbook(template: WorkbookTemplate, small: Path, size: Size) -> Iterator[Row]:
    """Yield what the formulas engine takes for a workbook so small that it takes no hours."""
    if not size.slow:
        return
    tiny = short_template(template, small.with_name("tiny"))
    capacity = short_capacity(tiny, 6)
    layout = plan_of(tiny, capacity).layout
    paths = [small.with_name(f"tiny_{number}.xlsx") for number in range(batch.WARM + 6)]
    for number, path in enumerate(paths):
        path.write_bytes(
            workbook_bytes(
                tiny, UNIT, random_entries(layout, "full", size.seed * 100 + number), capacity=capacity
            )
        )
    cases = [Case.of(path, tiny) for path in paths[:3]]
    group = f"the formulas engine; a tiny workbook of {len(cases[0].plan.blueprint.formulas):,} formulas"
    yield Row(group, "xlbudget: read and recalculate it", recalculation(paths, tiny))
    yield Row(group, "formulas: load the file and calculate it", engines.by_formulas(cases[0]), "one run")
    compiling, took = engines.by_compiled_formulas(cases)
    yield row_of(group, "formulas, compiled before: calculate", took, f"compiled once in {compiling:.0f} s; ")
    twice = engines.by_openpyxl_twice(cases[0])
    note = "formulas and values, then the compiled engine"
    yield Row(group, "openpyxl twice + formulas compiled before", twice + took.seconds, note)


def recalculation(files: Sequence[Path], template: WorkbookTemplate) -> float:
    """Return what reading and recalculating takes, without checks, rules and report."""
    timing = batch.measure(files, template)
    return sum(timing.of(stage) for stage in STEPS_OF_RECALCULATION)


def row_of(group: str, what: str, took: Took, before: str = "") -> Row:
    """Return the row of a program, with how many form cells have our value."""
    note = f"{before}{took.equal:,} of {took.cells:,} form cells as ours"
    figures = {"equal": took.equal, "cells": took.cells}
    return Row(group, what, took.seconds, f"{note}; {took.note}" if took.note else note, figures)


PARTS: Mapping[str, Callable[[WorkbookTemplate, Path, Size], Iterator[Row]]] = {
    "start": fresh_processes,
    "stages": one_workbook,
    "runs": whole_runs,
    "rows": by_rows,
    "forms": by_forms,
    "others": other_programs,
    "formulas": tiny_workbook,
}


# ------------------------------------------------------------------------- table


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of the table."""
    check = next((row.seconds for row in rows if row.what == CHECK), None)
    yield "| | processor ms a workbook | ÷ check | |"
    yield "|---|---:|---:|---|"
    group = ""
    for row in rows:
        if row.group != group:
            group = row.group
            yield f"| **{group}** | | | |"
        took = "–" if row.seconds is None else f"{row.seconds * 1000:,.1f}"
        ratio = f"{row.seconds / check:,.2f}" if row.seconds is not None and check else "–"
        yield f"| {row.what} | {took} | {ratio} | {row.note} |".replace("|  |", "| |")


def machine() -> dict[str, Any]:
    """Return what the figures were measured on, and how busy it was: 1.0 is one core at work for others."""
    names = ("numpy", "openpyxl", "formulas", "formualizer", "ironcalc")
    return {
        "machine": platform.machine(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: engines.version(name) for name in names},
        "load before": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }


def words_of(found: dict[str, Any]) -> str:
    """Return the machine in a line."""
    words = f"{found['processor'] or found['machine']}, {found['cores']} cores, Python {found['python']}"
    busy = found["load before"]
    return words if busy is None else f"{words}; load of the machine before the run {busy:.1f}"


def processor() -> str:
    """Return the name of the processor as Linux says it; empty elsewhere."""
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text(encoding="utf-8").splitlines() if listed.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def measured(size: Size, parts: Sequence[str], given: Path | None) -> Iterator[Row]:
    """Yield the rows of some parts; ``given`` is a filled small workbook, which is made otherwise."""
    template = load_template(TEMPLATE)
    with tempfile.TemporaryDirectory() as name:
        small = Path(name) / "small.xlsx"
        if given:
            shutil.copy(given, small)
        else:
            blank = small.with_name("blank.xlsx")
            blank.write_bytes(workbook_bytes(template, UNIT, capacity=SMALL))
            fill(blank, template.folder / "demo" / "reference", small, template=template)
        for part in parts:
            yield from PARTS[part](template, small, size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a share of it")
    parser.add_argument("--files", type=int, nargs="+", help="how many files whole runs check (100 1000)")
    parser.add_argument("-o", "--output", type=Path, help="the figures as JSON, with the machine")
    parser.add_argument("--chart", type=Path, help="draw the figures (.svg or .png)")
    parser.add_argument(
        "--from", dest="earlier", type=Path, help="the JSON of an earlier run, instead of a run"
    )
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS, help="what to measure")
    parser.add_argument("--seed", type=int, default=0, help="other amounts in the workbooks that are made up")
    parser.add_argument("--workbook", type=Path, help="a filled small workbook, instead of making it")
    given = parser.parse_args()
    if given.earlier:
        found = json.loads(given.earlier.read_text(encoding="utf-8"))
    else:
        found = {"machine": machine(), "rows": []}
        for row in measured(size_of(given), given.parts, given.workbook):
            found["rows"].append(asdict(row))
            print(f"{row.group}: {row.what}", file=sys.stderr, flush=True)
    print(f"{words_of(found['machine'])}\n")
    print("\n".join(table([Row(**row) for row in found["rows"]])))
    if given.output:
        given.output.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if given.chart:
        chart.draw(found["rows"], given.chart)


def size_of(given: argparse.Namespace) -> Size:
    """Return how much the options ask for."""
    size = replace(QUICK if given.quick else Size(), seed=given.seed)
    return replace(size, runs=tuple(given.files)) if given.files else size


if __name__ == "__main__":
    main()
