"""A working with a chart: its table for readers, and native bars over it that follow the entries."""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.files.xlsx_writer import Sheet, number_pages, xl_rowcol_to_cell
from xlbudget.model import Cell, ColumnKind, Working, WorkingChart
from xlbudget.workbook.calculation.plan import Plan, Values
from xlbudget.workbook.layout import Layout
from xlbudget.workbook.sheets.bars import LABEL_AMOUNT, ROW, Bars, draw_bars
from xlbudget.workbook.sheets.canvas import Canvas, protect
from xlbudget.workbook.sheets.headings import write_over
from xlbudget.workbook.sheets.styles import AMOUNT, TABS

_SHARE = "0.00%;-0.00%;;@"
_SHARE_IN_LABELS = "0.00%"


def write_working_chart(canvas: Canvas, working: Working) -> None:
    """Write the table of a working, helper columns hidden, and its chart below."""
    chart = working.chart
    if chart is None:
        return
    sheet = canvas.add_sheet(working.sheet, TABS["form"], "图", chart.title)
    styles, placed = canvas.styles, canvas.layout.tables[working.id]
    label_column = _label_column(canvas.layout, working)
    shown = [column for column in working.columns if not column.hidden]
    last = placed.columns[shown[-1].key]
    write_over(sheet, (0, placed.columns[shown[0].key]), (0, last), chart.title, styles.title)
    sheet.set_row(0, 34)
    contents = f"internal:'{canvas.template.contents_sheet}'!A1"
    sheet.write_url(1, placed.columns[shown[0].key], contents, styles.link, canvas.template.contents_sheet)
    for column in working.columns:
        at = placed.columns[column.key]
        sheet.set_column(at, at, column.width, None, {"hidden": column.hidden})
        if not column.hidden:
            sheet.write_string(placed.first_row - 1, at, column.heading[-1], styles.heading)
    sheet.set_column(label_column, label_column, 8, None, {"hidden": True})
    _write_body(canvas, sheet, working, chart)
    first, bottom = placed.first_row, placed.first_row + placed.rows - 1
    amounts = placed.columns[chart.amounts]
    bars = Bars(
        chart.title,
        canvas.template.form_money,
        (working.sheet, first, label_column, bottom, label_column),
        (working.sheet, first, amounts, bottom, amounts),
        LABEL_AMOUNT,
    )
    draw_bars(canvas.book, sheet, bars, (bottom + 2, placed.columns[shown[0].key]))
    _page(sheet)


def _write_body(canvas: Canvas, sheet: Sheet, working: Working, chart: WorkingChart) -> None:
    styles, placed = canvas.styles, canvas.layout.tables[working.id]
    looks = {
        column.key: styles.bordered(num_format=AMOUNT, align="right")
        if column.kind is ColumnKind.AMOUNT
        else styles.bordered(text_wrap=True)
        for column in working.columns
    }
    looks[chart.shares] = styles.bordered(num_format=_SHARE, align="right")
    for row in range(placed.rows):
        for column in working.columns:
            canvas.write(sheet, Cell(working.id, row, column.key), looks[column.key])
        sheet.set_row_pixels(placed.first_row + row, ROW)
    for row, column_at, formula, text in _labels(canvas.layout, canvas.values, working, chart):
        sheet.write_formula(row, column_at, f"={formula}", styles.get(), text)


def _page(sheet: Sheet) -> None:
    sheet.hide_gridlines(2)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 1)
    sheet.center_horizontally()
    number_pages(sheet)
    protect(sheet)


def _label_column(layout: Layout, working: Working) -> int:
    return max(layout.tables[working.id].columns.values()) + 1


def _labels(
    layout: Layout, values: Values, working: Working, chart: WorkingChart
) -> Iterator[tuple[int, int, str, str]]:
    """Yield row, column, formula and result of each label: a name with its share.

    They are the chart's own and no part of the blueprint: engines differ in TEXT.
    """
    at = _label_column(layout, working)
    for row in range(layout.tables[working.id].rows):
        name, share = (Cell(working.id, row, key) for key in (chart.names, chart.shares))
        words, part = values.raw(name), values.raw(share)
        text = f"{words}  {part:.2%}" if words and isinstance(part, float) else ""
        own, other = layout.address(*name), layout.address(*share)
        formula = f'IF({own}="","",{own}&"  "&TEXT({other},"{_SHARE_IN_LABELS}"))'
        yield layout.position(*name)[0], at, formula, text


def label_results(plan: Plan, values: Values) -> dict[str, dict[str, str]]:
    """Return the results of the labels of all charts: sheet → address → text."""
    found: dict[str, dict[str, str]] = {}
    for working in plan.layout.template.workings:
        if working.chart is not None:
            labels = _labels(plan.layout, values, working, working.chart)
            found[working.sheet] = {xl_rowcol_to_cell(row, at): text for row, at, _, text in labels}
    return found
