"""Amounts that no entry can be: negative, beyond reason, parts of a 分."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from support import builders
from support.builders import PROJECTS, Row

Found = Callable[[bytes], list[Row]]


def test_found_below_zero(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, PROJECTS, {"H6": -0.01})) == [
        ("implausible_amount", "blocking", PROJECTS, "H6", Decimal("-0.01"), None, None)
    ]


def test_found_from_a_thousand_yi_yuan_on(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, PROJECTS, {"H6": 1e11})) == [
        ("implausible_amount", "blocking", PROJECTS, "H6", Decimal("100000000000"), None, None)
    ]


def test_found_with_a_third_decimal(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, PROJECTS, {"H6": 0.001})) == [
        ("implausible_amount", "blocking", PROJECTS, "H6", Decimal("0.001"), None, None)
    ]


def test_passed_at_the_limits(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, PROJECTS, {"H6": 0.01, "H7": 99_999_999_999.99, "H8": 0.0})) == []


def test_too_many_decimals_are_no_other_money_where_that_would_be_far_beyond_the_rest(
    reference: bytes, messages: Callable[[bytes], list[str]]
) -> None:
    """300.4567 万元 is a project like others; 3,000,000.125 would be 300 亿 in a budget of millions."""
    [message] = messages(builders.typed(reference, PROJECTS, {"H6": 300.4567}))
    assert "疑按万元填写，合 3,004,567.00 元" in message
    [message] = messages(builders.typed(reference, PROJECTS, {"H6": 3000000.125}))
    assert "疑按" not in message
