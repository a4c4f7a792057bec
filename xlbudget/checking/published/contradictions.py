"""Figures of a text that contradict one another, whatever the tables say.

The same change of the same amount told several times; parts (其中) that are more than the whole; a direction
named without an amount; figures of budget and outturn with the word that compares them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator, Sequence
from decimal import Decimal

from xlbudget.checking.mistakes.slips import likely_slip
from xlbudget.checking.published.statements import UP, Passage, Said, StatedFigure
from xlbudget.checking.published.text_findings import TextFault
from xlbudget.model import Operand

_CAUSE = re.compile(r"(增加|增长|减少|下降)(?:的)?(?:主要)?原因")
_COMPARES = re.compile(
    r"(?:决算|支出)数?(大于|小于|高于|低于|等于)(?:年初|全年|调整)?预算数?"
    r"|(?:决算|支出)数?与(?:年初|全年|调整)?预算数?(持平|相同|一致|相等)"
)
_LESS = {"小于": -1, "低于": -1, "大于": 1, "高于": 1}
_MOST_PARTS = 40
_OPENING, _CLOSING = "（(〔[", "）)〕]"
_FEW = 5  # amounts of a text from which on its unit of money is known

Spot = tuple[Passage, StatedFigure]


def contradictions(passages: Sequence[Passage], usual: int) -> Iterator[TextFault]:
    """Yield the figures and words of a text that cannot all be right.

    ``usual`` are the decimals to which most amounts are written: one without any is round, not rounded.
    """
    yield from _odd_money(passages)
    yield from _changes(passages)
    last: Spot | None = None
    for passage in passages:
        yield from _parts(passage, usual)
        yield from _compared(passage)
        last = yield from _causes(passage, last)


def _changes(passages: Sequence[Passage]) -> Iterator[TextFault]:
    """Yield the changes that are told otherwise of the same amount elsewhere: a slip, or turned round."""
    groups: defaultdict[Decimal, list[Spot]] = defaultdict(list)
    for passage in passages:
        level: StatedFigure | None = None
        for figure in passage.figures:
            if figure.kind is Said.AMOUNT:
                level = figure
            elif figure.kind is Said.CHANGE and level is not None and level.value.middle:
                groups[level.value.middle].append((passage, figure))
                level = None
    for spots in groups.values():
        yield from _odd_changes(spots)


def _odd_changes(spots: Sequence[Spot]) -> Iterator[TextFault]:
    counted = Counter((figure.value.middle, figure.up) for _, figure in spots)
    told = {spot for spot in counted if counted[spot] > 1}
    for passage, figure in spots:
        mine = (figure.value.middle, figure.up)
        for other_passage, other in spots:
            theirs = (other.value.middle, other.up)
            if mine == theirs or mine in told or (counted[theirs] < 2 and other.start > figure.start):
                continue
            turned = mine[0] == theirs[0] and None not in (mine[1], theirs[1])
            slip = likely_slip(figure.value.middle, other.value.middle) if mine[1] == theirs[1] else ""
            if not turned and not (slip and theirs in told):
                continue
            operand = Operand(other.text, other_passage.place(other.start, other.end))
            here, there = f"{figure.clause[-12:]}{figure.text}", f"{other.clause[-12:]}{other.text}"
            what = f"同一个数的变动，这里写“{here}”，别处写“{there}”"
            rule = "text_direction" if turned else "text_contradiction"
            yield TextFault(rule, passage, figure.start, figure.end, what, other.text, operands=(operand,))
            break


def _parts(passage: Passage, usual: int) -> Iterator[TextFault]:
    """Yield the wholes that their parts (其中) exceed, or miss by a slip."""
    figures = passage.figures
    for found in re.finditer("其中", passage.text):
        before = [one for one in figures if one.end <= found.start() and one.kind is Said.AMOUNT]
        beside = _beside(passage.text, found.end())
        parts = [one for one in figures if one.kind is Said.AMOUNT and one.start in beside][:_MOST_PARTS]
        if not before or len(parts) < 2 or before[-1].sentence + 1 < parts[0].sentence:
            continue
        whole = before[-1]
        among = sum(one.sentence == whole.sentence for one in before)
        if not whole.value.middle or (among > 1 and passage.text[found.start() - 1] == "。"):
            continue  # the whole of such a sentence is not the amount told last
        parts = [one for one in parts if one.sentence == parts[0].sentence or "；" in passage.text]
        sums, slack, total = [], _half(whole, usual), Decimal(0)
        for part in parts:
            total += part.value.middle
            slack += _half(part, usual)
            sums.append((total, slack))
        if any(abs(total - whole.value.middle) <= slack for total, slack in sums):
            continue
        exceeds = total - whole.value.middle > slack
        if not exceeds and not likely_slip(whole.value.middle, total):
            continue
        word = "大于" if exceeds else "不等于"
        operands = tuple(Operand(one.text, passage.place(one.start, one.end)) for one in parts)
        listed = "、".join(one.text for one in parts[:6])
        what = f"“{whole.clause[-16:]}{whole.text}”，其中各项之和{word}它（{listed}）"
        yield TextFault("text_contradiction", passage, whole.start, whole.end, what, operands=operands)


def _beside(text: str, start: int) -> set[int]:
    """Return the places from ``start`` to the next 其中 that stand in no bracket opened since.

    What is bracketed behind a part is that part once more (公务用车费（购置费…，运行费…）); a bracket
    in which the list itself stands ends it.
    """
    end = text.find("其中", start)
    places, depth = set(), 0
    for at in range(start, len(text) if end < 0 else end):
        depth += (text[at] in _OPENING) - (text[at] in _CLOSING)
        if depth < 0:
            break
        if depth == 0:
            places.add(at)
    return places


def _half(figure: StatedFigure, usual: int) -> Decimal:
    """Return half the last decimal of an amount, zeros that were left out counted."""
    if "." in figure.text or not usual:
        return figure.value.half
    return figure.value.half.scaleb(-usual)


def _odd_money(passages: Sequence[Passage]) -> Iterator[TextFault]:
    """Yield the amounts with the same digits as others, in another unit of money than nearly all."""
    spots = [(passage, one) for passage in passages for one in passage.figures if one.money]
    counted = Counter(figure.money for _, figure in spots)
    if not counted:
        return
    usual, times = counted.most_common(1)[0]
    if times < _FEW or times * 10 < 8 * len(spots):
        return
    digits = {
        one.text.removesuffix(one.money): (passage, one) for passage, one in spots if one.money == usual
    }
    for passage, figure in spots:
        same = digits.get(figure.text.removesuffix(figure.money))
        if figure.money == usual or same is None or not figure.value.middle:
            continue
        right = same[1].text
        what = f"金额单位写“{figure.text}”，别处同样的数写“{right}”"
        operand = Operand(right, same[0].place(same[1].start, same[1].end))
        yield TextFault("text_money", passage, figure.start, figure.end, what, right, operands=(operand,))


def _compared(passage: Passage) -> Iterator[TextFault]:
    for found in _COMPARES.finditer(passage.text):
        before = [one for one in passage.figures if one.end <= found.start() and one.kind is Said.AMOUNT]
        planned = [one for one in before if "预算为" in one.clause or one.clause.endswith("预算")]
        spent = [one for one in before if "决算" in one.clause]
        if not planned or not spent:
            continue
        difference = spent[-1].value.middle - planned[-1].value.middle
        sign = (difference > 0) - (difference < 0)
        group = 1 if found[1] else 2
        if sign == _LESS.get(found[group], 0):
            continue
        right = {-1: "小于", 0: "等于", 1: "大于"}[sign]
        what = f"写“{found[0]}”，而预算为 {planned[-1].text}，决算为 {spent[-1].text}，应为“{right}”"
        start = found.start(group)
        operands = tuple(
            Operand(one.text, passage.place(one.start, one.end)) for one in (planned[-1], spent[-1])
        )
        yield TextFault("text_direction", passage, start, start + 2, what, right, operands=operands)


def _causes(passage: Passage, last: Spot | None) -> Generator[TextFault, None, Spot | None]:
    """Yield the causes of a rise where all changes told just before are falls; return the last change."""
    changes = [one for one in passage.figures if one.kind is Said.CHANGE and one.up is not None]
    for found in _CAUSE.finditer(passage.text):
        near = [one for one in changes if one.end <= found.start()]
        spot = (passage, near[-1]) if near else last
        if spot is None or found.start() > 40 + (near[-1].end if near else 0):
            continue
        up = found[1] in UP
        if spot[1].up is not up and all(one.up is not up for one in near):
            what = f"写“{found[0]}”，而前面写的是“{spot[1].clause[-14:]}{spot[1].text}”，方向相反"
            operand = Operand(spot[1].text, spot[0].place(spot[1].start, spot[1].end))
            start = found.start(1)
            right = "增加" if spot[1].up else "减少"
            yield TextFault("text_direction", passage, start, start + 2, what, right, operands=(operand,))
    return (passage, changes[-1]) if changes else (last if len(passage.text) > 60 else None)
