"""Rows with amounts that lack a code or a name."""

from __future__ import annotations

from collections.abc import Callable

from support import builders
from support.builders import BASIC, PROJECTS, Row

Found = Callable[[bytes], list[Row]]


def test_found_at_the_empty_cell(reference: bytes, found: Found) -> None:
    workbook = builders.typed(reference, PROJECTS, {"C6": None, "D7": None})
    assert found(builders.typed(workbook, BASIC, {"E7": None})) == [
        ("missing_entry", "blocking", BASIC, "E7", None, None, None),
        ("missing_entry", "blocking", PROJECTS, "C6", None, None, None),
        ("missing_entry", "blocking", PROJECTS, "D7", None, None, None),
    ]


def test_passed_where_a_row_has_no_amount(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, PROJECTS, {"C50": "P100", "D51": "筹备中的项目"})) == []
