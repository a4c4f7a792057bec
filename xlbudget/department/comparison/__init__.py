"""Two returns of one unit side by side: entries, form cells and findings that differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xlbudget.checking.evidence import Evidence
from xlbudget.department.comparison.entries import EntryChange, Way, entry_changes
from xlbudget.department.comparison.findings import Fate, FindingChange, finding_changes
from xlbudget.department.comparison.forms import FormChange, form_changes
from xlbudget.model import Finding, Unit, WorkbookReport

__all__ = ["Comparison", "EntryChange", "Fate", "FindingChange", "FormChange", "Way", "compared"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of one unit's return: reports of both files, and all that differs.

    ``entries`` are in 元, ``forms`` in the money of the form; ``findings`` lists those of both files.
    """

    unit: Unit
    old: WorkbookReport
    new: WorkbookReport
    entries: tuple[EntryChange, ...]
    forms: tuple[FormChange, ...]
    findings: tuple[FindingChange, ...]

    @property
    def same(self) -> bool:
        """Whether the two say the same: no entry, form cell or finding differs."""
        kept = all(change.fate is Fate.UNCHANGED for change in self.findings)
        return kept and not self.entries and not self.forms

    def count(self, fate: Fate) -> int:
        """How many findings met that fate."""
        return sum(change.fate is fate for change in self.findings)


def compared(old: Evidence, new: Evidence, reports: tuple[WorkbookReport, WorkbookReport]) -> Comparison:
    """Compare two returns of one unit under one template, given the report of each."""
    before, after = reports
    return Comparison(
        unit=new.submission.unit,
        old=before,
        new=after,
        entries=tuple(entry_changes(old, new)),
        forms=tuple(form_changes(old, new)),
        findings=tuple(finding_changes(_raised(before), _raised(after))),
    )


def _raised(report: WorkbookReport) -> Sequence[tuple[Finding, bool]]:
    """Return every finding of a file, and whether it is open."""
    opened = [(finding, True) for finding in report.findings]
    return opened + [(part.finding, False) for part in report.settled]
