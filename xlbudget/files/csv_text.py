"""CSV as text: read whatever separator a program wrote, written so that no cell becomes a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from xlbudget.model.letters import writable

_BEGIN_FORMULAS = (*"=+-@\t\r\n", *"＝＋－＠")
_MOST_LINES = 3  # lines of one cell: a list has no longer texts
_SEPARATORS = ",\t;，"


def parse_csv(text: str, broken: Callable[[int, str], None] | None = None) -> list[tuple[int, list[str]]]:
    """Return the non-empty rows of a CSV text with their line numbers (from 1), cells stripped.

    Cells are parted by commas, or by what the first line has in place of them: tabs, semicolons, “，”.
    """
    head = text.partition("\n")[0]
    separator = next((mark for mark in _SEPARATORS if mark in head), ",")
    if broken is not None and '"' in text and (line := _unclosed(text, separator)):
        broken(line, "引号没有配对，从这里到文件末尾都算进了一格")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows = []
    before = 0
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                rows.append((reader.line_num, cells))
            if broken is not None and reader.line_num > before + _MOST_LINES:
                broken(before + 1, "引号没有配对，把后面许多行都算进了这一格")
            before = reader.line_num
    except csv.Error:
        if broken is None:
            raise
        broken(reader.line_num or 1, "这一行读不出来：引号没有配对，或有不能用的字符")
    return rows


def _unclosed(text: str, separator: str) -> int:
    """Return the line in which a cell begins that is quoted and never ends, or 0."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begun = 1
    try:
        for _ in reader:
            begun = reader.line_num + 1
    except csv.Error as error:
        return begun if "unexpected end" in str(error) else 0
    return 0


def inert_csv(text: str) -> str:
    """Return a text that no spreadsheet program takes for a formula, and no terminal for a command.

    Programs with a Chinese keyboard take the full-width signs for the plain ones.
    """
    text = writable(text)
    return f"'{text}" if text.startswith(_BEGIN_FORMULAS) else text
