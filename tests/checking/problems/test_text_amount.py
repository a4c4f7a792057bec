"""Amounts typed as text."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from support import builders
from support.builders import PROJECTS, Row

Found = Callable[[bytes], list[Row]]


@pytest.mark.parametrize("text", ["3,000,000.00", "３０００００５", "3000005 "])
def test_found_where_a_number_is_text(reference: bytes, found: Found, text: str) -> None:
    amount = Decimal("3000000") if "," in text else Decimal("3000005")
    assert found(builders.typed(reference, PROJECTS, {"H6": text})) == [
        ("text_amount", "blocking", PROJECTS, "H6", text, amount, None)
    ]


def test_found_as_a_note_where_a_sign_stands_for_nothing(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, PROJECTS, {"H17": "——"})) == [
        ("text_amount", "note", PROJECTS, "H17", "——", "", None)
    ]


def test_passed_where_amounts_are_numbers_or_nothing(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, PROJECTS, {"H6": 3000000.0, "H17": None, "H20": "   "})) == []
