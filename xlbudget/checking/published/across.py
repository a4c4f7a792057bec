"""Published documents beside each other: a department and its units, this year and the last, two copies.

Amounts are compared by the words of their form, line and columns, whatever the layout; what one document does
not print is not compared. What many lines show is one finding, with the lines as a table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from xlbudget.checking.published.mistakes import FOUND
from xlbudget.model import (
    Finding,
    Operand,
    RuleOutcome,
    RuleStatus,
    Severity,
    SharedFact,
    SharedFacts,
    WorkbookReport,
)
from xlbudget.model.words import amount
from xlbudget.returns.published.texts import plain

ACROSS = {
    "department_and_units": ("部门的数不小于所属单位之和", Severity.EXPLAIN),
    "units_remainder": ("部门与所列单位的差额", Severity.NOTE),
    "last_years_document": ("与上年相比的数与上年的文件一致", Severity.EXPLAIN),
    "two_copies": ("同一单位的两份文件一致", Severity.EXPLAIN),
}
_LISTED = 8  # lines that a message names
_MOST = 40


@dataclass(frozen=True, slots=True)
class _Document:
    """A document of the batch: where its report stands, its file, what it shows."""

    at: int
    file: str
    shared: SharedFacts


@dataclass(frozen=True, slots=True)
class _LineAcross:
    """A line on which documents differ: what this one has, what the others make of it."""

    fact: SharedFact
    other: Decimal

    @property
    def name(self) -> str:
        """The line in words."""
        place = self.fact.place
        return " · ".join(filter(None, (place.form, place.line, place.column)))

    @property
    def told(self) -> str:
        """The line with both amounts and their difference, in 元."""
        mine = self.fact.amount
        return f"{self.name} {amount(mine)}，对方 {amount(self.other)}，差 {amount(mine - self.other)}"


def held_together(workbooks: Sequence[WorkbookReport]) -> tuple[WorkbookReport, ...]:
    """Return the reports with what only other documents of the batch show, without what was kept for it."""
    documents = [
        _Document(at, one.path.name, one.shared) for at, one in enumerate(workbooks) if one.shared is not None
    ]
    found: defaultdict[int, list[Finding]] = defaultdict(list)
    looked: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for document, rule, count, finding in _compared(documents):
        looked[document.at][rule] = looked[document.at].get(rule, 0) + count
        if finding is not None:
            own = workbooks[document.at]
            code = own.unit.code if own.unit else ""
            found[document.at].append(replace(finding, unit=code, file=str(own.path)))
    return tuple(_with(one, found[at], looked[at]) for at, one in enumerate(workbooks))


def _with(workbook: WorkbookReport, more: Sequence[Finding], looked: Mapping[str, int]) -> WorkbookReport:
    if workbook.shared is None:
        return workbook
    failed = {finding.rule for finding in more}
    outcomes = tuple(
        RuleOutcome(
            name, title, severity, RuleStatus.FAILED if name in failed else RuleStatus.PASSED, looked[name]
        )
        for name, (title, severity) in ACROSS.items()
        if name in looked
    )
    findings = sorted([*workbook.findings, *more], key=lambda finding: finding.severity.rank)
    joined = (*workbook.outcomes, *outcomes)
    return replace(workbook, findings=tuple(findings), outcomes=joined, shared=None)


Compared = Iterator[tuple[_Document, str, int, Finding | None]]


def _compared(documents: Sequence[_Document]) -> Compared:
    groups: defaultdict[tuple[int | None, bool], list[_Document]] = defaultdict(list)
    for document in documents:
        if document.shared.year is not None and document.shared.unit:
            groups[document.shared.year, document.shared.final].append(document)
    for (year, final), own in groups.items():
        for document in own:
            if document.shared.department:
                yield from _units(document, own)
            yield from _copies(document, own)
            yield from _last_year(document, groups.get(((year or 0) - 1, final), ()))


def _units(department: _Document, group: Sequence[_Document]) -> Compared:
    """Hold a department's document against those of its units that are there."""
    units = [one for one in group if one.shared.department is False and _belongs(one, department)]
    first: dict[str, _Document] = {}
    for one in units:
        first.setdefault(plain(one.shared.unit), one)
    units = list(first.values())
    if not units:
        return
    short, over, count = [], [], 0
    for key, fact in department.shared.facts.items():
        parts = [one.shared.facts[key] for one in units if key in one.shared.facts]
        if not parts:
            continue
        count += 1
        line = _LineAcross(fact, sum((part.amount for part in parts), Decimal(0)))
        slack = fact.half + sum((part.half for part in parts), Decimal(0))
        if fact.amount < line.other - slack:
            short.append(line)
        elif fact.amount > line.other + slack:
            over.append(line)
    names = "、".join(f"“{one.shared.unit}”" for one in units[:5])
    names += f"等 {len(units)} 个" if len(units) > 5 else ""
    said = f"与所属单位{names}的文件相比"
    yield (
        department,
        "department_and_units",
        count,
        _differences(
            "department_and_units", short, f"{said}，部门的数小于单位之和", "请核对部门和单位的这几行。"
        ),
    )
    remainder = f"{said}，部门多出的部分（应是其余单位的）"
    yield department, "units_remainder", count, _differences("units_remainder", over, remainder, "")


def _belongs(unit: _Document, department: _Document) -> bool:
    name, whole = plain(unit.shared.unit), plain(department.shared.unit)
    if name.startswith(whole):
        return True
    return any(plain(one) == name for one in department.shared.names)


def _copies(document: _Document, group: Sequence[_Document]) -> Compared:
    """Hold a document against a later copy of the same unit, year and kind."""
    mine = document.shared
    for other in group:
        theirs = other.shared
        same = plain(theirs.unit) == plain(mine.unit) and theirs.department == mine.department
        if other.at <= document.at or not same:
            continue
        both = mine.facts.keys() & theirs.facts.keys()
        lines = [
            _LineAcross(mine.facts[key], theirs.facts[key].amount)
            for key in mine.facts
            if key in both and not _agree(mine.facts[key], theirs.facts[key])
        ]
        head = f"与同一单位的另一份文件“{other.file}”不一致"
        finding = _differences("two_copies", lines, head, "请以正确的一份为准，改正另一份。")
        yield document, "two_copies", len(both), finding


def _last_year(document: _Document, earlier: Sequence[_Document]) -> Compared:
    """Hold what a text says of last year against last year's document of the same unit."""
    mine = document.shared
    for other in earlier:
        theirs = other.shared
        if plain(theirs.unit) != plain(mine.unit) or theirs.department != mine.department:
            continue
        spots: defaultdict[tuple[str, str], list[SharedFact]] = defaultdict(list)
        for fact in mine.earlier:
            spots[fact.place.where, fact.text].append(fact)
        for implied in spots.values():
            known = [(one, theirs.facts[one.key]) for one in implied if one.key in theirs.facts]
            if not known:
                continue
            finding = None
            if not any(_agree(one, fact) for one, fact in known):
                finding = _other_last_year(*known[0], other)
            yield document, "last_years_document", 1, finding


def _other_last_year(implied: SharedFact, fact: SharedFact, other: _Document) -> Finding:
    title, severity = ACROSS["last_years_document"]
    difference = implied.amount - fact.amount
    message = (
        f"{implied.place.where}“{implied.text}”和它的增减数说明上年为 {amount(implied.amount)} 元，"
        f"而上年的文件“{other.file}”{fact.place} 为 {amount(fact.amount)} 元，相差 {amount(difference)} 元。"
        "请核对增减数，或说明口径不同的原因。"
    )
    return Finding(
        "last_years_document",
        severity,
        message,
        place=replace(implied.place, line=implied.text[:20]),
        stored=implied.amount,
        expected=fact.amount,
        difference=difference,
        money="元",
        kind=title,
        found=implied.text[-FOUND:],
    )


def _agree(one: SharedFact, other: SharedFact) -> bool:
    return abs(one.amount - other.amount) <= one.half + other.half


def _differences(rule: str, lines: Sequence[_LineAcross], head: str, advice: str) -> Finding | None:
    """Return one finding for all lines on which documents differ, the largest difference first."""
    if not lines:
        return None
    title, severity = ACROSS[rule]
    ordered = sorted(lines, key=lambda line: -abs(line.fact.amount - line.other))
    first = ordered[0]
    listed = "；".join(line.told for line in ordered[:_LISTED])
    more = f"；另有 {len(lines) - _LISTED} 行" if len(lines) > _LISTED else ""
    message = f"{first.fact.place.where}：{head}（元）：{listed}{more}。{advice}"
    return Finding(
        rule,
        severity,
        message,
        place=first.fact.place,
        stored=first.fact.amount,
        expected=first.other,
        difference=first.fact.amount - first.other,
        money="元",
        kind=title,
        found=first.fact.text[:FOUND],
        operands=tuple(Operand(line.fact.text, line.fact.place) for line in ordered[1:_MOST]),
    )
