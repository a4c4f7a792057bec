"""Sheets that are gone, rows that were inserted."""

from __future__ import annotations

import re
from collections.abc import Callable

from support import builders
from support.builders import PROJECTS, REVENUE, Row
from support.whole_actions import cell_cut, with_column

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


def test_found_where_a_sheet_was_emptied(reference: bytes, found: Found) -> None:
    """One finding, whatever hung on it: a form, entries, the check sheet."""
    for sheet in ("公开表5", REVENUE, "校验表"):
        emptied = builders.changed_sheet(
            reference,
            sheet,
            lambda xml: re.sub(r"<sheetData>.*</sheetData>", "<sheetData/>", xml, flags=re.S),
        )
        assert [row[:4] for row in found(emptied)] == [("moved_cells", "blocking", sheet, "")]


def test_found_where_spare_rows_at_the_end_of_a_ledger_are_gone(reference: bytes, found: Found) -> None:
    """A tidy unit deletes what it does not need: less than the stamp says is left, and the file is ours."""
    for _ in range(8):
        reference = builders.row_deleted(reference, PROJECTS, 50)
    assert [row[:4] for row in found(reference)] == [("moved_cells", "note", PROJECTS, "A50")]


def test_found_where_a_cell_was_cut_and_formulas_went_with_it(reference: bytes, found: Found) -> None:
    """The reference's revenue moves to the line below: the line is wrong, the formulas follow it."""
    moved = cell_cut(reference, REVENUE, "B5", "B6")
    assert [row[:4] for row in found(moved)] == [("moved_cells", "blocking", REVENUE, "B5")]


def test_found_where_a_column_of_a_form_is_gone_by_its_headings(reference: bytes, found: Found) -> None:
    moved = with_column(reference, "公开表2", 4)
    assert [row[:4] for row in found(moved)] == [("moved_cells", "blocking", "公开表2", "D1")]
