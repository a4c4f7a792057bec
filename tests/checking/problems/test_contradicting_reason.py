"""Reasons that speak of a fall where amounts rise, and the other way round."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support import builders
from support.builders import Row

Found = Callable[[bytes], list[Row]]
TEXTS, LAST_YEAR = "录入7 文字说明", "录入10 上年数"
REVENUE_REASON, OPERATING_REASON = "收入变动原因", "机关运行经费变动原因"


def written(workbook: bytes, item: str, text: str, row: int = 60) -> bytes:
    """Write a reason into a free row; what the unit wrote under the item before is gone."""
    return builders.typed(workbook, TEXTS, {f"C{row}": item, f"D{row}": text})


@pytest.fixture(scope="module")
def bare(reference: bytes) -> bytes:
    """The real budget without its reasons: revenue rose against last year, operating expenses fell."""
    cells = {f"{column}{row}": None for column in "CD" for row in range(5, 60)}
    return builders.typed(reference, TEXTS, cells)


def test_found_where_a_rise_is_given_a_fall_for_a_reason(bare: bytes, found: Found) -> None:
    text = "人员减少，压减一般性支出"
    assert found(written(bare, REVENUE_REASON, text)) == [
        ("contradicting_reason", "explain", TEXTS, "D60", text, None, None)
    ]


def test_found_where_a_fall_is_given_a_rise_for_a_reason(bare: bytes, found: Found) -> None:
    assert [row[:4] for row in found(written(bare, OPERATING_REASON, "新增办公设备"))] == [
        ("contradicting_reason", "explain", TEXTS, "D60")
    ]


@pytest.mark.parametrize(
    "text", ["人员减少，但基础绩效奖金增加", "增加公积金预算", "疫情影响，项目未按进度实施"]
)
def test_passed_where_the_reason_goes_with_the_change_or_says_both(
    bare: bytes, found: Found, text: str
) -> None:
    assert found(written(bare, REVENUE_REASON, text)) == []


def test_passed_where_last_year_is_not_filled_in(bare: bytes, found: Found) -> None:
    empty = builders.typed(bare, LAST_YEAR, {f"B{row}": None for row in range(5, 15)})
    assert found(written(empty, REVENUE_REASON, "人员减少")) == []


def test_passed_with_the_reasons_as_they_were_published(reference: bytes, found: Found) -> None:
    assert found(reference) == []
