"""The entry sheets (录入表): the only cells that a unit may change."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from xlbudget.files.xlsx_writer import Sheet, Style, number_pages, xl_range_abs
from xlbudget.model import AllowedCodes, Cell, Column, ColumnKind, EntrySheet, WorkbookTemplate
from xlbudget.workbook.layout import heading_depth
from xlbudget.workbook.reserved_names import OPTIONS_SHEET, entry_totals
from xlbudget.workbook.sheets.canvas import Canvas, protect
from xlbudget.workbook.sheets.headings import write_headings
from xlbudget.workbook.sheets.styles import AMOUNT, BAD_INK, DERIVED, INPUT, TABS, TEXT, amount_format

_HEADING_ROW = 3
_LARGEST_AMOUNT = 99_999_999_999.99  # below 100 billion 元: larger figures are slips of the hand
_PROMPT_LENGTH, _TITLE_LENGTH = 250, 30  # Excel's limits for validation messages
_A3, _A4 = 8, 9  # paper sizes as OOXML counts them
_WIDE = 240  # characters: a wider ledger is smaller on A4 than three fifths, and unreadable
_WIDEST = 310  # characters: what is still readable across one page; a wider ledger goes over several
_PAGE_WIDTH, _SCALE = 230.0, 60  # characters on each of them, and the per cent at which they fit any font
_LIST_NAME = "xlbudget_list_"
_LONG_TEXT = 60  # characters: a column that wide holds sentences
_NOT_FOUND = "无此科目"


def write_entry(canvas: Canvas, entry: EntrySheet, options: dict[str, str]) -> None:
    """Write one entry sheet; ``options`` holds the defined name of each drop-down list by its key."""
    hidden = entry.prefilled and not any(cell.table == entry.id for cell in canvas.entered)
    sheet = canvas.add_sheet(entry.sheet, TABS["entry"], "" if hidden else "录入表", entry.title)
    if hidden:
        sheet.hide()
    depth = heading_depth(entry.columns)
    _head(canvas, sheet, entry, depth)
    rows = range(canvas.layout.capacity[entry.id])
    for at, column in enumerate(entry.columns):
        style = _style(canvas, entry, column)
        canvas.write_column(sheet, entry.id, column.key, rows, style)
        concealed = column.key in entry.department_only and not canvas.department
        sheet.set_column(at, at, column.width, None, {"hidden": True} if concealed else {})
        if column.entry and not _locked(canvas, entry):
            _validate(canvas, sheet, entry, column, options)
        if column.formula is not None and column.kind is ColumnKind.TEXT:
            _mark_unknown(canvas, sheet, entry, column)
    _page(sheet, entry, depth, set() if canvas.department else set(entry.department_only))
    if entry.sheet in canvas.printed_rows and not hidden:
        sheet.print_area(0, 0, canvas.printed_rows[entry.sheet] - 1, len(entry.columns) - 1)
    protect(sheet)


def _locked(canvas: Canvas, entry: EntrySheet) -> bool:
    """Prefilled tables belong to the issuer: locked, except the cover's facts of an unnamed blank."""
    return entry.prefilled and canvas.locked_facts


def _head(canvas: Canvas, sheet: Sheet, entry: EntrySheet, depth: int) -> None:
    styles = canvas.styles
    last = min(len(entry.columns) - 1, 11)
    sheet.merge_range(0, 0, 0, last, entry.title, styles.get(font_name="黑体", font_size=16, align="left"))
    sheet.set_row(0, 28)
    sheet.merge_range(1, 0, 1, last, "\n".join(entry.notes), styles.note)
    sheet.set_row(1, 30)
    contents = f"internal:'{canvas.template.contents_sheet}'!A1"
    sheet.write_url(2, 0, contents, styles.link, "目录")
    totals = entry_totals(entry.id)
    total_style = styles.get(num_format=AMOUNT, bold=True, align="right", bottom=1)
    columns = canvas.layout.tables[totals].columns if entry.totals else {}
    for key, at in columns.items():
        canvas.write(sheet, Cell(totals, 0, key), total_style)
        if at == min(columns.values()):
            money = next(column.money for column in entry.columns if column.key == key)
            sheet.write_string(2, at - 1, f"合计（{money}）", styles.get(bold=True, align="right", bottom=1))
    write_headings(
        sheet, [column.heading for column in entry.columns], _HEADING_ROW, 0, depth, styles.heading
    )
    for row in range(_HEADING_ROW, _HEADING_ROW + depth):
        sheet.set_row(row, 22)


def _style(canvas: Canvas, entry: EntrySheet, column: Column) -> Style:
    properties: dict[str, Any] = {"bg_color": DERIVED}
    if column.entry and not _locked(canvas, entry):
        properties = {"bg_color": INPUT, "locked": False}
    if column.kind is ColumnKind.AMOUNT:
        properties |= {"num_format": "#,##0.00" if column.entry else amount_format(column), "align": "right"}
    elif column.kind is ColumnKind.CODE or column.entry:
        properties |= {"num_format": TEXT, "align": "left"} | ({"text_wrap": True} if wraps(column) else {})
    elif column.kind is ColumnKind.COUNT:
        properties |= {"align": "center"}
    return canvas.styles.bordered(**properties)


def wraps(column: Column) -> bool:
    """Return whether the texts of a column are sentences, over several lines."""
    return column.kind is ColumnKind.TEXT and column.entry and column.width >= _LONG_TEXT


def _validate(
    canvas: Canvas, sheet: Sheet, entry: EntrySheet, column: Column, options: dict[str, str]
) -> None:
    """Attach a drop-down or a number check with a prompt in Chinese."""
    first_row, at = canvas.layout.position(entry.id, 0, column.key)
    last_row = first_row + canvas.layout.capacity[entry.id] - 1
    title = "".join(column.heading)[:_TITLE_LENGTH]
    settings: dict[str, Any] = {
        "ignore_blank": True,
        "input_title": title,
        "input_message": column.prompt[:_PROMPT_LENGTH],
        "error_title": "录入有误",
    }
    if column.kind is ColumnKind.AMOUNT:
        money, least = column.money, "" if column.negative else "不小于 0 的"
        settings |= {
            "validate": "decimal",
            "criteria": "between",
            "minimum": -_LARGEST_AMOUNT if column.negative else 0,
            "maximum": _LARGEST_AMOUNT,
            "input_message": column.prompt or f"金额，单位：{money}，保留两位小数",
            "error_message": f"请填写{least}数字，单位为{money}，不要带逗号、空格或“{money}”字。",
        }
    elif option_key(column) in options:
        settings |= {
            "validate": "list",
            "source": f"={options[option_key(column)]}",
            "error_message": (column.prompt or "请从下拉列表中选择")[:_PROMPT_LENGTH],
        }
        if column.catalogue and canvas.template.catalogue(column.catalogue).others:
            settings["error_type"] = "warning"
        if column.catalogue in canvas.codes:
            settings["error_message"] = "请从下拉列表中选择；本单位可用的编码由主管部门规定。"
        elif _has_reserved(canvas, column):
            settings["error_message"] = f"请从下拉列表中选择；这里只列{canvas.kind}单位可用的编码。"
    elif column.prompt:
        settings |= {"validate": "any"}
    else:
        return
    sheet.data_validation(first_row, at, last_row, at, settings)


def _has_reserved(canvas: Canvas, column: Column) -> bool:
    """Whether the column's list leaves out codes that are for other kinds of unit."""
    template = canvas.template
    return template.allowed_values(column, kind=canvas.kind) != template.allowed_values(column)


def option_key(column: Column) -> str:
    """Return the key of a column's drop-down list, or an empty text if it has none."""
    if column.choices:
        return "|".join(column.choices)
    if column.catalogue:
        return f"{column.catalogue}:{sorted(column.only.items())}"
    return ""


def option_lists(
    template: WorkbookTemplate, codes: AllowedCodes | None = None, kind: str = ""
) -> dict[str, list[str]]:
    """Return the texts of every drop-down list by key; the kinds of unit under the cover's own line.

    ``codes`` are those that the unit may use, ``kind`` is its kind.
    """
    lists: dict[str, list[str]] = {}
    for entry in template.entries:
        for column in entry.columns:
            if column.entry and option_key(column):
                lists[option_key(column)] = template.allowed_values(column, codes, kind)
    lists[template.unit_facts.kind] = list(template.kinds)
    return lists


def option_names(template: WorkbookTemplate) -> dict[str, str]:
    """Return the defined name of every drop-down list by key (old programs need a name across sheets)."""
    return {key: f"{_LIST_NAME}{at}" for at, key in enumerate(option_lists(template))}


def write_options(canvas: Canvas) -> None:
    """Write the drop-down lists on a hidden sheet."""
    sheet = canvas.add_sheet(OPTIONS_SHEET, TABS["codes"])
    sheet.hide()
    protect(sheet)
    for at, values in enumerate(option_lists(canvas.template, canvas.codes, canvas.kind).values()):
        for row, value in enumerate(values):
            sheet.write_string(row, at, value)
        cells = xl_range_abs(0, at, max(len(values) - 1, 0), at)
        canvas.book.define_name(f"{_LIST_NAME}{at}", f"='{OPTIONS_SHEET}'!{cells}")


def _mark_unknown(canvas: Canvas, sheet: Sheet, entry: EntrySheet, column: Column) -> None:
    first_row, at = canvas.layout.position(entry.id, 0, column.key)
    last_row = first_row + canvas.layout.capacity[entry.id] - 1
    red = canvas.book.add_format({"font_color": BAD_INK, "bold": True})
    sheet.conditional_format(
        first_row,
        at,
        last_row,
        at,
        {"type": "cell", "criteria": "==", "value": f'"{_NOT_FOUND}"', "format": red},
    )


def _page(sheet: Sheet, entry: EntrySheet, depth: int, concealed: set[str]) -> None:
    """Set up how the sheet scrolls and prints; ``concealed`` are the keys of the columns not shown."""
    first_body = _HEADING_ROW + depth
    frozen = 1 + max((at for at, column in enumerate(entry.columns) if column.required), default=-1)
    widths = [0 if column.key in concealed else column.width for column in entry.columns]
    sheet.hide_gridlines(2)
    sheet.freeze_panes(first_body, frozen)
    sheet.set_paper(_A3 if sum(widths) > _WIDE else _A4)
    sheet.set_landscape()
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    if sum(widths) > _WIDEST:
        sheet.set_print_scale(_SCALE)  # programs that fit a sheet to pages take no heed of page breaks
        sheet.set_v_pagebreaks(_page_breaks(entry.columns, widths, frozen))
        sheet.repeat_columns(0, frozen - 1)
    else:
        sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEADING_ROW, first_body - 1)
    number_pages(sheet)


def _page_breaks(columns: Sequence[Column], widths: Sequence[float], repeated: int) -> list[int]:
    """Return the columns that begin a page, so that no heading over several columns is torn."""
    breaks: list[int] = []
    room = _PAGE_WIDTH
    groups = groupby(range(len(columns)), lambda at: columns[at].heading[0])
    for group in (list(members) for _, members in groups):
        width = sum(widths[at] for at in group)
        if width > room and group[0] > repeated:
            breaks.append(group[0])
            room = _PAGE_WIDTH - sum(widths[:repeated])
        room -= width
    return breaks
