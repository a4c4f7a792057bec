"""Thousands of broken workbooks through a whole check, in worker processes, from one seed.

python tests/fuzz.py                          5,000 workbooks
python tests/fuzz.py --count 500 --seed 7     others, fewer
python tests/fuzz.py --only 1234 --keep DIR   one of them again, kept as a file
python tests/fuzz.py --arrivals               20,000 mails and 20,000 zips through receiving instead

Fails when a file stops the batch, takes longer than 10 s or more than 500 MB of its own, or is accepted
in silence: amounts are not those of the workbook it was made from, by our reader or by openpyxl, and no
finding says so. Run from the folder above with the package importable.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import chain
from pathlib import Path
from typing import Any

import fuzz_arrivals
import openpyxl
from fuzz_arrivals import Outcome
from support.memory_of_process import peak_from_here, peak_memory
from support.mutated_files import STRUCTURE, VALUES, mutations

from xlbudget import Unit, load_template
from xlbudget.checking.one_file import check_file
from xlbudget.checking.runs.batch import Batch
from xlbudget.checking.runs.many_files import check_each
from xlbudget.model import ColumnKind, EntrySheet, Submission, WorkbookReport, WorkbookTemplate
from xlbudget.returns.entry_files import read_entries
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.layout import Layout
from xlbudget.workbook.sheets.writing import workbook_bytes

TEMPLATE = "shanxi_provincial/2023"
UNIT = Unit("103", "示范厅信息中心", "事业", "示范厅")
SMALL = {"基本支出": 12, "项目支出": 6, "年终结转": 2, "收入科目": 2}
SMALL |= {"F2": 16, "F3": 16, "F5": 16, "F6": 24, "F7": 3, "F8": 3, "F9收入": 3, "F9支出": 3}
SECONDS, MEGABYTES = 10.0, 500
KINDS = (*STRUCTURE, *VALUES)
ARRIVALS, PROGRESS = 40_000, 2_000
CHUNK = 240  # files on the disk at a time

Amounts = dict[tuple[str, int, str], Decimal]
"""(table, row, column) → amount in 元; blanks and zeros are left out."""


def small_template() -> WorkbookTemplate:
    return load_template(TEMPLATE)


def bases(template: WorkbookTemplate) -> list[bytes]:
    """A clean filled workbook as XlsxWriter writes it, and the same in a dialect for the slow reader."""
    from support import hostile_files as files

    rows = read_entries(
        template.folder / "demo" / "department" / UNIT.code, template, SMALL | _fixed(template)
    )
    plain = workbook_bytes(template, UNIT, rows, capacity=SMALL)
    parts = files.unzipped(plain)
    for name in parts:
        if "worksheets/" in name:
            parts[name] = parts[name].replace(b"<sheetData>", b"<!-- --><sheetData>\n<!-- -->")
    return [plain, files.zipped(parts)]


def _fixed(template: WorkbookTemplate) -> dict[str, int]:
    return dict(plan_of(template, SMALL).layout.capacity)


def amounts(submission: Submission | None) -> Amounts:
    """The amounts that we read."""
    found: Amounts = {}
    for table, rows in (submission.entries if submission else {}).items():
        for row in rows:
            for key, value in row.values.items():
                if isinstance(value, Decimal) and value:
                    found[table, row.row, key] = value
    return found


def amounts_by_openpyxl(path: Path, template: WorkbookTemplate, *, quick: bool = True) -> Amounts | None:
    """The same from openpyxl, or None where it cannot read the file; texts are nothing.

    ``quick`` reads rows as they come, which loses cells whose row is numbered wrongly.
    """
    layout = plan_of(template, SMALL).layout
    found: Amounts = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, data_only=True, read_only=quick)
            with contextlib.closing(book):  # rows are read, and complained of, only as they are asked for
                for entry in template.entries:
                    if not entry.prefilled:
                        grid = list(book[entry.sheet].iter_rows(values_only=True))
                        found |= _amounts_of(entry, layout, grid)
    except Exception:
        return None
    return found


def _amounts_of(entry: EntrySheet, layout: Layout, grid: Sequence[Sequence[Any]]) -> Amounts:
    """The amounts in the rows of one entry sheet."""
    found: Amounts = {}
    for row in range(layout.capacity[entry.id]):
        for column in entry.columns:
            if column.entry and column.kind is ColumnKind.AMOUNT:
                down, across = layout.position(entry.id, row, column.key)
                cells: Sequence[Any] = grid[down] if down < len(grid) else ()
                value = cells[across] if across < len(cells) else None
                if isinstance(value, int | float) and not isinstance(value, bool) and value:
                    found[entry.id, row, column.key] = Decimal(repr(value))
    return found


@dataclass(frozen=True, slots=True)
class FuzzBatch(Batch):
    """A batch that measures each file and looks for silent acceptance; ``wanted`` are the true amounts."""

    wanted: frozenset[tuple[tuple[str, int, str], Decimal]] = frozenset()

    def check(self, path: Path) -> Any:
        """Return the report and, in place of entries, whether they were read, seconds, MB and the fault."""
        before, start = peak_from_here(), time.process_time()
        report, submission = check_file(path, self.template)
        seconds = time.process_time() - start  # what others do on the machine is not the file's fault
        megabytes = peak_memory() - before
        return report, (submission is not None, seconds, megabytes, self._silent(path, report, submission))

    def _silent(self, path: Path, report: WorkbookReport, submission: Submission | None) -> str:
        if report.failed:
            return f"the check failed: {report.findings[0].message}"
        if report.findings:
            return ""
        wanted, ours = dict(self.wanted), amounts(submission)
        if ours != wanted:
            return f"accepted in silence: {_difference(wanted, ours)}"
        for quick in (True, False):
            theirs = amounts_by_openpyxl(path, self.template, quick=quick)
            if theirs is None or _alike(theirs, wanted):
                break
        else:
            return f"openpyxl reads other amounts: {_difference(wanted, theirs or {})}"
        return ""


def _alike(one: Amounts, other: Amounts) -> bool:
    try:
        return all(
            abs(one.get(key, Decimal(0)) - other.get(key, Decimal(0))) < Decimal("0.005")
            for key in {*one, *other}
        )
    except InvalidOperation:
        return False


def _difference(wanted: Amounts, found: Amounts) -> str:
    keys = [key for key in sorted({*wanted, *found}) if wanted.get(key) != found.get(key)]
    return "; ".join(f"{key} {wanted.get(key)} → {found.get(key)}" for key in keys[:3])


def run(count: int, seed: int, workers: int, start: int = 0, keep: Path | None = None) -> Iterator[Outcome]:
    """Check ``count`` variants and yield what became of each, in order."""
    template = small_template()
    sound = bases(template)
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        wanted = frozenset(_clean(template, sound, folder).items())
        batch = FuzzBatch(template, wanted=wanted)
        for first in range(start, start + count, CHUNK):
            size = min(CHUNK, start + count - first)
            names, paths = [], []
            for name, data in mutations(sound, size, seed, KINDS, first):
                names.append(name)
                paths.append(folder / f"{UNIT.code}_{name.replace(' ', '_')}.xlsx")
                paths[-1].write_bytes(data)
            for name, result in zip(names, check_each(paths, batch, workers=workers), strict=True):
                yield _outcome(name, *result)
            if keep is None:
                for path in paths:
                    path.unlink()


def _clean(template: WorkbookTemplate, sound: Sequence[bytes], folder: Path) -> Amounts:
    """Return the amounts of the sound workbooks, which must be clean and alike."""
    found = []
    for data in sound:
        path = folder / f"{UNIT.code}_{hashlib.sha256(data).hexdigest()[:8]}.xlsx"
        path.write_bytes(data)
        report, submission = check_file(path, template)
        theirs = amounts_by_openpyxl(path, template)
        assert not report.findings, [finding.message for finding in report.findings]
        assert theirs is not None and _alike(theirs, amounts(submission))
        found.append(amounts(submission))
    assert found[0] == found[1] and len(found[0]) > 15
    return found[0]


def _outcome(name: str, report: WorkbookReport, measured: Any) -> Outcome:
    mutation = name.split(maxsplit=1)[0].strip("_")
    if measured is None:  # the batch itself gave the file up
        return Outcome(name, mutation, 0.0, 0.0, report.findings[0].message)
    was_read, seconds, megabytes, fault = measured
    if seconds > SECONDS:
        fault = f"took {seconds:.1f} s"
    if megabytes > MEGABYTES:
        fault = f"took {megabytes:.0f} MB"
    kind = "refused" if not was_read else "findings" if report.findings else "clean"
    return Outcome(name, f"{mutation}: {kind}", seconds, megabytes, fault)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, help="how many files")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--start", type=int, default=0, help="number of the first")
    parser.add_argument("--workers", type=int, default=2, help="worker processes")
    parser.add_argument("--only", type=int, help="check this one only, in this process")
    parser.add_argument("--keep", type=Path, help="folder in which the files stay")
    parser.add_argument("--arrivals", action="store_true", help="mails and zips, half of each, received")
    given = parser.parse_args()
    if given.only is not None:
        given.start, given.count, given.workers = given.only, 1, 1
    if given.arrivals:
        count = given.count or ARRIVALS
        template = small_template()
        parts = (fuzz_arrivals.run(kind, count // 2, given.seed, template) for kind in ("mail", "zip"))
        return _tell(chain.from_iterable(parts), given.seed)
    return _tell(run(given.count or 5_000, given.seed, given.workers, given.start, given.keep), given.seed)


def _tell(outcomes: Iterable[Outcome], seed: int) -> int:
    """Print what became of the files; 1 when one of them is at fault."""
    began, kinds, faults, slowest, largest = time.monotonic(), Counter[str](), 0, 0.0, 0.0
    for outcome in outcomes:
        kinds[outcome.kind] += 1
        slowest, largest = max(slowest, outcome.seconds), max(largest, outcome.megabytes)
        if outcome.fault:
            faults += 1
            print(f"{outcome.name}: {outcome.fault}", flush=True)
        if kinds.total() % PROGRESS == 0:
            spent = f"{(time.monotonic() - began) / 60:.1f} min: {faults} faults"
            print(f"… {kinds.total()} files, {spent}, slowest {slowest:.2f} s, {largest:.0f} MB", flush=True)
    minutes = (time.monotonic() - began) / 60
    print(f"\n{sum(kinds.values())} files, seed {seed}, {minutes:.1f} min: {faults} faults")
    print(f"slowest {slowest:.2f} s; most memory for a file {largest:.0f} MB")
    for kind, number in sorted(kinds.items()):
        print(f"  {number:5}  {kind}")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
