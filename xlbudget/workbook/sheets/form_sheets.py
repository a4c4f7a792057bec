"""The official forms as sheets: locked, live formulas, printed as published."""

from __future__ import annotations

from decimal import Decimal

from xlbudget.definitions.closing_lines import RANK
from xlbudget.files.xlsx_writer import Sheet, Style, number_pages, xl_range_abs, xl_rowcol_to_cell
from xlbudget.model import Cell, Column, ColumnKind, Form, Line, Panel
from xlbudget.workbook.excel_text import excel_text
from xlbudget.workbook.language import Call, LineCells, Node, Number, Operation, RowCell
from xlbudget.workbook.layout import Layout, OpenBlock, form_heading_depth
from xlbudget.workbook.reserved_names import (
    CLOSING_POSITION,
    EMPTY_NOTE,
    ORDINAL,
    POSITION,
    UNIT_NAME,
    auxiliary,
    form_foot,
    form_head,
)
from xlbudget.workbook.sheets.canvas import Canvas, protect
from xlbudget.workbook.sheets.headings import write_headings, write_over
from xlbudget.workbook.sheets.styles import LINE, QUIET_INK, TABS, amount_format

_ZERO = Number(Decimal(0))
_HEADING_ROW = 3
_NARROW = 8.5
_LINE_HEIGHT = 18  # open rows keep automatic heights, so that a long name wraps


def write_form(canvas: Canvas, form: Form) -> None:
    """Write one form on its own sheet."""
    sheet = canvas.add_sheet(form.sheet, TABS["form"], "公开表", form.title)
    visible = [column for panel in form.panels for column in panel.columns if not column.hidden]
    depth = form_heading_depth(form)
    _write_head(canvas, sheet, form, visible, depth)
    for panel in form.panels:
        _write_body(canvas, sheet, panel)
    if form_foot(form) in canvas.layout.tables:
        for row in range(canvas.layout.tables[form_foot(form)].rows):
            canvas.write(sheet, Cell(form_foot(form), row, EMPTY_NOTE), canvas.styles.get(font_size=10))
    _write_closing(canvas, sheet, form)
    _widths(canvas, sheet, form, visible)
    _page(canvas, sheet, form, visible, depth)
    protect(sheet)


def _write_head(canvas: Canvas, sheet: Sheet, form: Form, visible: list[Column], depth: int) -> None:
    styles, last = canvas.styles, len(visible) - 1
    contents = f"internal:'{canvas.template.contents_sheet}'!A1"
    sheet.write_url(0, 0, contents, styles.get(font_size=10), form.caption, "点击返回目录")
    write_over(sheet, (1, 0), (1, last), form.title, styles.title)
    sheet.set_row(1, 30)
    split = max(last - max(1, last // 3), 0)
    name_style = styles.get(font_size=10)
    if split > 0:
        sheet.merge_range(2, 0, 2, split, "", name_style)
    canvas.write(sheet, Cell(form_head(form), 0, UNIT_NAME), name_style)
    money = form.right
    money_style = styles.get(font_size=10, align="right")
    write_over(sheet, (2, min(split + 1, last)), (2, last), money, money_style)
    write_headings(sheet, [column.heading for column in visible], _HEADING_ROW, 0, depth, styles.heading)
    for row in range(_HEADING_ROW, _HEADING_ROW + depth):
        sheet.set_row(row, 22)


def _style(canvas: Canvas, column: Column, *, bold: bool = False, border: bool = True) -> Style:
    properties: dict[str, object] = {"bold": True} if bold else {}
    if column.kind is ColumnKind.AMOUNT:
        properties |= {"num_format": amount_format(column), "align": "right", "indent": 1}
    elif column.kind is ColumnKind.CODE:
        properties |= {"num_format": "@", "align": "left", "indent": 1}
    else:
        properties |= {"text_wrap": True, "align": "left", "indent": 1}
    return canvas.styles.bordered(**properties) if border else canvas.styles.get(**properties)


def _write_body(canvas: Canvas, sheet: Sheet, panel: Panel) -> None:
    row = 0
    for segment in panel.body:
        if isinstance(segment, Line):
            _write_line(canvas, sheet, panel, segment, row)
            sheet.set_row(canvas.layout.tables[panel.id].first_row + row, _LINE_HEIGHT)
            row += 1
    for block in canvas.layout.open_blocks[panel.id]:
        _write_open(canvas, sheet, panel, block)


def _write_closing(canvas: Canvas, sheet: Sheet, form: Form) -> None:
    """Write closing lines where they are computed, in hidden rows; the rows above show them."""
    quiet = canvas.styles.get(font_color=QUIET_INK)
    for panel in form.panels:
        if panel.closing is None:
            continue
        placed = canvas.layout.tables[panel.closing.id]
        for row in range(placed.rows):
            sheet.set_row(placed.first_row + row, None, None, {"hidden": True})
            for key in placed.columns:
                canvas.write(sheet, Cell(placed.name, row, key), quiet)


def _write_line(canvas: Canvas, sheet: Sheet, panel: Panel, line: Line, row: int) -> None:
    for column in panel.columns:
        style = _style(canvas, column, bold=line.bold)
        if line.numbering or (line.bold and column.kind is not ColumnKind.AMOUNT):
            style = canvas.styles.bordered(align="center", bold=line.bold, text_wrap=True)
        canvas.write(sheet, Cell(panel.id, row, column.key), style)


def _write_open(canvas: Canvas, sheet: Sheet, panel: Panel, block: OpenBlock) -> None:
    """Write open rows; only rows in use get borders, by conditional format.

    Excel adds up the formats of all conditions that hold, LibreOffice takes the first: each has the border.
    """
    hidden = canvas.styles.get(font_color=QUIET_INK)
    rows = range(block.start, block.stop)
    for column in panel.columns:
        canvas.write_column(sheet, panel.id, column.key, rows, _style(canvas, column, border=False))
    for key in auxiliary(panel):
        canvas.write_column(sheet, panel.id, key, rows, hidden)
    first, last = _visible_span(canvas.layout, panel)
    top = canvas.layout.tables[panel.id].first_row + block.start
    bottom = top + block.stop - block.start - 1
    conditions = _closing_rows(panel, bold=True)
    if block.segment.bold_when is not None:
        bold = canvas.blueprint.names.bind(block.segment.bold_when.text, canvas.blueprint.context_of(panel))
        conditions.insert(0, bold)
    border = {"border": 1, "border_color": LINE}
    for condition, look in (*((each, {"bold": True}) for each in conditions), (_in_use(panel, block), {})):
        text = excel_text(canvas.layout, condition, block.start, canvas.layout.tables[panel.id].sheet)
        settings = {
            "type": "formula",
            "criteria": f"={text}",
            "format": canvas.book.add_format(look | border),
        }
        sheet.conditional_format(top, first, bottom, last, settings)


def _in_use(panel: Panel, block: OpenBlock) -> Node:
    """Return «some source has this row»: conditional formats may not look at other sheets.

    Where one panel has fewer rows in use than the one beside it, its rows are in use down to the total.
    """
    closing = block.segment.closing
    found: list[Node] = [
        Operation(">", RowCell(panel.id, f"{POSITION}{number}"), _ZERO)
        for number, source in enumerate(block.segment.every_source, 1)
        if source is not closing
    ]
    found += _closing_rows(panel)
    if closing is not None and panel.closing is not None:
        first = LineCells(closing.table, *2 * (next(panel.closing.lines).key,), closing.rank)
        found.append(Operation("<", RowCell(panel.id, ORDINAL), first))
    return found[0] if len(found) == 1 else Call("OR", tuple(found))


def _closing_rows(panel: Panel, *, bold: bool = False) -> list[Node]:
    """Return «this row shows a closing line» for each of them, notes aside; of bold ones if wanted."""
    if panel.closing is None:
        return []
    position = RowCell(panel.id, CLOSING_POSITION)
    return [
        Operation("=", position, Number(Decimal(at)))
        for at, line in enumerate(panel.closing.lines, 1)
        if not line.note and (line.bold or not bold)
    ]


def _visible_span(layout: Layout, panel: Panel) -> tuple[int, int]:
    places = layout.tables[panel.id].columns
    at = [places[column.key] for column in panel.columns if not column.hidden]
    return min(at), max(at)


def _widths(canvas: Canvas, sheet: Sheet, form: Form, visible: list[Column]) -> None:
    for at, column in enumerate(visible):
        sheet.set_column(at, at, column.width)
    last = max(max(canvas.layout.tables[panel.id].columns.values()) for panel in form.panels)
    if last >= len(visible):
        sheet.set_column(len(visible), last, _NARROW, None, {"hidden": True})


def _page(canvas: Canvas, sheet: Sheet, form: Form, visible: list[Column], depth: int) -> None:
    first_body = _HEADING_ROW + depth
    sheet.hide_gridlines(2)
    sheet.freeze_panes(first_body, 0)
    sheet.set_paper(9)
    if form.landscape:
        sheet.set_landscape()
    else:
        sheet.set_portrait()
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    sheet.repeat_rows(0, first_body - 1)
    number_pages(sheet)
    bottom = max(canvas.layout.tables[panel.id].rows for panel in form.panels) + first_body - 1
    listed = _listed_rows(canvas, form)
    if not listed or form.sheet in canvas.printed_rows:
        sheet.print_area(0, 0, canvas.printed_rows.get(form.sheet, bottom + 2) - 1, len(visible) - 1)
    else:
        _dynamic_print_area(canvas, form, first_body, len(visible) - 1, bottom, listed)


def _listed_rows(canvas: Canvas, form: Form) -> list[str]:
    """Return, per panel with open rows, Excel text for the number of body rows in use."""
    if form.has_closing:
        return [_shown_rows(canvas, form)]
    texts = []
    for panel in form.panels:
        for block in canvas.layout.open_blocks[panel.id]:
            listed = canvas.blueprint.names.bind(
                block.segment.listed.text, canvas.blueprint.context_of(panel)
            )
            texts.append(f"{excel_text(canvas.layout, listed, 0, '')}+{block.start}")
    return texts


def _shown_rows(canvas: Canvas, form: Form) -> str:
    """Return Excel text for the number of body rows down to the last closing line or note that is shown."""
    panel = form.panels[0]
    if panel.closing is None:
        raise TypeError(form.id)
    block = canvas.layout.open_blocks[panel.id][0]
    last = canvas.layout.tables[panel.closing.id].rows - 1
    rank = excel_text(
        canvas.layout, LineCells(panel.closing.id, *2 * (list(panel.closing.lines)[last].key,), RANK), 0, ""
    )
    empty = canvas.blueprint.names.bind(form.empty_when.text, canvas.blueprint.context_of(panel))
    return f"{block.start}+{rank}-IF({excel_text(canvas.layout, empty, 0, '')},0,1)"


def _dynamic_print_area(
    canvas: Canvas, form: Form, first_body: int, last_column: int, bottom: int, listed: list[str]
) -> None:
    """Let the print area end at the last row in use, so that no empty pages are printed.

    Excel and WPS evaluate the name; LibreOffice does not and prints the whole area.
    """
    sheet = f"'{form.sheet}'!"
    rows = listed[0] if len(listed) == 1 else f"MAX({','.join(listed)})"
    column = xl_range_abs(0, last_column, bottom, last_column)
    least = (
        first_body
        + min(block.start for panel in form.panels for block in canvas.layout.open_blocks[panel.id])
        + 1
    )
    end = f"INDEX({sheet}{column},MAX({least},{first_body}+{rows}))"
    start = xl_rowcol_to_cell(0, 0, row_abs=True, col_abs=True)
    canvas.book.define_name(f"{sheet}_xlnm.Print_Area", f"={sheet}{start}:{end}")
