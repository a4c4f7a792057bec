"""Rules between cells (勾稽关系), with their severity and their history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
class CodePairing:
    """Which codes go together in one row of a ledger: what a rule that compares their amounts is about.

    Rows of entry ``table`` with one of ``codes`` in ``column`` have one of ``among`` in ``beside``; where the
    rule says that both sides are equal, no other rows have those. ``kinds`` are the kinds of unit that a code
    of ``among`` is meant for (left out: all). ``amount`` is the column that both sides add up.
    """

    table: str
    column: str
    codes: tuple[str, ...]
    beside: str
    among: tuple[str, ...]
    amount: str
    source: Source = field(compare=False)
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    def among_of(self, kind: str) -> tuple[str, ...]:
        """The codes of ``among`` for a kind of unit; all of them where no code is meant for that kind."""
        own = tuple(code for code in self.among if kind in self.kinds.get(code, (kind,)))
        return own or self.among


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
    One that blocks ``blocks_from`` some year on is to explain before; ``severity`` is that of the
    template's year. ``waivable`` lets the officer waive a blocking rule; others need no leave. With a
    ``pairing`` the amounts only tell that a code stands beside the wrong one: what is wrong is a code, never
    an amount.
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
    blocks_from: int = 0
    versions: tuple[RuleVersion, ...] = ()
    off: SwitchedOff | None = None
    waivable: bool = False
    pairing: CodePairing | None = None

    def concerns(self, year: int) -> bool:
        """Whether the rule speaks of that budget year."""
        return self.since <= year and (not self.until or year <= self.until)

    def in_year(self, year: int) -> Rule:
        """Return the rule with the severity that it has in a budget year."""
        early = year < self.blocks_from and self.severity is Severity.BLOCKING
        return replace(self, severity=Severity.EXPLAIN) if early else self

    @property
    def blocks(self) -> str:
        """From which year it blocks, in words; empty where it always has its severity."""
        if not self.blocks_from:
            return ""
        return f"{self.blocks_from} 年度起{Severity.BLOCKING.label}，此前{Severity.EXPLAIN.label}"

    @property
    def years(self) -> str:
        """The years it speaks of, in words; empty without limit."""
        if self.since and self.until:
            return f"{self.since} 至 {self.until} 年度"
        if self.since:
            return f"{self.since} 年度起"
        return f"至 {self.until} 年度止" if self.until else ""
