"""What programs read differently, and what they all read alike."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from support import builders
from support.builders import PROJECTS, Row

Found = Callable[[bytes], list[Row]]


def stored(workbook: bytes, address: str, cell: str) -> bytes:
    """Store a cell with the attributes and elements given."""

    def change(xml: str) -> str:
        new, count = re.subn(rf'<c r="{address}"( s="\d+")?[^>]*?(?:/>|>.*?</c>)', cell, xml, count=1)
        assert count == 1
        return new

    return builders.changed_sheet(workbook, PROJECTS, change)


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (' t="inlineStr"><v>3000000</v><is><t>300</t></is>', "3000000／300"),
        ("><v>３００００００</v>", "３００００００"),
    ],
)
def test_found_where_a_cell_says_two_things_or_has_digits_of_its_own(
    reference: bytes, found: Found, inside: str, text: str
) -> None:
    assert found(stored(reference, "H6", f'<c r="H6"{inside}</c>')) == [
        ("ambiguous_value", "blocking", PROJECTS, "H6", text, None, None)
    ]


def test_found_in_a_code_and_in_a_text(reference: bytes, found: Found) -> None:
    two = ' t="inlineStr"><v>甲</v><is><t>乙</t></is></c>'
    spoiled = stored(stored(reference, "B6", f'<c r="B6"{two}'), "C6", f'<c r="C6"{two}')
    assert found(spoiled) == [
        ("ambiguous_value", "blocking", PROJECTS, "B6", "甲／乙", None, None),
        ("ambiguous_value", "blocking", PROJECTS, "C6", "甲／乙", None, None),
    ]


def test_passed_where_both_say_the_same(reference: bytes, found: Found) -> None:
    same = ' t="inlineStr"><v>3000000</v><is><t>3000000</t></is></c>'
    assert found(stored(reference, "H6", f'<c r="H6"{same}')) == []
    assert found(reference) == []
