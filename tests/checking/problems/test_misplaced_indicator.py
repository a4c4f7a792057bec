"""An indicator under the wrong class, or under none."""

from __future__ import annotations

from collections.abc import Callable

from support import builders
from support.builders import Row

Found = Callable[[bytes], list[Row]]
INDICATORS = "录入12 绩效指标"


def test_found_where_satisfaction_stands_among_economic_benefits(reference: bytes, found: Found) -> None:
    workbook = builders.typed(
        reference, INDICATORS, {"D6": "效益指标", "E6": "经济效益指标", "F6": "服务对象满意度"}
    )
    assert found(workbook) == [
        ("misplaced_indicator", "explain", INDICATORS, "E6", "经济效益指标", None, None)
    ]


def test_found_where_the_first_level_is_missing_or_another(reference: bytes, found: Found) -> None:
    workbook = builders.typed(reference, INDICATORS, {"D6": None, "D7": "效益指标"})
    assert found(workbook) == [
        ("misplaced_indicator", "explain", INDICATORS, "D6", None, None, None),
        ("misplaced_indicator", "explain", INDICATORS, "D7", "效益指标", None, None),
    ]


def test_passed_where_classes_agree(reference: bytes, found: Found) -> None:
    assert found(reference) == []
