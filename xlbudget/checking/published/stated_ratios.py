"""Whether amounts, shares and rates that a text states agree with others, by the intervals that print so."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from xlbudget.checking.published.facts import Fact
from xlbudget.checking.published.statements import Passage, Said, StatedFigure
from xlbudget.returns.published.precision import Interval

HUNDRED = Decimal(100)


def agree(one: Interval, other: Interval) -> bool:
    """Whether some exact amount is printed as both; halves are rounded up, so that ends do not meet."""
    apart = abs(one.middle - other.middle)
    return not apart or apart < one.half + other.half


def ratio_holds(part: Interval, whole: Interval, percent: Interval) -> bool:
    """Whether a part may be that share of a whole (percent)."""
    if whole.high <= 0:
        return False
    low = part.low / whole.high * HUNDRED
    high = part.high / max(whole.low, Decimal("0.005")) * HUNDRED
    return low <= percent.high and percent.low <= high


def rate_holds(level: Interval, change: StatedFigure, percent: Interval, *, turned: bool = False) -> bool:
    """Whether an amount may have changed by that rate (percent) and that much; ``turned``: the other way."""
    up = bool(change.up) != turned
    sign = 1 if up else -1
    earlier = level.middle - sign * change.value.middle
    slack = level.half + change.value.half
    if earlier <= slack:
        return False  # from nothing there is no rate
    low = max(change.value.low, Decimal(0)) / (earlier + slack) * HUNDRED
    high = change.value.high / (earlier - slack) * HUNDRED
    return low <= abs(percent.middle) + percent.half and abs(percent.middle) - percent.half <= high


def whole_hundred(passage: Passage, figure: StatedFigure) -> bool:
    """Whether the shares around one add up to exactly one hundred percent: the last may be a remainder."""
    shares = [one for one in passage.figures if one.kind is Said.SHARE]
    at = shares.index(figure)
    return any(
        sum(one.value.middle for one in shares[first : at + 1]) == HUNDRED for first in range(at)
    ) or any(
        sum(one.value.middle for one in shares[first:last]) == HUNDRED
        for first in range(at + 1)
        for last in range(at + 1, len(shares) + 1)
    )


def parts_together(passage: Passage) -> list[StatedFigure]:
    """Return the sum of the amounts of a paragraph that have a share each: the whole that they may be of."""
    parts = [
        one
        for one, other in pairwise(passage.figures)
        if one.kind is Said.AMOUNT and other.kind is Said.SHARE
    ]
    if len(parts) < 2:
        return []
    middles, halves = zip(*((one.value.middle, one.value.half) for one in parts), strict=True)
    value = Interval(sum(middles, Decimal(0)), sum(halves, Decimal(0)))
    return [replace(parts[0], value=value, text="各项之和", start=-1)]


def is_cut(figure: StatedFigure, fact: Fact) -> bool:
    """Whether an amount is that of a table with its last digits cut off instead of rounded."""
    step = 2 * figure.value.half
    return fact.value.half < figure.value.half and 0 <= fact.value.middle - figure.value.middle < step
