"""Codes that a text names by their path (类、款、项), against the names and codes of the document's tables.

A name that no table has is told once, however often it stands; a path is told that the codes do not have.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from difflib import get_close_matches

from xlbudget.checking.published.facts import core
from xlbudget.checking.published.statements import Passage
from xlbudget.checking.published.text_findings import TextFault
from xlbudget.model import Operand, PublishedDocument
from xlbudget.returns.published.coded import coded_names
from xlbudget.returns.published.grids import grid_of

CHAIN = re.compile(
    r"([^（(“”。；，、：:]{2,40})[（(]类[）)]([^（(]{2,40})[（(]款[）)](?:([^（(]{2,40}(?:[（(][^类款项）)]{1,8}[）)][^（(]{0,20})?)[（(]项[）)])?"
)
_QUOTED = re.compile(r"“([^”]{6,120})”科目")
_LENGTHS = (3, 5, 7)  # digits of 类, 款, 项
_LEVELS = ("类", "款", "项")
_CLOSE = 0.75


@dataclass(frozen=True, slots=True)
class _Named:
    """A name of a path: its level (0: 类), where its characters stand."""

    passage: Passage
    name: str
    start: int
    level: int

    @property
    def words(self) -> str:
        return core(re.sub(r"^\d+[.、．]", "", self.name))


def chain_faults(
    passages: Sequence[Passage], rows: Set[str], document: PublishedDocument
) -> Iterator[TextFault]:
    """Yield the names of paths that no table has, where one is much like them, and paths that are none.

    ``rows`` are the words of the rows of tables.
    """
    wrong: defaultdict[tuple[str, str], list[_Named]] = defaultdict(list)
    codes = _codes(document)
    for passage in passages:
        for path in _paths(passage):
            meant = [_meant(one, rows) or _by_below(path, at, rows, codes) for at, one in enumerate(path)]
            for one, right in zip(path, meant, strict=True):
                if right:
                    wrong[one.name, right].append(one)
            yield from _misplaced(
                path, [right or one.words for one, right in zip(path, meant, strict=True)], codes
            )
    for (name, right), spots in wrong.items():
        yield _one_fault(name, right, spots)


def _paths(passage: Passage) -> Iterator[list[_Named]]:
    for found in CHAIN.finditer(passage.text):
        yield [
            _Named(passage, found[level], found.start(level), level - 1)
            for level in (1, 2, 3)
            if found[level]
        ]
    for found in _QUOTED.finditer(passage.text):
        at, path = found.start(1), []
        for level, name in enumerate(found[1].split("-")):
            path.append(_Named(passage, name, at, level))
            at += len(name) + 1
        yield path


def _meant(one: _Named, rows: Set[str]) -> str:
    """Return the name of the tables that a name is not, though nearly; empty where it is one, or like none.

    The words before 类 may begin with those of the sentence, so that there an ending is enough.
    """
    words = one.words
    if not rows or words in rows:
        return ""
    long = [row for row in rows if len(row) > 3]
    if one.level == 0 and any(words.endswith(row) for row in long):
        return ""
    within = [row for row in long if words.endswith(row) or row.startswith(words)]
    close = get_close_matches(words, sorted(rows), n=1, cutoff=_CLOSE)
    return close[0] if close else max(within, key=len, default="")


def _by_below(path: Sequence[_Named], at: int, rows: Set[str], codes: Mapping[str, frozenset[str]]) -> str:
    """Return the name that the tables have above a name of a path, where the path has quite another there.

    The words before 类 may begin with those of the sentence.
    """
    words = path[at].words
    if words in rows or not rows:
        return ""
    below = next((codes[one.words] for one in path[at + 1 :] if one.words in codes), frozenset())
    above = {code[: _LENGTHS[at]] for code in below if len(code) > _LENGTHS[at]}
    names = {name for name, own in codes.items() if own & above}
    name = names.pop() if len(above) == len(names) == 1 else ""
    return "" if at == 0 and name and words.endswith(name) else name


def _one_fault(name: str, right: str, spots: Sequence[_Named]) -> TextFault:
    first = spots[0]
    what = f"科目名称“{name}”与表中的“{right}”不一致"
    places = [one.passage.place(one.start, one.start + len(name)) for one in spots]
    if len(spots) > 1:
        pages = "、".join(dict.fromkeys(place.where for place in places if place.where))
        what += f"，全文共 {len(spots)} 处{f'（{pages}）' if pages else ''}"
    fault = TextFault("text_name", first.passage, first.start, first.start + len(name), what, right)
    return replace(fault, operands=tuple(Operand(name, place) for place in places[1:]))


def _codes(document: PublishedDocument) -> Mapping[str, frozenset[str]]:
    """Return the codes that the tables print beside each name."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for number, table in enumerate(document.tables):
        for pair in coded_names(grid_of(table, number)):
            found[core(pair.name)].add(pair.code)
    return {name: frozenset(codes) for name, codes in found.items()}


def _misplaced(
    path: Sequence[_Named], names: Sequence[str], codes: Mapping[str, frozenset[str]]
) -> Iterator[TextFault]:
    """Yield the name of a path that the tables have at another level, or below another code.

    ``names`` are those of the tables that its names mean.
    """
    above: frozenset[str] | None = None
    for one, words in zip(path, names, strict=True):
        known = codes.get(words)
        if known is None:
            return  # nothing is known of it
        own = frozenset(code for code in known if len(code) == _LENGTHS[one.level])
        if not own:
            if one.level and {len(code) for code in known} <= set(_LENGTHS):
                said = next(_LEVELS[_LENGTHS.index(len(code))] for code in sorted(known))
                what = f"“{one.name}”写作{_LEVELS[one.level]}级科目，表中它是{said}级（{min(known)}）"
                yield TextFault("text_name", one.passage, one.start, one.start + len(one.name), what)
            return
        below = own if above is None else frozenset(c for c in own if any(c.startswith(a) for a in above))
        if not below:
            code = min(own)
            parent = next((name for name, them in codes.items() if code[:-2] in them), "")
            what = f"“{one.name}”（{code}）不在“{path[one.level - 1].name}”之下，表中在“{parent}”之下"
            yield TextFault("text_name", one.passage, one.start, one.start + len(one.name), what, parent)
            return
        above = below
