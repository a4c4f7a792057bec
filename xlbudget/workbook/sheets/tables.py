"""Tables behind the sheets of a summary: texts, amounts, and live formulas over other amounts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.files.xlsx_writer import Sheet, number_pages, xl_range, xl_rowcol_to_cell
from xlbudget.model import Cell
from xlbudget.workbook.sheets.canvas import Canvas, Origin, link, protect, stored
from xlbudget.workbook.sheets.front_sheets import text_lines
from xlbudget.workbook.sheets.styles import AMOUNT_WITH_ZERO, LINK_INK, TABS

_A3, _A4 = 8, 9  # paper sizes as OOXML counts them
_WIDE = 220  # characters: a wider table is unreadable on A4
FIRST_ROW = 3
"""The row (from 0) in which the body of a table begins."""


@dataclass(frozen=True, slots=True)
class ColumnSum:
    """The sum of the amounts above, in the body of the table: its value as stored."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class FormAmount:
    """A live reference to an amount on another sheet of the workbook, and its value as stored."""

    cell: Cell
    value: Decimal


@dataclass(frozen=True, slots=True)
class RowsAbove:
    """Amounts of rows further up, added (or taken off) with the sign given; their value as stored.

    ``terms`` are pairs of sign and number of rows up.
    """

    terms: tuple[tuple[int, int], ...]
    value: Decimal


@dataclass(frozen=True, slots=True)
class Across:
    """Amounts of other columns of the row, added (or taken off) with the sign given; their value as stored.

    ``terms`` are triples of sign, first and last column.
    """

    terms: tuple[tuple[int, int, int], ...]
    value: Decimal


@dataclass(frozen=True, slots=True)
class Linked:
    """A text that leads to a row of another sheet (from 0)."""

    text: str
    sheet: str
    row: int


Content = str | Linked | Decimal | ColumnSum | FormAmount | RowsAbove | Across


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A sheet with one table: ``rows`` are its body, ``totals`` the bold rows below.

    ``frozen`` columns stay in sight; with ``filterable`` each heading has a filter.
    """

    sheet: str
    title: str
    headings: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[Content, ...], ...]
    totals: tuple[tuple[Content, ...], ...] = ()
    note: str = ""
    frozen: int = 0
    filterable: bool = False


def origins(table: SheetTable) -> dict[Cell, Origin]:
    """Return where the amounts of forms that a table refers to stand in it."""
    return {
        content.cell: Origin(table.sheet, xl_rowcol_to_cell(FIRST_ROW + row, at))
        for row, cells in enumerate((*table.rows, *table.totals))
        for at, content in enumerate(cells)
        if isinstance(content, FormAmount)
    }


def write_table(canvas: Canvas, table: SheetTable) -> Sheet:
    """Write a table as a sheet of its own and return the sheet."""
    sheet = canvas.add_sheet(table.sheet, TABS["checks"], "汇总", table.title)
    styles, last = canvas.styles, len(table.headings) - 1
    sheet.merge_range(0, 0, 0, last, table.title, styles.title)
    sheet.set_row(0, 34)
    sheet.merge_range(1, 0, 1, last, table.note, styles.note)
    sheet.set_row(1, 6 + 13 * text_lines(table.note, sum(table.widths)))
    for at, (text, width) in enumerate(zip(table.headings, table.widths, strict=True)):
        sheet.write_string(2, at, text, styles.heading)
        sheet.set_column(at, at, width)
    sheet.set_row(2, 4 + 15 * max(map(text_lines, table.headings, table.widths)))
    for row, cells in enumerate((*table.rows, *table.totals)):
        bold = row >= len(table.rows)
        for at, content in enumerate(cells):
            _write(canvas, sheet, (FIRST_ROW + row, at), content, body=len(table.rows), bold=bold)
        texts = zip(cells, table.widths, strict=True)
        lines = max(text_lines(words(text), width) for text, width in texts)
        sheet.set_row(FIRST_ROW + row, 4 + 15 * lines)
    sheet.hide_gridlines(2)
    sheet.freeze_panes(FIRST_ROW, table.frozen)
    if table.filterable and table.rows:
        sheet.autofilter(FIRST_ROW - 1, 0, FIRST_ROW + len(table.rows) - 1, last)
    sheet.set_paper(_A3 if sum(table.widths) > _WIDE else _A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(FIRST_ROW - 1)
    number_pages(sheet)
    protect(sheet)
    return sheet


def words(content: Content) -> str:
    """Return the text of a cell, empty for an amount."""
    return content.text if isinstance(content, Linked) else content if isinstance(content, str) else ""


def _write(
    canvas: Canvas, sheet: Sheet, place: tuple[int, int], content: Content, *, body: int, bold: bool
) -> None:
    styles, (row, column) = canvas.styles, place
    if isinstance(content, str):
        sheet.write_string(row, column, content, styles.bordered(text_wrap=True, bold=bold))
        return
    if isinstance(content, Linked):
        target = Origin(content.sheet, xl_rowcol_to_cell(content.row, 0))
        look = styles.bordered(text_wrap=True, bold=bold, font_color=LINK_INK)
        link(sheet, place, target, look, f"见“{content.sheet}”", content.text)
        return
    style = styles.bordered(num_format=AMOUNT_WITH_ZERO, align="right", bold=bold)
    if isinstance(content, Decimal):
        sheet.write_number(row, column, float(content), style)
        return
    if isinstance(content, ColumnSum):
        last = FIRST_ROW + max(body, 1) - 1
        formula = f"=SUM({xl_range(FIRST_ROW, column, last, column)})"
    elif isinstance(content, RowsAbove):
        formula = _balance((sign, xl_rowcol_to_cell(row - up, column)) for sign, up in content.terms)
    elif isinstance(content, Across):
        formula = _balance(
            (sign, f"SUM({xl_range(row, first, row, last)})") for sign, first, last in content.terms
        )
    else:
        form = Origin(canvas.layout.tables[content.cell.table].sheet, canvas.layout.address(*content.cell))
        link(sheet, place, form, style, f"见“{form.sheet}”")
        formula = f"='{form.sheet}'!{form.address}"
    sheet.write_formula(row, column, formula, style, stored(float(content.value)))


def _balance(terms: Iterable[tuple[int, str]]) -> str:
    """Return the formula that adds terms or takes them off, by their signs."""
    text = "".join(f"{'-' if sign < 0 else '+'}{term}" for sign, term in terms)
    return f"=ROUND({text.removeprefix('+')},6)"  # what floats leave over is nothing
