"""Wrong entries: how forms follow from them is measured, and what was not looked for is said."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from xlbudget import WorkbookTemplate, entry_effects
from xlbudget.checking import check_submission
from xlbudget.entry_effects import EntryEffects
from xlbudget.evidence import Evidence
from xlbudget.linear_rules import Linear
from xlbudget.model import Cell, CellValue, EntryRow, RuleStatus, WorkbookReport

sys.path.append(str(Path(__file__).parent.parent / "benchmarks"))

from budgets import Budget, reference

PENSIONS = Cell("基本支出", 3, "功能科目")
SOME_OTHER_FUNCTION = "2040201"


@pytest.fixture(scope="module")
def budget(template: WorkbookTemplate) -> Budget:
    return reference(template)


def evidence_of(budget: Budget, instead: Mapping[Cell, CellValue]) -> Evidence:
    """The reference with other entries, never calculated by a spreadsheet program."""
    entries = dict(budget.entries)
    for cell, value in instead.items():
        entries[cell.table] = [
            EntryRow(row.row, {**row.values, cell.column: value}) if row.row == cell.row else row
            for row in entries[cell.table]
        ]
    return Evidence(budget.template, budget.submission(entries, stored={}))


def checked(budget: Budget, instead: Mapping[Cell, CellValue]) -> WorkbookReport:
    return check_submission(evidence_of(budget, instead).submission, budget.template)


def cell_of(budget: Budget, panel: str, key: str, column: str) -> Cell:
    form = next(part for _, part in budget.template.panels if part.id == panel)
    rows = range(budget.plan.layout.tables[panel].rows)
    values = Evidence(budget.template, budget.submission())
    row = next(row for row in rows if values.recalculated(Cell(panel, row, form.key)) == key)
    return Cell(panel, row, column)


def test_factors_measured_together_are_those_of_changing_one_entry_at_a_time(budget: Budget) -> None:
    """Every entry that has a factor, and some that have none, changed alone by a full evaluation."""
    evidence = evidence_of(budget, {})
    pensions = cell_of(budget, "F5", "2080505", "合计")
    staff = Linear({pensions: Decimal(1), cell_of(budget, "F6", "30108", "合计"): Decimal(-2)})
    measured = EntryEffects(evidence, time.monotonic() + 60).over_entries(staff)
    assert measured is not None
    assert len(measured.terms) > 0
    assert measured.value(evidence.recalculated) == staff.value(evidence.recalculated)
    others = [cell for cell in sorted(EntryEffects(evidence, 0).amounts) if cell not in measured.terms]
    for cell in (*measured.terms, *others[::9]):
        entered = evidence.entered[cell]
        assert isinstance(entered, Decimal)
        other = evidence_of(budget, {cell: entered + 10_000})
        moved = staff.value(other.recalculated) - staff.value(evidence.recalculated)
        assert moved == measured.terms.get(cell, Decimal(0)) * 10_000, cell


def test_factors_that_cannot_be_told_apart_are_not_measured(budget: Budget) -> None:
    """Three times an entry looks like a little less than nothing of it, and some of the next entry."""
    form = Linear({cell_of(budget, "F5", "2080505", "合计"): Decimal(3)})
    assert EntryEffects(evidence_of(budget, {}), time.monotonic() + 60).over_entries(form) is None


def test_failures_without_a_named_entry_say_why(budget: Budget, monkeypatch: pytest.MonkeyPatch) -> None:
    spoiled = {PENSIONS: SOME_OTHER_FUNCTION}
    assert not checked(budget, spoiled).remarks
    monkeypatch.setattr(entry_effects, "_MOST_EVALUATED", 0)
    report = checked(budget, spoiled)
    assert report.remarks == (
        "X-22只列出不符之处，没有指明录错的数：有关的录入数过多，没有逐个试算。请先改正已列出的各处，再审核一次。",
    )
    [outcome] = [part for part in report.outcomes if part.rule == "X-22"]
    assert outcome.status is RuleStatus.FAILED
    assert outcome.reason == "没有指明录错的数：有关的录入数过多，没有逐个试算"
    assert [part.rule for part in report.findings if part.rule.startswith("X-")] == ["X-22"]
