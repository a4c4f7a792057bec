"""One program over all printed intervals: what rules one by one cannot see, and no false alarm."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import product

import joint_feasibility
import pytest

from xlbudget.checking.published.intervals import Agreement, judge
from xlbudget.checking.published.joint import feasibility, rounding_chance
from xlbudget.checking.rules.linear import Linear, LinearInstance
from xlbudget.model import Cell, Rule, RuleScope, Severity, Source
from xlbudget.returns.published.precision import Interval

HALF = Decimal("0.005")
RULE = Rule("R", "合计", Severity.EXPLAIN, RuleScope.SINGLE, Source("", 0))


def cell(name: str) -> Cell:
    return Cell("表", ord(name), "数")


def equals(whole: str, parts: str) -> LinearInstance:
    one = Decimal(1)
    right = Linear({cell(part): one for part in parts})
    return LinearInstance(RULE, Linear({cell(whole): one}), "=", right, cell(whole), "")


def test_two_sums_that_rounding_explains_each_and_not_both() -> None:
    """T = a+b+c wants T ≤ 3.015, T = d+e+f wants T ≥ 3.025: a hundredth is missing."""
    printed = dict(zip("Tabcdef", ("3.02", "1.00", "1.00", "1.00", "1.01", "1.01", "1.02"), strict=True))
    shown = {cell(name): Interval(Decimal(value), HALF) for name, value in printed.items()}
    instances = [equals("T", "abc"), equals("T", "def")]
    assert [judge(one, shown.__getitem__).agreement for one in instances] == [Agreement.ROUNDING] * 2
    answer = feasibility(instances, shown.__getitem__)
    assert answer is not None
    assert len(answer.parts) == 2
    assert answer.gap == Decimal("0.01")
    assert set(answer.total.terms) == shown.keys() - {cell("T")}
    shown[cell("f")] = Interval(Decimal("1.01"), HALF)
    answer = feasibility(instances, shown.__getitem__)
    assert answer is not None
    assert answer.parts == ()


@pytest.mark.parametrize(("terms", "gap"), [(2, 1), (3, 1), (3, 2), (4, 2)])
def test_the_chance_of_a_gap_is_that_of_counting_fine_steps(terms: int, gap: int) -> None:
    """Against counting all combinations of errors on a grid of twenty to a last decimal."""
    grid = 20
    errors = [Fraction(2 * at + 1 - grid, 2 * grid) for at in range(grid)]
    reach = Fraction(gap) - Fraction(1, 2)
    sums = [abs(sum(chosen, Fraction(0))) for chosen in product(errors, repeat=terms)]
    counted = (sum(one > reach for one in sums) + sum(one >= reach for one in sums)) / 2 / grid**terms
    assert rounding_chance(terms, Decimal(gap)) == pytest.approx(counted, abs=0.01)


def test_rounded_budgets_raise_no_alarm() -> None:
    """The study runs a thousand."""
    alarms, count, _ = joint_feasibility.false_alarms(6)
    assert (alarms, count) == (0, 6)
