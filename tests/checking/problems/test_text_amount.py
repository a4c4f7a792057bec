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


def test_a_sign_for_nothing_that_makes_formulas_fail_is_to_explain(
    reference: bytes, found: Found, messages: Callable[[bytes], list[str]]
) -> None:
    """Excel cannot add “——”: total and forms show #VALUE! then, which is no result that F9 would mend."""
    workbook = builders.typed(reference, PROJECTS, {"H17": "——"})
    assert [row[1] for row in found(workbook)] == ["note"]
    for sheet, address in ((PROJECTS, "M17"), ("公开表1", "D6")):
        workbook = builders.stored_as(workbook, sheet, address, kind="e", value="#VALUE!", formula=FORMULA)
    assert [row[:4] for row in found(workbook)] == [("text_amount", "explain", PROJECTS, "H17")]
    [message] = messages(workbook)
    assert "公式因此出错" in message
    assert "（公开表1!D6）等 2 格显示 #VALUE!" in message


FORMULA = "1+1"  # which one stands there is for another check
