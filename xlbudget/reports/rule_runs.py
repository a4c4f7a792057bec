"""Which rules ran on which workbooks, in figures: what reports show of it."""

from __future__ import annotations

from collections.abc import Iterable

from xlbudget.model import RuleOutcome, RuleStatus
from xlbudget.reports.arrangement import FilePart

SYMBOLS = {
    RuleStatus.PASSED: "✓",
    RuleStatus.FAILED: "✗",
    RuleStatus.NOT_APPLICABLE: "－",
    RuleStatus.NOT_RUN: "？",
}
"""One sign for each status, for tables where there is no room for its word."""


def directory(parts: Iterable[FilePart]) -> list[tuple[RuleOutcome, dict[RuleStatus, int], int]]:
    """Return each rule once, with its count of every status and of instances over all workbooks."""
    first: dict[str, RuleOutcome] = {}
    counts: dict[str, dict[RuleStatus, int]] = {}
    instances: dict[str, int] = {}
    for part in parts:
        for outcome in part.workbook.outcomes:
            first.setdefault(outcome.rule, outcome)
            counts.setdefault(outcome.rule, dict.fromkeys(RuleStatus, 0))[outcome.status] += 1
            instances[outcome.rule] = instances.get(outcome.rule, 0) + outcome.instances
    return [(outcome, counts[rule], instances[rule]) for rule, outcome in first.items()]
