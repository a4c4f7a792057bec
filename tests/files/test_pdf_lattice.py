"""Tables of a page by their lines: areas that are only coloured make no table of a row or two."""

from __future__ import annotations

import pytest

from xlbudget.files.pdf.lattice import ruled_tables
from xlbudget.files.pdf.page_view import Stroke


def fields(rows: int, *, edge: bool) -> list[Stroke]:
    """The outlines of rows of three fields, 100 by 20 points each."""
    found = []
    for row in range(rows):
        for column in range(3):
            left, top, right, bottom = 100.0 * column, 20.0 * row, 100.0 * column + 100, 20.0 * row + 20
            found += [
                Stroke(left, top, right, top, edge),
                Stroke(left, bottom, right, bottom, edge),
                Stroke(left, top, left, bottom, edge),
                Stroke(right, top, right, bottom, edge),
            ]
    return found


@pytest.mark.parametrize(
    ("rows", "edge", "tables"), [(1, True, 0), (3, True, 0), (4, True, 1), (1, False, 1)]
)
def test_shaded_rows_are_no_tables_of_their_own(rows: int, edge: bool, tables: int) -> None:
    assert len(ruled_tables(fields(rows, edge=edge), [], 1)) == tables
