"""Which cells of a document's tables a statement of its text speaks of.

A statement names a line where the words of a row (or, of a total, those of a column) stand in it as the last
name, and nothing of it is left over that the cell's row, columns or title do not say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from xlbudget.checking.published.facts import GENERAL_WORDS, Fact, Facts, core, sides
from xlbudget.checking.published.statements import Passage, StatedFigure
from xlbudget.returns.published.texts import labels, plain

_HARMLESS = frozenset(
    "财政拨款安排用于的类项目科为共是其中收入支出费本年度单位部门我区市县级计划总额和约近资金"
)
_BUDGET_NAMES = re.compile(r"一般公共预算|政府性基金预算|国有资本经营预算|预算单位|预算执行")
_OTHER_TIME = re.compile(r"上年(?!结转|末|初)|去年|执行数|年初预算|全年预算|调整预算|预算调整|追加")
_SUBJECT = re.compile(r"[^。；：]{2,80}[（(][项款类][）)]")
_TOLD = re.compile(r"[总合]计|预算|决算|总额|20\d\d年")
_WHOLE = re.compile("[总合]计|总额|收支")
_YEAR = re.compile(r"(20\d\d)年")
_OPENING = re.compile(r"^\s*(?:其中|包括|主要包括|分别为)")
_LONGEST = 90


@dataclass(frozen=True, slots=True)
class Bound:
    """The cells that a figure may speak of; ``sure``: its words leave no other meaning.

    ``akin`` are the other cells of the line or column: a figure that agrees with one of them is let stand.
    """

    facts: tuple[Fact, ...]
    sure: bool
    key: str = ""
    akin: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Binder:
    """Binds statements to the facts of one document. ``final`` says that it gives final accounts."""

    facts: Facts
    unit: str
    year: int | None
    final: bool

    def bind(self, passage: Passage, figure: StatedFigure) -> Bound:
        """Return the cells that an amount of the text may speak of; none where its words name no line."""
        clause = figure.clause
        if len(clause) > _LONGEST or not self._of_this_year(clause):
            return Bound((), False)
        words = core(_said(clause, self.unit))
        if words in GENERAL_WORDS:
            subject = _SUBJECT.search(passage.text[: figure.start])
            if subject:
                words = core(_said(_last_subject(passage.text[: figure.start]), self.unit))
            elif not (_TOLD.search(clause) or (self.unit and plain(self.unit) in plain(clause))):
                return Bound((), False)
        if words and set(words) <= _HARMLESS and not sides(words) and not _WHOLE.search(clause):
            return Bound((), False)  # «年度预算安排»: of what, the clause does not say
        return self.of_words(words)

    def of_words(self, words: str) -> Bound:
        """Return the cells that some words name."""
        for form in _variants(words):
            found = self._named(form)
            if found.facts:
                return found
        return Bound((), False, words)

    def _named(self, words: str) -> Bound:
        row, _ = _last(words, self._rows)
        leaf, _ = _last(words, self._leaves)
        candidates = [
            fact for fact in self._rows_of.get(row, ()) if row and self._column_fits(fact, words, row)
        ]
        candidates = [fact for fact in candidates if self._covered(words, fact)]
        totals = [fact for fact in self._totals if self._total_fits(fact, words, row)]
        side = sides(words)
        candidates, totals = ([fact for fact in own if fact.may_be_of(side)] for own in (candidates, totals))
        if candidates or totals:
            akin = (fact for fact in self._facts if fact.row == row or (leaf and fact.leaf == leaf))
            return Bound((*candidates, *totals), True, words, tuple(akin))
        if row and len(row) > 2 and words.rstrip("类款项").endswith(row):
            return Bound(self._rows_of[row], False, words)
        return Bound((), False, words)

    @cached_property
    def _facts(self) -> tuple[Fact, ...]:
        """The cells that a statement may speak of: in final accounts none of what was budgeted."""
        return tuple(fact for fact in self.facts.facts if not (self.final and fact.planned))

    @cached_property
    def _rows_of(self) -> Mapping[str, tuple[Fact, ...]]:
        return Facts(self._facts).rows

    @cached_property
    def _rows(self) -> tuple[str, ...]:
        return tuple(self._rows_of.keys() - GENERAL_WORDS)

    @cached_property
    def _leaves(self) -> tuple[str, ...]:
        return tuple({fact.leaf for fact in self._facts} - GENERAL_WORDS)

    @cached_property
    def _totals(self) -> tuple[Fact, ...]:
        return tuple(fact for name in GENERAL_WORDS for fact in self._rows_of.get(name, ()))

    def _column_fits(self, fact: Fact, words: str, row: str) -> bool:
        """Whether a cell of a named row is in a column that is named too, or in one that needs no name."""
        rest = words.replace(row, "")
        return fact.plain_column or fact.leaf in rest or not any(leaf in rest for leaf in self._leaves)

    def _total_fits(self, fact: Fact, words: str, row: str) -> bool:
        """Whether a cell of a total line is named by its column or, in the column of totals, by its title."""
        if fact.row in {"收入", "支出"} and not set(fact.row) <= set(words):
            return False
        leaf = fact.leaf
        rest = words
        if leaf:
            end = words.rfind(leaf) + len(leaf)
            if leaf not in words or (row and end < words.rfind(row) + len(row)):
                return False
            rest = words.replace(leaf, "")
        elif row or not words or "项目" in words:
            return False
        return set(rest) <= fact.characters | _HARMLESS

    def _covered(self, words: str, fact: Fact) -> bool:
        """Whether nothing of some words is left that neither the cell nor other names of the tables say."""
        allowed = fact.characters | _HARMLESS
        if set(words) <= allowed:
            return True
        rest = words
        for name in self.facts.words:
            if len(name) > 2 and name in rest:
                rest = rest.replace(name, "")
        return set(rest) <= allowed

    def _of_this_year(self, clause: str) -> bool:
        """Whether a clause speaks of the document's own year and kind of account."""
        if _OTHER_TIME.search(clause):
            return False
        if self.year and any(int(year) != self.year for year in _YEAR.findall(clause)):
            return False
        bare = _BUDGET_NAMES.sub("", clause)
        if self.final:
            return "预算" not in bare or "决算" in bare
        return "决算" not in bare


def _last(words: str, names: Iterable[str]) -> tuple[str, int]:
    """Return the name that ends last in some words (of those the longest), and where it ends."""
    best = max(
        ((words.rfind(name) + len(name), len(name), name) for name in names if name in words),
        default=(0, 0, ""),
    )
    return best[2], best[0]


def _said(clause: str, unit: str) -> str:
    """Return the words of a clause without its opening, its number and the name of the unit."""
    words = plain(labels(_OPENING.sub("", clause))[-1])
    name = plain(unit)
    if name and name in words:
        words = words.replace(name, "")
        words = words.rpartition("的")[2] or words  # «… 下属 1 家机关财政拨款的机关运行经费»
    return words


def _last_subject(text: str) -> str:
    found = [one[0] for one in _SUBJECT.finditer(text)]
    return found[-1] if found else ""


def _variants(words: str) -> Sequence[str]:
    """Return the words, and where they name income and spending at once, each of the two."""
    for both in ("收入支出", "收支"):
        if both in words:
            return (words, words.replace(both, "收入"), words.replace(both, "支出"))
    return (words,)
