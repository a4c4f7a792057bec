"""Numbers outside the tables: named as not read, nothing else blamed for what is missing."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from io import BytesIO

import openpyxl
from support import builders
from support.builders import PROJECTS, Row

Found = Callable[[bytes], list[Row]]


def test_found_beside_a_table(reference: bytes, found: Found) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(BytesIO(reference))
    book[PROJECTS]["Z8"] = 5000
    target = BytesIO()
    book.save(target)
    rows = [row for row in found(target.getvalue()) if row[0] == "outside_table"]
    assert [row[:4] for row in rows] == [("outside_table", "explain", PROJECTS, "Z8")]


def test_passed_inside_the_table(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, PROJECTS, {"H8": 0.0})) == []
