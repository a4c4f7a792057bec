"""Known slips of the hand, by name: what may have been meant where something else was typed.

A slip is a relation between a typed amount and the one that was meant. :func:`slip_between` asks for
the likeliest slip whose meaning lies in a range, so that it serves exact repairs and those that
rounding leaves open alike. What only a look at the neighbours can tell (a line pasted one off, a
component left out of a total) is asked of :class:`Neighbourhood`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from xlbudget.checking.mistakes.repair import Range

_LARGEST = Decimal(10) ** 15
_TELLING = 3  # digits that an amount must have before one wrong digit among them says anything


class Slip(StrEnum):
    """The slips that are tried, the likeliest first."""

    TEN_THOUSAND_MORE = "ten_thousand_more"
    TEN_THOUSAND_LESS = "ten_thousand_less"
    SIGN = "sign"
    HUNDRED = "hundred"
    TEN_MORE = "ten_more"
    TEN_LESS = "ten_less"
    THOUSAND = "thousand"
    SWAPPED_DIGITS = "swapped_digits"
    DOUBLED_DIGIT = "doubled_digit"
    DROPPED_DIGIT = "dropped_digit"
    EXTRA_DIGIT = "extra_digit"
    MOVED_BLOCK = "moved_block"
    COMPONENT_LEFT_OUT = "component_left_out"
    COMPONENT_TWICE = "component_twice"
    LAST_YEAR = "last_year"
    OTHER_COLUMN = "other_column"
    WRONG_LINE = "wrong_line"
    PART_OF_OTHER = "part_of_other"
    OTHER_LINE = "other_line"
    LEFT_EMPTY = "left_empty"
    WRONG_DIGIT = "wrong_digit"
    TWIN_NOT_UPDATED = "twin_not_updated"

    @property
    def words(self) -> str:
        """The slip in the words of a finding."""
        return _WORDS[self]

    @property
    def rank(self) -> int:
        """The place in the order of likelihood, from 0."""
        return _ORDER[self]

    @property
    def telling(self) -> bool:
        """Whether the amounts alone leave little doubt, so that chance hardly explains them."""
        return self.rank < Slip.COMPONENT_LEFT_OUT.rank or self in {Slip.OTHER_COLUMN, Slip.WRONG_LINE}


_WORDS: Mapping[Slip, str] = {
    Slip.TEN_THOUSAND_MORE: "疑把万元写成元（差 10,000 倍）",
    Slip.TEN_THOUSAND_LESS: "疑把元写成万元（差 10,000 倍）",
    Slip.SIGN: "疑正负号相反",
    Slip.HUNDRED: "疑小数点错两位",
    Slip.TEN_MORE: "疑小数点错一位或多写一位",
    Slip.TEN_LESS: "疑小数点错一位或少写一位",
    Slip.THOUSAND: "疑多写或少写三位（差 1,000 倍）",
    Slip.SWAPPED_DIGITS: "疑相邻两位数字写颠倒",
    Slip.DOUBLED_DIGIT: "疑有一位数字重复",
    Slip.DROPPED_DIGIT: "疑漏写一位数字",
    Slip.EXTRA_DIGIT: "疑多写一位数字",
    Slip.MOVED_BLOCK: "疑整块数据错行粘贴",
    Slip.COMPONENT_LEFT_OUT: "疑合计漏加一项",
    Slip.COMPONENT_TWICE: "疑合计多加一项",
    Slip.LAST_YEAR: "疑沿用了上年的数",
    Slip.OTHER_COLUMN: "疑填错栏",
    Slip.WRONG_LINE: "疑填错行",
    Slip.PART_OF_OTHER: "疑把另一栏的数并在这里",
    Slip.OTHER_LINE: "疑错行",
    Slip.LEFT_EMPTY: "疑漏填",
    Slip.WRONG_DIGIT: "疑有一位数字写错",
    Slip.TWIN_NOT_UPDATED: "疑同一数字只改了一处",
}


_ORDER = {slip: at for at, slip in enumerate(Slip)}


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What stands around an amount, each under the words by which people find it.

    ``lines`` are the amounts of the lines above and below, ``components`` those that a total adds up,
    ``twins`` other places of the same fact.
    """

    lines: Mapping[str, Decimal] = field(default_factory=dict)
    components: Mapping[str, Decimal] = field(default_factory=dict)
    twins: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SlipReading:
    """A slip, and where a neighbour tells it, that neighbour's name and amount.

    ``meant`` is what was meant according to the slip, where it is one amount.
    """

    slip: Slip
    meant: Decimal | None = None
    neighbour: str = ""

    @property
    def words(self) -> str:
        """The explanation in the words of a finding."""
        if not self.neighbour:
            return self.slip.words
        return f"{self.slip.words}（{_BESIDE[self.slip]}“{self.neighbour}”）"


_BESIDE = {
    Slip.COMPONENT_LEFT_OUT: "差额正是",
    Slip.COMPONENT_TWICE: "差额正是",
    Slip.OTHER_COLUMN: "应在",
    Slip.WRONG_LINE: "应在",
    Slip.PART_OF_OTHER: "差额应在",
    Slip.OTHER_LINE: "所填正是",
    Slip.TWIN_NOT_UPDATED: "另一处是",
}


def slip_between(
    typed: Decimal, meant: Range, around: Neighbourhood | None = None, step: Decimal = Decimal("0.01")
) -> SlipReading | None:
    """Return the likeliest slip that turns an amount in ``meant`` into ``typed``, or None.

    ``step`` is the smallest difference between two amounts at that place.
    """
    if abs(typed) >= _LARGEST or typed in meant:
        return None
    found = [
        SlipReading(slip, possible.only)
        for slip, possible in _meanings(typed, step)
        if not possible.met(meant).empty and _amounts(possible.met(meant))
    ]
    if around is not None:
        found += _told_by(around, typed, meant)
    return min(found, key=lambda part: part.slip.rank, default=None)


def _amounts(possible: Range) -> bool:
    """Whether a range has an amount other than zero: from nothing, every slip makes nothing."""
    return possible.only != 0


# ------------------------------------------------------------------ of the amount alone


def _meanings(typed: Decimal, step: Decimal) -> Iterator[tuple[Slip, Range]]:
    """Yield every slip with the amounts that may have been meant."""
    if not typed:
        yield Slip.LEFT_EMPTY, Range()
        return
    last = Decimal(1).scaleb(min(0, int(typed.normalize().as_tuple().exponent)))
    for slip, factor in _FACTORS:
        exact = typed * factor
        if 2 * abs(exact) < step:  # would print as nothing: no amount that anybody meant
            continue
        # what was typed may be rounded to its last digit, what was meant is no finer than ``step``
        noise = max(last * factor, step) / 2 if abs(factor.log10()) > 3 else Decimal(0)
        yield slip, Range(exact - noise, exact + noise)
    yield Slip.SIGN, Range(-typed, -typed)
    text = format(abs(typed).normalize(), "f")
    sign = -1 if typed < 0 else 1
    for slip, meaning in _rewritings(text):
        amount = sign * Decimal(meaning)
        yield slip, Range(amount, amount)


_FACTORS = (
    (Slip.TEN_THOUSAND_MORE, Decimal("0.0001")),
    (Slip.TEN_THOUSAND_LESS, Decimal(10000)),
    (Slip.HUNDRED, Decimal("0.01")),
    (Slip.HUNDRED, Decimal(100)),
    (Slip.TEN_MORE, Decimal("0.1")),
    (Slip.TEN_LESS, Decimal(10)),
    (Slip.THOUSAND, Decimal("0.001")),
    (Slip.THOUSAND, Decimal(1000)),
)


def _rewritings(text: str) -> Iterator[tuple[Slip, str]]:
    """Yield what may have been meant by digits as typed (one point at most, no sign)."""
    places = [at for at, sign in enumerate(text) if sign != "."]
    for at, following in pairwise(places):
        if text[at] != text[following]:
            parts = list(text)
            parts[at], parts[following] = parts[following], parts[at]
            yield Slip.SWAPPED_DIGITS, "".join(parts)
    for number, at in enumerate(places):
        beside = {
            text[place] for place in (*places[max(number - 1, 0) : number], *places[number + 1 : number + 2])
        }
        rest = text[:at] + text[at + 1 :]
        if rest.strip("."):
            yield Slip.DOUBLED_DIGIT if text[at] in beside else Slip.EXTRA_DIGIT, rest
    for at in range(len(text) + 1):
        for digit in "0123456789":
            yield Slip.DROPPED_DIGIT, text[:at] + digit + text[at:]
    if "." not in text:
        yield from ((Slip.DROPPED_DIGIT, f"{text}.{digit}") for digit in "123456789")
    if len(places) >= _TELLING:
        for at in places:
            for digit in "0123456789":
                if digit != text[at]:
                    yield Slip.WRONG_DIGIT, text[:at] + digit + text[at + 1 :]


# ------------------------------------------------------------------ of the neighbours


def _told_by(around: Neighbourhood, typed: Decimal, meant: Range) -> Iterator[SlipReading]:
    for name, amount in around.components.items():
        if amount and typed + amount in meant:
            yield SlipReading(Slip.COMPONENT_LEFT_OUT, typed + amount, name)
        if amount and typed - amount in meant:
            yield SlipReading(Slip.COMPONENT_TWICE, typed - amount, name)
    for name, amount in around.lines.items():
        if typed and amount == typed:
            yield SlipReading(Slip.OTHER_LINE, None, name)
    for name, amount in around.twins.items():
        if amount in meant:
            yield SlipReading(Slip.TWIN_NOT_UPDATED, amount, name)


def likely_slip(typed: Decimal, meant: Decimal) -> str:
    """Name the slip that turns ``meant`` into ``typed`` in the words of a finding, or return an empty text.

    That nothing was typed needs no words: the amounts say so.
    """
    if not typed or abs(meant) >= _LARGEST:
        return ""
    found = slip_between(typed, Range(meant, meant))
    return found.words if found is not None else ""
