"""Stored results that our recalculation does not give."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from returned import builders
from returned.builders import Row

Found = Callable[[bytes], list[Row]]


def test_found_with_both_values(reference: bytes, found: Found) -> None:
    assert found(builders.other_result(reference, "公开表5", "D6", 2190.0)) == [
        ("stale_value", "explain", "公开表5", "D6", Decimal(2190), Decimal("2194.0698"), Decimal("-4.0698"))
    ]


def test_found_once_however_many_cells_are_old(reference: bytes, found: Found) -> None:
    workbook = builders.other_result(reference, "公开表5", "D6", 2190.0)
    assert len(found(builders.other_result(workbook, "公开表3", "C6", 1.0))) == 1


def test_passed_within_the_noise_of_floating_point(reference: bytes, found: Found) -> None:
    assert found(builders.other_result(reference, "公开表5", "D6", 2194.0698000000002 + 1e-12)) == []
