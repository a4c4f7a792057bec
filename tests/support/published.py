"""The reference budget as another system would export it: values only, rounded, none of our marks.

Words and figures come from the publication (``fixtures/disclosure_2023_forms.txt``). The layout is
foreign: other sheet names and order, two forms on one sheet, merged headings, blank rows and repeated
headings at page breaks, an extra column, captions in other words, full-width characters.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

TEXT = Path(__file__).parent.parent / "fixtures" / "disclosure_2023_forms.txt"
UNIT = "山西省公安厅交通管理局"
HEADING_ROWS = {1: 2, 2: 2, 3: 2, 4: 3, 5: 2, 6: 2, 7: 2, 8: 1, 9: 3, 10: 2, 11: 2, 12: 2, 13: 2}
SHEETS = (
    ("Z05支出", (5,)),
    ("Z01", (1,)),
    ("基金", (7, 8)),
    ("Sheet3", (3,)),
    ("Z02 收入", (2,)),
    ("Z04", (4,)),
    ("Sheet10", (10,)),
    ("经济分类", (6,)),
    ("国资", (9,)),
    ("运行经费", (11,)),
    ("项目(本年)", (12,)),
    ("项目(结转)", (13,)),
)
Row = list[str]
Figure = Callable[[int, str, Decimal], object]
"""What to store for a figure, given the form, the text printed and the amount."""


@dataclass(frozen=True)
class PublishedForm:
    """A form of the publication: title, heading rows, body rows (an empty row is a page break)."""

    number: int
    title: str
    headings: list[Row]
    body: list[Row]


def published_forms() -> dict[int, PublishedForm]:
    """Return the thirteen forms of the publication's text."""
    lines = TEXT.read_text(encoding="utf-8").splitlines()
    starts = [at for at, line in enumerate(lines) if re.fullmatch(r"2023年\S+表(（\S+）)?", line)]
    forms = {}
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(lines)], strict=True), 1):
        table = [line.split("\t") for line in lines[start + 1 : end]]
        rows: list[Row] = []
        for at, row in enumerate(table):
            if len(row) > 1:
                rows.append(row)
            elif not any(row) and 0 < at < len(table) - 1 and len(table[at - 1]) > 1 < len(table[at + 1]):
                rows.append([])
        depth = HEADING_ROWS[number]
        headings = [[part for cell in row for part in _parted(cell)] for row in rows[:depth]]
        forms[number] = PublishedForm(number, lines[start], headings, rows[depth:])
    return forms


def _parted(cell: str) -> list[str]:
    """Part two headings between which the publication's text has lost its tab."""
    return cell.split(" ") if cell == "政府性基金预算 国有资本经营预算" else [cell]


def as_number(form: int, text: str, amount: Decimal) -> object:
    """Store a figure as a number."""
    return float(amount)


def published_workbook(
    figure: Figure = as_number,
    *,
    money: str = "万元",
    changes: Mapping[tuple[int, str, int], object] | None = None,
    without: tuple[int, ...] = (),
) -> bytes:
    """Return the workbook; ``changes`` replaces cells by (form, first text of the row, column from 0)."""
    book = Workbook()
    book.remove(book.active)
    forms = published_forms()
    for name, numbers in SHEETS:
        sheet = book.create_sheet(name)
        row = 1
        for number in numbers:
            if number not in without:
                row = _write(sheet, forms[number], row, figure, money, changes or {}) + 3
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _write(
    sheet: Worksheet,
    form: PublishedForm,
    row: int,
    figure: Figure,
    money: str,
    changes: Mapping[tuple[int, str, int], object],
) -> int:
    """Write one form from ``row`` on; return its last row."""
    left = 2 if form.number in {3, 12} else 1  # some systems number the rows in a column of their own
    sheet.cell(row, left, form.title.replace("（", "(").replace("）", ")"))
    sheet.cell(row + 1, left, f"编制单位：{UNIT}")
    width = max(map(len, [*form.headings, *form.body]))
    sheet.cell(row + 1, left + width - 1, f"金额单位: {money}")
    at = row + 3
    top = at
    _headings(sheet, form, at, left, width)
    at += len(form.headings)
    for texts in form.body:
        if not texts:  # a page break: a blank row, and the headings once more
            at += 1
            _headings(sheet, form, at, left, width)
            at += len(form.headings)
            continue
        if left == 2:
            sheet.cell(at, 1, at - top)
        for column, text in enumerate(texts):
            value = _value(form.number, texts, column, text, figure, changes)
            if value is not None:
                cell = sheet.cell(at, left + column, value)
                if isinstance(value, float):
                    cell.number_format = "#,##0.00"
        at += 1
    sheet.cell(at + 1, left, f"打印日期：2023-02-0{form.number % 9 + 1}")
    return at + 1


def _value(
    number: int,
    texts: Row,
    column: int,
    text: str,
    figure: Figure,
    changes: Mapping[tuple[int, str, int], object],
) -> object:
    key = number, texts[0], column
    if key in changes:
        return changes[key]
    if re.fullmatch(r"[\d,]+\.\d\d", text):
        return figure(number, text, Decimal(text.replace(",", "")))
    if text.isdigit():
        return int(text) if len(text) > 2 and len(text) < 8 and number == 5 else text
    return text or None


def _headings(sheet: Worksheet, form: PublishedForm, row: int, left: int, width: int) -> None:
    """Write headings with merged cells: over their groups, and down to the last heading row."""
    rows = [texts + [""] * (width - len(texts)) for texts in form.headings]
    for at, texts in enumerate(rows):
        for column, text in enumerate(texts):
            if not text:
                continue
            sheet.cell(row + at, left + column, text)
            right = column
            below = at + 1 < len(rows) and bool(rows[at + 1][column])
            while below and right + 1 < width and not texts[right + 1] and rows[at + 1][right + 1]:
                right += 1
            bottom = at
            while not below and bottom + 1 < len(rows) and not rows[bottom + 1][column]:
                bottom += 1
            if right > column or bottom > at:
                sheet.merge_cells(
                    start_row=row + at,
                    start_column=left + column,
                    end_row=row + bottom,
                    end_column=left + right,
                )
