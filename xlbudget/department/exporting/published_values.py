"""The forms of published documents as values in our layout: sheets, and a list with page and box.

The sheets read back as what they are: a workbook of values, with the title, the captions and the headings of
the template.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from xlbudget.files.csv_text import inert_csv
from xlbudget.files.xlsx_writer import Book, Sheet, build
from xlbudget.model import Cell, Form
from xlbudget.model.words import inert
from xlbudget.returns.published.workbooks import PublishedWorkbook
from xlbudget.workbook.layout import heading_depth
from xlbudget.workbook.sheets.headings import heading_cells
from xlbudget.workbook.sheets.styles import AMOUNT_WITH_ZERO, Styles

LIST = "数值"
HEADINGS = (
    "文件",
    "单位",
    "年度",
    "表",
    "行",
    "栏",
    "金额",
    "金额单位",
    "印出的数",
    "印出的单位",
    "页",
    "左",
    "上",
    "右",
    "下",
    "工作表",
    "单元格",
)
_WIDTHS = (26, 26, 8, 40, 34, 18, 16, 10, 16, 10, 6, 8, 8, 8, 8, 14, 10)


class ValueRow(NamedTuple):
    """One amount of a published form: whose, where in the form, how much (form money), where printed."""

    file: str
    unit: str
    year: int | None
    form: str
    line: str
    column: str
    amount: Decimal
    money: str
    printed: str
    printed_money: str
    page: int | None
    left: float | None
    top: float | None
    right: float | None
    bottom: float | None
    sheet: str
    address: str


def value_rows(workbook: PublishedWorkbook) -> Iterator[ValueRow]:
    """Yield the amounts of a document's forms, in the order of the template's layout."""
    order = {panel.id: at for at, (_, panel) in enumerate(workbook.blueprint.template.form_tables)}
    for cell, shown in sorted(workbook.amounts.items(), key=lambda one: (order[one[0].table], one[0])):
        place = workbook.place(cell)
        box = place.box
        yield ValueRow(
            workbook.path.name,
            workbook.unit.name,
            workbook.document.year,
            place.form,
            place.line,
            place.column,
            shown.value,
            workbook.money(cell),
            str(shown),
            shown.money,
            place.page or None,
            round(box.left, 1) if box else None,
            round(box.top, 1) if box else None,
            round(box.right, 1) if box else None,
            round(box.bottom, 1) if box else None,
            place.sheet,
            place.address,
        )


def values_csv(workbooks: Iterable[PublishedWorkbook]) -> str:
    """Return the amounts of documents as CSV with :data:`HEADINGS`."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADINGS)
    for workbook in workbooks:
        for row in value_rows(workbook):
            writer.writerow([_csv_cell(value) for value in row])
    return stream.getvalue()


def _csv_cell(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    return "" if value is None else inert_csv(value) if isinstance(value, str) else str(value)


def values_workbook(workbooks: Sequence[PublishedWorkbook]) -> bytes:
    """Return the amounts as a workbook: the forms as sheets where it is one document, and the list."""

    def write(book: Book) -> None:
        styles = Styles(book)
        if len(workbooks) == 1:
            for form in workbooks[0].blueprint.template.forms:
                if any(found.form == form.id for found in workbooks[0].forms):
                    _form(book, styles, workbooks[0], form)
        _list(book, styles, workbooks)

    return build(write, title="公开数值")


def _list(book: Book, styles: Styles, workbooks: Sequence[PublishedWorkbook]) -> None:
    sheet = book.add_worksheet(LIST)
    for column, (heading, width) in enumerate(zip(HEADINGS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, styles.heading)
    sheet.freeze_panes(1, 0)
    number = 1
    for workbook in workbooks:
        for row in value_rows(workbook):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, column, inert(value), styles.get())
                elif isinstance(value, Decimal):
                    sheet.write_number(number, column, float(value), styles.get(num_format=AMOUNT_WITH_ZERO))
                elif value is not None:
                    sheet.write_number(number, column, value, styles.get())
            number += 1


def _form(book: Book, styles: Styles, workbook: PublishedWorkbook, form: Form) -> None:
    """Write one form: title, unit and money, headings, and the lines that the document has."""
    sheet = book.add_worksheet(form.sheet)
    visible = [column for panel in form.panels for column in panel.columns if not column.hidden]
    depth = heading_depth(tuple(visible))
    for at, column in enumerate(visible):
        sheet.set_column(at, at, column.width)
    sheet.write_string(0, 0, _title(workbook, form), styles.title)
    sheet.write_string(1, 0, f"单位名称：{workbook.unit.name}", styles.get())
    sheet.write_string(1, len(visible) - 1, f"单位：{_money(workbook, form)}", styles.get())
    for part in heading_cells([column.heading for column in visible], depth):
        first, last = 2 + part.first_row, 2 + part.last_row
        if (first, part.first_column) == (last, part.last_column):
            sheet.write_string(first, part.first_column, part.text, styles.heading)
        else:
            sheet.merge_range(first, part.first_column, last, part.last_column, part.text, styles.heading)
    for number, cells in enumerate(_rows(workbook, form), 2 + depth):
        for place, cell in cells.items():
            _cell(sheet, styles, workbook, (number, place), cell)


def _money(workbook: PublishedWorkbook, form: Form) -> str:
    """Return the unit of money of a form: that of its amounts."""
    tables = {panel.id for panel in form.tables}
    cell = next((cell for cell in workbook.amounts if cell.table in tables), None)
    return workbook.blueprint.template.form_money if cell is None else workbook.money(cell)


def _title(workbook: PublishedWorkbook, form: Form) -> str:
    found = next((one for one in workbook.forms if one.form == form.id), None)
    return found.title if found is not None and found.title else form.title


def _rows(workbook: PublishedWorkbook, form: Form) -> list[dict[int, Cell]]:
    """Return the lines of a form as the document prints them, each as its cells by their column."""
    places = [(panel, column.key) for panel in form.panels for column in panel.columns if not column.hidden]
    columns = {(table.id, key): at for at, (panel, key) in enumerate(places) for table in panel.tables}
    rows: dict[int, dict[int, Cell]] = {}
    found = next(one for one in workbook.forms if one.form == form.id)
    for cell, printed in found.cells.items():
        at = columns.get((cell.table, cell.column))
        if at is not None:
            rows.setdefault(printed.row, {})[at] = cell
    return [rows[row] for row in sorted(rows)]


def _cell(sheet: Sheet, styles: Styles, workbook: PublishedWorkbook, at: tuple[int, int], cell: Cell) -> None:
    shown = workbook.amounts.get(cell)
    if shown is not None:
        look = styles.get(num_format=_format(shown.decimals))
        sheet.write_number(*at, float(shown.value), look)
    elif text := workbook.texts.get(cell):
        sheet.write_string(*at, inert(text), styles.get())


def _format(decimals: int) -> str:
    return "#,##0" + ("." + "0" * decimals if decimals else "")
