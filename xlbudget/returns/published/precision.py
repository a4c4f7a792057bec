"""To how many decimals an amount is printed, and the interval of exact amounts that print so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Printed:
    """An amount as a file has it, before its precision is settled.

    ``stored`` counts the decimals that the value has (trailing zeros of a number are lost), ``shown``
    those that text or number format print, None where the format leaves it to the value.
    """

    value: Decimal
    stored: int
    shown: int | None


def decimals_of(value: Decimal) -> int:
    """Return how many decimals a value has, trailing zeros not counted."""
    return max(0, -int(value.normalize().as_tuple().exponent)) if value else 0


def usual_decimals(amounts: Sequence[Printed], agreed: int) -> int:
    """Return the decimals to which a workbook prints its amounts in one unit of money.

    Where most amounts have more than the ``agreed`` decimals (exact quotients, 元 to the 分) it is the
    most that occurs; else what formats and texts say, or the values have, up to the agreed number.
    """
    if not amounts:
        return agreed
    if 2 * sum(part.stored > agreed for part in amounts) > len(amounts):
        return max(part.stored for part in amounts)
    said = Counter(part.shown for part in amounts if part.shown is not None)
    common = said.most_common(1)[0][0] if said else 0
    return min(agreed, max(common, *(part.stored for part in amounts if part.stored <= agreed), 0))


def decimals(part: Printed, usual: int) -> int:
    """Return the decimals to which one amount is printed, ``usual`` being those of its neighbours.

    A text shows its trailing zeros, and so does a number format (more zeros than its neighbours have
    decimals prove nothing); a plain number may have lost them.
    """
    return max(part.stored, usual if part.shown is None else min(part.shown, usual))


def mixed(parts: Iterable[int]) -> dict[int, int]:
    """Return how many amounts have which decimals, when there is more than one kind; else nothing."""
    counted = Counter(parts)
    return dict(sorted(counted.items())) if len(counted) > 1 else {}


ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Interval:
    """The exact amounts, ends included, that are printed as ``middle``: within ``half`` of it."""

    middle: Decimal
    half: Decimal = ZERO

    @property
    def low(self) -> Decimal:
        """The smallest amount."""
        return self.middle - self.half

    @property
    def high(self) -> Decimal:
        """The largest amount."""
        return self.middle + self.half


NOTHING = Interval(ZERO)
"""A blank."""
