"""Prose that states last year's amount."""

from __future__ import annotations

from collections.abc import Callable

from support import builders
from support.builders import Row

Found = Callable[[bytes], list[Row]]
TARGETS = "录入11 绩效目标"


def test_found_where_prose_states_another_amount(reference: bytes, found: Found) -> None:
    workbook = builders.typed(reference, TARGETS, {"T6": "培训费453.85万元；组织培训。"})
    assert found(workbook) == [("contradicting_amount", "note", TARGETS, "T6", None, None, None)]


def test_passed_where_it_states_the_year_or_another_thing(reference: bytes, found: Found) -> None:
    workbook = builders.typed(reference, TARGETS, {"T6": "培训费3,000,000元，其中教材5万元。"})
    assert found(workbook) == []
