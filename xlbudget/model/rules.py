"""Rules between cells (勾稽关系), with their severity and their history."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from xlbudget.model.sources import Formula, Source


class Severity(StrEnum):
    """What follows from a finding."""

    BLOCKING = "blocking"
    EXPLAIN = "explain"
    NOTE = "note"

    @property
    def label(self) -> str:
        """The word that officers read."""
        return _SEVERITY_LABELS[self]

    @property
    def rank(self) -> int:
        """Its place in the order in which people read: the gravest is 0."""
        return list(Severity).index(self)


_SEVERITY_LABELS = {
    Severity.BLOCKING: "不予接收",
    Severity.EXPLAIN: "改正或书面说明",
    Severity.NOTE: "提示",
}


class RuleScope(StrEnum):
    """How one stated rule becomes instances."""

    SINGLE = "single"
    COLUMNS = "columns"
    LINES = "lines"
    TREE = "tree"


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """Why a rule does not run: reason, date, who decided it, and where that is written.

    ``stated`` tells that the rule's own definition says so; workbooks issued by it do not show the rule.
    """

    reason: str
    date: str
    by: str = ""
    where: str = field(default="", compare=False)
    stated: bool = False

    def __str__(self) -> str:
        details = "，".join(part for part in (self.by, self.date, self.where) if part)
        return f"已停用：{self.reason}（{details}）"


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """A change of a rule: its number, the day from which it holds, and why."""

    number: int
    date: str
    reason: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A statement that must hold between cells (勾稽关系), stated once.

    ``scope`` and ``over`` say how it repeats: once; for each column of ``columns``;
    for each line of panel ``over`` (other panels are matched by their key columns) or row of ledger ``over``;
    or as a code tree (合计 = Σ类, 类 = Σ款, 款 = Σ项) of panel ``over``. ``follows`` names the
    rules whose failure explains this one's: then it is evidence for them, not a finding of its own.

    ``wording`` is the sentence as finance states it, where it differs from the title. A rule applies to
    workbooks whose units are all of ``kinds`` (none: any), where ``when`` holds, where no form of
    ``unless_empty`` is empty, and from budget year ``since`` to ``until`` (0: without limit).
    ``waivable`` lets the officer waive a blocking rule; others need no leave.
    """

    id: str
    title: str
    severity: Severity
    scope: RuleScope
    source: Source = field(compare=False)
    statement: Formula | None = None
    over: str = ""
    columns: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    total: str = ""
    when: Formula | None = None
    kinds: tuple[str, ...] = ()
    advice: str = ""
    basis: str = ""
    covers: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    wording: str = ""
    unless_empty: tuple[str, ...] = ()
    since: int = 0
    until: int = 0
    versions: tuple[RuleVersion, ...] = ()
    off: SwitchedOff | None = None
    waivable: bool = False

    def concerns(self, year: int) -> bool:
        """Whether the rule speaks of that budget year."""
        return self.since <= year and (not self.until or year <= self.until)

    @property
    def years(self) -> str:
        """The years it speaks of, in words; empty without limit."""
        if self.since and self.until:
            return f"{self.since} 至 {self.until} 年度"
        if self.since:
            return f"{self.since} 年度起"
        return f"至 {self.until} 年度止" if self.until else ""
