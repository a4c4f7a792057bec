"""Text that nobody finished."""

from __future__ import annotations

from collections.abc import Callable

from support import builders
from support.builders import Row

Found = Callable[[bytes], list[Row]]
INDICATORS = "录入12 绩效指标"


def test_found_where_a_placeholder_is_left(reference: bytes, found: Found) -> None:
    workbook = builders.typed(reference, INDICATORS, {"I6": "2023年12月前XX月XX日前"})
    assert found(workbook) == [("placeholder_text", "explain", INDICATORS, "I6", None, None, None)]


def test_passed_where_the_date_is_filled_in(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, INDICATORS, {"I6": "2023年12月前"})) == []
