"""Formulas that are written once for many cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from xlbudget.files.xlsx.cells import MAX_COLUMN, MAX_ROW

# Strings, quoted sheet names and bracketed names are passed over whole, other words too, so that
# LOG10( and 公开表A1!B2 keep what only looks like a reference. Repeats are possessive: a stranger's
# unclosed quotes must not make the search backtrack.
_TOKEN = re.compile(
    r"\"(?:[^\"]|\"\")*+\""
    r"|'(?:[^']|'')*+'"
    r"|\[(?:[^\[\]]|\[[^\[\]]*+\])*+\]"
    r"|(?P<columns>\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3})(?![\w.(!$\\?])"
    r"|(?P<rows>\$?[0-9]{1,7}:\$?[0-9]{1,7})(?![\w.(!$\\?])"
    r"|(?P<cell>\$?[A-Za-z]{1,3}\$?[0-9]{1,7})(?![\w.(!$\\?])"
    r"|[\w.$\\?]+"
)
_PIECE = re.compile(r"(\$?)([A-Za-z]+|[0-9]+)")


class SharedFormula:
    """A formula stored once, which other cells use shifted to their place.

    It is taken apart on first use: ``pieces`` are texts to keep, relative row numbers (positive)
    and relative column numbers (negative).
    """

    __slots__ = ("column", "pieces", "row", "text")

    def __init__(self, text: str, row: int, column: int) -> None:
        self.text = text
        self.row = row
        self.column = column
        self.pieces: list[str | int] | None = None

    def at(self, row: int, column: int) -> str:
        """Return the formula as the cell there has it; references wrap around the grid, as in Excel."""
        if self.pieces is None:
            self.pieces = list(_pieces(self.text))
        down, right = row - self.row - 1, column - self.column - 1
        return "".join(
            piece
            if isinstance(piece, str)
            else str((piece + down) % MAX_ROW + 1)
            if piece > 0
            else _letters((right - piece) % MAX_COLUMN + 1)
            for piece in self.pieces
        )


def _pieces(formula: str) -> Iterator[str | int]:
    done = 0
    for token in _TOKEN.finditer(formula):
        if token.lastgroup is None or not _within_grid(token[0]):
            continue
        for found in _PIECE.finditer(formula, token.start(), token.end()):
            dollar, name = found.groups()
            if not dollar:
                yield formula[done : found.start()]
                yield int(name) if name.isdigit() else -column_number(name)
                done = found.end()
    yield formula[done:]


def _within_grid(reference: str) -> bool:
    """Whether letters and digits name places on the grid; else ``ABC9999999`` is just a name."""
    return all(
        1 <= int(name) <= MAX_ROW if name.isdigit() else column_number(name) <= MAX_COLUMN
        for _, name in _PIECE.findall(reference)
    )


def column_number(letters: str) -> int:
    """Return the number of a column (A → 1)."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


@lru_cache(MAX_COLUMN)
def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
