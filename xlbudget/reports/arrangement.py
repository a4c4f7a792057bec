"""What the reports share: how values are worded, in which order findings stand, what follows from them.

Everything here is text and order; nothing here knows a file format.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from xlbudget.model import (
    Finding,
    Report,
    RuleStatus,
    Severity,
    Unit,
    Verdict,
    WorkbookReport,
)
from xlbudget.model.words import natural, value_text

BETWEEN = "各单位之间的问题"
ACCEPTED, EXPLAINED, TO_EXPLAIN, REFUSED, UNCHECKED = Verdict
NOT_STATED = "—"


_ADDRESS = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")


# -------------------------------------------------------------------- texts


def stored_text(finding: Finding) -> str:
    """Return what the file holds; ``—`` if the finding is not about one cell's value."""
    if finding.stored is None and finding.expected is None and not finding.place.address:
        return NOT_STATED
    return value_text(finding.stored, finding.money)


def expected_text(finding: Finding) -> str:
    """Return what the cell should hold; ``—`` if the finding expects no particular value."""
    return NOT_STATED if finding.expected is None else value_text(finding.expected, finding.money)


def difference_text(finding: Finding) -> str:
    """Return stored − expected; ``—`` if they are not both amounts."""
    return NOT_STATED if finding.difference is None else value_text(finding.difference, finding.money)


def where_text(finding: Finding) -> str:
    """Return line and column, for reports that name the form and the address elsewhere."""
    return " · ".join(word for word in (finding.place.line, finding.place.column) if word)


def message_text(finding: Finding) -> str:
    """Return the message without the place it begins with, for reports that show the place beside it."""
    place = str(finding.place)
    if place and finding.message.startswith(place):
        return finding.message[len(place) :].lstrip("：:，, ") or finding.message
    return finding.message


# -------------------------------------------------------------------- order


@dataclass(frozen=True, slots=True)
class FilePart:
    """One returned file with all that concerns it, findings in the order of the forms.

    ``file`` is its path below the folder that all files share; ``findings`` include those
    between workbooks that name this unit.
    """

    workbook: WorkbookReport
    file: str
    findings: tuple[Finding, ...]
    verdict: Verdict

    @property
    def unit(self) -> Unit | None:
        """The unit, or None when the file could not be identified."""
        return self.workbook.unit

    @property
    def code(self) -> str:
        """The unit's code; empty when the file could not be identified."""
        return self.unit.code if self.unit else ""

    @property
    def name(self) -> str:
        """The unit's name, or words that say that there is none."""
        return self.unit.name if self.unit else "（未能识别单位）"

    @property
    def kind(self) -> str:
        """The kind of unit; summaries of the department say so."""
        kind = self.unit.kind if self.unit else ""
        words = (kind, "部门汇总" if self.workbook.department else "")
        return " · ".join(dict.fromkeys(word for word in words if word))

    @property
    def unread(self) -> bool:
        """Whether it was refused before anything was checked on it."""
        return self.verdict in (REFUSED, UNCHECKED) and not self.workbook.outcomes

    @property
    def may_be_zero(self) -> bool:
        """Whether nothing but its emptiness keeps it from being a return: the unit may mean 零报告."""
        return self.workbook.empty and self.verdict != REFUSED

    def count(self, severity: Severity) -> int:
        """How many of its findings have that severity."""
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def rules(self) -> dict[RuleStatus, int]:
        """How many rules passed, failed, did not apply and were not run."""
        statuses = [outcome.status for outcome in self.workbook.outcomes]
        return {status: statuses.count(status) for status in RuleStatus}


@dataclass(frozen=True)
class Arrangement:
    """A report in the order that every format follows: by unit code, form, severity, place."""

    report: Report
    parts: tuple[FilePart, ...]
    between: tuple[Finding, ...]
    missing: tuple[Unit, ...]

    def verdicts(self, verdict: str) -> int:
        """How many files have that verdict."""
        return sum(part.verdict == verdict for part in self.parts)

    @property
    def may_be_zero(self) -> int:
        """How many files hold no amount and may be meant as 零报告."""
        return sum(part.may_be_zero for part in self.parts)

    @property
    def rules_not_run(self) -> int:
        """How many times a rule was not run."""
        return sum(part.rules[RuleStatus.NOT_RUN] for part in self.parts)

    @property
    def rule_titles(self) -> dict[str, str]:
        """The title of each rule, as first stated."""
        titles: dict[str, str] = {}
        for part in self.parts:
            for outcome in part.workbook.outcomes:
                titles.setdefault(outcome.rule, outcome.title)
        return titles

    @property
    def findings(self) -> Iterator[tuple[FilePart | None, Finding]]:
        """Every finding with its file, those between workbooks (no file) first."""
        yield from ((None, finding) for finding in self.between)
        yield from ((part, finding) for part in self.parts for finding in part.findings)

    def label(self, finding: Finding) -> str:
        """Return code and name of the unit that a finding between workbooks names, if it does."""
        return f"{finding.unit} {self._names.get(finding.unit, '')}".strip()

    @cached_property
    def _names(self) -> dict[str, str]:
        """The name of each unit by its code, as the first workbook has it."""
        returned = [part.unit for part in reversed(self.parts) if part.unit]
        return {unit.code: unit.name for unit in (*reversed(self.missing), *returned)}


def arrange(report: Report) -> Arrangement:
    """Return the report in its one order, each finding beside the file that it concerns."""
    shown = _shown_files(report)
    returned: dict[str, list[int]] = {}
    for at, workbook in enumerate(report.workbooks):
        if workbook.unit is not None:
            returned.setdefault(workbook.unit.code, []).append(at)
    belonging: dict[int, list[Finding]] = {}
    between = []
    for finding in report.collective:
        owner = _owner(finding, report, returned.get(finding.unit, []))
        if owner is None:
            between.append(finding)
        else:
            belonging.setdefault(owner, []).append(finding)
    parts = []
    for at, (workbook, file) in enumerate(zip(report.workbooks, shown, strict=True)):
        findings = _in_order([*workbook.findings, *belonging.get(at, ())])
        parts.append(FilePart(workbook, file, findings, _verdict(workbook, findings, between)))
    parts.sort(key=lambda part: (part.unit is None, part.code, part.file))
    missing = sorted(report.missing, key=lambda unit: (unit.code, unit.name))
    return Arrangement(report, tuple(parts), _in_order(between), tuple(missing))


def by_form(findings: Iterable[Finding]) -> list[tuple[str, str, tuple[Finding, ...]]]:
    """Return findings in order as (form and sheet in words, their money unit if it is one, findings).

    The words are empty for findings that stand in no form.
    """
    groups = []
    for (form, sheet), members in groupby(findings, key=lambda each: (each.place.form, each.place.sheet)):
        group = tuple(members)
        moneys = {finding.money for finding in group if finding.money}
        heading = f"{form}（{sheet}）" if form and sheet and form != sheet else form or sheet
        groups.append((heading, moneys.pop() if len(moneys) == 1 else "", group))
    return groups


def most_severe(findings: Sequence[Finding], limit: int) -> list[Finding]:
    """Return at most ``limit`` findings, blocking ones before others."""
    return sorted(findings, key=lambda finding: finding.severity.rank)[: max(limit, 0)]


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort by form, then severity, then place; the same findings always come out in the same order."""
    return tuple(sorted(findings, key=_order))


def _order(finding: Finding) -> tuple[object, ...]:
    place = finding.place
    match = _ADDRESS.match(place.address)
    column, row = (match[1].upper(), int(match[2])) if match else ("", 0)
    return (
        natural(place.sheet),
        place.page,
        natural(place.form),
        finding.severity.rank,
        (row, len(column), column, place.box or ()),
        natural(finding.rule),
        (place.line, place.column, finding.message, str(finding.stored), str(finding.expected)),
    )


def _shown_files(report: Report) -> list[str]:
    """Name each file below the folder that all share, so that reports do not tell about the machine."""
    paths = [workbook.path for workbook in report.workbooks]
    try:
        folder = os.path.commonpath({path.parent for path in paths})
        return [path.relative_to(folder).as_posix() for path in paths]
    except ValueError:  # no files, other drives, or absolute beside relative paths
        return [path.as_posix() for path in paths]


def _owner(finding: Finding, report: Report, of_unit: Sequence[int]) -> int | None:
    """Return the position of the one workbook that a finding between workbooks concerns, if it is one.

    ``of_unit`` are the positions of the workbooks of the unit that it names.
    """
    if not finding.unit:
        return None
    of_file = [at for at in of_unit if finding.file and _is_file(finding.file, report.workbooks[at])]
    chosen = of_file or of_unit
    return chosen[0] if len(chosen) == 1 else None


def _is_file(name: str, workbook: WorkbookReport) -> bool:
    return name in (str(workbook.path), workbook.path.as_posix(), workbook.path.name)


def _verdict(workbook: WorkbookReport, findings: Sequence[Finding], between: Sequence[Finding]) -> Verdict:
    """Return the verdict on a file, findings between workbooks that name its unit included.

    A file whose unit is unknown is never accepted; what others published need not name its unit.
    """
    if workbook.unit is None and not workbook.values_only and not workbook.unchecked:
        return Verdict.REFUSED
    code = workbook.unit.code if workbook.unit else ""
    return workbook.verdict_with((*findings, *(part for part in between if part.unit == code)))


# --------------------------------------------------------------- conclusions
