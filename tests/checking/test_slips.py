"""Slips of the hand are told by name, and what is no slip is not called one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlbudget.checking.mistakes.repair import Range
from xlbudget.checking.mistakes.slips import Neighbourhood, Slip, likely_slip, slip_between


def only(text: str) -> Range:
    return Range(Decimal(text), Decimal(text))


@pytest.mark.parametrize(
    ("typed", "meant", "slip"),
    [
        ("66734298", "6673.4298", Slip.TEN_THOUSAND_MORE),
        ("66734298", "6673.43", Slip.TEN_THOUSAND_MORE),
        ("6673.43", "66734298", Slip.TEN_THOUSAND_LESS),
        ("0.667343", "6673.4298", Slip.TEN_THOUSAND_LESS),
        ("-12.5", "12.5", Slip.SIGN),
        ("148919", "1489.19", Slip.HUNDRED),
        ("14.8919", "1489.19", Slip.HUNDRED),
        ("14891.9", "1489.19", Slip.TEN_MORE),
        ("148.919", "1489.19", Slip.TEN_LESS),
        ("88", "88000", Slip.THOUSAND),
        ("88000", "88", Slip.THOUSAND),
        ("6637.4298", "6673.4298", Slip.SWAPPED_DIGITS),
        ("148.919", "1489.91", None),
        ("1498.19", "1489.19", Slip.SWAPPED_DIGITS),
        ("14889.19", "1489.19", Slip.DOUBLED_DIGIT),
        ("1489.1", "1489.19", Slip.DROPPED_DIGIT),
        ("149.19", "1489.19", Slip.DROPPED_DIGIT),
        ("1489", "1489.5", Slip.DROPPED_DIGIT),
        ("14829.19", "1489.19", Slip.EXTRA_DIGIT),
        ("1789.19", "1489.19", Slip.WRONG_DIGIT),
        ("0", "1489.19", Slip.LEFT_EMPTY),
        ("1", "2", None),
        ("1234.56", "1489.19", None),
        ("1489.19", "1489.19", None),
        ("5", "0", None),
    ],
)
def test_a_slip_is_told_from_both_amounts(typed: str, meant: str, slip: Slip | None) -> None:
    found = slip_between(Decimal(typed), only(meant))
    assert (found.slip if found else None) == slip


def test_what_was_meant_may_be_left_open_by_rounding() -> None:
    found = slip_between(Decimal("1498.19"), Range(Decimal("1489.17"), Decimal("1489.20")))
    assert found is not None
    assert (found.slip, found.meant) == (Slip.SWAPPED_DIGITS, Decimal("1489.19"))


@pytest.mark.parametrize(
    ("around", "slip", "words"),
    [
        (
            Neighbourhood(components={"甲": Decimal("77.7")}),
            Slip.COMPONENT_LEFT_OUT,
            "疑合计漏加一项（差额正是“甲”）",
        ),
        (
            Neighbourhood(components={"乙": Decimal("-77.7")}),
            Slip.COMPONENT_TWICE,
            "疑合计多加一项（差额正是“乙”）",
        ),
        (Neighbourhood(lines={"上一行": Decimal("222.3")}), Slip.OTHER_LINE, "疑错行（所填正是“上一行”）"),
        (
            Neighbourhood(twins={"公开表": Decimal(300)}),
            Slip.TWIN_NOT_UPDATED,
            "疑同一数字只改了一处（另一处是“公开表”）",
        ),
        (Neighbourhood(lines={"上一行": Decimal(5)}), None, ""),
    ],
)
def test_neighbours_tell_other_slips(around: Neighbourhood, slip: Slip | None, words: str) -> None:
    found = slip_between(Decimal("222.3"), only("300"), around)
    assert (found.slip if found else None) == slip
    assert (found.words if found else "") == words


def test_the_words_of_a_finding() -> None:
    assert likely_slip(Decimal("1498.19"), Decimal("1489.19")) == "疑相邻两位数字写颠倒"
    assert likely_slip(Decimal("1234.56"), Decimal("1489.19")) == ""
    assert likely_slip(Decimal("1e308"), Decimal(3)) == ""
    assert all(slip.words.startswith("疑") for slip in Slip)


@given(st.integers(1000, 10**9), st.integers(0, 8))
def test_two_neighbouring_digits_in_the_wrong_order_are_always_explained(number: int, at: int) -> None:
    digits = list(str(number))
    at = at % (len(digits) - 1)
    digits[at], digits[at + 1] = digits[at + 1], digits[at]
    typed = Decimal("".join(digits))
    found = slip_between(typed, Range(Decimal(number), Decimal(number)))
    assert (found is None) == (typed == number)
