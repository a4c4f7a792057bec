"""Lists as sheets of a workbook: headings that stay, filters, A4, text that stays text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.files.xlsx_writer import Book, Formats, Sheet, build
from xlbudget.model.words import amount_text, inert
from xlbudget.reports.list_layout import HEADING, LONGEST_TEXT, lay_out, list_formats, row_height

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
        looks = list_formats(book)
        for listing in listings:
            _write(book.add_worksheet(listing.name), listing, looks)

    return build(write, title=title)


def _write(sheet: Sheet, listing: ListSheet, looks: Formats) -> None:
    lay_out(sheet, [column.width for column in listing.columns])
    for row, text in enumerate(listing.above):
        look: dict[str, object] = {"bold": True, "font_size": 14} if row == 0 else {"font_color": "#5B6672"}
        sheet.write_string(row, 0, inert(text)[:LONGEST_TEXT], looks.get(border=0, **look))
        sheet.set_row(row, 26 if row == 0 else 18)
    top = len(listing.above)
    heading = looks.get(**HEADING)
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


def _cell(sheet: Sheet, row: int, at: int, entry: Entry, holds: str, looks: Formats) -> None:
    if isinstance(entry, Decimal | int):
        if Decimal(repr(float(entry))) == entry:
            style = looks.get(num_format=_NUMBERS.get(holds, "General"), align="right")
            sheet.write_number(row, at, float(entry), style)
            return
        entry = amount_text(Decimal(entry))
    text = inert(entry or "")[:LONGEST_TEXT]
    style = looks.get(
        align="center" if holds == "word" else "right" if holds in _NUMBERS else "left",
        text_wrap=True,
        quote_prefix=text.startswith(("=", "+", "-", "@")),
    )
    if text:
        sheet.write_string(row, at, text, style)
    else:
        sheet.write_blank(row, at, None, style)


def _height(columns: Sequence[ListColumn], entries: Sequence[Entry]) -> float:
    return row_height(
        (column.width, (entry,))
        for column, entry in zip(columns, entries, strict=True)
        if isinstance(entry, str)
    )
