"""The look of generated workbooks: one place for fonts, colours, borders and number formats."""

from __future__ import annotations

from typing import Any

from xlbudget.files.xlsx_writer import Book, Formats, Style
from xlbudget.model import Column

BODY_FONT = "宋体"
TITLE_FONT = "黑体"
INK = "#1F2933"
LINE = "#7B8794"
INPUT = "#FFF9DB"
DERIVED = "#F1F3F5"
HEADING = "#E7ECF2"
GOOD, GOOD_INK = "#E3F4E6", "#1E6B33"
BAD, BAD_INK = "#FBE3E1", "#A32018"
FAIR, FAIR_INK = "#FFF1D6", "#8A5300"
QUIET_INK = "#7B8794"
LINK_INK = "#1A56B0"
TABS = {"front": "#7B8794", "entry": "#2E8B57", "form": "#2F6DB5", "checks": "#D9822B", "codes": "#B8BEC6"}

AMOUNT = "#,##0.00;-#,##0.00;;@"
"""Two decimals; zero prints as blank, as the published forms do."""
AMOUNT_WITH_ZERO = "#,##0.00"
TEXT = "@"


def amount_format(column: Column) -> str:
    """Return the number format of a column of amounts: its decimals, zeros as nothing or as 0.00."""
    return format_of(column.decimals, zeros=column.zeros)


def format_of(decimals: int, *, zeros: bool) -> str:
    """Return the number format with so many decimals, zeros printed or not."""
    digits = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
    return f"{digits};-{digits};{digits if zeros else ''};@"


class Styles(Formats):
    """The formats of a budget workbook, on top of its body font."""

    def __init__(self, book: Book) -> None:
        super().__init__(book, font_name=BODY_FONT, font_size=10.5, font_color=INK, valign="vcenter")

    def bordered(self, **properties: Any) -> Style:
        """Return a format with a thin border."""
        return self.get(border=1, border_color=LINE, **properties)

    @property
    def title(self) -> Style:
        """The title line of a sheet."""
        return self.get(font_name=TITLE_FONT, font_size=16, align="center")

    @property
    def note(self) -> Style:
        """Small remarks."""
        return self.get(font_size=9, font_color="#52606D", text_wrap=True)

    @property
    def heading(self) -> Style:
        """Heading cells."""
        return self.bordered(bold=True, align="center", text_wrap=True, bg_color=HEADING)

    @property
    def link(self) -> Style:
        """Links between sheets."""
        return self.get(font_color=LINK_INK, underline=1)
