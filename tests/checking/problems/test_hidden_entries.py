"""Hidden rows that hold entries."""

from __future__ import annotations

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
