"""What other programs take for the same workbook: load it, recalculate every formula, give the form cells.

None of them checks anything: no rules, no findings, no report. Those that are not installed are left out.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import resource
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.extend(str(Path(__file__).parents[1] / part) for part in ("tests", "studies"))

from engines_agree import EMPTY, Look, alike, recalculated, stored
from per_workbook import engine

from xlbudget import read
from xlbudget.model import Cell, WorkbookTemplate
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.plan import Plan, Values


@dataclass(frozen=True)
class Took:
    """Processor seconds for one workbook, and how many of its form cells have the value that we compute."""

    seconds: float
    equal: int = 0
    cells: int = 0
    note: str = ""


@dataclass(frozen=True)
class Case:
    """A workbook, and what we compute for it."""

    path: Path
    template: WorkbookTemplate
    plan: Plan
    values: Values
    entries: Mapping[str, Any]

    @classmethod
    def of(cls, path: Path, template: WorkbookTemplate) -> Case:
        """Read and recalculate a workbook."""
        submission = read(path, template)
        plan = plan_of(template, submission.capacity)
        return cls(path, template, plan, plan.evaluate(submission.entries), submission.entries)

    @property
    def form_cells(self) -> list[Cell]:
        """The cells of the forms that hold formulas."""
        forms = {panel.id for _, panel in self.template.panels}
        return [cell for cell in self.plan.blueprint.formulas if cell.table in forms]

    def place(self, cell: Cell) -> tuple[str, int, int]:
        """Return sheet, row and column of a cell, counted from 1."""
        row, column = self.plan.layout.position(*cell)
        return self.plan.layout.tables[cell.table].sheet, row + 1, column + 1

    def compared(self, seconds: float, look: Look, note: str = "") -> Took:
        """Return what was taken, and how many form cells agree."""
        columns = self.values.columns.values()
        sizes = (abs(value) for column in columns for value in column if type(value) is float)
        noise = 1e-12 * max(sizes, default=1.0)
        cells = self.form_cells
        equal = sum(_agree(self.values.raw(cell), look(cell), noise) for cell in cells)
        return Took(seconds, equal, len(cells), note)


def _agree(ours: Any, theirs: Any, noise: float) -> bool:
    return alike(ours, theirs, noise) or (ours in EMPTY and theirs in EMPTY)


def worked() -> float:
    """Return the processor seconds of this process and those it has waited for."""
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def _timed(action: Callable[[], Any]) -> tuple[Any, float]:
    start = worked()
    result = action()
    return result, worked() - start


def version(library: str) -> str:
    """Return a library's version; empty when it is not installed."""
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return ""


# ------------------------------------------------------------- one function a program


def by_formualizer(case: Case) -> Took:
    import formualizer

    def work() -> tuple[Any, dict[Cell, Any]]:
        book = formualizer.load_workbook(str(case.path))
        book.evaluate_all()
        return book, {cell: book.get_value(*case.place(cell)) for cell in case.form_cells}

    (_, found), seconds = _timed(work)
    return case.compared(seconds, lambda cell: _number(found[cell]))


def by_ironcalc(case: Case) -> Took:
    import ironcalc

    def work() -> dict[Cell, Any]:
        book = ironcalc.load_from_xlsx(str(case.path), "en", "UTC", "en")
        book.evaluate()
        sheets = {sheet["name"]: at for at, sheet in enumerate(book.get_worksheets_properties())}
        found = {}
        for cell in case.form_cells:
            sheet, row, column = case.place(cell)
            found[cell] = book.get_cell_value(sheets[sheet], row, column)
        return found

    found, seconds = _timed(work)
    return case.compared(seconds, lambda cell: _number(found[cell]))


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def by_libreoffice(cases: Sequence[Case], folder: Path) -> Took:
    """Have one LibreOffice convert all workbooks; its start is shared among them."""
    paths, seconds = _timed(lambda: recalculated([case.path for case in cases], folder))
    reading, more = _timed(lambda: [stored(case.plan, path) for case, path in zip(cases, paths, strict=True)])
    note = f"{len(cases)} files in one run; {more / len(cases):.1f} s each for openpyxl to read the result"
    return cases[0].compared((seconds + more) / len(cases), reading[0], note)


def by_openpyxl_twice(case: Case) -> float:
    """Return what openpyxl takes to load formulas and values, which a compiled engine would start from."""
    import openpyxl

    def work() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for values in (False, True):
                openpyxl.load_workbook(case.path, data_only=values)

    return _timed(work)[1]


def by_formulas(case: Case) -> float:
    """Return what the formulas engine takes to load the file and calculate it."""
    with contextlib.redirect_stdout(io.StringIO()):
        return _timed(lambda: engine(case.path))[1]


def by_compiled_formulas(cases: Sequence[Case]) -> tuple[float, Took]:
    """Return what it takes to compile the engine for a template, and then to calculate one workbook."""
    case = cases[0]
    whole = plan_of(replace(case.template, engine="formulas"), case.plan.layout.capacity)
    _, compiling = _timed(lambda: whole.blank)
    values, seconds = _timed(lambda: [whole.evaluate(each.entries) for each in cases])
    return compiling, case.compared(seconds / len(cases), values[0].raw)


RUST: Mapping[str, Callable[[Case], Took]] = {"formualizer": by_formualizer, "ironcalc": by_ironcalc}


def rust(case: Case, runs: int) -> Iterator[tuple[str, Took | None]]:
    """Yield each engine written in Rust with its median of some runs; None when it is not installed."""
    for name, measured in RUST.items():
        number = version(name)
        if not number:
            yield name, None
            continue
        took = sorted((measured(case) for _ in range(runs)), key=lambda found: found.seconds)
        yield f"{name} {number}", took[runs // 2]


def has_libreoffice() -> bool:
    return shutil.which("soffice") is not None
