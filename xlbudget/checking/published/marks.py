"""Marks of a published text: brackets and quotation marks without their other half, marks run together,
places left to be filled in, notes of the office.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xlbudget.checking.published.statements import Passage
from xlbudget.checking.published.text_findings import TextFault

_DOUBLED = re.compile(
    r"([。，；：、！？,;])\1+|[，；、：][。；，、：]|。[，；、：]|[。；，、](?=[）)](?:[，；、：]|$))"
)
_REPEATED = re.compile(r"([\u4e00-\u9fff]{2,8})\1(?!\1)")
_NOT_YET = r"(?:核实|确认|核定|补充|补填|填写|填报|更新|修改|完善|明确|商定)"
_PLACEHOLDER = re.compile(
    r"[xX×Ｘ〇○＊*]{2,}(?:\.[xX×Ｘ〇○＊*]+)?(?=[\u4e00-\u9fff%％。，；、）)]|$)"
    r"|(?<![\dA-Za-z])[xX×Ｘ*＊□■△▲?？](?=(?:万元|亿元|元|%|％|个|人|辆|年|月|日))"
    r"|[_＿]{2,}|#(?:REF|N/A|DIV/0|VALUE|NAME\?|NUM|NULL)!?|\{\{[^}]*\}\}|TODO|\?{2,}|？{2,}"
    r"|[（(【\[](?:请?填写?|待[\u4e00-\u9fff]{1,3}|空缺|暂空)[^）)】\]]{0,20}[）)】\]]"
    r"|(?<![有亟尚仍等期])待(?:定|填|补充?|核实|确认|核定)(?=[）)】，。；、]|万元|元|%|$)"
    r"|…+(?=万元|亿元|元|%|％)|[≥≤＞＜]\s*[\d,.]+(?=万元|亿元|元)|[（(]\s*[）)]"
)
_NO_FIGURE = re.compile(
    r"(?<=[算入出款费计数额金为加少共])(?:万元|亿元)(?=[，。；、）]|$)|(?<=[占长降为])[%％](?=[，。；、）]|$)"
)
_OFFICE = re.compile(
    r"仅供内部[\u4e00-\u9fff]{0,4}|内部(?:审核|审议|资料|使用|讨论|掌握|文件)|征求意见稿|送审稿|讨论稿|草稿|初稿|请勿(?:外传|公开)"
    r"|不(?:予|得)公开(?!的)|[绝机秘]密★|批注[\[：:]|[\[【]批注|公式错误|[（(【\[]注意?[：:][^）)】\]]{0,30}[请需应待]"
    rf"|[（(【\[][^）)】\]]{{0,20}}(?:此处|这里|请|需|待)[^）)】\]]{{0,16}}{_NOT_YET}[^）)】\]]{{0,12}}[）)】\]]"
    rf"|(?:此处|这里)(?:需|请|应|待|要)[^，。；]{{0,16}}{_NOT_YET}"
)
_INSTRUCTION = re.compile(
    r"仍?保留[该本此]表格?式?，并在[^：。]{0,20}|[（(](?:仅有|只有|如果?|若)[^（）()]{2,30}(?:部门|单位)的?[，,][^（）()]{2,40}[）)]"
    r"|(?<=[。；元])[（(][^（）()\d]{8,60}等?[）)](?=$|[。；])|(?:如|若)(?:无|没有)[^，。]{0,30}，?(?:请|应)(?:注明|说明|填写|删除|保留)"
)
_OPEN = {"（": "）", "“": "”", "《": "》", "【": "】", "〔": "〕", "「": "」", "『": "』"}
_CLOSE = {close: open_ for open_, close in _OPEN.items()}
_WIDE = str.maketrans("()[]", "（）【】")
_ITEM = re.compile(r"(?:^|[。；：，、\s（“])(?:[\da-zA-Z①-⑳]{1,3}|[一二三四五六七八九十]{1,3})$")
_WHOLE_ITEM = re.compile(r"^（[一二三四五六七八九十]{1,3}）")
_NEAR = 2  # passages within which the other half of a bracket may stand: paragraphs are broken by pages


@dataclass(frozen=True, slots=True)
class _Half:
    """A bracket without its other half."""

    number: int
    at: int
    mark: str


def mark_faults(passages: Sequence[Passage]) -> Iterator[TextFault]:
    """Yield marks run together, words written twice, halves of brackets, notes of the office."""
    for passage in passages:
        for found in _DOUBLED.finditer(passage.text):
            what = f"标点连写“{found[0]}”" if len(found[0]) > 1 else f"括号之前多了“{found[0]}”"
            yield _fault("text_marks", passage, found, what, found[0][-1] if len(found[0]) > 1 else "")
        yield from repeated_words(passage)
        for found in _OFFICE.finditer(passage.text):
            yield _fault("text_internal", passage, found, f"留有内部标记“{found[0]}”，公开前应当去掉")
        for found in _INSTRUCTION.finditer(passage.text):
            fault = _fault("text_internal", passage, found, f"“{found[0]}”像是填表说明，没有删去")
            yield TextFault(fault.rule, passage, fault.start, fault.end, fault.what, note=True)
    yield from _mixed_widths(passages)
    yield from _halves(passages)


def _fault(rule: str, passage: Passage, found: re.Match[str], what: str, expected: str = "") -> TextFault:
    return TextFault(rule, passage, found.start(), found.end(), what, expected)


def repeated_words(passage: Passage) -> Iterator[TextFault]:
    """Yield words that are written twice."""
    for found in _REPEATED.finditer(passage.text):
        word = found[1]
        if word[0] == "一" or len(set(word)) == 1 or _stacked(passage.text, found):
            continue
        yield _fault("text_marks", passage, found, f"词语连写两遍“{found[0]}”", word)


def _stacked(text: str, found: re.Match[str]) -> bool:
    """Whether what looks repeated is the end of one name and the beginning of the next."""
    return text[found.end() : found.end() + 1] in {"类", "款", "项"} and len(found[1]) < 3


def placeholder_faults(
    passage: Passage, words: Sequence[str], *, sentence: bool = True
) -> Iterator[TextFault]:
    """Yield what was left to be filled in; ``words`` are the template's own, cells hold no sentences."""
    told: list[tuple[int, int]] = []
    for pattern in (_PLACEHOLDER, _NO_FIGURE) if sentence else (_PLACEHOLDER,):
        for found in pattern.finditer(passage.text):
            if not sentence and found[0][0] in "≥≤＞＜（(":
                continue  # targets and names of cells
            told.append(found.span())
            what = "没有写数字" if pattern is _NO_FIGURE else "没有填完"
            yield _fault("text_placeholder", passage, found, f"留有占位符“{found[0]}”，{what}")
    for word in words:
        at = passage.text.find(word)
        if at >= 0 and not any(start <= at < end for start, end in told):
            what = f"留有占位符“{word}”，没有填完"
            yield TextFault("text_placeholder", passage, at, at + len(word), what)


# ------------------------------------------------------------------- brackets


def _mixed_widths(passages: Sequence[Passage]) -> Iterator[TextFault]:
    """Yield the brackets of two widths, each kind once."""
    found: dict[str, list[tuple[Passage, int]]] = {}
    for passage in passages:
        for one in re.finditer(r"（[^（）()]{1,40}\)|\([^（）()]{1,40}）", passage.text):
            found.setdefault(one[0], []).append((passage, one.start()))
    for words, spots in found.items():
        passage, start = spots[0]
        right = f"（{words[1:-1]}）"
        many = f"，全文共 {len(spots)} 处" if len(spots) > 1 else ""
        what = f"括号“{words}”一半全角、一半半角{many}"
        yield TextFault("text_marks", passage, start, start + len(words), what, right, note=True)


def _halves(passages: Sequence[Passage]) -> Iterator[TextFault]:
    """Yield the brackets and quotation marks that have no other half in their paragraph or the next."""
    whole = any(_WHOLE_ITEM.match(passage.text) for passage in passages)
    halves = [half for number, one in enumerate(passages) for half in _unmatched(one, number, whole=whole)]
    settled: set[int] = set()
    for at, half in enumerate(halves):
        if half.mark not in _OPEN or at in settled:
            continue
        for other in range(at + 1, len(halves)):
            if halves[other].number > half.number + _NEAR:
                break
            if halves[other].mark == _OPEN[half.mark] and other not in settled:
                settled |= {at, other}
                break
    for at, half in enumerate(halves):
        if at not in settled:
            passage = passages[half.number]
            lacking = _OPEN.get(half.mark) or _CLOSE[half.mark]
            around = passage.text[max(half.at - 8, 0) : half.at + 9]
            what = f"“{around}”中的“{half.mark}”没有与它成对的“{lacking}”"
            yield TextFault("text_marks", passage, half.at, half.at + 1, what, lacking)


def _unmatched(passage: Passage, number: int, *, whole: bool) -> Iterator[_Half]:
    """Yield the halves of a passage; ``whole`` says that the items of lists have both brackets."""
    text = passage.text.translate(_WIDE)
    open_: list[_Half] = []
    for at, mark in enumerate(text):
        if mark in _OPEN:
            open_.append(_Half(number, at, mark))
        elif mark in _CLOSE:
            if open_ and open_[-1].mark == _CLOSE[mark]:
                open_.pop()
            elif any(half.mark == _CLOSE[mark] for half in open_):
                while open_[-1].mark != _CLOSE[mark]:
                    yield open_.pop()
                open_.pop()
            elif not (
                mark == "）"
                and (item := _ITEM.search(text[:at]))
                and not (whole and item[0] == text[:at] and text[0] in "一二三四五六七八九十")
            ):
                yield _Half(number, at, mark)
    yield from open_
