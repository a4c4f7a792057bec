"""Macros, links to other files and the like."""

from __future__ import annotations

from collections.abc import Callable

from support import builders
from support.builders import Row

Found = Callable[[bytes], list[Row]]


def test_found_once_for_each_kind(reference: bytes, found: Found) -> None:
    assert found(builders.with_macros(builders.with_external_link(reference))) == [
        ("active_content", "explain", "", "", "宏", None, None),
        ("active_content", "explain", "", "", "外部链接", None, None),
    ]


def test_passed_where_a_sheet_of_the_units_own_holds_numbers(reference: bytes, found: Found) -> None:
    assert found(builders.with_sheet(reference, "草稿", {"A1": 1.0})) == []
