"""What a batch costs: processor time per workbook on one core, stage by stage, beside the floor.

python benchmarks/batch.py              small and full-size workbooks; two minutes
python benchmarks/batch.py --workbook FILE --count 2      copies of a filled workbook

The workbooks of a batch are returns of one template that differ in every amount, as those of a department
do. A worker that has checked a few files of the kind checks each of them once and writes the JSON report of
all. The floor is inflating every part and letting expat parse it, with no handlers, measured right after
each file. All figures are medians over the files.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from xml.parsers import expat

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from per_workbook import SMALL, UNIT
from support import generated_budgets as budgets

from xlbudget import fill, load_template, read
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.one_file import check_submission
from xlbudget.checking.problems import run_checks
from xlbudget.checking.rule_findings import run_rules
from xlbudget.checking.runs.batch import Batch
from xlbudget.checking.whole_report import report_of
from xlbudget.files.collector import paused_collector
from xlbudget.files.patched_cells import overwrite_cells
from xlbudget.files.xlsx import Limits
from xlbudget.files.xlsx.package import Package
from xlbudget.files.xlsx.source import load
from xlbudget.model import CellValue, ColumnKind, EntryRow, WorkbookReport, WorkbookTemplate
from xlbudget.reports.json_findings import render
from xlbudget.returns.reading import open_workbook
from xlbudget.returns.reading import read as read_opened
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.sheets.writing import workbook_bytes

LEDGER_ROWS = 300
"""Rows of basic and of project expenditure in a full-size workbook, all of them filled in."""

STAGES = (
    "inflate",
    "parse and read cells",
    "entries",
    "recalculate",
    "checks",
    "rules",
    "the rest",
    "report",
)

WARM = 2
"""Files that a worker has checked before it is measured."""

RUNS = 5
"""How often the report is written."""

COUNT = 100
"""Numbers below it are counts of something, not amounts in 元."""

Entries = Mapping[str, Sequence[EntryRow]]


@dataclass
class Timing:
    """Processor seconds for one workbook by what they went into, an item each time, and the findings made."""

    spent: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    findings: int = 0

    def of(self, name: str) -> float:
        """Return the median seconds of a stage."""
        if name == "the rest":
            known = sum(self.of(stage) for stage in STAGES if stage not in ("the rest", "report"))
            return self.of("check") - known
        return statistics.median(self.spent[name])

    @property
    def workbook(self) -> float:
        """Seconds for a workbook, all included."""
        return self.of("check") + self.of("report")


# ------------------------------------------------------------------ workbooks


def crowded(template: WorkbookTemplate, rows: int, seed: int = 0) -> Entries:
    """Return the ledgers of a budget that fills ``rows`` rows of basic and of project expenditure."""
    chance = random.Random(rows + seed)
    maker = budgets._Rows(template, chance, "大", "行政", budgets.SOURCES)
    tied = [code for code in maker.staff if budgets.STAFF[code]]
    free = [code for code in maker.staff if not budgets.STAFF[code]]
    functional = template.catalogue("功能科目")
    own = [
        row[functional.key]
        for row in functional.rows
        if row["级次"] == "项" and not row[functional.key].startswith(("208", "210", "221"))
    ]
    basic = [maker._basic(code, carried=True) for code in tied]
    for maker.own in chance.sample(own, -(-rows // len(free))):
        basic += [maker._basic(code, carried=True) for code in free]
    basic = basic[:rows]
    maker.others = chance.sample(own, 40)
    projects = [maker._project(number) for number in range(1, rows + 1)]
    revenue, items = maker._revenue([*basic, *projects])
    return {
        "基本支出": budgets._numbered(basic),
        "项目支出": budgets._numbered(projects),
        "收入": revenue,
        "收入科目": budgets._numbered(items),
    }


def write_ledgers(template: WorkbookTemplate, entries: Entries, folder: Path) -> None:
    """Write entries as the CSV ledgers that ``fill`` takes."""
    folder.mkdir()
    for table, rows in entries.items():
        entry = template.entry(table)
        label = next((column.key for column in entry.columns if not column.entry), "")
        typed = [column.key for column in entry.columns if column.entry]
        with (folder / entry.csv).open("w", encoding="utf-8", newline="") as stream:
            out = csv.writer(stream)
            out.writerow([*([label] if entry.lines else []), *typed])
            for row in rows:
                name = [entry.lines[row.row].key] if entry.lines else []
                out.writerow([*name, *(_text(row.values.get(key)) for key in typed)])


def _text(value: CellValue) -> str:
    return "" if value is None else str(value)


_NUMBER = re.compile(r'(<c r="([A-Z]+\d+)"(?: s="\d+")?(?: t="n")?>(?:<f>[^<]*</f>)?<v>)[^<]*(</v>)')


def multiplied(workbook: Path, template: WorkbookTemplate, copies: Sequence[Path]) -> None:
    """Write copies of a filled workbook with amounts once, twice … as large, as Excel would store them."""
    submission = read(workbook, template)
    plan = plan_of(template, submission.capacity)
    with zipfile.ZipFile(workbook) as archive:
        sheets = {part: sheet for sheet, part in _parts(archive).items()}
        parts = {name: archive.read(name) for name in archive.namelist()}
    for times, copy in enumerate(copies, 1):
        entries = {
            table: tuple(EntryRow(row.row, _multiplied(template, table, row, times)) for row in rows)
            for table, rows in submission.entries.items()
        }
        values = plan.evaluate(entries)
        numbers: dict[str, dict[str, str]] = defaultdict(dict)
        for cell in values.changed_cells:
            value = values.raw(cell)
            if type(value) is float:
                address = plan.layout.address(*cell)
                numbers[plan.layout.tables[cell.table].sheet][address] = format(value, ".17g")
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as output:
            for name, data in parts.items():
                known = numbers.get(sheets.get(name, ""))
                output.writestr(name, _renumbered(data.decode(), known) if known else data)


def _multiplied(template: WorkbookTemplate, table: str, row: EntryRow, times: int) -> dict[str, CellValue]:
    """Return an entry row with its amounts so many times as large; counts stay as they are."""
    amounts = {column.key for column in template.entry(table).columns if column.kind is ColumnKind.AMOUNT}
    return {
        key: value * times if isinstance(value, Decimal) and key in amounts and value >= COUNT else value
        for key, value in row.values.items()
    }


def _renumbered(sheet: str, numbers: Mapping[str, str]) -> str:
    def written(found: re.Match[str]) -> str:
        number = numbers.get(found[2])
        return found[0] if number is None else f"{found[1]}{number}{found[3]}"

    return _NUMBER.sub(written, sheet)


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the part of each sheet by name, as openpyxl numbers them: in their order."""
    names = re.findall(r'<sheet [^>]*?name="([^"]*)"', archive.read("xl/workbook.xml").decode())
    return {name: f"xl/worksheets/sheet{number}.xml" for number, name in enumerate(names, 1)}


def overwritten(workbook: Path, template: WorkbookTemplate, output: Path) -> None:
    """Write a copy in which one formula of a form has been overwritten by a number: one finding."""
    submission = read(workbook, template)
    plan = plan_of(template, submission.capacity)
    form, panel = next(template.panels)
    column = next(part for part in panel.columns if part.kind is ColumnKind.AMOUNT and not part.hidden)
    cell = next(
        cell
        for cell in plan.blueprint.formulas
        if (cell.table, cell.column) == (panel.id, column.key)
        and submission.stored[cell].text not in ("", "0")
    )
    change = {form.sheet: {plan.layout.address(*cell): 1234.5}}
    output.write_bytes(overwrite_cells(workbook.read_bytes(), change))


# --------------------------------------------------------------------- timing


def _spent(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


def floor(path: Path) -> None:
    """Inflate every part and let expat parse those that are XML, with no handlers."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            if name.endswith((".xml", ".rels", ".vml")):
                expat.ParserCreate().Parse(data, True)


def inflate(path: Path) -> None:
    """Inflate every part as the reader does."""
    package = Package(load(path, Limits()), Limits())
    for part in package.parts:
        for _ in package.chunks(part):
            pass


def whole(path: Path, batch: Batch) -> tuple[WorkbookReport, dict[str, float]]:
    """Return the report of a file, and what checking it takes."""
    start = time.process_time()
    report = batch.check(path)[0]
    return report, {"check": time.process_time() - start}


def stages(path: Path, batch: Batch) -> tuple[WorkbookReport, dict[str, float]]:
    """Return the report of a file, and what each stage of checking it takes."""
    spent, template = {"inflate": _spent(lambda: inflate(path))}, batch.template
    with paused_collector():
        moments = [time.process_time()]
        opened = open_workbook(path)
        moments.append(time.process_time())
        submission = read_opened(opened, template)
        moments.append(time.process_time())
        evidence = Evidence(template, submission)
        moments.append(time.process_time())
        run_checks(evidence)
        moments.append(time.process_time())
        run_rules(evidence)
        moments.append(time.process_time())
    steps = [after - before for before, after in pairwise(moments)]
    spent |= zip(STAGES[1:], steps, strict=False)
    spent["parse and read cells"] -= spent["inflate"]
    return check_submission(submission, template), spent


def measure(files: Sequence[Path], template: WorkbookTemplate) -> Timing:
    """Return what a batch takes after a worker has checked the first ``WARM`` files.

    Every file is checked once, so that nothing is remembered of it: in turn all at once and stage by stage.
    """
    batch, timing = Batch(template), Timing()
    reports = []
    for number, path in enumerate(files):
        report, spent = (stages if number % 2 else whole)(path, batch)
        reports.append(report)
        if number >= WARM:
            for name, seconds in spent.items():
                timing.spent[name].append(seconds)
            timing.spent["floor"].append(_spent(lambda: floor(path)))  # noqa: B023
    for _ in range(RUNS):
        reporting = _spent(lambda: render(report_of(template, reports), Path()))
        timing.spent["report"].append(reporting / len(files))
    timing.findings = sum(len(report.findings) for report in reports)
    return timing


def batch_of(workbook: Path, template: WorkbookTemplate, count: int) -> tuple[list[Path], list[Path]]:
    """Return so many workbooks without findings and as many with one each, made from a filled one."""
    clean = [workbook.with_name(f"{workbook.stem}_{times}.xlsx") for times in range(1, 2 * count + 1)]
    multiplied(workbook, template, clean)
    spoilt = [path.with_name(f"错_{path.name}") for path in clean[count:]]
    for path, other in zip(clean[count:], spoilt, strict=True):
        overwritten(path, template, other)
    return clean[:count], spoilt


def workbooks(template: WorkbookTemplate, folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield a filled small workbook (the reference budget) and one of full size, every row filled in."""
    write_ledgers(template, crowded(template, LEDGER_ROWS), folder / "ledgers")
    reference = template.folder / "demo" / "reference"
    for name, capacity, entries in (("small", SMALL, reference), ("full", {}, folder / "ledgers")):
        blank, filled = folder / f"{name}_blank.xlsx", folder / f"{name}.xlsx"
        blank.write_bytes(workbook_bytes(template, UNIT, capacity=capacity))
        yield name, fill(blank, entries, filled, template=template)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--workbook", type=Path, help="a filled workbook without findings")
    parser.add_argument(
        "--count", type=int, default=24, help="workbooks of a batch, after those that warm up"
    )
    options = parser.parse_args()
    template = load_template("shanxi_provincial/2023")
    folder = Path(tempfile.mkdtemp())
    columns: list[tuple[str, Timing]] = []
    try:
        given = options.workbook and [("given", Path(shutil.copy(options.workbook, folder)))]
        for name, filled in given or workbooks(template, folder):
            batches = batch_of(filled, template, WARM + options.count)
            for words, files in zip(("clean", "one finding"), batches, strict=True):
                columns.append((f"{name}, {words}", measure(files, template)))
    finally:
        shutil.rmtree(folder)
    print_table(columns, options.count)


def print_table(columns: Sequence[tuple[str, Timing]], count: int) -> None:
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}; one core; medians over {count} workbooks of each kind\n")

    def row(title: str, figure: Callable[[Timing], float], digits: int = 1) -> None:
        print(f"| {title} | {' | '.join(f'{figure(timing):.{digits}f}' for _, timing in columns)} |")

    print(f"| ms of processor time per workbook | {' | '.join(name for name, _ in columns)} |")
    print(f"|---|{'---:|' * len(columns)}")
    for stage in STAGES:
        row(stage, lambda timing: timing.of(stage) * 1000)  # noqa: B023
    row("all included", lambda timing: timing.workbook * 1000)
    row("floor: unzip and expat, no handlers", lambda timing: timing.of("floor") * 1000)
    row("all included ÷ floor", lambda timing: timing.workbook / timing.of("floor"), 2)
    row("workbooks/s on one core", lambda timing: 1 / timing.workbook, 0)
    row("findings in the batch", lambda timing: timing.findings, 0)


if __name__ == "__main__":
    main()
