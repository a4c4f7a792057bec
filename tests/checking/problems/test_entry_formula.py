"""Formulas where a number belongs."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from support import builders
from support.builders import PROJECTS, Row

Found = Callable[[bytes], list[Row]]


def test_found_with_the_result_that_counts(reference: bytes, found: Found) -> None:
    workbook = builders.stored_as(reference, PROJECTS, "H6", kind="n", value="3000000", formula="1500000*2")
    assert found(workbook) == [
        ("entry_formula", "note", PROJECTS, "H6", "=1500000*2", Decimal(3000000), None)
    ]


def test_passed_where_the_formula_has_no_result_to_count(reference: bytes, found: Found) -> None:
    workbook = builders.stored_as(reference, PROJECTS, "H6", kind="n", value=None, formula="1+1")
    assert found(workbook) == []  # that is an unreadable amount
