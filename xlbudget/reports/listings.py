"""Lists as sheets of a workbook: headings that stay, filters, A4, text that stays text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.files.xlsx_writer import Book, Sheet, Style, build, number_pages
from xlbudget.model.words import amount_text, inert

_FONT = "宋体"
_A4 = 9
_LONGEST_TEXT = 32_000  # characters; a cell takes 32,767
_HIGHEST = 400.0  # points; Excel takes 409
_WIDE = re.compile(r"[\u2e80-\U0010ffff]")
_NUMBERS = {"amount": "#,##0.00####", "count": "#,##0"}

Entry = str | int | Decimal | None


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column of a list: heading, width in characters, and what it holds (text, word, amount, count)."""

    heading: str
    width: float
    holds: str = "text"


@dataclass(frozen=True, slots=True)
class ListSheet:
    """A list as a sheet: its name, the sentences above it, columns and rows."""

    name: str
    columns: tuple[ListColumn, ...]
    rows: Iterable[Sequence[Entry]]
    above: tuple[str, ...] = ()


def listings_workbook(title: str, listings: Iterable[ListSheet]) -> bytes:
    """Return a workbook with a sheet for each list; the same lists give the same bytes."""

    def write(book: Book) -> None:
        looks = _Looks(book)
        for listing in listings:
            _write(book.add_worksheet(listing.name), listing, looks)

    return build(write, title=title)


def _write(sheet: Sheet, listing: ListSheet, looks: _Looks) -> None:
    _set_up(sheet, listing.columns)
    for row, text in enumerate(listing.above):
        look: dict[str, object] = {"bold": True, "font_size": 14} if row == 0 else {"font_color": "#5B6672"}
        sheet.write_string(row, 0, inert(text)[:_LONGEST_TEXT], looks.style(border=0, **look))
        sheet.set_row(row, 26 if row == 0 else 18)
    top = len(listing.above)
    heading = looks.style(bold=True, bg_color="#E9EDF1", align="center", text_wrap=True)
    sheet.set_row(top, 30)
    for at, column in enumerate(listing.columns):
        sheet.write_string(top, at, column.heading, heading)
    row = top
    for row, entries in enumerate(listing.rows, top + 1):
        sheet.set_row(row, _height(listing.columns, entries))
        for at, (column, entry) in enumerate(zip(listing.columns, entries, strict=True)):
            _cell(sheet, row, at, entry, column.holds, looks)
    sheet.autofilter(top, 0, max(row, top), len(listing.columns) - 1)
    sheet.freeze_panes(top + 1, 0)
    sheet.repeat_rows(top)


def _set_up(sheet: Sheet, columns: Sequence[ListColumn]) -> None:
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    number_pages(sheet, named=True)
    sheet.hide_gridlines(2)
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width)


def _cell(sheet: Sheet, row: int, at: int, entry: Entry, holds: str, looks: _Looks) -> None:
    if isinstance(entry, Decimal | int):
        if Decimal(repr(float(entry))) == entry:
            style = looks.style(num_format=_NUMBERS.get(holds, "General"), align="right")
            sheet.write_number(row, at, float(entry), style)
            return
        entry = amount_text(Decimal(entry))
    text = inert(entry or "")[:_LONGEST_TEXT]
    style = looks.style(
        align="center" if holds == "word" else "right" if holds in _NUMBERS else "left",
        text_wrap=True,
        quote_prefix=text.startswith(("=", "+", "-", "@")),
    )
    if text:
        sheet.write_string(row, at, text, style)
    else:
        sheet.write_blank(row, at, None, style)


def _height(columns: Sequence[ListColumn], entries: Sequence[Entry]) -> float:
    """Return the height in points that shows every text in full (WPS does not find it by itself)."""
    lines = 1
    for column, entry in zip(columns, entries, strict=True):
        if isinstance(entry, str):
            width = len(entry) + len(_WIDE.findall(entry))
            lines = max(lines, math.ceil(width / (column.width - 1)))
    return min(5.0 + 13.5 * lines, _HIGHEST)


class _Looks:
    """The formats of one workbook; equal looks share one."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.known: dict[tuple[tuple[str, object], ...], Style] = {}

    def style(self, **look: object) -> Style:
        """Return the format of that look."""
        base: dict[str, object] = {"font_name": _FONT, "font_size": 10, "valign": "vcenter", "border": 1}
        whole = tuple(sorted((base | {"border_color": "#C9D0D8"} | look).items()))
        if whole not in self.known:
            self.known[whole] = self.book.add_format(dict(whole))
        return self.known[whole]
