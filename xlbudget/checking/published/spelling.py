"""Names that are nearly those of the document: of its unit, of the lines of its tables.

A name with one character other, left out or put in is a slip where nothing else bears the written name.
Lists of names are held to the amounts of their lines too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from xlbudget.checking.published.facts import Fact, Facts, core
from xlbudget.checking.published.statements import Passage
from xlbudget.checking.published.text_findings import TextFault
from xlbudget.model import Operand
from xlbudget.returns.published.texts import plain

_LIST = re.compile(r"(?:主要包括|包括|具体包括|主要用于|主要为)[：:]?([^。；]{6,400})")
_LABEL = re.compile(
    r"(?<![\u4e00-\u9fff（）])([\u4e00-\u9fff（）]{4,30}?)(?=(?:[（(][类款项][）)])*(?:为|共)?[\d,]+(?:\.\d+)?[万亿]?元)"
)
_LEVEL = re.compile(r"[（(][类款项][）)]")
_ENDS = frozenset("费用的类款项支出金额数为共和及与等性")
"""Characters that names have or lack at their edges without being other names."""
_SHORTEST = 5
_NAME = 6  # characters from which on a unit's name is told by all but one of them


def unit_faults(passages: Sequence[Passage], unit: str) -> Iterator[TextFault]:
    """Yield the places where the unit's name stands with one character other, missing or too many."""
    name = "".join(unit.split())
    if len(name) < _NAME:
        return
    pattern = _nearly(name)
    for passage in passages:
        for found in pattern.finditer(passage.text):
            last = bool(re.match(r"$|(?:金额)?单位[:：]", passage.text[found.end() :]))
            if found[0] == name or not _differs(found[0], name, last=last):
                continue
            what = f"单位名称写“{found[0]}”，别处为“{name}”"
            yield TextFault("text_name", passage, found.start(), found.end(), what, name)


@cache
def _nearly(name: str) -> re.Pattern[str]:
    """Return what finds a name with at most one character other, missing or too many."""
    parts = [re.escape(name)]
    for at in range(len(name)):
        head, tail = re.escape(name[:at]), re.escape(name[at + 1 :])
        parts.append(f"{head}[\u4e00-\u9fff]{tail}")
        if 0 < at < len(name) - 1:
            parts.append(f"{head}{tail}")
            parts.append(f"{head}[\u4e00-\u9fff]{re.escape(name[at:])}")
    return re.compile("|".join(parts))


def _differs(written: str, name: str, *, last: bool) -> bool:
    """Whether a slip is one: at its first and last character a name may be part of other words.

    ``last`` says that nothing follows which could be one.
    """
    if len(written) == len(name):
        at = next(at for at, sign in enumerate(written) if sign != name[at])
        return (at < len(name) - 1 or last) and (at > 0 or written[0] not in "的在由和与及对给是为")
    return True


def label_faults(
    passages: Sequence[Passage], facts: Facts, vocabulary: frozenset[str]
) -> Iterator[TextFault]:
    """Yield the names before amounts and in lists that are no names, though one of the tables is nearly."""
    lines = {core(label): label for label in facts.labels if label}
    rows = {row: lines.get(row, row) for row in facts.rows if len(row) >= _SHORTEST - 1}
    known = set(rows) | {core(name) for name in vocabulary} | {plain(name) for name in vocabulary}
    texts = [passage.text for passage in passages]
    for passage in passages:
        for start, words in _named(passage):
            bare = core(_LEVEL.sub("", words))  # 公共安全（类）支出 is 公共安全支出
            if len(bare) < _SHORTEST - 1 or bare in known or plain(words) in known:
                continue
            right = next((row for row in rows if _one_off(bare, row)), "")
            if right and sum(words in text for text in texts) < 2:
                meant = rows[right]
                what = f"“{words}”不是表中的名称，疑为“{meant}”之误"
                yield TextFault("text_name", passage, start, start + len(words), what, meant)


def _named(passage: Passage) -> Iterator[tuple[int, str]]:
    for found in _LABEL.finditer(passage.text):
        yield found.start(1), found[1]
    for found in _LIST.finditer(passage.text):
        at = found.start(1)
        for words in re.split("[、，]", found[1]):
            if re.fullmatch(r"[\u4e00-\u9fff（）]{4,30}", words):
                yield at, words.removesuffix("等")
            at += len(words) + 1


def _one_off(one: str, other: str) -> bool:
    """Whether two names differ by one character within them."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    head = next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    if len(one) == len(other):
        return (
            one[head + 1 :] == other[head + 1 :]
            and len(one) >= _SHORTEST
            and not {one[head], other[head]} & _ENDS
        )
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    within = head < len(shorter) or longer[head] not in _ENDS  # such are left out everywhere
    return longer[head + 1 :] == shorter[head:] and within and len(shorter) >= _SHORTEST - 1


def list_faults(passages: Sequence[Passage], facts: Facts) -> Iterator[TextFault]:
    """Yield the lists of spending that name lines for which the tables have nothing, each list once."""
    empty = _empty_lines(facts)
    for passage in passages:
        for found in re.finditer(r"(?:主要包括|包括)[：:]?([^。；]{6,400})", passage.text):
            at = found.start(1)
            listed = []
            for words in re.split("[、，]", found[1]):
                listed.append((core(words.removesuffix("等")), words, at))
                at += len(words) + 1
            named = [one for one in listed if one[0] in facts.rows]
            odd = [one for one in named if one[0] in empty]
            if odd and len(named) > 3 and len(odd) <= len(named) // 3:
                _, words, start = odd[0]
                said = "、".join(f"“{one}”" for _, one, _ in odd)
                what = f"列出{said}，而表中{'这一项' if len(odd) == 1 else '这几项'}没有金额"
                facts_of = [empty[name] for name, _, _ in odd]
                operands = tuple(Operand(fact.text or "空白", fact.place) for fact in facts_of)
                yield TextFault("text_list", passage, start, start + len(words), what, operands=operands)


def _empty_lines(facts: Facts) -> Mapping[str, Fact]:
    return {
        row: own[0]
        for row, own in facts.rows.items()
        if len(row) > 1 and own and not any(fact.value.middle for fact in own)
    }
