"""The figures of the text held against the document's own tables, and against each other.

An amount is held only where its words name a line of a table; then it must agree with a cell that they can
mean. Shares, rates and degrees of completion are computed again, by intervals; what cannot be told is left.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from xlbudget.checking.mistakes.slips import likely_slip
from xlbudget.checking.published.binding import Binder, Bound
from xlbudget.checking.published.contradictions import contradictions
from xlbudget.checking.published.facts import Fact, core
from xlbudget.checking.published.stated_ratios import (
    HUNDRED,
    agree,
    is_cut,
    parts_together,
    rate_holds,
    ratio_holds,
    whole_hundred,
)
from xlbudget.checking.published.statements import DOWN, UP, Passage, Said, StatedFigure
from xlbudget.checking.published.text_findings import TextFault
from xlbudget.model import Operand, Place
from xlbudget.model.words import amount
from xlbudget.returns.published.precision import Interval
from xlbudget.returns.published.texts import MONEY, plain

_UNITS = tuple(Decimal(10) ** power for power in (-8, -6, -4, -3, 3, 4, 6, 8))


@dataclass
class AmountsOfText:
    """Goes through the passages once; ``judged`` are the places of the figures that were held."""

    binder: Binder
    judged: set[Place] = field(default_factory=set)
    looked: dict[str, int] = field(default_factory=dict)
    usual: int = 0
    _said: dict[str, list[StatedFigure]] = field(default_factory=dict)
    _told: set[tuple[int, str, Place]] = field(default_factory=set)

    def faults(self, passages: Sequence[Passage]) -> Iterator[TextFault]:
        """Yield what is wrong with the figures of the text."""
        self.usual = _usual_decimals(passages)
        yield from contradictions(passages, self.usual)
        for passage in passages:
            figures = passage.figures
            for at, figure in enumerate(figures):
                if figure.kind is Said.AMOUNT:
                    yield from self._amount(passage, figure)
                elif figure.kind is Said.SHARE:
                    yield from self._share(passage, figures[:at], figure)
                elif figure.kind is Said.RATE:
                    yield from self._rate(passage, figures[:at], figure)
                elif figure.kind is Said.DONE:
                    yield from self._done(passage, figures[:at], figure)

    def _looks(self, rule: str, passage: Passage, figure: StatedFigure) -> None:
        self.looked[rule] = self.looked.get(rule, 0) + 1
        self.judged.add(passage.place(figure.start, figure.end))

    # ---------------------------------------------------------------- amounts

    def _amount(self, passage: Passage, figure: StatedFigure) -> Iterator[TextFault]:
        bound = self.binder.bind(passage, figure)
        if not figure.about:
            self._said.setdefault(core(figure.clause), []).append(figure)
        if not bound.facts or figure.about:
            return
        fitting = [fact for fact in (*bound.facts, *bound.akin) if agree(figure.value, fact.value)]
        if fitting:
            self._looks("text_figure", passage, figure)
            if not any(self._in_full(figure, fact) for fact in fitting):
                yield self._amount_fault(passage, figure, fitting[0], "少写了末位数字", money=False)
            return
        nearest = self._nearest(bound, figure)
        unit = self._unit_slip(bound, figure)
        slip = likely_slip(figure.value.middle, nearest.value.middle)
        if not bound.sure and not (slip or unit):
            return
        self._looks("text_figure", passage, figure)
        key = (passage.number, figure.text, (unit or nearest).place)
        if key not in self._told:  # a paragraph that says a wrong amount twice is wrong once
            self._told.add(key)
            cut = unit is None and is_cut(figure, nearest)
            slip = "只截去了尾数，没有四舍五入" if cut else slip
            fault = self._amount_fault(passage, figure, unit or nearest, slip, money=unit is not None)
            yield replace(fault, note=cut)

    def _amount_fault(
        self, passage: Passage, figure: StatedFigure, fact: Fact, slip: str, *, money: bool
    ) -> TextFault:
        right = written(fact.value.middle, figure)
        cause = (
            f"，数字相同而金额单位不同（表中单位为{fact.money}）" if money else f"，{slip}" if slip else ""
        )
        return TextFault(
            rule="text_money" if money else "text_figure",
            passage=passage,
            start=figure.start,
            end=figure.end,
            what=(
                f"“{figure.clause[-30:]}{figure.text}”与表中的数不符：{fact.name} 为 {fact.text}{fact.money}"
                f"（{fact.place.where}）{cause}，按表应为 {right}"
            ),
            expected=right,
            stored=figure.value.middle,
            value=fact.value.middle,
            operands=(Operand(fact.text, fact.place),),
        )

    def _in_full(self, figure: StatedFigure, fact: Fact) -> bool:
        """Whether an amount is written to as many decimals as the text usually has, zeros left out or not.

        Only a single digit lost is told: an amount without decimals may be meant to be round.
        """
        decimals = len(figure.text.removesuffix(figure.money).partition(".")[2])
        if not decimals or decimals + 1 != self.usual:
            return True
        unit = Decimal(10) ** MONEY[figure.money]
        half = unit * Decimal("0.5").scaleb(-self.usual)
        return abs(figure.value.middle - fact.value.middle) <= half + fact.value.half

    def _nearest(self, bound: Bound, figure: StatedFigure) -> Fact:
        """Return the cell that was likely meant: cut, a slip away, in the total, else the nearest amount."""
        value = figure.value.middle
        return min(
            bound.facts,
            key=lambda fact: (
                not fact.value.middle,
                not is_cut(figure, fact),
                not likely_slip(value, fact.value.middle),
                not fact.plain_column,
                abs(fact.value.middle - value),
            ),
        )

    def _unit_slip(self, bound: Bound, figure: StatedFigure) -> Fact | None:
        if not figure.value.middle:
            return None
        for fact in bound.facts:
            if not fact.value.middle:
                continue
            for factor in _UNITS:
                scaled = Interval(figure.value.middle * factor, figure.value.half * factor)
                if agree(scaled, fact.value):
                    return fact
        return None

    # ---------------------------------------------------------------- shares

    def _share(
        self, passage: Passage, before: Sequence[StatedFigure], figure: StatedFigure
    ) -> Iterator[TextFault]:
        if figure.value.low > HUNDRED:
            yield self._fault("text_share", passage, figure, f"占比“{figure.text}”超过 100%", "", ())
            return
        amounts = [one for one in before if one.kind is Said.AMOUNT]
        if not amounts or amounts[-1].sentence != figure.sentence:
            return
        part, wholes = amounts[-1], self._wholes(amounts, figure)
        wholes += parts_together(passage) if wholes else []
        if wholes:
            yield from self._ratio("text_share", passage, figure, part, wholes, "占比")

    def _wholes(self, amounts: Sequence[StatedFigure], figure: StatedFigure) -> list[StatedFigure]:
        """Return the amounts of the paragraph of which a share may be one; words that name it decide."""
        words = figure.clause.rpartition("占")[2].rstrip("的为比例重")
        words = words.removesuffix("的比重").removesuffix("比")
        earlier = [one for one in amounts[:-1] if one.value.middle]
        if words:
            named = [one for one in earlier if set(words) <= set(one.clause) | set("本年度的总合计预决算数")]
            bound = self.binder.of_words(core(words))
            facts = [_as_figure(fact) for fact in bound.facts if bound.sure and fact.value.middle]
            exact = [one for one in named if core(one.clause) == core(words)]
            return list(dict.fromkeys([*exact, *facts, *named]))
        return earlier

    def _done(
        self, passage: Passage, before: Sequence[StatedFigure], figure: StatedFigure
    ) -> Iterator[TextFault]:
        amounts = [one for one in before if one.kind is Said.AMOUNT]
        words = figure.clause.rpartition("完成")[2].rstrip("的为").removesuffix("数")
        amounts = [one for one in amounts if not _apart(passage.text[one.end : figure.start])]
        wholes = [one for one in amounts if words and words in one.clause.rstrip("为是").removesuffix("数")]
        spent = [
            one
            for one in amounts
            if "决算" in one.clause or ("支出" in one.clause and "预算" not in one.clause)
        ]
        if not wholes or not spent:
            return
        others = (one for one in before if one.kind is Said.AMOUNT and "预算" not in one.clause)
        if any(ratio_holds(one.value, wholes[-1].value, figure.value) for one in others):
            self._looks("text_done", passage, figure)
            return  # the share is that of an amount said before: the other one is wrong, and told as such
        yield from self._ratio("text_done", passage, figure, spent[-1], wholes[-1:], f"完成{words}的比例")

    def _ratio(
        self,
        rule: str,
        passage: Passage,
        figure: StatedFigure,
        part: StatedFigure,
        wholes: Sequence[StatedFigure],
        name: str,
    ) -> Iterator[TextFault]:
        self._looks(rule, passage, figure)
        if any(ratio_holds(part.value, whole.value, figure.value) for whole in wholes):
            return
        whole = wholes[0]
        if not whole.value.middle:
            what = f"{name}写“{figure.text}”，而“{whole.clause[-20:]}{whole.text}”为零，算不出这个比例"
            yield self._fault(rule, passage, figure, what, "", (part, whole))
            return
        exact = part.value.middle / whole.value.middle * HUNDRED
        right = _percent(exact, figure)
        what = f"{name}写“{figure.text}”，按 {part.text} ÷ {whole.text} 重新计算应为 {right}"
        plugged = abs(exact - figure.value.middle) <= 4 * figure.value.half and whole_hundred(passage, figure)
        if plugged:
            what += "（各项占比之和恰为 100%，可能是凑整）"
        fault = self._fault(rule, passage, figure, what, right, (part, whole))
        yield replace(fault, note=True) if plugged else fault

    # --------------------------------------------------------------- changes

    def _rate(
        self, passage: Passage, before: Sequence[StatedFigure], figure: StatedFigure
    ) -> Iterator[TextFault]:
        changes = [one for one in before if one.kind is Said.CHANGE]
        if not changes or changes[-1].sentence != figure.sentence:
            yield from self._rate_of_two(passage, before, figure)
        if not changes or changes[-1].sentence != figure.sentence or figure.up is None:
            return
        change = changes[-1]
        levels = [one for one in before if one.kind is Said.AMOUNT and one.start < change.start]
        levels = [one for one in levels if one.value.middle] or self._subject(change)
        if change.up is not None and change.up != figure.up:
            word = "增加" if change.up else "减少"
            what = f"前面写{word} {change.text}，后面写“{figure.clause[-4:]}{figure.text}”，方向相反"
            yield self._fault("text_direction", passage, figure, what, "", (change,))
            return
        if not levels or change.up is None:
            return
        self._looks("text_rate", passage, figure)
        if any(rate_holds(level.value, change, figure.value) for level in levels):
            return
        opposite = [one for one in levels if rate_holds(one.value, change, figure.value, turned=True)]
        level = (opposite or levels)[-1 if opposite else 0]
        earlier = level.value.middle - (change.value.middle if change.up else -change.value.middle)
        if earlier <= 0:
            if abs(earlier) <= level.value.half + change.value.half:
                what = (
                    f"按本年 {level.text}、变动 {change.text}，上年为零，没有增减幅度，不能写“{figure.text}”"
                )
                yield self._fault("text_rate", passage, figure, what, "", (level, change))
            return
        if opposite:
            said, right = ("增加", "减少") if change.up else ("减少", "增加")
            sums = f"按本年 {level.text} 和变动 {change.text} 计算"
            what = f"{sums}，{figure.text} 只有{right}才对得上，文中写{said}"
            yield self._fault("text_direction", passage, change, what, right, (level, figure))
            return
        right = _percent(change.value.middle / earlier * HUNDRED, figure)
        what = f"变动幅度写“{figure.text}”，按本年 {level.text}、变动 {change.text} 重新计算应为 {right}"
        yield self._fault("text_rate", passage, figure, what, right, (level, change))

    def _rate_of_two(
        self, passage: Passage, before: Sequence[StatedFigure], figure: StatedFigure
    ) -> Iterator[TextFault]:
        """Yield a rate that two amounts before it do not give: that compared with, that of the year."""
        amounts = [one for one in before if one.kind is Said.AMOUNT]
        named = _COMPARED_WITH.search(figure.clause)
        words = plain(named[1]) if named else ""
        bases = [one for one in amounts if words and _is_said(words, one.clause)]
        later = [one for one in amounts if bases and one.start > bases[-1].start]
        if len(later) != 1 or figure.up is None or later[0].sentence != figure.sentence:
            return
        base, level = bases[-1], later[0]
        self._looks("text_rate", passage, figure)
        if base.value.low <= 0:
            return
        low = (level.value.low / base.value.high - 1) * HUNDRED
        high = (level.value.high / base.value.low - 1) * HUNDRED
        said = figure.value if figure.up else Interval(-figure.value.middle, figure.value.half)
        if low <= said.high and said.low <= high:
            return
        exact = (level.value.middle / base.value.middle - 1) * HUNDRED
        right = _percent(abs(exact), figure)
        word = "增加" if exact > 0 else "减少"
        what = f"变动幅度写“{figure.clause[-4:]}{figure.text}”，{level.text} 比 {base.text} {word} {right}"
        yield self._fault("text_rate", passage, figure, what, right, (level, base))

    def _subject(self, change: StatedFigure) -> list[StatedFigure]:
        """Return the amount that the words before a change name: of the tables, else as the text has it."""
        words = core(re.sub(f"(?:{'|'.join((*UP, *DOWN))}).*$", "", change.clause))
        bound = self.binder.of_words(words)
        values = {fact.value.middle for fact in bound.facts}
        if bound.sure and len(values) == 1:
            return [_as_figure(fact) for fact in bound.facts[:1]]
        said = self._said.get(words, ()) if words else ()
        return list(said[-1:]) if len({one.value.middle for one in said}) == 1 else []

    def _fault(
        self,
        rule: str,
        passage: Passage,
        figure: StatedFigure,
        what: str,
        expected: str,
        others: Sequence[StatedFigure],
    ) -> TextFault:
        operands = tuple(
            Operand(one.text, passage.place(one.start, one.end)) for one in others if one.start >= 0
        )
        return TextFault(rule, passage, figure.start, figure.end, what, expected, operands=operands)


_COMPARED_WITH = re.compile(rf"[比较]([^，。；]{{2,24}}?)(?:同期)?相?比?(?:{'|'.join((*UP, *DOWN))})")
_APART = re.compile(r"其中|[。；;]")


def _is_said(words: str, clause: str) -> bool:
    """Whether a clause names what a rate is compared with: the same words, of the same year."""
    said = plain(clause)
    years = [set(re.findall(r"20\d\d", text)) for text in (words, said)]
    return re.sub(r"20\d\d年?度?", "", words) in said and (not all(years) or years[0] == years[1])


def _apart(between: str) -> bool:
    """Whether words between two figures part them: what follows speaks of a part, or of something else."""
    return bool(_APART.search(between))


def written(value: Decimal, figure: StatedFigure) -> str:
    """Write an amount in 元 as the text writes its amounts."""
    scaled = value / Decimal(10) ** MONEY[figure.money]
    return (
        f"{amount(scaled)}{figure.money}"
        if scaled != scaled.to_integral()
        else f"{scaled:,.0f}{figure.money}"
    )


def _percent(value: Decimal, figure: StatedFigure) -> str:
    digits = max(len(figure.text.rstrip("%％").partition(".")[2]), 2)
    return f"{value:.{digits}f}%"


def _usual_decimals(passages: Sequence[Passage]) -> int:
    """Return to how many decimals most amounts of a text are written, 0 where they are not alike."""
    counted = Counter(
        len(one.text.removesuffix(one.money).partition(".")[2])
        for passage in passages
        for one in passage.figures
        if one.money and "." in one.text
    )
    if not counted:
        return 0
    decimals, times = counted.most_common(1)[0]
    return decimals if times * 10 >= counted.total() * 7 else 0


def _as_figure(fact: Fact) -> StatedFigure:
    return StatedFigure(Said.AMOUNT, fact.value, fact.text, fact.label, -1, -1, 0, fact.money)
