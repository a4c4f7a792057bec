"""Formulas rewritten, emptied, or overwritten by numbers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from support import builders
from support.builders import Row

Found = Callable[[bytes], list[Row]]


OURS = Decimal("2194.0698")


def test_found_with_both_values(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, "公开表5", {"D6": 2195.0698})) == [
        ("changed_formula", "blocking", "公开表5", "D6", Decimal("2195.0698"), OURS, Decimal(1))
    ]


def test_found_to_be_explained_where_the_number_is_right(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, "公开表5", {"D6": 2194.0698})) == [
        ("changed_formula", "explain", "公开表5", "D6", OURS, OURS, Decimal(0))
    ]


def test_found_where_the_formula_is_another(reference: bytes, found: Found) -> None:
    assert found(builders.other_formula(reference, "公开表5", "D6", "D7+1", 2195.0698)) == [
        ("changed_formula", "blocking", "公开表5", "D6", Decimal("2195.0698"), OURS, Decimal(1))
    ]


def test_passed_where_only_the_stored_result_is_old(reference: bytes, found: Found) -> None:
    assert found(builders.other_result(reference, "公开表5", "D6", 2190.0)) == []  # that is a stale value
