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


def test_cells_old_apart_are_found_each(reference: bytes, found: Found) -> None:
    workbook = builders.other_result(reference, "公开表5", "D6", 2190.0)
    rows = found(builders.other_result(workbook, "公开表3", "C6", 1.0))
    assert [row[2:4] for row in rows] == [("公开表3", "C6"), ("公开表5", "D6")]


def test_many_old_cells_are_one_finding_at_the_first(reference: bytes, found: Found) -> None:
    workbook = reference
    for sheet, address in (("公开表5", "D6"), ("公开表5", "D7"), ("公开表5", "D8"), ("公开表3", "C6")):
        workbook = builders.other_result(workbook, sheet, address, 1.0)
    assert [row[2:4] for row in found(workbook)] == [("公开表3", "C6")]


def test_passed_within_the_noise_of_floating_point(reference: bytes, found: Found) -> None:
    assert found(builders.other_result(reference, "公开表5", "D6", 2194.0698000000002 + 1e-12)) == []


def test_found_again_in_rows_met_before(reference: bytes, found: Found) -> None:
    """What is remembered of rows must not settle what stands beside them in another file."""
    workbook = builders.other_result(reference, "公开表5", "D6", 2190.0)
    first = found(workbook)
    assert len(first) == 1
    assert [found(reference), found(workbook), found(reference), found(workbook)] == [[], first, [], first]
