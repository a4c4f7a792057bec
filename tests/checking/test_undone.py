"""One action on many entries is one finding: what it breaks is not doubted entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from support import builders
from support.builders import PROJECTS, REVENUE
from support.generated_budgets import Budget
from support.invented_budgets import invented
from support.whole_actions import amounts

from xlbudget import Report, WorkbookTemplate
from xlbudget.checking.one_file import check_submission
from xlbudget.model import EntryRow, RuleStatus

LEDGER, GENERAL, FUND = "项目支出", "本年一般公共预算", "本年政府性基金预算"
Found = list[tuple[str, str, str, str]]


def grave(report: Report) -> Found:
    return [
        (one.rule, one.severity.value, one.place.sheet, one.place.address)
        for one in report.findings
        if one.rule not in ("stale_value",)
    ]


def with_rows(budget: Budget, table: str, rows: list[dict[str, object]]) -> Budget:
    made = tuple(EntryRow(at, values) for at, values in enumerate(rows))  # type: ignore[arg-type]
    return replace(budget, entries={**budget.entries, table: made})


def asked(budget: Budget) -> list[tuple[str, str, str]]:
    """Return rule, severity and address of what is more than a hint and not said of the budget as drawn."""
    report = check_submission(budget.submission(), budget.template)
    return [
        (one.rule, one.severity.value, one.place.address)
        for one in report.findings
        if one.severity == "blocking" or one.rule in ("repeated_rows", "shifted_amounts")
    ]


def drawn(template: WorkbookTemplate) -> Mapping[int, Budget]:
    """Return budgets with at least four projects paid from the general budget."""
    found = {}
    for number in range(40):
        budget = invented(template, number)
        paid = [row for row in budget.entries[LEDGER] if row.values.get(GENERAL)]
        if len(paid) >= 4 and not any(row.values.get(FUND) for row in budget.entries[LEDGER]):
            found[number] = budget
    return found


def test_a_row_filled_in_twice_is_named_and_revenue_is_not_doubted(template: WorkbookTemplate) -> None:
    budget = next(iter(drawn(template).values()))
    rows = [dict(row.values) for row in budget.entries[LEDGER]]
    assert asked(budget) == []
    twice = with_rows(budget, LEDGER, [*rows, rows[1]])
    assert asked(twice) == [("repeated_rows", "blocking", f"C{6 + len(rows)}")]
    report = check_submission(twice.submission(), template)
    [finding] = [one for one in report.findings if one.rule == "repeated_rows"]
    assert (
        f"第 {len(rows) + 1} 行与第 2 行编码、金额完全相同，疑重复填了：删去后各条关系都相符"
        in finding.message
    )
    [outcome] = [one for one in report.outcomes if one.rule == "E-01"]
    assert (outcome.status, outcome.reason) == (RuleStatus.FAILED, "由 repeated_rows 引起")


def test_equal_rows_that_meet_revenue_are_only_asked_about(template: WorkbookTemplate) -> None:
    budget = next(iter(drawn(template).values()))
    rows = [dict(row.values) for row in budget.entries[LEDGER]]
    row = next(row for row in rows if GENERAL in row and not any(key.startswith("结转") for key in row))
    amount = row[GENERAL]
    assert isinstance(amount, Decimal)
    revenue = [
        EntryRow(one.row, {**one.values, "本年收入": one.values["本年收入"] + amount})  # type: ignore[operator]
        if one.row == 0
        else one
        for one in budget.entries["收入"]
    ]
    once = {key: value for key, value in row.items() if not key.startswith("本年") or key == GENERAL}
    twice = with_rows(budget, LEDGER, [*rows, once, once])
    more = [
        EntryRow(one.row, {**one.values, "本年收入": one.values["本年收入"] + amount})  # type: ignore[operator]
        if one.row == 0
        else one
        for one in revenue
    ]
    twice = replace(twice, entries={**twice.entries, "收入": tuple(more)})
    found = [one for one in asked(twice) if one[0] == "repeated_rows"]
    assert {severity for _, severity, _ in found} == {"explain"}


def test_a_column_pasted_one_to_the_right_is_a_shift(template: WorkbookTemplate) -> None:
    """Every project's general money under the fund's heading: neither revenue is to be changed."""
    for budget in list(drawn(template).values())[:3]:
        rows = [
            {FUND if key == GENERAL else key: value for key, value in row.values.items()}
            for row in budget.entries[LEDGER]
        ]
        first = next(at for at, row in enumerate(rows) if FUND in row)
        assert asked(with_rows(budget, LEDGER, rows)) == [("shifted_amounts", "blocking", f"I{6 + first}")]


def test_two_mistakes_are_two_findings(template: WorkbookTemplate) -> None:
    """A row twice, and revenue of own money wrong: what is left without the row is found as ever."""
    budget = next(one for one in drawn(template).values() if any(row.row == 4 for row in one.entries["收入"]))
    rows = [dict(row.values) for row in budget.entries[LEDGER]]
    revenue = tuple(
        replace_row(one, "本年收入", Decimal("1000.00")) if one.row == 4 else one
        for one in budget.entries["收入"]
    )
    both = with_rows(budget, LEDGER, [*rows, rows[1]])
    both = replace(both, entries={**both.entries, "收入": revenue})
    assert [rule for rule, severity, _ in asked(both)] == ["repeated_rows", "E-01"]


def replace_row(row: EntryRow, key: str, more: Decimal) -> EntryRow:
    value = row.values.get(key, Decimal(0))
    assert isinstance(value, Decimal)
    return EntryRow(row.row, {**row.values, key: value + more})


@pytest.fixture(scope="module")
def reference(reference_workbook: Path) -> bytes:
    return reference_workbook.read_bytes()


@pytest.mark.returned(26, "录入2 一行填了两遍")
def test_a_row_twice_in_a_file(
    template: WorkbookTemplate, reference: bytes, judged: Callable[..., Report]
) -> None:
    cells = {"C40": "XM900", "D40": "补充项目", "E40": "2040220", "H40": 250_000.0}
    once = builders.typed(reference, PROJECTS, cells)
    once = builders.typed(once, REVENUE, {"B5": 66_734_298.0 + 250_000})
    twice = builders.typed(once, PROJECTS, {f"{at[0]}41": value for at, value in cells.items()})
    assert grave(judged(builders.recalculated(twice, template))) == [
        ("repeated_rows", "blocking", PROJECTS, "C41")
    ]


@pytest.mark.returned(26, "录入2 一般公共预算整栏填到了右边的政府性基金栏")
def test_a_shifted_column_in_a_file(
    template: WorkbookTemplate, reference: bytes, judged: Callable[..., Report]
) -> None:
    typed = amounts(reference, PROJECTS, "H", range(6, 60))
    cells: dict[str, float | str | None] = {}
    for at, value in typed.items():
        cells |= {at: None, f"I{at[1:]}": value}
    workbook = builders.recalculated(builders.typed(reference, PROJECTS, cells), template)
    first = next(iter(typed))[1:]
    assert grave(judged(workbook)) == [("shifted_amounts", "blocking", PROJECTS, f"I{first}")]


@pytest.mark.parametrize(
    ("names", "codes"),
    [(("合计",), True), (("",), False), (("小计", "合 计"), True)],
    ids=["named", "bare", "part and whole"],
)
def test_rows_of_totals_in_a_ledger_are_one_finding(
    template: WorkbookTemplate, names: tuple[str, ...], codes: bool
) -> None:
    """What is said of such a row (no code, not on the list) and of revenue follows from it."""
    budget = next(iter(drawn(template).values()))
    rows = [dict(row.values) for row in budget.entries[LEDGER]]
    columns = {key for row in rows for key, value in row.items() if isinstance(value, Decimal)}
    total = {key: sum(row.get(key, Decimal(0)) for row in rows) for key in columns}  # type: ignore[misc]
    more = [{**total, **({"功能科目": name} if codes else {})} for name in names]
    summed = with_rows(budget, LEDGER, [*rows, *more])
    [(rule, severity, address)] = asked(summed)
    assert (rule, severity) == ("total_rows", "blocking")
    assert address[1:] == str(6 + len(rows))
    report = check_submission(summed.submission(), template)
    assert [one.rule for one in report.findings if one.severity == "blocking"] == ["total_rows"]


def test_a_row_that_is_the_sum_of_others_by_chance_is_none(template: WorkbookTemplate) -> None:
    """It has its codes and its revenue: nothing is wrong with it."""
    budget = next(iter(drawn(template).values()))
    rows = [dict(row.values) for row in budget.entries[LEDGER]]
    assert asked(with_rows(budget, LEDGER, rows)) == []
