"""Paragraphs from lines of a page: what begins one, and what only looks like its end."""

from __future__ import annotations

import pytest

from xlbudget.files.pdf.paragraphs import paragraphs_of
from xlbudget.model import Box, Place, PrintedLine

LETTER, LEFT, RIGHT, PITCH = 12.0, 60.0, 540.0, 18.0


def lines(*parts: tuple[str, float, float]) -> list[PrintedLine]:
    """Lines one below the other: text, left edge, right edge."""
    return [
        PrintedLine(text, Place(page=1, box=Box(left, 100 + at * PITCH, right, 100 + at * PITCH + LETTER)))
        for at, (text, left, right) in enumerate(parts)
    ]


def texts(*parts: tuple[str, float, float]) -> list[str]:
    return [paragraph.text for paragraph in paragraphs_of([(lines(*parts), 600.0, [])])]


FULL = ("收入总计一万元，其中本年收入若干，上年结转", LEFT + 2 * LETTER, RIGHT)


@pytest.mark.parametrize("number", ["3,983.37万元，比上年增加。", "10,656.80万元。", "2023-2025年的规划。"])
def test_a_line_left_short_by_a_number_that_is_not_broken_goes_on(number: str) -> None:
    """The number would not have fitted: six and more narrow letters stand in the space of four."""
    short = ("本年预算安排若干，上年结转", LEFT, RIGHT - 4 * LETTER)
    assert texts(FULL, short, (number, LEFT, RIGHT - 90)) == [FULL[0] + short[0] + number]


@pytest.mark.parametrize("then", ["主要原因是政策调整。", "3万元的经费。"])
def test_a_line_left_short_where_more_would_have_fitted_ends_its_paragraph(then: str) -> None:
    short = ("本年预算安排若干。", LEFT, RIGHT - 4 * LETTER)
    assert texts(FULL, short, (then, LEFT, RIGHT)) == [FULL[0] + short[0], then]


def test_an_indented_line_begins_a_paragraph() -> None:
    assert texts(FULL, ("同上一段的第二行文字写满", LEFT, RIGHT), FULL) == [
        FULL[0] + "同上一段的第二行文字写满",
        FULL[0],
    ]
