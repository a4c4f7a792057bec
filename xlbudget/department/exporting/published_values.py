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
from xlbudget.model import Cell, ColumnKind, Form, OpenRows, Panel
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
    order = {panel.id: at for at, (_, panel) in enumerate(workbook.blueprint.template.panels)}
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
    sheet.write_string(1, len(visible) - 1, form.right, styles.get())
    for part in heading_cells([column.heading for column in visible], depth):
        first, last = 2 + part.first_row, 2 + part.last_row
        if (first, part.first_column) == (last, part.last_column):
            sheet.write_string(first, part.first_column, part.text, styles.heading)
        else:
            sheet.merge_range(first, part.first_column, last, part.last_column, part.text, styles.heading)
    for number, row in enumerate(_rows(workbook, form), 2 + depth):
        _line(sheet, styles, workbook, form, row, number)


def _title(workbook: PublishedWorkbook, form: Form) -> str:
    found = next((one for one in workbook.forms if one.form == form.id), None)
    return found.title if found is not None and found.title else form.title


def _rows(workbook: PublishedWorkbook, form: Form) -> list[int]:
    """Return the rows of a form that are written: fixed lines, and the open rows that the document has."""
    there = {(cell.table, cell.row) for cell in workbook.places}
    rows: set[int] = set()
    for panel in form.panels:
        at = 0
        for segment in panel.body:
            length = workbook.blueprint.layout.capacity[panel.id] if isinstance(segment, OpenRows) else 1
            fixed = not isinstance(segment, OpenRows) and bool(segment.key) and not segment.numbering
            rows |= {row for row in range(at, at + length) if fixed or (panel.id, row) in there}
            at += length
    return sorted(rows)


def _line(
    sheet: Sheet, styles: Styles, workbook: PublishedWorkbook, form: Form, row: int, number: int
) -> None:
    at = 0
    for panel in form.panels:
        for column in panel.columns:
            if column.hidden:
                continue
            cell = Cell(panel.id, row, column.key)
            if column.kind is ColumnKind.AMOUNT:
                shown = workbook.amounts.get(cell)
                if shown is not None:
                    look = styles.get(num_format=_format(shown.decimals))
                    sheet.write_number(number, at, float(shown.value), look)
            elif _inside(workbook, panel, row):
                value = workbook.value(cell)
                if value is not None:
                    sheet.write_string(number, at, inert(str(value)), styles.get())
            at += 1


def _inside(workbook: PublishedWorkbook, panel: Panel, row: int) -> bool:
    return row < workbook.blueprint.layout.tables[panel.id].rows


def _format(decimals: int) -> str:
    return "#,##0" + ("." + "0" * decimals if decimals else "")
