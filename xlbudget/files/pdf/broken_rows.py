"""A row of a table that begins on one page and goes on at the top of the next is one row.

Word processors break a row whose name takes several lines. What comes first on the next page is a part of it
when the texts above it fill their cells to the edge, no column has a number in both parts, and the part below
names nothing of its own: no code, no number of an item.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from xlbudget.model import PrintedCell

_NUMBER = re.compile(r"[-−(（]?[\d,，]*\d(?:[.．]\d+)?[%％)）]?")
_OWN = re.compile(r"\d|[(（]?[一二三四五六七八九十]{1,3}[、.．)）]|合\s*计|总\s*计|小\s*计|其中|注[：:]")
_PADDING = 13.0  # points between the text and the edges of a cell, both sides together
_WIDER = 1.15  # of a character: what would no longer fit

Row = Mapping[int, PrintedCell]
"""The cells of a row that hold text, by column."""


def goes_on(above: Row, below: Row) -> bool:
    """Whether the first row of a page is the rest of the last row of the page before."""
    words = [column for column, cell in below.items() if not _is_number(cell)]
    numbers = below.keys() - set(words)
    if not words or not above or below.keys() - above.keys() - numbers:
        return False
    if any(_is_number(above[column]) or not _fills(above[column]) for column in words):
        return False
    if numbers & above.keys() or any(_OWN.match(below[column].text.strip()) for column in words):
        return False
    return bool(above.keys() - below.keys())


def put_together(above: Row, below: Row, row: int) -> list[PrintedCell]:
    """Return the cells of a broken row as those of ``row``: each text with its rest."""
    found = []
    for column in sorted({*above, *below}):
        first, rest = above.get(column), below.get(column)
        if first is not None and rest is not None:
            text, lines = first.text + rest.text, (*first.lines, *rest.lines)
            found.append(replace(first, text=text, lines=lines, clipped=first.clipped or rest.clipped))
        elif first is not None:
            found.append(first)
        elif rest is not None:
            found.append(replace(rest, row=row))
    return found


def row_of(cells: Sequence[PrintedCell], row: int) -> dict[int, PrintedCell]:
    """Return the cells of a row that hold text, by column."""
    return {cell.column: cell for cell in cells if cell.row == row and cell.text.strip()}


def _is_number(cell: PrintedCell) -> bool:
    return _NUMBER.fullmatch("".join(cell.text.split())) is not None


def _fills(cell: PrintedCell) -> bool:
    """Whether one more character would not have fitted on the last line of a cell."""
    box = cell.place.box
    last = cell.lines[-1].place.box if cell.lines else None
    if box is None or last is None or not cell.lines[-1].text:
        return False
    character = (last.right - last.left) / max(len(cell.lines[-1].text), 1)
    return (box.right - box.left) - (last.right - last.left) <= _PADDING + _WIDER * character
