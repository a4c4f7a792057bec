"""Cells whose format changes what they say: a date or a percent in the place of an amount."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from io import BytesIO

import openpyxl
from support.builders import PROJECTS, Row

Found = Callable[[bytes], list[Row]]


def shown(workbook: bytes, code: str) -> bytes:
    """The workbook with a project's amount shown by another number format; the amount stays."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(BytesIO(workbook))
    book[PROJECTS]["H6"].number_format = code
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def test_found_where_an_amount_is_shown_as_a_date(reference: bytes, found: Found) -> None:
    rows = found(shown(reference, "yyyy-mm-dd"))
    assert [row[:4] for row in rows if row[0] == "shown_otherwise"] == [
        ("shown_otherwise", "blocking", PROJECTS, "H6")
    ]


def test_passed_with_separators(reference: bytes, found: Found) -> None:
    assert [row for row in found(shown(reference, "#,##0.00")) if row[0] == "shown_otherwise"] == []
