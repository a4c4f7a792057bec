"""Horizontal bars as a chart of the workbook: one dark colour, legible in black and white."""

from __future__ import annotations

from dataclasses import dataclass

from xlbudget.files.xlsx_writer import Book, Sheet
from xlbudget.workbook.sheets.styles import BODY_FONT, INK

ROW = 20
"""Pixels of a row beside a chart."""
LABEL_AMOUNT = "#,##0.00;-#,##0.00;"
"""Amounts at the ends of bars, to the decimals of the forms; no label where there is no bar."""
_BAR = "#404040"
_WIDTH = 500  # pixels
_TITLE_ROOM = 45

Range = tuple[str, int, int, int, int]
"""Cells of a sheet: its name, first row, first column, last row, last column (from 0)."""


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart: its title with the money, the cells of its names (shares in them) and of its amounts.

    Amounts stand at the ends of the bars in ``number_format``.
    """

    title: str
    money: str
    names: Range
    amounts: Range
    number_format: str = "#,##0.0"


def height_of(count: int) -> int:
    """Return the height of a chart of so many bars, in pixels."""
    return ROW * max(10, count * 5 // 4 + 4)


def draw_bars(book: Book, sheet: Sheet, bars: Bars, place: tuple[int, int]) -> None:
    """Put the chart on a sheet, its corner at ``place``; names on the left, amounts at the ends of bars."""
    height = height_of(bars.amounts[3] - bars.amounts[1] + 1)
    font = {"name": BODY_FONT, "size": 9, "color": INK}
    drawn = book.add_chart({"type": "bar"})
    drawn.add_series(
        {
            "name": bars.title,
            "categories": list(bars.names),
            "values": list(bars.amounts),
            "fill": {"color": _BAR},
            "border": {"none": True},
            "gap": 45,
            "data_labels": {"value": True, "num_format": bars.number_format, "font": font},
        }
    )
    drawn.set_title(
        {"name": f"{bars.title}（{bars.money}）", "name_font": {**font, "size": 12, "bold": True}}
    )
    drawn.set_legend({"none": True})
    top = _TITLE_ROOM / height  # names have their room on the left, amounts on the right
    drawn.set_plotarea({"layout": {"x": 0.34, "y": top, "width": 0.5, "height": 0.96 - top}})
    no_marks = {"line": {"none": True}, "major_tick_mark": "none", "minor_tick_mark": "none"}
    drawn.set_y_axis({"reverse": True, "num_font": font, **no_marks})
    drawn.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
    drawn.set_size({"width": _WIDTH, "height": height})
    drawn.show_hidden_data()
    row, column = place
    options = {"y_offset": 4, "object_position": 3, "description": bars.title}
    sheet.insert_chart(row, column, drawn, options)
