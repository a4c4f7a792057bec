"""The public workbook: forms and charts as values, a sheet each, and their contents; nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xlbudget.files.xlsx_writer import Book, Sheet, Style, build, number_pages
from xlbudget.publication.document.parts import PrintedTable, Publication, StructureChart, TableCell
from xlbudget.workbook.sheets.bars import LABEL_AMOUNT, Bars, draw_bars
from xlbudget.workbook.sheets.headings import write_over
from xlbudget.workbook.sheets.styles import AMOUNT, Styles, format_of

_A4 = 9
_HEAD = 3  # rows above the headings: caption, title, unit and money


def public_workbook(publication: Publication) -> bytes:
    """Return the workbook; amounts are numbers rounded as published, in the money of the forms."""
    tables = [item for item in publication.items if isinstance(item, PrintedTable) and item.sheet]
    charts = [item for item in publication.items if isinstance(item, StructureChart)]
    listed = [(table.sheet, table.title) for table in tables]
    listed += [(_sheet_name(chart.title), chart.title) for chart in charts]

    def write(book: Book) -> None:
        styles = Styles(book)
        _contents(book, styles, publication, listed)
        for table in tables:
            _form(book, styles, table, publication.contents_title)
        for chart in charts:
            _chart(book, styles, chart, publication.contents_title)

    return build(write, title=publication.title)


def _contents(
    book: Book, styles: Styles, publication: Publication, listed: Sequence[tuple[str, str]]
) -> None:
    sheet = book.add_worksheet(_sheet_name(publication.contents_title))
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 70)
    sheet.merge_range(0, 0, 0, 1, publication.title, styles.title)
    sheet.set_row(0, 34)
    for row, (name, title) in enumerate(listed, 2):
        sheet.write_string(row, 0, name, styles.get())
        sheet.write_url(row, 1, f"internal:'{name}'!A1", styles.link, title)
    _page(sheet, landscape=False, heading=1)


def _sheet_name(title: str) -> str:
    """Return a title as the name of a sheet: without blanks and marks that names cannot have, 31 letters."""
    return re.sub(r"[\[\]:*?/\\'\s]", "", title)[:31]


def _form(book: Book, styles: Styles, table: PrintedTable, contents: str) -> None:
    sheet = book.add_worksheet(table.sheet)
    sheet.hide_gridlines(2)
    last = len(table.widths) - 1
    small = styles.get(font_size=10)
    sheet.write_url(0, 0, f"internal:'{_sheet_name(contents)}'!A1", small, table.caption or table.sheet)
    write_over(sheet, (1, 0), (1, last), table.title, styles.title)
    sheet.set_row(1, 30)
    write_over(sheet, (2, 0), (2, max(last - 1, 0)), table.left, small)
    sheet.write_string(2, last, table.right, styles.get(font_size=10, align="right"))
    for at, width in enumerate(table.widths):
        sheet.set_column(at, at, width)
    for cell in table.cells:
        _cell(sheet, styles, cell, heading=cell.row < table.heading_rows)
    for at, note in enumerate(table.note.splitlines()):
        sheet.write_string(_HEAD + table.rows + at, 0, note, small)
    _page(sheet, landscape=table.landscape, heading=_HEAD + table.heading_rows)


def _chart(book: Book, styles: Styles, chart: StructureChart, contents: str) -> None:
    """Write the bars as a table, and the same chart as in the unit's workbook below it."""
    name = _sheet_name(chart.title)
    sheet = book.add_worksheet(name)
    sheet.hide_gridlines(2)
    small = styles.get(font_size=10)
    back = _sheet_name(contents)
    sheet.write_url(0, 0, f"internal:'{back}'!A1", small, back)
    sheet.merge_range(1, 0, 1, 1, chart.title, styles.title)
    sheet.set_row(1, 30)
    for at, (words, width) in enumerate((("项目及占比", 46), (f"金额（{chart.money}）", 20))):
        sheet.write_string(2, at, words, styles.heading)
        sheet.set_column(at, at, width)
    amount = styles.bordered(num_format=AMOUNT, align="right", indent=1)
    for row, bar in enumerate(chart.bars, _HEAD):
        sheet.write_string(row, 0, f"{bar.name}  {bar.share}", styles.bordered(text_wrap=True))
        sheet.write_number(row, 1, float(bar.value), amount)
    last = _HEAD + len(chart.bars) - 1
    names, amounts = ((name, _HEAD, at, last, at) for at in (0, 1))
    draw_bars(book, sheet, Bars(chart.title, chart.money, names, amounts, LABEL_AMOUNT), (last + 2, 0))
    _page(sheet, landscape=False, heading=_HEAD)


def _cell(sheet: Sheet, styles: Styles, cell: TableCell, *, heading: bool) -> None:
    row, column = _HEAD + cell.row, cell.column
    if heading:
        style: Style = styles.heading
    elif cell.amount is not None:
        number = format_of(cell.decimals, zeros=not cell.amount)  # a zero that stands here is printed
        style = styles.bordered(num_format=number, align="right", indent=1, bold=cell.bold)
    else:
        style = styles.bordered(text_wrap=True, align=cell.align, bold=cell.bold)
    if cell.across > 1 or cell.down > 1:
        bottom, right = row + cell.down - 1, column + cell.across - 1
        sheet.merge_range(row, column, bottom, right, cell.text, style)
    elif cell.amount is not None:
        sheet.write_number(row, column, float(cell.amount), style)
    elif cell.text:
        sheet.write_string(row, column, cell.text, style)
    else:
        sheet.write_blank(row, column, None, style)


def _page(sheet: Sheet, *, landscape: bool, heading: int) -> None:
    sheet.set_paper(_A4)
    if landscape:
        sheet.set_landscape()
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    sheet.repeat_rows(0, heading - 1)
    sheet.freeze_panes(heading, 0)
    number_pages(sheet)
