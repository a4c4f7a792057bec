"""What cannot be read as an amount, and error values."""

from __future__ import annotations

from collections.abc import Callable

from support import builders
from support.builders import PROJECTS, Row

Found = Callable[[bytes], list[Row]]


def test_found_where_the_amount_is_words(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, PROJECTS, {"H6": "约300万"})) == [
        ("unreadable_amount", "blocking", PROJECTS, "H6", "约300万", None, None)
    ]


def test_found_where_the_amount_is_an_error(reference: bytes, found: Found) -> None:
    assert found(builders.stored_as(reference, PROJECTS, "H6", kind="e", value="#DIV/0!")) == [
        ("unreadable_amount", "blocking", PROJECTS, "H6", "#DIV/0!", None, None)
    ]


def test_passed_where_the_text_is_an_amount(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, PROJECTS, {"H6": "3000000元"})) == []
