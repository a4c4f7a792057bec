"""What the text of a published document states: amounts with the words before them, changes, shares.

Sentences are read without the spaces between their characters; places lead back to the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from xlbudget.model import Place, PrintedParagraph
from xlbudget.returns.published.precision import Interval
from xlbudget.returns.published.texts import MONEY

_NUMBER = r"[-−]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[-−]?\d+(?:\.\d+)?"
_MONEY = re.compile(rf"(?<![\d.,])({_NUMBER})(亿元|百万元|万元|千元|百元|元)(?![（(]含|[/／]|以[上下内])")
_PERCENT = re.compile(rf"(?<![\d.,])({_NUMBER})[%％]")
_WIDE_COMMA = re.compile(r"(?<=\d)，(?=\d{3}(?:\.\d|万元|亿元|元))")
_BREAK = re.compile(r"[。；;：:，,、！？!?]")
_END = re.compile(r"[。；;！？!?]")
UP = ("增加", "增长", "上升", "提高", "增幅", "多于", "上涨")
DOWN = ("减少", "下降", "降低", "压减", "减幅", "少于", "缩减", "核减")
_ABOUT = re.compile(r"(?:约|近|余|大约|左右|不超过|不低于|超过)$")


class Said(StrEnum):
    """What a figure of the text is."""

    AMOUNT = "amount"
    CHANGE = "change"
    """By how much something rose or fell, in money."""
    RATE = "rate"
    """The same in percent."""
    SHARE = "share"
    DONE = "done"
    """How much of a budget was spent, in percent."""


@dataclass(frozen=True, slots=True)
class StatedFigure:
    """A figure of the text: ``value`` in 元 or percent; ``clause`` the words that lead up to it.

    ``up`` says of a change whether it is a rise (None: not said). ``start`` and ``end`` are positions in the
    squeezed text of its paragraph.
    """

    kind: Said
    value: Interval
    text: str
    clause: str
    start: int
    end: int
    sentence: int
    money: str = ""
    up: bool | None = None

    @property
    def about(self) -> bool:
        """Whether the text says that the figure is no exact one."""
        return bool(_ABOUT.search(self.clause))


@dataclass(frozen=True)
class Passage:
    """A paragraph read for figures: its text without spaces, and where each character stands."""

    paragraph: PrintedParagraph
    number: int

    @cached_property
    def _positions(self) -> Sequence[int]:
        return [at for at, sign in enumerate(self.paragraph.text) if not sign.isspace()]

    @cached_property
    def text(self) -> str:
        """The text without spaces."""
        return "".join(self.paragraph.text.split())

    def place(self, start: int, end: int) -> Place:
        """Return where some characters of ``text`` stand (the first line of them)."""
        at = self._positions
        if not at or start >= len(at):
            return self.paragraph.place
        found = self.paragraph.at(at[start], at[max(min(end, len(at)) - 1, start)] + 1)
        return found[0] if found else self.paragraph.place

    @cached_property
    def figures(self) -> tuple[StatedFigure, ...]:
        """The figures in their order."""
        return tuple(self._figures())

    def _figures(self) -> Iterator[StatedFigure]:
        text = _WIDE_COMMA.sub(",", self.text)
        marks = sorted([*_MONEY.finditer(text), *_PERCENT.finditer(text)], key=lambda one: one.start())
        ends = [one.start() for one in _END.finditer(text)]
        before = 0
        for mark in marks:
            breaks = [one.end() for one in _BREAK.finditer(text, before, mark.start())]
            opening = breaks[-1] if breaks else before
            clause = text[opening : mark.start()]
            number = Decimal(mark[1].replace(",", "").replace("−", "-"))
            half = Decimal("0.5").scaleb(-len(mark[1].partition(".")[2]))
            sentence = sum(end < mark.start() for end in ends)
            money = mark[2] if mark.re is _MONEY else ""
            factor = Decimal(10) ** MONEY[money] if money else Decimal(1)
            kind, up = _kind(clause, money=bool(money))
            before = mark.end()
            if kind is None:
                continue
            yield StatedFigure(
                kind=kind,
                value=Interval(number * factor, half * factor),
                text=mark[0],
                clause=clause,
                start=mark.start(),
                end=mark.end(),
                sentence=sentence,
                money=money,
                up=up,
            )


def _kind(clause: str, *, money: bool) -> tuple[Said | None, bool | None]:
    tail = clause[-8:]
    up = any(word in tail for word in UP)
    down = any(word in tail for word in DOWN)
    if up or down:
        if tail.endswith("到") or tail.endswith("至"):
            return (Said.AMOUNT, None) if money else (None, None)
        return (Said.CHANGE if money else Said.RATE), (up if up != down else None)
    if money:
        return Said.AMOUNT, None
    if "完成" in clause:
        return Said.DONE, None
    return (Said.SHARE, None) if "占" in clause else (None, None)
