"""Names of the text that are no names of the tables, though nearly: typing errors, names of other lines.

A character is an error where elsewhere, between the same four, another one stands, and the pairs it makes
stand nowhere else: «收入合计» beside «支出合计» is another name, «一般公共预箅» is none.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from xlbudget.checking.published.chains import CHAIN
from xlbudget.checking.published.facts import Facts, core
from xlbudget.checking.published.statements import Passage, Said
from xlbudget.checking.published.text_findings import TextFault

_HAN = re.compile(r"[\u4e00-\u9fff]{5}")
_SMALL = frozenset(
    "的和及与或等在为由对以从向于并了一二三四五六七八九十本各其该个非不无有"
)  # no part of names
_OPPOSED = frozenset(map(frozenset, ("大小", "增减", "高低", "多少", "上下", "升降", "收支", "前后", "内外")))
"""Characters that words are told apart by: 决算数大于预算数 beside 小于 is no slip of the pen."""
_SHORT, _NEAR = 3, 24  # characters: of names that others hold too; between a name and its amount
_TITLE = 44  # characters that a title has at most


def name_faults(passages: Sequence[Passage], vocabulary: frozenset[str]) -> Iterator[TextFault]:
    """Yield the names that are misspelt."""
    texts = [passage.text for passage in passages]
    pairs = Counter(text[at : at + 2] for text in (*texts, *vocabulary) for at in range(len(text) - 1))
    usual = _usual((*texts, *vocabulary))
    names = "\n".join(vocabulary)
    for passage in passages:
        yield from _misspelt(passage, usual, pairs, names)


def _usual(texts: Sequence[str]) -> Mapping[str, Counter[str]]:
    """Return which characters stand between which two before and two after."""
    found: dict[str, Counter[str]] = {}
    for text in texts:
        for at in range(2, len(text) - 2):
            around = text[at - 2 : at] + text[at + 1 : at + 3]
            found.setdefault(around, Counter())[text[at]] += 1
    return found


def _misspelt(
    passage: Passage, usual: Mapping[str, Counter[str]], pairs: Mapping[str, int], names: str
) -> Iterator[TextFault]:
    """Yield the characters that stand where elsewhere always another one stands, in pairs never seen else.

    Beyond the names of forms and codes that is a note, and in titles nothing.
    """
    text = passage.text
    heading = len(text) <= _TITLE and not re.search("[。；，]", text)
    for at in range(2, len(text) - 2):
        wrong = text[at]
        if not _HAN.fullmatch(text[at - 2 : at + 3]) or wrong in _SMALL:
            continue
        if pairs[text[at - 1 : at + 1]] > 1 or pairs[text[at : at + 2]] > 1:
            continue
        others = usual[text[at - 2 : at] + text[at + 1 : at + 3]]
        right, times = max(
            (
                (sign, count)
                for sign, count in others.items()
                if sign != wrong and "\u4e00" <= sign <= "\u9fff"
            ),
            default=("", 0),
            key=_second,
        )
        if times > 1 and right not in _SMALL and frozenset((wrong, right)) not in _OPPOSED:
            window = text[at - 2 : at + 3]
            meant = f"{window[:2]}{right}{window[3:]}"
            if heading and meant not in names:
                continue  # titles beside each other differ by a word: 总体情况, 具体情况
            what = f"“{window}”疑为“{meant}”之误（别处 {times} 次都写作“{meant}”）"
            yield TextFault("text_name", passage, at - 2, at + 3, what, meant, note=meant not in names)


def _second(pair: tuple[str, int]) -> int:
    return pair[1]


def exchanged_names(passages: Sequence[Passage], facts: Facts) -> Iterator[TextFault]:
    """Yield the names of an item (项) that no table has, where its amount is that of one line alone.

    The line must be one that the text does not name elsewhere.
    """
    said = "".join(passage.text for passage in passages)
    lines: defaultdict[Decimal, set[str]] = defaultdict(set)
    for row, own in facts.rows.items():
        for fact in own if len(row) > _SHORT else ():
            lines[fact.value.middle].add(row)
    for passage in passages:
        for found in CHAIN.finditer(passage.text):
            name = core(found[3] or "")
            figure = next((one for one in passage.figures if one.start >= found.end()), None)
            if not name or name in facts.rows or figure is None or figure.kind is not Said.AMOUNT:
                continue
            near = figure.value.middle and figure.start - found.end() < _NEAR
            named = lines.get(figure.value.middle, set()) if near else set()
            meant = next(iter(named)) if len(named) == 1 else ""
            if meant and meant not in said:
                what = f"科目名称写“{found[3]}”，表中金额为 {figure.text} 的是“{meant}”"
                yield TextFault("text_name", passage, found.start(3), found.end(3), what, meant)
