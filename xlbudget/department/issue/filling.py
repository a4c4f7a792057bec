"""Putting entries into a workbook from Python (the one door to openpyxl).

openpyxl keeps formulas and drops their stored results; so the results of our formulas over
the new entries are stored afterwards, and the filled workbook shows true values everywhere.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from pathlib import Path

os.environ.setdefault("OPENPYXL_LXML", "False")  # the same bytes whether or not lxml is installed
import openpyxl

from xlbudget.definitions.loading import load_template
from xlbudget.files.own_outputs import FILLED
from xlbudget.files.patched_cells import store_results
from xlbudget.files.whole_files import existing_file, refuse_inputs, write_whole
from xlbudget.model import ColumnKind, EntryRow, EntrySheet, Submission, WorkbookTemplate
from xlbudget.model.errors import InputError
from xlbudget.returns.entry_files import read_entries
from xlbudget.returns.identification import identify
from xlbudget.returns.reading import Opened, open_workbook, read
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.plan import Plan, Values
from xlbudget.workbook.layout import Layout
from xlbudget.workbook.rows_in_use import rows_in_use
from xlbudget.workbook.sheets.entry_sheets import wraps
from xlbudget.workbook.sheets.front_sheets import text_lines
from xlbudget.workbook.sheets.working_charts import label_results

_AREA = re.compile(r"(?P<start>.*!\$A\$1):(?:INDEX\(.*?)?\$(?P<column>[A-Z]+)\$\d+(?:[:,].*)?", re.DOTALL)
_LINE = 15.0  # points: the height of a line of text


def fill(
    workbook: Path | str,
    entries: Path | str,
    output: Path | str,
    *,
    template: WorkbookTemplate | None = None,
    templates: Path | str | None = None,
) -> Path:
    """Write a copy of ``workbook`` with the CSV ledgers of folder ``entries`` in its entry sheets.

    Entry sheets whose CSV is there are replaced, the others kept; formulas stay live, and stored
    results are those of the new entries. Raises InputError (unknown template, column or code, too
    many rows, ``output`` is ``workbook``) before anything is written, ExistingFile when another file stands
    at ``output`` (an earlier copy that nobody has changed is replaced).
    """
    begun = begin(Path(workbook), Path(output), template, Path(templates) if templates else None)
    return begun.write(read_entries(Path(entries), begun.template, begun.plan.layout.capacity))


@dataclass(frozen=True)
class Begun:
    """A workbook about to be filled: what it holds, and where the filled copy goes."""

    workbook: Path
    output: Path
    opened: Opened
    template: WorkbookTemplate
    submission: Submission
    plan: Plan

    def write(self, given: Mapping[str, Sequence[EntryRow]]) -> Path:
        """Write the copy with the rows given in their entry sheets, the others as they are."""
        every = {**self.submission.entries, **given}
        book = _load(self.workbook)
        for table, rows in given.items():
            entry = self.template.entry(table)
            sheet = self.submission.renamed.get(entry.sheet, entry.sheet)
            _put(book[sheet], self.plan.layout, entry, rows)
        book.properties.category = FILLED
        stream = BytesIO()
        book.save(stream)
        values = self.plan.evaluate(every)
        results = _results(self.plan, values, self.submission.renamed)
        used = rows_in_use(self.plan, values, every)
        shown = {self.submission.renamed.get(name, name): last for name, last in used.items()}
        areas = print_areas(self.opened, shown)
        content = store_results(stream.getvalue(), results, areas, self.workbook.read_bytes())
        return write_whole(self.output, content)


def begin(workbook: Path, output: Path, template: WorkbookTemplate | None, templates: Path | None) -> Begun:
    """Return a workbook with what it holds; raises InputError where it cannot be filled."""
    opened = open_workbook(existing_file(workbook, "工作簿"))
    refuse_inputs([output], [workbook])
    template = _current(opened, template or _stamped(opened, templates))
    template = template.at_level(department=opened.stamp is not None and opened.stamp.department)
    submission = read(opened, template)
    return Begun(workbook, output, opened, template, submission, plan_of(template, submission.capacity))


def workbooks_with_entries(files: Sequence[Path], where: Path, entries: Path) -> list[tuple[Path, Path]]:
    """Return those of ``files`` (in ``where``) with the folder of each unit's ledgers, by its code.

    Units without a folder of that code in ``entries`` are left out. Raises InputError for a folder that
    fits no workbook, since its entries would be lost.
    """
    if not entries.is_dir():
        raise InputError(f"找不到录入数据文件夹“{entries}”；请检查 --entries 的路径。")
    ledgers = {part.name: part for part in sorted(entries.iterdir()) if part.is_dir()}
    found = []
    for path in files:
        stamp = None if path.name.startswith("~$") else open_workbook(path).stamp
        if stamp is not None and stamp.unit.code in ledgers:
            found.append((path, ledgers.pop(stamp.unit.code)))
    if ledgers or not found:
        names = "、".join(ledgers) or "各单位的子文件夹"
        raise InputError(f"“{entries}”里的 {names} 在“{where}”里没有对应的工作簿；子文件夹以单位编码命名。")
    return found


def _stamped(opened: Opened, templates: Path | None) -> WorkbookTemplate:
    """Return the template that the file's stamp names; InputError if there is no stamp."""
    if opened.stamp is None:
        raise InputError(f"“{opened.path.name}”不是由 xlbudget 生成的工作簿；请用生成的模板。")
    return load_template(opened.stamp.template_id, templates)


def _current(opened: Opened, template: WorkbookTemplate) -> WorkbookTemplate:
    """Return ``template`` if the file was made from it as it is now; InputError otherwise."""
    problem = identify(opened, template)
    if problem is not None:
        raise InputError(problem.message)
    return template


def print_areas(opened: Opened, rows: Mapping[str, int]) -> Mapping[int, str]:
    """Return the print area of each sheet by its index; openpyxl cannot keep computed ones.

    Those of the sheets in ``rows`` end below so many rows, as constants: LibreOffice computes none, and
    prints every row that could be filled in.
    """
    found = {index: text for name, index, text in opened.raw.sheet_names_local if name == "_xlnm.Print_Area"}
    named = {index: sheet.name for index, sheet in enumerate(opened.raw.sheets)}
    return {index: _ended(text, rows.get(named.get(index, ""))) for index, text in found.items()}


def _ended(area: str, rows: int | None) -> str:
    """Return a print area from the first cell with another last row; one of some other shape as it is."""
    shape = _AREA.fullmatch(area)
    return area if rows is None or shape is None else f"{shape['start']}:${shape['column']}${rows}"


def _load(path: Path) -> openpyxl.Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of every extension that it will not keep
        book = openpyxl.load_workbook(path)
    for sheet in book.worksheets:  # openpyxl keeps a set, which each machine would write in its own order
        vars(sheet.merged_cells)["ranges"] = sheet.merged_cells.sorted()
    return book


def _put(sheet: object, layout: Layout, entry: EntrySheet, rows: Sequence[EntryRow]) -> None:
    """Replace the typed cells of an entry sheet."""
    by_row = {row.row: row.values for row in rows}
    for row in range(layout.capacity[entry.id]):
        for column in entry.columns:
            if not column.entry:
                continue
            at_row, at_column = layout.position(entry.id, row, column.key)
            value = by_row.get(row, {}).get(column.key)
            cell = sheet.cell(at_row + 1, at_column + 1)  # type: ignore[attr-defined]
            cell.value = float(value) if isinstance(value, Decimal) else value
            if isinstance(value, str):
                cell.data_type = "s"  # a name that begins with “=” stays a text
            if isinstance(value, str) and column.kind is ColumnKind.TEXT:
                cell.number_format = "@"
        lines = _lines(entry, by_row.get(row, {}))
        if lines > 1:  # not every program makes a row as high as its text
            at_row = layout.position(entry.id, row, entry.columns[0].key)[0]
            sheet.row_dimensions[at_row + 1].height = _LINE * lines  # type: ignore[attr-defined]


def _lines(entry: EntrySheet, values: Mapping[str, object]) -> int:
    """Return how many lines the longest text of a row takes in its column."""
    widths = {column.key: column.width for column in entry.columns if wraps(column)}
    texts = ((key, value) for key, value in values.items() if isinstance(value, str) and key in widths)
    return max((text_lines(value, widths[key]) for key, value in texts), default=1)


def _results(
    plan: Plan, values: Values, renamed: Mapping[str, str]
) -> dict[str, dict[str, float | str | bool]]:
    """Return the results of all formula cells: sheet → address → value."""
    results: dict[str, dict[str, float | str | bool]] = {}
    for cell in plan.blueprint.formulas:
        sheet = plan.layout.tables[cell.table].sheet
        value = values.raw(cell)
        address = plan.layout.address(cell.table, cell.row, cell.column)
        results.setdefault(renamed.get(sheet, sheet), {})[address] = "" if value is None else value
    for sheet, labels in label_results(plan, values).items():
        results[renamed.get(sheet, sheet)].update(labels)
    return results
