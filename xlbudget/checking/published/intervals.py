"""Rules over rounded amounts, by intervals: what rounding can explain is no mistake, and nothing else is.

An amount printed to d decimals stands for every exact amount within ½·10⁻ᵈ of it. A rule is broken
only if no choice of exact amounts within the intervals of its two sides satisfies it (the semantics of
XBRL Calculations 1.1). Where all that is not blank on both sides is one cell, the two show the same
fact: rounded once, they must be equal. A blank is nothing, exactly; but a system that leaves blank what
rounds to 0.00 hides small amounts in blanks, and a difference that those could explain is told apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from xlbudget.checking.rules.formula_values import COMPARE
from xlbudget.checking.rules.linear import Linear, LinearInstance
from xlbudget.model import Cell, Severity
from xlbudget.returns.published.precision import NOTHING, ZERO, Interval

IntervalReader = Callable[[Cell], Interval]
"""Gives the interval of a cell: :data:`NOTHING` for a blank."""


class Agreement(StrEnum):
    """How the two sides of a rule stand to each other."""

    EXACT = "exact"
    """The rule holds for the amounts as printed."""
    ROUNDING = "rounding"
    """It does not, and rounding explains that."""
    BROKEN = "broken"
    """It does not, and rounding cannot."""


@dataclass(frozen=True, slots=True)
class IntervalVerdict:
    """What intervals say of one instance of a rule.

    ``left`` and ``right`` are the intervals of the two sides, ``difference`` is left − right as
    printed, ``gap`` how far the intervals fail to meet (as the rule wants them to: for a same fact the
    whole difference). ``same_fact`` says that equality was asked for. ``hidden`` says of a broken rule
    that amounts which round to nothing, left blank, could explain it.
    """

    instance: LinearInstance
    left: Interval
    right: Interval
    difference: Decimal
    gap: Decimal
    same_fact: bool
    agreement: Agreement
    hidden: bool = False

    @property
    def severity(self) -> Severity:
        """What a broken rule means here: where one exact amount rounds to both sides, nothing is refused.

        A fact shown twice is to be printed alike, but a total of rounded amounts and one rounded once may
        differ in the last digit without anything being wrong in the budget.
        """
        of_rule = self.instance.rule.severity
        apart = abs(self.difference) > self.left.half + self.right.half
        return of_rule if apart or of_rule is not Severity.BLOCKING else Severity.EXPLAIN


def interval(form: Linear, reader: IntervalReader) -> Interval:
    """Return the interval of a linear form over cells with intervals."""
    middle, half = form.constant, ZERO
    for cell, coefficient in form.terms.items():
        one = reader(cell)
        middle += coefficient * one.middle
        half += abs(coefficient) * one.half
    return Interval(middle, half)


def judge(instance: LinearInstance, reader: IntervalReader, blank: Decimal = ZERO) -> IntervalVerdict:
    """Return what the intervals of the cells say of one instance of a rule.

    ``blank`` is half the last decimal printed: what a blank could hide where zeros are not printed.
    """
    left, right = interval(instance.left, reader), interval(instance.right, reader)
    both = instance.left - instance.right  # a cell on both sides is one amount, not two
    same = _same_fact(both, reader)
    printed = interval(both, reader).half
    slack = ZERO if same else printed
    difference = left.middle - right.middle
    hidden = False
    if COMPARE[instance.operator](difference, ZERO):
        agreement, gap = Agreement.EXACT, ZERO
    else:
        gap = _excess(instance.operator, difference) - slack
        strict = instance.operator in {"<", ">"}
        agreement = Agreement.BROKEN if gap > ZERO or (strict and not slack) else Agreement.ROUNDING
        room = sum(
            (abs(factor) * blank for cell, factor in both.terms.items() if reader(cell) == NOTHING), ZERO
        )
        hidden = agreement is Agreement.BROKEN and ZERO < room >= gap + slack - printed
    return IntervalVerdict(instance, left, right, difference, max(gap, ZERO), same, agreement, hidden)


def _excess(operator: str, difference: Decimal) -> Decimal:
    """Return by how much a difference is on the wrong side."""
    if operator == "=":
        return abs(difference)
    return difference if operator in {"<", "<="} else -difference


def _same_fact(both: Linear, reader: IntervalReader) -> bool:
    """Whether one cell on either side is all that is not blank, printed to the same precision."""
    if both.constant:
        return False
    printed = [
        (coefficient, reader(cell)) for cell, coefficient in both.terms.items() if reader(cell) != NOTHING
    ]
    if len(printed) != 2:
        return False
    (one, first), (other, second) = printed
    return {one, other} == {Decimal(1), Decimal(-1)} and first.half == second.half
