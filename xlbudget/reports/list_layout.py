"""How lists stand on sheets: the look of their cells, A4 across, rows as high as their texts ask for."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from xlbudget.files.xlsx_writer import Book, Formats, Sheet, number_pages

LONGEST_TEXT = 32_000
"""Characters of a text; a cell takes 32,767."""
HEADING = {"bold": True, "bg_color": "#E9EDF1", "align": "center", "text_wrap": True}
"""The look of headings."""
_A4 = 9
_HIGHEST = 400.0  # points; Excel takes 409
_WIDE = re.compile(r"[\u2e80-\U0010ffff]")


def list_formats(book: Book) -> Formats:
    """Return the formats of lists: small, bordered, centred from above to below."""
    return Formats(book, font_name="宋体", font_size=10, valign="vcenter", border=1, border_color="#C9D0D8")


def lay_out(sheet: Sheet, widths: Sequence[float]) -> None:
    """Set a sheet up for A4 across, one page wide, its pages numbered."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    number_pages(sheet, named=True)
    sheet.hide_gridlines(2)
    for at, width in enumerate(widths):
        sheet.set_column(at, at, width)


def row_height(cells: Iterable[tuple[float, Iterable[str]]]) -> float:
    """Return the height in points that shows every text in full (WPS does not find it by itself).

    ``cells`` are the width of a column in characters, and the lines of the text in it.
    """
    most = max((sum(_lines(text, width - 1) for text in texts) for width, texts in cells), default=1)
    return min(5.0 + 13.5 * max(most, 1), _HIGHEST)


def _lines(text: str, room: float) -> int:
    if 2 * len(text) <= room:
        return 1
    return math.ceil((len(text) + len(_WIDE.findall(text))) / room)
