"""The one door to XlsxWriter: workbooks that are reproducible and in which text stays text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_cell_to_rowcol, xl_col_to_name, xl_range_abs, xl_rowcol_to_cell

Book = Any
"""An ``xlsxwriter.Workbook`` (the library carries no types)."""
Sheet = Any
"""An ``xlsxwriter`` worksheet."""
Style = Any
"""An ``xlsxwriter`` format."""

_CREATED = datetime(2000, 1, 1)  # fixed, so that the same input gives the same bytes

__all__ = [
    "Book",
    "Sheet",
    "Style",
    "build",
    "xl_cell_to_rowcol",
    "xl_col_to_name",
    "xl_range_abs",
    "xl_rowcol_to_cell",
]


def build(write: Callable[[Book], None], *, title: str = "") -> bytes:
    """Return the bytes of the workbook that ``write`` fills in.

    Nothing that a unit typed becomes a formula, a link or a number: conversions are off.
    The creation date is fixed and nothing is stored about the machine or its user.
    """
    stream = BytesIO()
    book = xlsxwriter.Workbook(
        stream,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
        },
    )
    book.set_properties({"title": title, "author": "", "created": _CREATED})
    write(book)
    book.close()
    return stream.getvalue()
