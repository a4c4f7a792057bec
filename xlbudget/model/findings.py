"""The nouns of checking: findings, what settles them, and reports, as frozen values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from xlbudget.model.document import Phrases
from xlbudget.model.returns import Place, Unit
from xlbudget.model.rules import Severity
from xlbudget.model.shared_facts import SharedFacts
from xlbudget.model.values import CellValue

_NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Extract:
    """The rows around a cell as the file shows them, for reports: a few columns of its table.

    ``columns`` are letters and names of the columns, ``rows`` sheet row numbers and a text for each column;
    ``row`` and ``column`` count from 0 and say which of them is the cell.
    """

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong, at a place.

    ``stored`` and ``expected`` are the two values that disagree (Decimal in the unit of the
    cell, or text); ``difference`` is stored − expected where both are amounts. ``message``
    says where, what, by how much and what to do. ``extract`` shows the cell among its neighbours.
    ``candidates`` are the cells that may be the wrong one, the likeliest first, where more is known of them.
    ``beside``: only the returns of other units show it.
    """

    rule: str
    severity: Severity
    message: str
    unit: str = ""
    file: str = ""
    place: Place = _NOWHERE
    stored: CellValue = None
    expected: CellValue = None
    difference: Decimal | None = None
    money: str = ""
    extract: Extract | None = None
    kind: str = ""
    found: str = ""
    operands: tuple[Operand, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cell that may be the one that is wrong: what stands there, what may be meant, which slip leads there.

    ``expected`` is None where what is known leaves it open; ``slip`` is empty where no slip explains it.
    ``rank`` counts from 1, the likeliest first; where nothing tells some apart they share one.
    """

    place: Place
    stored: CellValue
    expected: CellValue
    slip: str
    rank: int
    money: str = ""


@dataclass(frozen=True, slots=True)
class Operand:
    """A printed text that a finding compares with: what stands there, and where."""

    text: str
    place: Place


class Coverage(StrEnum):
    """What became of a number of a published document."""

    CHECKED = "checked"
    READ = "read"
    UNREAD = "unread"

    @property
    def label(self) -> str:
        """The word that officers read."""
        return {"checked": "已核对", "read": "读到而没有规则", "unread": "没有读到"}[self.value]


@dataclass(frozen=True, slots=True)
class CoverageCounts:
    """How many numbers of a published document are which; ``in_forms`` those of recognised forms."""

    checked: int = 0
    read: int = 0
    unread: int = 0
    in_forms: int = 0
    in_forms_checked: int = 0

    @property
    def all(self) -> int:
        """How many numbers there are."""
        return self.checked + self.read + self.unread


@dataclass(frozen=True, slots=True)
class CoveredNumber:
    """A number of a published document, and whether a rule looked at it."""

    text: str
    place: Place
    coverage: Coverage
    in_form: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a unit wrote about findings: rule and place as typed (no place: all of the rule), the text."""

    rule: str
    where: str
    text: str
    place: Place
    """Where the explanation itself stands."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """An accepted explanation for one rule at one cell of one unit; it lapses when the value changes.

    ``cell`` is the place as reports print it, or a part of it that tells it from others. ``value`` and
    ``expected`` are the values accepted (amounts in the money of the cell; ``expected`` None: any).
    ``until`` is the last day on which it holds; ``line`` where it stands in its file.
    """

    unit: str
    rule: str
    cell: str
    value: CellValue
    who: str
    why: str
    until: date
    expected: CellValue = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class SettledFinding:
    """A finding that is open no longer: explained by the unit, waived by the officer, or both."""

    finding: Finding
    explanation: Explanation | None = None
    waiver: Waiver | None = None


@dataclass(frozen=True, slots=True)
class LapsedWaiver:
    """A waiver that no longer holds: why, and the finding that is therefore open (if there still is one)."""

    waiver: Waiver
    reason: str
    finding: Finding | None = None


class RuleStatus(StrEnum):
    """What became of a rule in one workbook."""

    PASSED = "pass"
    FAILED = "fail"
    NOT_APPLICABLE = "not_applicable"
    NOT_RUN = "not_run"

    @property
    def label(self) -> str:
        """The word that officers read."""
        return _STATUS_LABELS[self]


_STATUS_LABELS = {
    RuleStatus.PASSED: "通过",
    RuleStatus.FAILED: "不符",
    RuleStatus.NOT_APPLICABLE: "不适用",
    RuleStatus.NOT_RUN: "未运行",
}


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """A rule (or check) as it ran on one workbook: status, instances evaluated, reason if not run."""

    rule: str
    title: str
    severity: Severity
    status: RuleStatus
    instances: int = 0
    reason: str = ""


NOT_CHECKED = "not_checked"
"""The finding at a file on which the check failed: the program is at fault, not the file."""


@dataclass(frozen=True, slots=True)
class AmountRun:
    """The amounts of one column of a ledger, empty cells aside: their cells, and a print for those in a row.

    ``prints`` are numbers: equal ones stand for the same amounts from that cell on, 0 for too few of them.
    """

    table: str
    column: str
    sheet: str
    cells: tuple[str, ...]
    prints: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Traits:
    """What is kept of a return until it has been held against others of its batch (entry money).

    ``whole`` is the amount that everything adds up to, at ``place``; ``lines`` are sums by kind of line, each
    with the place of its largest amount. ``figures`` are the main figures that the department's summary
    lists of its units (form money).
    """

    whole: Decimal | None = None
    lines: Mapping[str, tuple[Decimal, Place]] = field(default_factory=dict)
    runs: tuple[AmountRun, ...] = ()
    place: Place = _NOWHERE
    figures: tuple[Decimal, ...] = ()


class Verdict(StrEnum):
    """What becomes of a returned workbook, in the word that people read; best first."""

    ACCEPTED = "可接收"
    EXPLAINED = "已说明"
    TO_EXPLAIN = "待说明"
    REFUSED = "不予接收"
    UNCHECKED = "未核对"


@dataclass(frozen=True, slots=True)
class WorkbookReport:
    """What checking one file found; ``unit`` is None when the file could not be identified.

    ``rounding`` are differences between printed amounts that rounding explains: no mistakes, listed apart.
    ``findings`` are those that are open; ``settled`` those that have been explained or waived;
    ``lapsed`` waivers of this unit that do not hold. ``values_only``: a workbook as published, which holds no
    entries and cannot be joined. ``empty``: no amount is entered, which makes it a return only once the unit
    confirms that it has no budget (零报告). ``covered`` counts the numbers of a published document, and
    ``numbers`` are they, with what became of each (left out where there are very many documents);
    ``unchecked`` says why nothing of it was checked, ``unread`` what of it was not read; ``template``
    is the id of the template that it follows. ``traits`` and ``shared`` are left until the
    batch has been looked at.
    """

    path: Path
    sha256: str
    unit: Unit | None
    findings: tuple[Finding, ...]
    outcomes: tuple[RuleOutcome, ...]
    remarks: tuple[str, ...] = ()
    department: bool = False
    rounding: tuple[Finding, ...] = ()
    settled: tuple[SettledFinding, ...] = ()
    lapsed: tuple[LapsedWaiver, ...] = ()
    values_only: bool = False
    empty: bool = False
    covered: CoverageCounts = CoverageCounts()
    numbers: tuple[CoveredNumber, ...] = ()
    unchecked: str = ""
    unread: tuple[Operand, ...] = ()
    template: str = ""
    traits: Traits = field(default_factory=Traits, compare=False, repr=False)
    shared: SharedFacts | None = field(default=None, compare=False, repr=False)

    @property
    def failed(self) -> bool:
        """Whether the check itself failed on it, so that nothing can be said of the workbook."""
        return any(finding.rule == NOT_CHECKED for finding in self.findings)

    @property
    def blocked(self) -> bool:
        """Whether the workbook must not be accepted."""
        return any(finding.severity is Severity.BLOCKING for finding in self.findings)

    @property
    def verdict(self) -> Verdict:
        """What becomes of the workbook by its own findings."""
        return self.verdict_with(())

    def verdict_with(self, more: Iterable[Finding]) -> Verdict:
        """Return what becomes of the workbook when findings between workbooks concern it as well."""
        if self.unchecked:
            return Verdict.UNCHECKED
        severities = {finding.severity for finding in (*self.findings, *more)}
        if Severity.BLOCKING in severities:
            return Verdict.REFUSED
        if self.empty or Severity.EXPLAIN in severities:
            return Verdict.TO_EXPLAIN
        return Verdict.EXPLAINED if self.to_accept else Verdict.ACCEPTED

    @property
    def to_accept(self) -> tuple[SettledFinding, ...]:
        """Findings that the unit has explained and nobody has accepted yet."""
        return tuple(
            part
            for part in self.settled
            if part.waiver is None and part.finding.severity is not Severity.NOTE
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """What another engine made of some cells of a run: of how many, and in how many it differs from us.

    ``wrong`` cells hold a stored value that we call wrong, ``drawn`` ones were drawn from clean workbooks.
    ``reason`` says in Chinese why nothing was judged; it is empty where something was.
    """

    engine: str = ""
    version: str = ""
    wrong: int = 0
    drawn: int = 0
    differences: int = 0
    reason: str = "没有要求另算"

    @property
    def cells(self) -> int:
        """How many cells were judged."""
        return self.wrong + self.drawn


@dataclass(frozen=True, slots=True)
class Report:
    """Findings of one run: a part for each file, units missing, and when it was made.

    ``judgement`` says what another engine made of some of its cells, ``phrases`` what its papers are called.
    """

    template_title: str
    template_id: str
    digest: str
    workbooks: tuple[WorkbookReport, ...]
    missing: tuple[Unit, ...] = ()
    collective: tuple[Finding, ...] = ()
    skipped: tuple[str, ...] = ()
    made_at: str = ""
    version: str = ""
    judgement: Judgement = Judgement()
    phrases: Phrases = field(default_factory=Phrases)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings: of each workbook, then those between workbooks."""
        own = tuple(finding for workbook in self.workbooks for finding in workbook.findings)
        return own + self.collective

    @property
    def blocked(self) -> bool:
        """Whether any finding is blocking."""
        return any(finding.severity is Severity.BLOCKING for finding in self.findings)

    @property
    def failed(self) -> int:
        """On how many files the check itself failed."""
        return sum(workbook.failed for workbook in self.workbooks)

    def count(self, severity: Severity) -> int:
        """How many findings have that severity."""
        return sum(finding.severity is severity for finding in self.findings)
