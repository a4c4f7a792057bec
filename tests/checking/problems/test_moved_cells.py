"""Sheets that are gone, rows that were inserted."""

from __future__ import annotations

from collections.abc import Callable

from support import builders
from support.builders import PROJECTS, Row

Found = Callable[[bytes], list[Row]]


def test_found_where_a_row_was_inserted(reference: bytes, found: Found) -> None:
    assert found(builders.row_inserted(reference, PROJECTS, 8)) == [
        ("moved_cells", "note", PROJECTS, "A8", None, None, None)
    ]


def test_found_where_a_sheet_is_gone(reference: bytes, found: Found) -> None:
    assert found(builders.without_sheet(reference, "公开表5")) == [
        ("moved_cells", "blocking", "公开表5", "", None, None, None)
    ]


def test_passed_where_a_sheet_was_renamed(reference: bytes, found: Found) -> None:
    assert found(builders.renamed_sheet(reference, "公开表5", "表五")) == []
