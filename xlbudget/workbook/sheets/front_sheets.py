"""Cover, contents, check sheet, pages of text, code lists, working sheets and the stamp."""

from __future__ import annotations

from xlbudget.files.xlsx_writer import Sheet, number_pages
from xlbudget.model import Catalogue, Cell, Page, Working
from xlbudget.model.control_lines import CONTROLS
from xlbudget.model.text_layout import text_width
from xlbudget.workbook.names import CHECK_COLUMNS, CHECKS
from xlbudget.workbook.reserved_names import COVER, STAMP_SHEET, VERDICT
from xlbudget.workbook.sheets.canvas import Canvas, protect
from xlbudget.workbook.sheets.styles import (
    AMOUNT_WITH_ZERO,
    BAD,
    BAD_INK,
    DERIVED,
    FAIR,
    FAIR_INK,
    GOOD,
    GOOD_INK,
    INPUT,
    QUIET_INK,
    TABS,
    TITLE_FONT,
)
from xlbudget.workbook.stamp import SHEET_NAME, STAMP_NAME, Stamp

_CHECK_HEADING = (
    "编号",
    "勾稽关系",
    "不符时",
    "左值（{money}）",
    "",
    "右值（{money}）",
    "差额（{money}）",
    "结论",
)
_CHECK_WIDTHS = (14, 58, 14, 16, 4, 16, 14, 9)


def write_cover(canvas: Canvas, kinds_list: str) -> None:
    """Write the cover: title, the unit's facts, the overall verdict, what to do."""
    cover, styles = canvas.cover, canvas.styles
    sheet = canvas.add_sheet(cover.sheet, TABS["front"])
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 6)
    sheet.set_column(1, 1, 16)
    sheet.set_column(2, 2, 58)
    sheet.merge_range(3, 1, 3, 2, cover.title, styles.get(font_name=TITLE_FONT, font_size=26, align="center"))
    sheet.set_row(3, 48)
    sheet.merge_range(4, 1, 4, 2, cover.subtitle, styles.get(font_size=14, align="center"))
    sheet.set_row(4, 26)
    facts = next(entry for entry in canvas.template.entries if entry.id == canvas.template.unit_facts.table)
    label = styles.bordered(bold=True, align="center", bg_color=DERIVED)
    content = styles.bordered(
        font_size=12,
        num_format="@",
        indent=1,
        text_wrap=True,
        locked=canvas.locked_facts,
        bg_color="#FFFFFF" if canvas.locked_facts else INPUT,
    )
    for row in range(len(facts.lines)):
        for column in facts.columns:
            canvas.write(sheet, Cell(facts.id, row, column.key), content if column.entry else label)
        sheet.set_row(canvas.layout.position(facts.id, row, facts.columns[0].key)[0], 28)
    if not canvas.locked_facts and kinds_list:
        names = canvas.template.unit_facts
        row, column_at = canvas.layout.position(
            facts.id, canvas.layout.tables[facts.id].lines[names.kind], names.column
        )
        message = f"请从下拉列表中选择：{'、'.join(canvas.template.kinds)}"
        sheet.data_validation(
            row,
            column_at,
            row,
            column_at,
            {
                "validate": "list",
                "source": f"={kinds_list}",
                "error_title": "录入有误",
                "error_message": message,
            },
        )
    _write_verdict(canvas, sheet)
    protect(sheet)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 1)
    sheet.center_horizontally()
    sheet.activate()


def _write_verdict(canvas: Canvas, sheet: Sheet) -> None:
    cover, styles = canvas.cover, canvas.styles
    row, column = canvas.layout.position(COVER, 0, VERDICT)
    sheet.write_string(
        row, column - 1, cover.verdict_label, styles.bordered(bold=True, align="center", bg_color=DERIVED)
    )
    style = styles.bordered(bold=True, font_size=12, indent=1, text_wrap=True)
    canvas.write(sheet, Cell(COVER, 0, VERDICT), style)
    sheet.set_row(row, 34)
    for text, fill, ink in (
        (cover.verdict_clean, GOOD, GOOD_INK),
        (cover.verdict_blocking, BAD, BAD_INK),
        (cover.verdict_explain, FAIR, FAIR_INK),
    ):
        colour = canvas.book.add_format({"bg_color": fill, "font_color": ink})
        criteria = {"type": "cell", "criteria": "==", "value": f'"{text}"', "format": colour}
        sheet.conditional_format(row, column, row, column, criteria)
    for at, note in enumerate(cover.notes):
        sheet.merge_range(row + 2 + at, 1, row + 2 + at, 2, note, styles.get(text_wrap=True, font_size=11))
        sheet.set_row(row + 2 + at, 32)
    for at, text in enumerate((canvas.template.authority, f"模板编号 {canvas.template.digest[:12]}")):
        place = row + 3 + len(cover.notes) + at
        sheet.merge_range(
            place, 1, place, 2, text, styles.get(font_size=9, align="right", font_color=QUIET_INK)
        )
    _write_remarks(canvas, sheet, row + 6 + len(cover.notes))


def _write_remarks(canvas: Canvas, sheet: Sheet, first: int) -> None:
    """Write what readers of this workbook must know first, such as units that are not in it."""
    style = canvas.styles.get(text_wrap=True, font_size=11, bold=True, font_color=BAD_INK)
    for row, text in enumerate(canvas.remarks, first):
        sheet.merge_range(row, 1, row, 2, text, style)
        sheet.set_row(row, 6 + 15 * text_lines(text, 70))


def write_contents(canvas: Canvas, sheet: Sheet) -> None:
    """Fill the contents sheet with links to all sheets listed so far."""
    styles = canvas.styles
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 8)
    sheet.set_column(1, 1, 12)
    sheet.set_column(2, 2, 24)
    sheet.set_column(3, 3, 64)
    sheet.merge_range(0, 0, 0, 3, canvas.template.contents_title, styles.title)
    sheet.set_row(0, 34)
    for at, text in enumerate(("序号", "类别", "工作表", "名称")):
        sheet.write_string(1, at, text, styles.heading)
    body = styles.bordered()
    for number, (kind, name, title) in enumerate(canvas.links, 1):
        row = number + 1
        sheet.write_number(row, 0, number, styles.bordered(align="center"))
        sheet.write_string(row, 1, kind, body)
        sheet.write_url(
            row, 2, f"internal:'{name}'!A1", styles.bordered(font_color="#1A56B0", underline=1), name
        )
        sheet.write_string(row, 3, title, styles.bordered(text_wrap=True))
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    protect(sheet)


def write_checks(canvas: Canvas) -> None:
    """Write the live check sheet: each rule with both sides, difference and verdict in colour."""
    words, styles = canvas.template.check_sheet, canvas.styles
    sheet = canvas.add_sheet(words.sheet, TABS["checks"], "校验表", words.title)
    last = len(_CHECK_HEADING) - 1
    sheet.merge_range(0, 0, 0, last, words.title, styles.title)
    sheet.set_row(0, 30)
    sheet.merge_range(1, 0, 1, last, "\n".join(words.notes), styles.note)
    sheet.set_row(1, 30)
    sheet.write_url(2, 0, f"internal:'{canvas.template.contents_sheet}'!A1", styles.link, "目录")
    placed = canvas.layout.tables[CHECKS]
    for at, text in enumerate(_CHECK_HEADING):
        heading = text.replace("{money}", canvas.template.form_money)
        sheet.write_string(placed.first_row - 1, at, heading, styles.heading)
        sheet.set_column(at, at, _CHECK_WIDTHS[at])
    behind = [entry for entry in canvas.template.entries if entry.id == CONTROLS]
    hidden = len(CHECK_COLUMNS) + sum(len(entry.columns) for entry in behind) - 1
    sheet.set_column(len(_CHECK_HEADING), hidden, 8, None, {"hidden": True})
    amount = styles.bordered(num_format=AMOUNT_WITH_ZERO, align="right")
    centred = styles.bordered(align="center")
    kinds = {"关系": styles.bordered(text_wrap=True), "左值": amount, "右值": amount, "差额": amount}
    for row in range(placed.rows):
        for key in CHECK_COLUMNS:
            canvas.write(sheet, Cell(CHECKS, row, key), kinds.get(key, centred))
    for entry in behind:
        for row in range(len(entry.lines)):
            for column in entry.columns:
                canvas.write(sheet, Cell(entry.id, row, column.key), amount)
    if placed.rows:
        _colour_verdicts(canvas, sheet)
    sheet.hide_gridlines(2)
    sheet.freeze_panes(placed.first_row, 0)
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(placed.first_row - 1)
    number_pages(sheet)
    protect(sheet)


def _colour_verdicts(canvas: Canvas, sheet: Sheet) -> None:
    words, placed = canvas.template.check_sheet, canvas.layout.tables[CHECKS]
    top, column = canvas.layout.position(CHECKS, 0, "结论")
    bottom = top + placed.rows - 1
    bad = (words.differs, words.exceeds) if canvas.template.controls else (words.differs,)
    for text, fill, ink in (
        (words.matches, GOOD, GOOD_INK),
        *((text, BAD, BAD_INK) for text in dict.fromkeys(bad)),
        (words.not_applicable, DERIVED, QUIET_INK),
    ):
        colour = canvas.book.add_format({"bg_color": fill, "font_color": ink})
        criteria = {"type": "cell", "criteria": "==", "value": f'"{text}"', "format": colour}
        sheet.conditional_format(top, column, bottom, column, criteria)
    sheet.autofilter(placed.first_row - 1, 0, bottom, len(_CHECK_HEADING) - 1)


_CODES_A_PAGE = 84  # of a list, in letters of 7 points: lists are looked up, not read
_PAGE_ROW = 2  # from 0: where the rows of a page begin


def write_page(canvas: Canvas, page: Page) -> None:
    """Write a page of text."""
    sheet = canvas.add_sheet(page.sheet, TABS["front"], "说明", page.title)
    styles, last = canvas.styles, len(page.headings) - 1
    if last:
        sheet.merge_range(0, 0, 0, last, page.title, styles.title)
    else:
        sheet.write_string(0, 0, page.title, styles.title)
    sheet.set_row(0, 34)
    for at, (text, width) in enumerate(zip(page.headings, page.widths, strict=True)):
        sheet.write_string(1, at, text, styles.heading)
        sheet.set_column(at, at, width)
    body = styles.bordered(text_wrap=True, valign="top")
    for row, cells in enumerate(page.rows, _PAGE_ROW):
        lines = 1
        for at, text in enumerate(cells):
            sheet.write_string(row, at, text, body)
            lines = max(lines, text_lines(text, page.widths[at]))
        sheet.set_row(row, 15 * lines + 4)
    sheet.hide_gridlines(2)
    sheet.freeze_panes(2, 0)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(1)
    sheet.center_horizontally()
    number_pages(sheet)
    protect(sheet)


def text_lines(text: str, width: float) -> int:
    """Return how many lines ``text`` takes in a column: a Chinese character or mark is two digits wide."""
    room = max(int(width) - 1, 2)
    used = 0
    for paragraph in text.split("\n"):
        columns = text_width(paragraph)
        used += max(1, -(-columns // room))
    return used


def write_catalogue(canvas: Canvas, catalogue: Catalogue) -> None:
    """Write a code list, open to be read and filtered."""
    sheet = canvas.add_sheet(catalogue.sheet, TABS["codes"], "代码", catalogue.title)
    styles, placed = canvas.styles, canvas.layout.tables[catalogue.id]
    last = len(catalogue.columns) - 1
    sheet.merge_range(0, 0, 0, last, catalogue.title, styles.get(font_name=TITLE_FONT, font_size=14))
    sheet.set_row(0, 26)
    for at, key in enumerate(catalogue.columns):
        sheet.write_string(1, at, key, styles.heading)
        longest = max((len(row[key].encode("gb18030")) for row in catalogue.rows), default=0)
        sheet.set_column(at, at, min(max(10, longest + 2), 60))
    body = styles.bordered(num_format="@")
    for row in range(placed.rows):
        for key in catalogue.columns:
            canvas.write(sheet, Cell(catalogue.id, row, key), body)
    sheet.freeze_panes(2, 1)
    sheet.autofilter(1, 0, 1 + placed.rows, last)
    sheet.set_paper(9)
    sheet.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, -(-placed.rows // _CODES_A_PAGE))
    number_pages(sheet)
    sheet.repeat_rows(1)
    protect(sheet)


def write_working(canvas: Canvas, working: Working) -> None:
    """Write a hidden helper table."""
    sheet = canvas.add_sheet(working.sheet, TABS["codes"])
    sheet.hide()
    body = canvas.styles.get(font_size=9)
    for at, column in enumerate(working.columns):
        sheet.write_string(0, at, column.key, body)
    rows = range(canvas.layout.tables[working.id].rows)
    for column in working.columns:
        canvas.write_column(sheet, working.id, column.key, rows, body)
    protect(sheet)


def write_stamp(canvas: Canvas, stamp: Stamp) -> None:
    """Write the stamp three times, and a defined name for every sheet of the template."""
    sheet = canvas.add_sheet(STAMP_SHEET, TABS["codes"])
    sheet.write_string(0, 0, stamp.text())
    sheet.very_hidden()
    protect(sheet)
    canvas.book.define_name(STAMP_NAME, f"='{STAMP_SHEET}'!$A$1")
    for number, name in enumerate(stamp.sheets):
        canvas.book.define_name(f"{SHEET_NAME}{number}", f"='{name}'!$A$1")
    for name, piece in stamp.properties().items():
        canvas.book.set_custom_property(name, piece, "text")
