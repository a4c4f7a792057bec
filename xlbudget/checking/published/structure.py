"""How a published text is built: numbers of its headings, contents against titles, counts of what it lists,
paragraphs that stand twice.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise

from xlbudget.checking.published.statements import Passage
from xlbudget.checking.published.text_findings import TextFault
from xlbudget.model import Operand
from xlbudget.returns.published.texts import labels, plain

_SIGNS = "零一二三四五六七八九十"
_NUMBERED = (
    re.compile(r"^第([一二三四五六七八九十]{1,3})(?:部分|章|篇)"),
    re.compile(r"^([一二三四五六七八九十]{1,3})、"),
    re.compile(r"^[（(]([一二三四五六七八九十]{1,3})[）)]"),
)
"""How headings are numbered, the highest level first."""
_LEADER = re.compile(r"[.…·．\-—_\s]*\(?\d{0,4}\)?$")
_LISTED = re.compile(r"[.…·．_]{2,}\(?\d{0,4}\)?$")
_CONTENTS = re.compile(r"^目录[.…·\d]*$")
_COUNT = re.compile(
    r"(\d{1,3}|[一二三四五六七八九十两]{1,3})(?:个|家|类|项|户|所)([\u4e00-\u9fff]{1,12})?[，,：:]?"
    r"(?:分别为|分别是|具体包括|具体为|包括)[：:]?([^。；：]{2,400})"
)
_OPENING = re.compile(
    r"(\d{1,3}|[一二三四五六七八九十两]{1,3})个[\u4e00-\u9fff]{2,10}[，,：:]?(?:分别为|包括)[：:]?$"
)
_BRACKETS = re.compile(r"[（(][^（）()]*[）)]")
_HEADING = 60
_LONG = 40  # characters of a paragraph that two places hardly share by chance
_SAME = 0.8
_EMPTY_WORDS = re.compile("[的之]|情况|有关|相关|关于|等")
_SHORTEST = 5
_FEW = 2  # odd numbers of a text that may all be slips


def number_of(text: str) -> int:
    """Return the number that digits or Chinese signs say, 0 where they say none."""
    if text.isdigit():
        return int(text)
    text = text.replace("两", "二")
    tens, ten, ones = text.rpartition("十")
    if any(sign not in _SIGNS for sign in text) or len(tens) > 1 or len(ones) > 1:
        return 0
    if not ten:
        return _SIGNS.index(text) if text else 0
    return (_SIGNS.index(tens) if tens else 1) * 10 + (_SIGNS.index(ones) if ones else 0)


def structure_faults(passages: Sequence[Passage], cells: Sequence[Passage] = ()) -> Iterator[TextFault]:
    """Yield what is wrong with the build of a text; ``cells`` of tables may hold a part's heading."""
    first, last = _contents(passages)
    body = [*passages[:first], *passages[last:]]
    inside = {found[0] for one in cells if (found := _NUMBERED[0].match(one.text))}
    inside |= _without_number(passages[first:last], [*passages[last:], *cells])
    for fault in _numbers(body):
        if fault.expected not in inside:
            yield fault
    yield from _contents_faults(passages[first:last], passages[last:])
    for at, passage in enumerate(body):
        yield from _counts(passage, body[at + 1 :])
    yield from _twice(body)


def _without_number(contents: Sequence[Passage], body: Sequence[Passage]) -> set[str]:
    """Return the numbers of parts that the contents have and whose titles stand in the text without them."""
    titles = {plain(one.text) for one in body if len(one.text) <= _HEADING}
    return {
        found[0]
        for one in contents
        if (found := _NUMBERED[0].match(one.text)) and _unnumbered(_entry(one.text)) in titles
    }


# -------------------------------------------------------------------- numbers


@dataclass(frozen=True, slots=True)
class _Heading:
    passage: Passage
    at: int
    level: int
    number: int
    end: int


def _headings(body: Sequence[Passage]) -> Iterator[_Heading]:
    for at, passage in enumerate(body):
        for level, pattern in enumerate(_NUMBERED):
            if _LISTED.search(passage.text):
                break  # an entry of the contents
            found = pattern.match(passage.text)
            if found and number_of(found[1]):
                yield _Heading(passage, at, level, number_of(found[1]), found.end())


def _numbers(body: Sequence[Passage]) -> Iterator[TextFault]:
    """Yield the headings whose number does not follow the one before; a number inside a text counts.

    Where many do not, the lists are not what they seem: then only those that the next one settles are told.
    """
    found = list(_odd_numbers(body))
    for fault, sure in found:
        yield fault if sure or len(found) <= _FEW else replace(fault, note=True)


def _odd_numbers(body: Sequence[Passage]) -> Iterator[tuple[TextFault, bool]]:
    last: dict[int, _Heading] = {}
    every = list(_headings(body))
    for at, heading in enumerate(every):
        before = last.get(heading.level)
        last = {level: one for level, one in last.items() if level < heading.level}
        last[heading.level] = heading
        if before is None:
            if heading.number != 1 and _next(every, at) == 2:
                yield _odd_first(heading), True
                last[heading.level] = replace(heading, number=1)
            continue
        if heading.number == before.number + 1 or (heading.number == 1 and before.number > 1):
            continue
        between = "".join(passage.text for passage in body[before.at : heading.at + 1])[before.end :]
        right = _marked(before.number + 1, heading.level)
        halves = (right[:-1], right[1:]) if right.startswith("（") else (right,)
        if any(half in between for half in halves) or _inside(between, before.number, heading):
            continue
        follows = _next(every, at)
        goes_on = follows == before.number + 2
        again = follows == heading.number + 1 == before.number + 1
        if goes_on:
            last[heading.level] = replace(heading, number=before.number + 1)
        said = f"“{heading.passage.text[:14]}”的编号接不上前面的“{before.passage.text[:14]}”，应为“{right}”"
        what = said if goes_on else f"{said}，或者中间缺了内容"
        fault = TextFault("text_numbering", heading.passage, 0, heading.end, what, right)
        yield fault, goes_on or again or heading.number == before.number + 2


def _next(every: Sequence[_Heading], at: int) -> int:
    """Return the number of the next heading of the same list, 0 where it is the last."""
    level = every[at].level
    follower = next((one for one in every[at + 1 :] if one.level <= level), None)
    return follower.number if follower is not None and follower.level == level else 0


def _odd_first(heading: _Heading) -> TextFault:
    right = _marked(1, heading.level)
    what = f"“{heading.passage.text[:14]}”是第一个，后面接着是第二个，编号应为“{right}”"
    return TextFault("text_numbering", heading.passage, 0, heading.end, what, right)


def _inside(between: str, number: int, heading: _Heading) -> bool:
    """Whether the number before a heading's own stands between: then its list begins inside a paragraph."""
    if heading.number <= number:
        return heading.number != number and _marked(1, heading.level) in between[1:]
    return _marked(heading.number - 1, heading.level) in between


def _marked(number: int, level: int) -> str:
    tens, ones = divmod(number, 10)
    said = (("" if tens == 1 else _SIGNS[tens]) + "十" if tens else "") + (_SIGNS[ones] if ones else "")
    return (f"第{said}部分", f"{said}、", f"（{said}）")[level]


# ------------------------------------------------------------------- contents


def _contents(passages: Sequence[Passage]) -> tuple[int, int]:
    """Return where the contents of a document begin and end among its passages (equal: it has none).

    They end where the first of them stands again.
    """
    first = next((at for at, one in enumerate(passages) if _CONTENTS.match(one.text)), None)
    if first is None or first + 2 >= len(passages):
        return 0, 0
    opening = plain(_entry(passages[first + 1].text))
    for at in range(first + 2, min(len(passages), first + 120)):
        text = plain(passages[at].text)
        if len(passages[at].text) > _HEADING * 2:
            return first, first  # a text begins: the contents are not told apart
        if text == opening or (len(opening) > 5 and _alike(text, opening) > _SAME and at > first + 3):
            return first, at
    return 0, 0


def _entry(text: str) -> str:
    return _LEADER.sub("", text)


def _contents_faults(contents: Sequence[Passage], body: Sequence[Passage]) -> Iterator[TextFault]:
    """Yield the entries of the contents that no title has, though one has nearly.

    Numbers are not compared: titles of tables often stand without theirs.
    """
    titles = {_unnumbered(one.text): one for one in body if len(one.text) <= _HEADING}
    for passage in contents[1:]:
        entry = _unnumbered(_entry(passage.text))
        if len(entry) < _SHORTEST or any(entry in title or _begins(entry, title) for title in titles):
            continue
        close = max(titles, key=lambda title: _alike(title, entry), default="")
        if not close or _alike(close, entry) < _SAME:
            continue
        title, written = titles[close], _entry(passage.text)
        what = f"目录写“{written}”，正文的标题是“{title.text}”（{title.place(0, 1).where}）"
        operands = (Operand(title.text, title.place(0, len(title.text))),)
        fault = TextFault("text_contents", passage, 0, len(written), what, title.text, operands=operands)
        yield replace(fault, note=_EMPTY_WORDS.sub("", close) == _EMPTY_WORDS.sub("", entry))


def _unnumbered(text: str) -> str:
    bare = re.sub(r"^第[一二三四五六七八九十]{1,3}(?:部分|章|篇)", "", text)
    return labels(bare)[-1]


def _begins(entry: str, title: str) -> bool:
    """Whether a title is the first line of an entry: long titles go on in the next line."""
    return len(title) > 2 * _SHORTEST and entry.startswith(title)


def _alike(one: str, other: str) -> float:
    if abs(len(one) - len(other)) > 8 or not one or not other:
        return 0.0
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


# --------------------------------------------------------------------- counts


def _counts(passage: Passage, after: Sequence[Passage]) -> Iterator[TextFault]:
    """Yield the counts that the list after them does not have; a list that says 等 is not whole."""
    for found in _COUNT.finditer(passage.text):
        told, listed = number_of(found[1]), _BRACKETS.sub("", found[3])
        if not told or re.search(r"等|家|个|\d", listed):
            continue
        parts = [part for part in re.split("[、，]", listed) if part]
        last = re.split("以及|[和及与]", parts[-1]) if parts else []
        counts = {len(parts), len(parts) + len(last) - 1}
        if len(parts) < 2 or told in counts:
            continue
        what = (
            f"写“{found[0][: found.start(2) - found.start() if found[2] else 8]}”，后面列出 {len(parts)} 个"
        )
        yield TextFault("text_count", passage, found.start(1), found.end(1), what, str(len(parts)))
    if opening := _OPENING.search(passage.text):
        listed_below = _listed_below(after)
        told = number_of(opening[1])
        if listed_below > 1 and told and listed_below != told:
            what = f"写“{opening[0]}”，后面列出 {listed_below} 个"
            yield TextFault("text_count", passage, opening.start(1), opening.end(1), what, str(listed_below))


def _listed_below(after: Sequence[Passage]) -> int:
    """Return how many numbered paragraphs follow, counted from one."""
    last = 0
    for passage in after:
        found = re.match(r"[（(]?([一二三四五六七八九十]{1,3}|\d{1,2})(?:[）)]|[、.．])", passage.text)
        number = number_of(found[1]) if found else 0
        if number == last + 1:
            last = number
        elif number or (last and len(passage.text) <= _HEADING and not passage.text.endswith("。")):
            break
    return last


# --------------------------------------------------------------------- twice


def _twice(body: Sequence[Passage]) -> Iterator[TextFault]:
    """Yield the paragraphs that stand twice; three on end are a part put in twice, one alone is a note."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for at, passage in enumerate(body):
        if len(passage.text) >= _LONG:
            places[passage.text].append(at)
    pairs = [(one, other) for spots in places.values() for one, other in pairwise(spots)]
    known = set(pairs)
    for one, other in sorted(pairs, key=lambda pair: pair[1]):
        if (one - 1, other - 1) in known:
            continue  # told with the first of them
        count = next(count for count in range(1, len(body) + 1) if (one + count, other + count) not in known)
        passage, first = body[other], body[one].place(0, 1).where
        many = f"起 {count} 段" if count > 1 else "一段"
        what = f"“{passage.text[:16]}…”{many}与前面的（{first}）完全相同"
        yield TextFault("text_repeated", passage, 0, min(len(passage.text), 40), what, note=count < 3)
