"""A sheet of charts: bars over a table with live amounts, legible in black and white."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from xlbudget.files.xlsx_writer import Sheet, number_pages, xl_range, xl_range_abs, xl_rowcol_to_cell
from xlbudget.workbook.sheets.bars import ROW, Bars, draw_bars, height_of
from xlbudget.workbook.sheets.canvas import Canvas, protect, stored
from xlbudget.workbook.sheets.styles import AMOUNT_WITH_ZERO, TABS, TITLE_FONT
from xlbudget.workbook.sheets.tables import FIRST_ROW, FormAmount

_LEFT = 5  # column of the charts, beside the tables
_SCALE, _PAGE = 68, 45  # per cent; rows that a page then holds
_NAME, _AMOUNT, _SHARE, _LABEL = range(4)


@dataclass(frozen=True, slots=True)
class TableAmount:
    """A live reference to an amount in a table: its sheet, row of the body and column, value as stored."""

    sheet: str
    row: int
    column: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class Others:
    """What is left of an amount in a table when all other points of the chart are taken off."""

    whole: TableAmount
    value: Decimal


@dataclass(frozen=True, slots=True)
class Point:
    """A bar: its name and its amount."""

    name: str
    amount: FormAmount | TableAmount | Others


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its points, from top to bottom."""

    title: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Charts:
    """A sheet of charts; amounts in ``money``."""

    sheet: str
    title: str
    money: str
    charts: tuple[Chart, ...]


def write_charts(canvas: Canvas, charts: Charts) -> None:
    """Write the tables one below the other, each with its chart beside it."""
    sheet = canvas.add_sheet(charts.sheet, TABS["checks"], "汇总", charts.title)
    sheet.merge_range(0, 0, 0, _LEFT + 9, charts.title, canvas.styles.title)
    sheet.set_row(0, 34)
    for at, width in enumerate((34, 16, 9)):
        sheet.set_column(at, at, width)
    sheet.set_column(_LABEL, _LABEL, 8, None, {"hidden": True})
    row, page, breaks = 2, 0, []
    for chart in charts.charts:
        end = _write_chart(canvas, sheet, charts, chart, row)
        if end - page > _PAGE and page < row > 2:  # no chart on two pages
            page = row
            breaks.append(row)
        row = end
    sheet.set_h_pagebreaks(breaks)
    sheet.hide_gridlines(2)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.set_print_scale(_SCALE)  # programs that fit a sheet to a page take no heed of page breaks
    number_pages(sheet)
    protect(sheet)


def _write_chart(canvas: Canvas, sheet: Sheet, charts: Charts, chart: Chart, top: int) -> int:
    """Write one table and its chart at row ``top``; return the row in which the next one begins."""
    styles = canvas.styles
    sheet.merge_range(top, _NAME, top, _SHARE, chart.title, styles.get(font_name=TITLE_FONT, font_size=12))
    for at, text in enumerate(("项目", f"金额（{charts.money}）", "占比")):
        sheet.write_string(top + 1, at, text, styles.heading)
    first, last = top + 2, top + 1 + len(chart.points)
    whole = sum((point.amount.value for point in chart.points), Decimal(0))
    amounts = xl_range_abs(first, _AMOUNT, last, _AMOUNT)
    for row, point in enumerate(chart.points, first):
        share = float(point.amount.value / whole) if whole else 0.0
        own, part = xl_rowcol_to_cell(row, _AMOUNT), xl_rowcol_to_cell(row, _SHARE)
        name, label = xl_rowcol_to_cell(row, _NAME), f"{point.name}  {share:.1%}"
        sheet.write_string(row, _NAME, point.name, styles.bordered(text_wrap=True))
        _write_amount(canvas, sheet, point, (row, _AMOUNT), first)
        total = f"IF(SUM({amounts})=0,0,{own}/SUM({amounts}))"
        sheet.write_formula(row, _SHARE, f"={total}", styles.bordered(num_format="0.0%"), stored(share))
        sheet.write_formula(row, _LABEL, f'={name}&"  "&TEXT({part},"0.0%")', styles.get(), label)
        sheet.set_row_pixels(row, ROW)
    names, values = ((charts.sheet, first, at, last, at) for at in (_LABEL, _AMOUNT))
    draw_bars(canvas.book, sheet, Bars(chart.title, charts.money, names, values), (top, _LEFT))
    return max(last + 3, top + height_of(len(chart.points)) // ROW + 2)


def _write_amount(canvas: Canvas, sheet: Sheet, point: Point, place: tuple[int, int], first: int) -> None:
    amount, (row, column) = point.amount, place
    if isinstance(amount, FormAmount):
        name = canvas.layout.tables[amount.cell.table].sheet
        formula = f"'{name}'!{canvas.layout.address(*amount.cell)}"
    elif isinstance(amount, TableAmount):
        formula = _in_table(amount)
    else:
        shown = xl_range(first, column, row - 1, column)
        formula = f"ROUND({_in_table(amount.whole)}-SUM({shown}),6)"
    style = canvas.styles.bordered(num_format=AMOUNT_WITH_ZERO, align="right")
    sheet.write_formula(row, column, f"={formula}", style, stored(float(amount.value)))


def _in_table(amount: TableAmount) -> str:
    return f"'{amount.sheet}'!{xl_rowcol_to_cell(FIRST_ROW + amount.row, amount.column)}"
