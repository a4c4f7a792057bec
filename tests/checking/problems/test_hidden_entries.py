"""Hidden rows and sheets that hold entries."""

from __future__ import annotations

import re
from collections.abc import Callable

from support import builders
from support.builders import PROJECTS, Row

Found = Callable[[bytes], list[Row]]


def test_found_at_the_first_entry_of_the_row(reference: bytes, found: Found) -> None:
    assert found(builders.hidden_row(reference, PROJECTS, 8)) == [
        ("hidden_entries", "note", PROJECTS, "C8", None, None, None)
    ]


def test_passed_where_the_hidden_row_is_empty(reference: bytes, found: Found) -> None:
    assert found(builders.hidden_row(reference, PROJECTS, 50)) == []


def test_found_rows_that_follow_one_another_once(reference: bytes, found: Found) -> None:
    for row in (7, 8, 9, 12):
        reference = builders.hidden_row(reference, PROJECTS, row)
    assert [row[:4] for row in found(reference)] == [
        ("hidden_entries", "note", PROJECTS, "C7"),
        ("hidden_entries", "note", PROJECTS, "C12"),
    ]


def test_found_where_a_sheet_is_hidden(reference: bytes, found: Found) -> None:
    def hidden(xml: str) -> str:
        return re.sub(f'(name="{PROJECTS}"[^>]*state=")visible"', r'\1hidden"', xml)

    assert found(builders.changed_part(reference, "xl/workbook.xml", hidden)) == [
        ("hidden_entries", "note", PROJECTS, "", None, None, None)
    ]
