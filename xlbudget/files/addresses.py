"""Cell addresses as Excel writes them."""

from __future__ import annotations


def column_letters(column: int) -> str:
    """Return the letters of a column (0 → A)."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_address(row: int, column: int) -> str:
    """Return the address of a place on a sheet (from 0)."""
    return f"{column_letters(column)}{row + 1}"
