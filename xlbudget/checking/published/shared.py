"""What a published document shows to others: amounts by the words that name them, last year's by its text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from xlbudget.checking.published.binding import Binder
from xlbudget.checking.published.facts import Fact, Facts
from xlbudget.checking.published.stated_ratios import agree
from xlbudget.checking.published.statements import Passage, Said, StatedFigure
from xlbudget.model import PublishedDocument, SharedFact, SharedFacts

_LEVEL = re.compile("预算单位|部门|单位")
_NAME = re.compile(
    r"[\u4e00-\u9fff（）]{4,30}?(?:局|委员会|委|办公室|办|中心|院|校|站|队|所|馆|室|会|部|处|园|公司)(?=[（(]|$|[。、，；0-9])"
)
_SAME = re.compile(r"^[，,]?(?:与|和)(?:(20\d\d)年|上年)(?:度)?预?决?算?数?(?:持平|相同|一致)")
_EARLIER = re.compile(r"(20\d\d)年|上年")
_OTHER = re.compile("执行|决算数|调整|同口径|年初结转")
_MOST_NAMES = 400
_LONGEST = 60  # characters of a line that lists a unit


def shared_facts(
    document: PublishedDocument,
    facts: Facts,
    passages: Sequence[Passage],
    binder: Binder,
    department: bool | None,
) -> SharedFacts:
    """Return what of a document is held against others of its batch."""
    counted = Counter(_key(fact) for fact in facts.facts)
    alone = {
        key: SharedFact(key, fact.value.middle, fact.value.half, fact.text, fact.place)
        for fact in facts.facts
        if counted[key := _key(fact)] == 1 and fact.text
    }
    return SharedFacts(
        unit=binder.unit,
        year=binder.year,
        department=department,
        final=binder.final,
        facts=alone,
        earlier=tuple(_earlier(passages, binder)),
        names=tuple(_names(document, passages)),
    )


def _key(fact: Fact) -> str:
    return "｜".join((_LEVEL.sub("", fact.title), fact.row, "·".join(fact.columns)))


def _names(document: PublishedDocument, passages: Sequence[Passage]) -> Iterator[str]:
    """Yield the names of units that short lines and cells list."""
    texts = [passage.text for passage in passages if len(passage.text) <= _LONGEST]
    texts += [
        cell.text for table in document.tables for cell in table.cells if 4 < len(cell.text) <= _LONGEST
    ]
    found = (one[0] for text in texts for one in _NAME.finditer("".join(text.split())))
    for at, name in enumerate(dict.fromkeys(found)):
        if at < _MOST_NAMES:
            yield name


def _earlier(passages: Sequence[Passage], binder: Binder) -> Iterator[SharedFact]:
    """Yield the amounts of the year before that a level and its change (or «持平») imply, for each line."""
    for passage in passages:
        figures = passage.figures
        for at, figure in enumerate(figures):
            if figure.kind is not Said.AMOUNT:
                continue
            after = figures[at + 1] if at + 1 < len(figures) else None
            change = _change(passage, figure, after, binder.year)
            if change is None:
                continue
            bound = binder.bind(passage, figure)
            for fact in bound.facts if bound.sure else ():
                if agree(figure.value, fact.value):
                    amount, half = figure.value.middle - change[0], figure.value.half + change[1]
                    place = passage.place(figure.start, figure.end)
                    yield SharedFact(_key(fact), amount, half, figure.clause[-20:] + figure.text, place)


def _change(
    passage: Passage, level: StatedFigure, after: StatedFigure | None, year: int | None
) -> tuple[Decimal, Decimal] | None:
    """Return by how much an amount rose since last year's budget or accounts, and half the last decimal."""
    same = _SAME.match(passage.text[level.end :])
    if same:
        return (Decimal(0), Decimal(0)) if same[1] is None or int(same[1]) + 1 == year else None
    if after is None or after.kind is not Said.CHANGE or after.up is None or after.sentence != level.sentence:
        return None
    words = passage.text[level.end : after.start]
    named = _EARLIER.search(words)
    if named is None or _OTHER.search(words) or len(words) > _LONGEST:
        return None
    if named[1] is not None and int(named[1]) + 1 != year:
        return None
    sign = 1 if after.up else -1
    return sign * after.value.middle, after.value.half
