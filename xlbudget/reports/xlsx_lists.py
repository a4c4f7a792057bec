"""Lists on the sheets of a report: columns, looks, links into the returned files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from xlbudget.files.elsewhere import Address
from xlbudget.files.xlsx_writer import Book, Sheet, Style
from xlbudget.model import CellValue, RuleStatus, Severity, words
from xlbudget.model.words import inert
from xlbudget.reports.arrangement import ACCEPTED, EXPLAINED, REFUSED, TO_EXPLAIN, UNCHECKED
from xlbudget.reports.list_layout import HEADING, LONGEST_TEXT, lay_out, list_formats, row_height


class ListWriter:
    """Writes lists on sheets of one workbook; links lead from ``folder`` to other files."""

    def __init__(self, book: Book, folder: Path) -> None:
        self.book = book
        self.folder = folder
        self.formats = list_formats(book)
        self.links: dict[Sheet, int] = {}

    def sheet(self, name: str, columns: Sequence[XlsxColumn]) -> Sheet:
        """Add a sheet set up for A4 across, one page wide."""
        sheet = self.book.add_worksheet(name)
        lay_out(sheet, [column.width for column in columns])
        return sheet

    def listing(
        self,
        sheet: Sheet,
        top: int,
        columns: Sequence[XlsxColumn],
        rows: Iterable[Sequence[XlsxEntry] | FoldedRow],
        frozen_columns: int = 0,
    ) -> int:
        """Write headings, frozen and repeated, and rows with filters; return the row after the last.

        A row that is folded opens by the sign beside the row above it.
        """
        sheet.outline_settings(True, False, True, False)
        heading = self.formats.get(**HEADING)
        sheet.set_row(top, 30)
        for at, column in enumerate(columns):
            sheet.write_string(top, at, column.heading, heading)
        row, left_out = top + 1, 0
        for part in rows:
            if row > _MOST_ROWS:
                left_out += 1
                continue
            folded = isinstance(part, FoldedRow)
            entries = part.entries if isinstance(part, FoldedRow) else part
            sheet.set_row(row, _height(columns, entries), None, _FOLDED if folded else {})
            for at, (column, entry) in enumerate(zip(columns, entries, strict=True)):
                self.cell(sheet, row, at, entry, column.look)
            row += 1
        sheet.autofilter(top, 0, max(row - 1, top), len(columns) - 1)
        sheet.freeze_panes(top + 1, frozen_columns)
        sheet.repeat_rows(top)
        if left_out:
            note = f"另有 {left_out:,} 行超出工作表的容量，未列出；全部内容见 json 报告。"
            sheet.write_string(row, 0, note, self.style((("bold", True),), border=False))
            row += 1
        return row

    def cell(
        self, sheet: Sheet, row: int, column: int, entry: XlsxEntry, look: tuple[tuple[str, object], ...]
    ) -> None:
        """Write one entry: amounts as numbers, everything else as text that stays text."""
        if isinstance(entry, Decimal | int) and not isinstance(entry, bool):
            number = float(entry)
            if Decimal(repr(number)) == entry:
                money = isinstance(entry, Decimal)
                sheet.write_number(
                    row, column, number, self.style((*look, ("num_format", _MONEY)) if money else look)
                )
                return
            entry = words.amount_text(Decimal(entry))
        link = ""
        if isinstance(entry, LinkedText) and self.links.setdefault(sheet, 0) < _MOST_LINKS:
            link = entry.link
            self.links[sheet] += 1
        if isinstance(entry, ColouredText):
            look = (*look, *_COLOURS[entry.colour].items())
        text = "\n".join(map(inert, _lines(entry)))[:LONGEST_TEXT]
        if look == AMOUNT and len(text) > _SHORT:
            look = (("align", "left"),)
        look = (*look, *WRAPPED, ("quote_prefix", text.startswith(("=", "+", "-", "@"))))
        if link:
            look = (*look, ("font_color", "#1F4E79"), ("underline", 1))
            sheet.write_url(row, column, link, self.style(look), text)
        elif text:
            sheet.write_string(row, column, text, self.style(look))
        else:
            sheet.write_blank(row, column, None, self.style(look))

    def style(self, look: tuple[tuple[str, object], ...], *, border: bool = True) -> Style:
        """Return the format of that look; equal looks share one."""
        return self.formats.get(**dict(look), border=1 if border else 0)

    def linked(self, text: str, path: Path | None, sheet: str = "", address: str = "") -> XlsxEntry:
        """Return ``text`` as a link to a cell of a returned file, or as it is if no link can be made."""
        link = _external(path, self.folder, sheet, address) if path and text else ""
        return LinkedText(text, link) if link else text


_MONEY = "#,##0.00####"


_SHORT = 12  # characters; longer texts among amounts read better from the left


_LONGEST_LINK = 2_000  # UTF-16 units; Excel takes 2,079


_MOST_LINKS = 65_000  # in one sheet; Excel takes 65,530


_MOST_ROWS = 1_000_000  # in one sheet; Excel takes 1,048,576


_COLOURS: dict[object, dict[str, str]] = {
    Severity.BLOCKING: {"font_color": "#B42318", "bg_color": "#FBE9E7"},
    Severity.EXPLAIN: {"font_color": "#9A5B00", "bg_color": "#FDF3E1"},
    Severity.NOTE: {"font_color": "#4A6078", "bg_color": "#ECF0F4"},
    REFUSED: {"font_color": "#B42318"},
    TO_EXPLAIN: {"font_color": "#9A5B00"},
    UNCHECKED: {"font_color": "#7A1F7A"},
    ACCEPTED: {"font_color": "#3D4852"},
    EXPLAINED: {"font_color": "#4A6078"},
    RuleStatus.FAILED: {"font_color": "#B42318"},
    RuleStatus.NOT_RUN: {"font_color": "#9A5B00"},
    RuleStatus.NOT_APPLICABLE: {"font_color": "#5B6672"},
    RuleStatus.PASSED: {"font_color": "#3D4852"},
}


_CELL = re.compile(r"\$?[A-Z]{1,3}\$?[1-9][0-9]{0,6}(:\$?[A-Z]{1,3}\$?[1-9][0-9]{0,6})?")


_PERCENT_ENCODED = {ord(each): f"%{ord(each):02x}" for each in '%#" <>[]^`{}'}


@dataclass(frozen=True, slots=True)
class XlsxColumn:
    """A column of a list: heading, width, and look of its cells."""

    heading: str
    width: float
    look: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class LinkedText:
    """A text that opens something when clicked."""

    text: str
    link: str


@dataclass(frozen=True, slots=True)
class ColouredText:
    """A text in the colour of what it stands for."""

    text: str
    colour: object


@dataclass(frozen=True, slots=True)
class FoldedRow:
    """A row of details that stands folded under the one above it."""

    entries: Sequence[XlsxEntry]


_FOLDED: dict[str, object] = {"level": 1, "hidden": True}


@dataclass(frozen=True, slots=True)
class LinesText:
    """A text of several lines."""

    lines: tuple[str, ...]


XlsxEntry = CellValue | int | LinkedText | ColouredText | LinesText


CENTRED = (("align", "center"),)


WRAPPED = (("text_wrap", True),)


AMOUNT = (("align", "right"), ("text_wrap", True))


CENTRED_NUMBER = (("align", "center"), ("num_format", "#,##0"))


def _height(columns: Sequence[XlsxColumn], entries: Sequence[XlsxEntry]) -> float:
    return row_height(
        (column.width, _lines(entry))
        for column, entry in zip(columns, entries, strict=True)
        if not isinstance(entry, Decimal | int)
    )


def _lines(entry: XlsxEntry) -> tuple[str, ...]:
    return entry.lines if isinstance(entry, LinesText) else (_text(entry),)


def _text(entry: XlsxEntry) -> str:
    """Return the text of an entry that is no number."""
    if isinstance(entry, LinesText):
        return "\n".join(entry.lines)
    if isinstance(entry, LinkedText | ColouredText):
        return entry.text
    return "" if entry is None else str(entry)


def _external(path: Path, folder: Path, sheet: str, address: str) -> str:
    """Return the link to a cell of a file, relative to ``folder``; empty if it cannot be said in Excel."""
    if isinstance(path, Address):
        return ""
    try:
        relative = Path(os.path.relpath(path.absolute(), folder.absolute())).as_posix()
    except ValueError:  # on another drive
        relative = path.absolute().as_posix()
    if not relative.startswith(("../", "/")) and not Path(relative).is_absolute():
        relative = f"./{relative}"
    link = f"external:{relative.translate(_PERCENT_ENCODED)}"
    if sheet:
        cell = address if _CELL.fullmatch(address) else "A1"
        link += "#'{}'!{}".format(sheet.replace("'", "''"), cell)
    sayable = inert(link) == link and "\\" not in link and len(link.encode("utf-16-le")) // 2 <= _LONGEST_LINK
    return link if sayable else ""
