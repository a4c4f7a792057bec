"""A whole workbook in another unit of money adds up, so what is known from outside must see it.

Control totals and last year prove it, the template's least amounts make it likely; a budget in its own
money is never asked about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from support import builders
from support.generated_budgets import Budget, cover
from support.invented_budgets import invented
from support.other_money import in_form_money, typed_in_form_money

from xlbudget import Report, Roster, Unit, WorkbookTemplate, check, load_template
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.one_file import check_submission
from xlbudget.checking.plausibility import judge_plausibility
from xlbudget.model import Cell, EntryRow, RuleStatus, Severity
from xlbudget.workbook.named_cells import named_cell

FORM, BASIC_CONTROL = "公开表1", "控制数_基本支出"
Found = list[tuple[str, str]]


@pytest.fixture(scope="session")
def form_money_workbook(template: WorkbookTemplate, reference_workbook: Path) -> bytes:
    """The real budget typed in 万元 with two decimals."""
    return typed_in_form_money(reference_workbook, template)


def asked(budget: Budget, roster: Roster | None = None) -> Found:
    """Return rule and severity of all findings that are more than a hint."""
    report = check_submission(budget.submission(), budget.template, roster)
    return [(one.rule, one.severity.value) for one in report.findings if one.severity is not Severity.NOTE]


def controlled(budget: Budget, column: str, limit: Decimal) -> Roster:
    return Roster((budget.unit,), controls={budget.unit.code: {column: limit}})


@pytest.mark.parametrize("number", range(4))
def test_a_budget_in_form_money_is_seen_by_itself_and_one_in_its_own_is_not_asked_about(
    template: WorkbookTemplate, number: int
) -> None:
    budget = invented(template, number)
    assert {rule for rule, _ in asked(budget)}.isdisjoint({"wrong_money", "odd_amount"})
    other = replace(budget, entries=in_form_money(budget))
    assert ("wrong_money", "explain") in asked(other)


def basic_total(budget: Budget) -> Decimal:
    """Return the amount (万元) that the control total of basic expenditure binds."""
    evidence = Evidence(budget.template, budget.submission())
    [control] = [part for part in budget.template.controls if part.column == BASIC_CONTROL]
    amount = evidence.recalculated(named_cell(evidence.blueprint, control.cell))
    assert isinstance(amount, Decimal)
    return amount


@pytest.mark.parametrize("share", ["1", "0.8", "0.4"])
def test_a_control_total_proves_it_and_is_no_finding_of_its_own(
    template: WorkbookTemplate, share: str
) -> None:
    """The unit uses a part of what the officer has set; typed in 万元 it would use a ten-thousandth."""
    budget = invented(template, 5)
    amount = basic_total(budget)
    roster = controlled(budget, BASIC_CONTROL, amount / Decimal(share))
    assert "wrong_money" not in dict(asked(budget, roster))
    report = check_submission(replace(budget, entries=in_form_money(budget)).submission(), template, roster)
    [finding] = [one for one in report.findings if one.severity is Severity.BLOCKING]
    assert (finding.rule, finding.place.sheet, finding.place.address) == ("wrong_money", "公开表5", "D6")
    assert "疑整个工作簿按万元填写（差 10,000 倍）" in finding.message
    assert "控制数为" in finding.message


def test_ten_thousand_times_too_much_is_named_and_the_control_total_is_no_finding_beside_it(
    template: WorkbookTemplate,
) -> None:
    budget = invented(template, 5)
    amount = basic_total(budget)
    report = check_submission(
        budget.submission(), template, controlled(budget, BASIC_CONTROL, amount / 10000)
    )
    assert [one.rule for one in report.findings if one.severity is Severity.BLOCKING] == ["wrong_money"]
    [outcome] = [one for one in report.outcomes if one.rule == "K-01"]
    assert (outcome.status, outcome.reason) == (RuleStatus.FAILED, "由 wrong_money 引起")


def test_a_small_budget_that_its_control_total_expects_is_not_asked_about(template: WorkbookTemplate) -> None:
    """A whole of 9 万元 is little for a year, but the officer has set no more."""
    row = EntryRow(0, {"功能科目": "2040201", "经济科目": "30201", "本年一般公共预算": Decimal(90_000)})
    revenue = EntryRow(0, {"本年收入": Decimal(90_000)})
    unit = Unit("901", "示例单位", "行政")
    entries = {"基本支出": (row,), "收入": (revenue,), **cover(template, unit)}
    budget = Budget("小", template, unit, entries)
    assert asked(budget) == [("wrong_money", "explain")]
    assert asked(budget, controlled(budget, BASIC_CONTROL, Decimal(10))) == []


def test_what_is_left_of_last_year_may_be_little(template: WorkbookTemplate) -> None:
    """45.90 元 of housing fund carried over is no year's housing fund; 45.90 元 of this year's is none."""
    columns = ("结转一般公共预算", "本年一般公共预算")
    found = []
    for column in columns:
        rows = [("30113", column, "45.90"), ("30201", "本年一般公共预算", "800000")]
        basic = [
            EntryRow(at, {"功能科目": "2040201", "经济科目": code, key: Decimal(amount)})
            for at, (code, key, amount) in enumerate(rows)
        ]
        spent = {key: sum(Decimal(amount) for _, other, amount in rows if other == key) for key in columns}
        revenue = EntryRow(0, {"本年收入": spent[columns[1]], "上年结转": spent[columns[0]]})
        unit = Unit("902", "示例单位", "行政")
        entries = {"基本支出": tuple(basic), "收入": (revenue,), **cover(template, unit)}
        found.append(asked(Budget("结转", template, unit, entries)))
    assert found == [[], [("wrong_money", "explain")]]


@pytest.mark.parametrize("times", [2, 300])
def test_a_control_total_exceeded_for_another_reason_is_what_it_was(
    template: WorkbookTemplate, times: int
) -> None:
    budget = invented(template, 5)
    amount = basic_total(budget)
    found = asked(budget, controlled(budget, BASIC_CONTROL, amount / times))
    assert ("K-01", "blocking") in found
    assert "wrong_money" not in dict(found)


@pytest.mark.returned(14, "整个工作簿按万元填写，两位小数，处处相符，没有控制数和上年数")
def test_the_real_budget_in_form_money_is_one_finding(
    template: WorkbookTemplate, form_money_workbook: bytes, judged: Callable[..., Report]
) -> None:
    report = judged(form_money_workbook)
    assert [(one.rule, one.severity, one.place.sheet, one.place.address) for one in report.findings] == [
        ("wrong_money", "explain", FORM, "D38")
    ]
    assert "这个数按录入数合 10,656.79 元" in report.findings[0].message


@pytest.mark.returned(14, "整个工作簿按万元填写，名册里有控制数")
def test_the_real_budget_in_form_money_is_refused_where_a_control_total_is_known(
    template: WorkbookTemplate, form_money_workbook: bytes, judged: Callable[..., Report]
) -> None:
    unit = Unit("243001", "山西省公安厅交通管理局", "行政")
    roster = Roster((unit,), controls={unit.code: {BASIC_CONTROL: Decimal(2200)}})
    report = judged(form_money_workbook, roster=roster)
    assert [(one.rule, one.severity, one.place.sheet, one.place.address) for one in report.findings] == [
        ("wrong_money", "blocking", "公开表5", "D6")
    ]


@pytest.mark.slow
def test_last_year_proves_it_and_what_libreoffice_saved_says_the_same(
    template: WorkbookTemplate,
    demo_data: Path,
    form_money_workbook: bytes,
    libreoffice: Callable[..., list[Path]],
    tmp_path: Path,
) -> None:
    """Every rule between the years would speak; the cause of them all is named once."""
    root = tmp_path / "定义"
    for year in (template.year, template.year - 1):
        builders.template_of_year(template, root, year)
    old = load_template(f"shanxi_provincial/{template.year - 1}", root)
    unit = Unit("243001", "山西省公安厅交通管理局", "行政")
    before = builders.filled(old, unit, demo_data / "reference")
    builders.returned(tmp_path / "上年", "243001.xlsx", before)
    path = builders.returned(tmp_path, "报送.xlsx", form_money_workbook)
    [resaved] = libreoffice([path], tmp_path / "另存")
    known = str(tmp_path / "上年")
    for file in (path, resaved):
        report = check(file, template, prior=known, templates=root)
        assert [
            (one.rule, one.severity, one.place.sheet, one.place.address)
            for one in report.findings
            if one.severity is not Severity.NOTE
        ] == [("wrong_money", "blocking", FORM, "D38")]


def test_one_amount_far_beyond_its_kind_or_last_year_is_asked_about(template: WorkbookTemplate) -> None:
    """98.64 亿 of basic pay with revenue to match, and a line 10,000 times last year's."""
    budget = invented(template, 5)
    rows = [row for row in budget.entries["基本支出"] if "本年一般公共预算" in row.values]
    first = next(iter(rows))
    huge = Decimal(9_864_000_000)
    values = {**first.values, "经济科目": "30101", "本年一般公共预算": huge}
    entries = {**budget.entries, "基本支出": (EntryRow(first.row, values),)}
    evidence = Evidence(template, replace(budget, entries=entries).submission())
    [finding] = judge_plausibility(evidence, None, None, {}).findings
    assert (finding.rule, finding.severity, finding.stored) == ("odd_amount", "explain", huge)
    assert "基本工资一行一般不超过 1,000,000,000.00 元" in finding.message

    evidence = Evidence(template, budget.submission())
    cell = Cell("基本支出", first.row, "本年一般公共预算")
    now = first.values["本年一般公共预算"]
    assert isinstance(now, Decimal)
    [finding] = judge_plausibility(evidence, None, None, {cell: now * 10000}).findings
    assert (finding.rule, finding.expected) == ("odd_amount", now * 10000)
    assert judge_plausibility(evidence, None, None, {cell: now * 3}).findings == ()


@pytest.mark.parametrize(("factor", "found"), [(10_000, True), (1, False)])
def test_last_years_amounts_in_form_money_are_asked_about_once(
    template: WorkbookTemplate, factor: int, found: bool
) -> None:
    """Revenue and expenditure of last year as much as this year's, typed in 万元 where 元 is asked for."""
    budget = invented(template, 5)
    amounts = [value for row in budget.entries["收入"] for value in row.values.values()]
    whole = sum(value for value in amounts if isinstance(value, Decimal)) / factor
    rows = tuple(EntryRow(line, {"金额": whole.quantize(Decimal("0.01"))}) for line in (0, 1))
    typed = replace(budget, entries={**budget.entries, "上年数": rows})
    report = check_submission(typed.submission(), template)
    odd = [(one.rule, one.place.address) for one in report.findings if one.rule == "odd_amount"]
    assert odd == ([("odd_amount", "B5")] if found else [])
