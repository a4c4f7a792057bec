"""Wrong entries: how forms follow from them is measured, and what was not looked for is said."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest
from support.generated_budgets import Budget, reference

from xlbudget import WorkbookTemplate
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.mistakes import entry_effects
from xlbudget.checking.mistakes.entry_effects import EntryEffects
from xlbudget.checking.mistakes.entry_mistakes import KnownBefore
from xlbudget.checking.one_file import check_submission
from xlbudget.checking.prior_year.amounts import prior_amounts
from xlbudget.checking.problems import missing_entry
from xlbudget.checking.rule_findings import run_rules
from xlbudget.checking.rules.linear import Linear
from xlbudget.model import (
    Cell,
    CellValue,
    EntryRow,
    Finding,
    Roster,
    RuleStatus,
    WorkbookReport,
)

OF_THE_YEAR = [
    Cell("绩效目标", 0, column) for column in ("年度资金", "年度省级")
]  # the project: 3,000,000 元


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
    measured = EntryEffects(evidence).over_entries(staff)
    assert measured is not None
    assert len(measured.terms) > 0
    assert measured.value(evidence.recalculated) == staff.value(evidence.recalculated)
    others = [cell for cell in sorted(EntryEffects(evidence).amounts) if cell not in measured.terms]
    for cell in (*measured.terms, *others[::9]):
        entered = evidence.entered[cell]
        assert isinstance(entered, Decimal)
        other = evidence_of(budget, {cell: entered + 10_000})
        moved = staff.value(other.recalculated) - staff.value(evidence.recalculated)
        assert moved == measured.terms.get(cell, Decimal(0)) * 10_000, cell


def test_factors_that_cannot_be_told_apart_are_not_measured(budget: Budget) -> None:
    """Three times an entry looks like a little less than nothing of it, and some of the next entry."""
    form = Linear({cell_of(budget, "F5", "2080505", "合计"): Decimal(3)})
    assert EntryEffects(evidence_of(budget, {})).over_entries(form) is None


def test_failures_without_a_named_entry_say_why(budget: Budget, monkeypatch: pytest.MonkeyPatch) -> None:
    spoiled: dict[Cell, CellValue] = dict.fromkeys(OF_THE_YEAR, Decimal(2_900_000))
    assert not checked(budget, spoiled).remarks
    monkeypatch.setattr(entry_effects, "_MOST_EVALUATED", 0)
    report = checked(budget, spoiled)
    assert report.remarks == (
        "P-01只列出不符之处，没有指明录错的数：有关的录入数过多，没有逐个试算。请先改正已列出的各处，再审核一次。",
    )
    [outcome] = [part for part in report.outcomes if part.rule == "P-01"]
    assert outcome.status is RuleStatus.FAILED
    assert outcome.reason == "没有指明录错的数：有关的录入数过多，没有逐个试算"
    assert [part.rule for part in report.findings if part.rule.startswith("P-")] == ["P-01"]


# ------------------------------------------------------------------ what is known beside the workbook

SALARIES = Cell("基本支出", 0, "本年一般公共预算")  # 3,463,100 元
PROJECT = Cell("项目支出", 9, "本年一般公共预算")  # 5,860,400 元
REVENUE = Cell("收入", 0, "本年收入")
BASIC_LIMIT = Decimal("2194.07")  # as published: basic expenditure of 2,194.0698 万元


def limited(budget: Budget, limit: Decimal) -> Roster:
    return Roster((budget.unit,), controls={budget.unit.code: {"控制数_基本支出": limit}})


def only_rule(budget: Budget, instead: Mapping[Cell, CellValue], roster: Roster) -> Finding:
    report = check_submission(evidence_of(budget, instead).submission, budget.template, roster)
    [found] = [part for part in report.findings if "-" in part.rule]  # the file holds no results to compare
    return found


def test_a_control_total_leaves_only_the_entries_that_it_binds(budget: Budget) -> None:
    """Two digits of salaries swapped: 180,000 元 more, which projects and revenue explain as well."""
    swapped = {SALARIES: Decimal("3643100")}
    without = check_submission(evidence_of(budget, swapped).submission, budget.template).findings
    [plain] = [part for part in without if part.rule == "E-01"]
    finding = only_rule(budget, swapped, limited(budget, BASIC_LIMIT))
    assert finding.rule == "E-01"
    for told, projects, others in ((plain, True, "其余 29 个"), (finding, False, "其余 13 个")):
        suspects = told.message.partition("。录入3 收入")[0]
        assert "现为 3,643,100.00 元，疑相邻两位数字写颠倒，应为 3,463,100.00 元" in suspects
        assert ("录入2 项目支出" in suspects, others in suspects) == (projects, True)
    assert "（K-01、F1-09、F1-10、F4-08、X-01 因此也不符）" in finding.message


def test_a_limit_met_rules_out_the_entries_whose_repair_would_exceed_it(budget: Budget) -> None:
    """A project 180,000 元 short; basic expenditure is at its limit, so that nothing there was left out."""
    short = {PROJECT: Decimal("5680400")}
    finding = only_rule(budget, short, limited(budget, BASIC_LIMIT))
    suspects = finding.message.partition("。录入3 收入")[0]
    assert finding.rule == "E-01"
    assert "应为 5,860,400.00 元" in suspects
    assert "录入1 基本支出" not in suspects
    assert "K-01" not in finding.message


def test_an_amount_far_from_last_years_whose_repair_is_near_it_is_named_first(budget: Budget) -> None:
    """Salaries with a digit left out; a twentieth less was spent on them last year."""
    evidence = evidence_of(budget, {SALARIES: Decimal("346310")})
    last_year = {
        cell: amount * 95 / 100 for cell, amount in EntryEffects(evidence_of(budget, {})).amounts.items()
    }
    [finding] = [
        part for part in run_rules(evidence, KnownBefore(last_year=last_year)).findings if part.rule == "E-01"
    ]
    assert finding.place == evidence.place(SALARIES)
    assert (finding.stored, finding.expected) == (Decimal("346310"), Decimal("3463100"))
    assert "上年为 3,289,945.00 元，应为 3,463,100.00 元" in finding.message


def test_last_years_amounts_are_those_of_the_same_codes(budget: Budget) -> None:
    """Rows in another order, one of them twice, one with another code."""
    this = evidence_of(budget, {})
    rows = list(reversed(budget.entries["基本支出"]))
    rows = [EntryRow(at, row.values) for at, row in enumerate(rows)]
    twice = EntryRow(len(rows), rows[0].values)
    entries = {**budget.entries, "基本支出": [*rows, twice]}
    prior = Evidence(budget.template, budget.submission(entries, stored={}))
    found = prior_amounts(this, prior)
    assert found[SALARIES] == Decimal("3463100")
    assert found[REVENUE] == Decimal("66734298")
    last = max(row.row for row in budget.entries["基本支出"])
    assert Cell("基本支出", last, "本年一般公共预算") not in found


def test_a_limit_that_is_exceeded_by_nothing_but_the_sum_is_no_slip(budget: Budget) -> None:
    finding = only_rule(budget, {}, limited(budget, Decimal(2000)))
    assert (finding.rule, finding.stored, finding.expected) == ("K-01", Decimal("2194.07"), Decimal(2000))


# ------------------------------------------------------------------ blocks


def test_a_block_pasted_two_lines_down_is_one_finding_that_says_from_where_to_where(budget: Budget) -> None:
    """The projects' first column, 24 rows of it, two rows lower: H6:H29 in H8:H31."""
    column = "本年一般公共预算"
    amounts = {row.row: row.values.get(column) for row in budget.entries["项目支出"]}
    rows = {row.row: {key: value for key, value in row.values.items() if key != column}
            for row in budget.entries["项目支出"]}  # fmt: skip
    for at, amount in amounts.items():
        rows.setdefault(at + 2, {})[column] = amount
    moved = [EntryRow(at, values) for at, values in sorted(rows.items())]
    entries = {**budget.entries, "项目支出": moved}
    evidence = Evidence(budget.template, budget.submission(entries, stored={}))
    [finding] = missing_entry.find(evidence)
    assert finding.place.address == "C30"
    assert "疑 H8:H31 的金额整段往下错了 2 行，应在 H6:H29。" in finding.message
