"""Nobody is more than wholly satisfied."""

from __future__ import annotations

from collections.abc import Callable

from support import builders
from support.builders import Row

Found = Callable[[bytes], list[Row]]
INDICATORS = "录入12 绩效指标"


def test_found_where_satisfaction_is_above_100(reference: bytes, found: Found) -> None:
    workbook = builders.typed(reference, INDICATORS, {"F6": "服务对象满意度", "H6": "190"})
    assert found(workbook) == [("impossible_share", "explain", INDICATORS, "H6", "190", None, None)]


def test_passed_where_a_count_is_above_100(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, INDICATORS, {"F6": "培训人数", "H6": "1500"})) == []
