"""Codes stored as numbers, with blanks, in full width."""

from __future__ import annotations

from collections.abc import Callable

from support import builders
from support.builders import PROJECTS, Row

Found = Callable[[bytes], list[Row]]


def test_found_where_a_code_is_a_number(reference: bytes, found: Found) -> None:
    assert found(builders.stored_as(reference, PROJECTS, "E6", kind="n", value="2040220")) == [
        ("malformed_code", "blocking", PROJECTS, "E6", "2040220", "2040220", None)
    ]


def test_found_where_it_can_be_no_code(reference: bytes, found: Found) -> None:
    assert found(builders.stored_as(reference, PROJECTS, "E6", kind="n", value="2040220.5")) == [
        ("malformed_code", "blocking", PROJECTS, "E6", "2040220.5", None, None)
    ]


def test_passed_where_the_code_is_text(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, PROJECTS, {"E6": "2040220"})) == []
