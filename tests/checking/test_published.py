"""Workbooks of values: the reference as published, exported by another system.

Expected amounts are the publication's list; the differences that rounding explains are those of the
rules' own evaluation by hand (twelve of the thirteen: the last one stands in the narrative).
"""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from support.published import UNIT, as_number, published_workbook

from xlbudget import Roster, Unit, WorkbookTemplate, check, write_report
from xlbudget.checking.published.checking import report_published
from xlbudget.cli import run
from xlbudget.model import Report, RuleStatus, Severity, SwitchedOff
from xlbudget.returns.published.reading import read_published
from xlbudget.returns.published.workbooks import PublishedWorkbook

FIXTURES = Path(__file__).parents[1] / "fixtures"
NUMBERED = {12, 13}

Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write the published workbook, with whatever is different about it."""

    def saved(*arguments: object, name: str = "导出.xlsx", **options: object) -> Path:
        path = tmp_path / name
        path.write_bytes(published_workbook(*arguments, **options))  # type: ignore[arg-type]
        return path

    return saved


@pytest.fixture(scope="module")
def reference(template: WorkbookTemplate, tmp_path_factory: pytest.TempPathFactory) -> PublishedWorkbook:
    path = tmp_path_factory.mktemp("published") / "导出.xlsx"
    path.write_bytes(published_workbook())
    return read_published(path, template)


def named_amounts(workbook: PublishedWorkbook) -> list[tuple[int, str, str, Decimal]]:
    """Return every amount by form, line and column, as the published list names them."""
    forms = {panel.id: form.number for form, panel in workbook.blueprint.template.panels}
    layout = workbook.blueprint.layout
    return sorted(
        (
            forms[cell.table],
            workbook.line_name(cell),
            layout.column_name(cell.table, cell.column),
            shown.value,
        )
        for cell, shown in workbook.amounts.items()
    )


def found(report: Report) -> list[tuple[str, str, str]]:
    """Return rule, sheet and address of every finding."""
    return [(one.rule, one.place.sheet, one.place.address) for one in report.findings]


# ------------------------------------------------------------------ reference


def test_all_301_published_amounts_are_read_at_their_lines_and_columns(reference: PublishedWorkbook) -> None:
    with (FIXTURES / "published_cells.csv").open(encoding="utf-8", newline="") as stream:
        published = [tuple(row.values()) for row in csv.DictReader(stream)]
    assert named_amounts(reference) == sorted(
        (int(form), line, column, Decimal(value)) for form, line, column, value in published
    )


def test_every_form_is_found_by_its_title_whatever_its_sheet_is_called(reference: PublishedWorkbook) -> None:
    assert [(part.form, part.place.sheet, part.money) for part in reference.forms] == [
        ("F1", "Z01", "万元"),
        ("F2", "Z02 收入", "万元"),
        ("F3", "Sheet3", "万元"),
        ("F4", "Z04", "万元"),
        ("F5", "Z05支出", "万元"),
        ("F6", "经济分类", "万元"),
        ("F7", "基金", "万元"),
        ("F8", "基金", "万元"),
        ("F9", "国资", "万元"),
        ("F10", "Sheet10", "万元"),
        ("F11", "运行经费", "万元"),
        ("F12", "项目(本年)", "万元"),
        ("F13", "项目(结转)", "万元"),
    ]
    assert reference.unit == Unit("", UNIT, "")
    assert not reference.unrecognised
    assert not reference.unread
    assert not reference.absent


def test_the_reference_has_no_mistake_and_the_twelve_differences_of_its_forms(
    reference: PublishedWorkbook,
) -> None:
    """Section B of the rules lists thirteen; N-12 is a sentence of the narrative, which no form carries."""
    report = report_published(reference)
    assert report.findings == ()
    assert report.verdict == "可接收"
    differences = [
        (one.rule, one.place.line, one.place.column, str(one.stored), str(one.expected))
        for one in report.rounding
    ]
    assert differences == [
        ("F2-H", "21011 行政事业单位医疗", "合计", "91.03", "91.02"),
        ("F2-H", "21011 行政事业单位医疗", "一般公共预算", "91.03", "91.02"),
        ("F3-H", "21011 行政事业单位医疗", "合计", "91.03", "91.02"),
        ("F3-H", "21011 行政事业单位医疗", "基本支出", "91.03", "91.02"),
        ("F5-H", "21011 行政事业单位医疗", "合计", "91.03", "91.02"),
        ("F5-H", "21011 行政事业单位医疗", "基本支出", "91.03", "91.02"),
        ("F6-01", "工资福利支出", "合计", "1489.19", "1489.17"),
        ("F6-01", "商品和服务支出", "合计", "402.71", "402.72"),
        ("F6-01", "合计", "人员经费", "1791.35", "1791.36"),
        ("F6-01", "工资福利支出", "人员经费", "1489.19", "1489.17"),
        ("F6-01", "商品和服务支出", "公用经费", "402.71", "402.72"),
        ("F6-03", "合计", "合计", "2194.07", "2194.06"),
    ]


def test_rules_that_need_entries_or_the_kind_of_unit_are_not_run_and_say_why(
    reference: PublishedWorkbook,
) -> None:
    report = report_published(reference)
    reasons = {one.rule: one.reason for one in report.outcomes if one.status is RuleStatus.NOT_RUN}
    assert reasons["E-10"] == "需要录入表（年终结转[本年合计]、年终结转[结转合计]），本文件只有公开表的数值"
    assert reasons["X-15"] == "不知道单位性质；用 --roster 给出单位名册后可以核对"
    ran = {one.rule for one in report.outcomes if one.status in (RuleStatus.PASSED, RuleStatus.FAILED)}
    assert {"F1-01", "F2-H", "F6-03", "F12-02", "F13-01", "X-04", "X-14", "X-25"} <= ran
    assert not ran & {rule for rule in reasons if rule.startswith(("E-", "ROWS-"))}


def test_the_roster_gives_the_kind_of_unit(template: WorkbookTemplate, save: Save) -> None:
    roster = Roster((Unit("243001", UNIT, "行政"),))
    report = check(save(), template, roster=roster, as_published=True)
    [workbook] = report.workbooks
    outcomes = {one.rule: (one.status, one.instances) for one in workbook.outcomes}
    assert workbook.unit == Unit("243001", UNIT, "行政")
    assert outcomes["X-15"] == (RuleStatus.PASSED, 1)
    assert outcomes["F11-03"] == (RuleStatus.NOT_APPLICABLE, 0)
    assert report.missing == ()


# -------------------------------------------------------------------- reports


def test_the_differences_stand_apart_in_terminal_and_json(
    save: Save, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, output = save(), tmp_path / "报告.json"
    assert run(["check", "--as-published", str(path), "-o", str(output), "--limit", "1"]) == 0
    printed = capsys.readouterr().out
    assert "由四舍五入解释的差额 12 处，不是错误：" in printed
    assert "以上列出 1 处，其余见 json 报告。" in printed
    document = json.loads(output.read_text(encoding="utf-8"))
    assert document["findings"] == []
    assert len(document["rounding"]) == 12
    first = document["rounding"][0]
    assert (first["rule"], first["sheet"], first["address"], first["difference"]) == (
        "F2-H",
        "Z02 收入",
        "C21",
        "0.01",
    )
    assert first["message"] == (
        "2023年预算收入总表 · 21011 行政事业单位医疗 · 合计（Z02 收入!C21）："
        "收入总表：合计、类、款各等于下级科目之和（合计），左边为 91.03 万元，右边为 91.02 万元，"
        "相差 0.01 万元，在四舍五入能解释的 0.015 万元之内。"
    )


def test_html_and_xlsx_reports_are_written_too(
    template: WorkbookTemplate, save: Save, tmp_path: Path
) -> None:
    report = check(save(), template, as_published=True)
    html = write_report(report, tmp_path / "报告.html").read_text(encoding="utf-8")
    assert "另有 12 处差额由四舍五入解释，不是错误，单独列出。" in html
    workbook = write_report(report, tmp_path / "r.xlsx")
    rows = list(openpyxl.load_workbook(workbook)["四舍五入差额"].iter_rows(values_only=True))
    assert len(rows) == 1 + 12
    assert sorted({abs(row[7]) for row in rows[1:]}) == [0.01, 0.02]
    assert write_report(report, tmp_path / "报告.xlsx").stat().st_size > 5000


# --------------------------------------------------------------- what is wrong


def test_a_figure_that_rounding_cannot_explain_names_both_sides_and_the_gap(
    template: WorkbookTemplate, save: Save
) -> None:
    """208 社会保障: 494.33 → 494.36 in form 3; sum of three 款 of one 款: intervals 0.005 each."""
    path = save(changes={(3, "20805", 2): 494.38})
    report = check(path, template, as_published=True)
    assert found(report) == [("F3-H", "Sheet3", "D14")]
    [finding] = report.findings
    assert finding.message == (
        "2023年预算支出总表 · 20805 行政事业单位养老支出 · 合计（Sheet3!D14）："
        "现为 494.38 万元，疑有一位数字写错，应为 494.33 万元。"
        "不符的关系：F3-H 支出总表：合计、类、款各等于下级科目之和（2 处）；"
        "F3-R 支出总表：合计等于基本支出加项目支出。"
    )
    assert (finding.stored, finding.expected) == (Decimal("494.38"), Decimal("494.33"))


def test_a_rule_that_one_run_switches_off_is_on_again_in_the_next(
    template: WorkbookTemplate, save: Save
) -> None:
    path = save(changes={(3, "20805", 2): 494.38})
    off = SwitchedOff("另有规定", "2023-02-01")
    rules = tuple(replace(rule, off=off) if rule.id == "F3-H" else rule for rule in template.rules)
    without = replace(template, rules=rules)
    for _ in range(2):
        assert "F3-H" not in {rule for rule, _, _ in found(check(path, without, as_published=True))}
        assert found(check(path, template, as_published=True)) == [("F3-H", "Sheet3", "D14")]


def test_the_same_fact_shown_twice_must_be_equal_to_the_last_digit(
    template: WorkbookTemplate, save: Save
) -> None:
    """X-14: form 6 says 2,194.06, form 5 2,194.07; within form 6 rounding explains the rest."""
    path = save(changes={(6, "合计", 2): 2194.06})
    report = check(path, template, as_published=True)
    assert found(report) == [("X-14", "Z05支出", "D6")]
    assert report.findings[0].severity is Severity.EXPLAIN
    said = report.findings[0].message
    assert "同一个准确数可以舍入成这两个数，所以不作退回" in said
    assert (
        "：下列 2 处改哪一处都同样说得通：这一格，现为 2,194.07 万元，疑有一位数字写错，应为 2,194.06 万元；"
        in said
    )
    assert "经济分类!C6），现为 2,194.06 万元，疑有一位数字写错，应为 2,194.07 万元" in said


def test_the_same_fact_shown_further_apart_than_rounding_reaches_is_refused(
    template: WorkbookTemplate, save: Save
) -> None:
    """Form 6 says 2,194.05 and form 5 2,194.07: no one amount rounds to both."""
    report = check(save(changes={(6, "合计", 2): 2194.05}), template, as_published=True)
    assert ("X-14", Severity.BLOCKING) in {(one.rule, one.severity) for one in report.findings}


def test_a_form_of_another_year_and_a_missing_form_are_listed_and_not_guessed(
    template: WorkbookTemplate, save: Save
) -> None:
    report = check(save(without=(11,)), template, as_published=True)
    assert [(one.rule, one.place.form) for one in report.findings] == [
        ("missing_form", "2023年机关运行经费预算财政拨款情况统计表")
    ]
    outcomes = {one.rule: one for one in report.workbooks[0].outcomes}
    assert outcomes["F11-01"].status is RuleStatus.NOT_RUN
    assert outcomes["F11-01"].reason == "没有找到“2023年机关运行经费预算财政拨款情况统计表”"


def test_a_line_that_is_not_in_the_code_list_is_listed_and_its_sums_are_not_run(
    template: WorkbookTemplate, save: Save
) -> None:
    path = save(changes={(3, "2040203", 0): "2040299X"})
    report = check(path, template, as_published=True)
    assert found(report) == [("unrecognised_part", "Sheet3", "B11")]
    outcomes = {one.rule: one for one in report.workbooks[0].outcomes}
    assert outcomes["F3-H"].status is RuleStatus.NOT_RUN
    assert outcomes["F3-H"].reason == "Sheet3!B11 的“2040299X 机关服务”没有识别"
    assert outcomes["F2-H"].status is RuleStatus.PASSED


def test_a_text_that_is_no_amount_is_a_finding_and_only_its_instances_are_left_out(
    template: WorkbookTemplate, save: Save
) -> None:
    path = save(changes={(10, "公务接待费", 1): "6.00（含外事）"})
    report = check(path, template, as_published=True)
    assert found(report) == [("unreadable_printed_amount", "Sheet10", "B7")]
    outcomes = {one.rule: one for one in report.workbooks[0].outcomes}
    assert (outcomes["F10-03"].status, outcomes["F10-03"].instances) == (RuleStatus.PASSED, 5)
    assert outcomes["F10-03"].reason == "另有 1 处的金额没有读到，未核对"


def test_a_premise_that_rests_on_a_printed_zero_is_not_relied_upon(
    template: WorkbookTemplate, save: Save
) -> None:
    """X-05 wants no year-end carry-over: 0.00 may be forty 元, a blank is none."""
    report = check(save(changes={(1, "上年结转", 4): 0.0}), template, as_published=True)
    outcomes = {one.rule: one for one in report.workbooks[0].outcomes}
    assert (outcomes["X-05"].status, outcomes["X-05"].reason) == (
        RuleStatus.NOT_RUN,
        "前提看不准：印作零的数可能是舍入的结果",
    )
    assert outcomes["X-06"].status is RuleStatus.PASSED


# ------------------------------------------------------------ other precisions


def test_figures_as_texts_with_separators_read_the_same(
    template: WorkbookTemplate, save: Save, reference: PublishedWorkbook
) -> None:
    other = read_published(save(lambda form, text, amount: text), template)
    assert named_amounts(other) == named_amounts(reference)
    assert report_published(other).findings == ()
    assert len(report_published(other).rounding) == 12


def test_figures_in_yuan_are_read_by_the_caption(
    template: WorkbookTemplate, save: Save, reference: PublishedWorkbook
) -> None:
    other = read_published(save(lambda form, text, amount: float(amount * 10000), money="元"), template)
    assert named_amounts(other) == named_amounts(reference)
    assert {shown.money for shown in other.amounts.values()} == {"元"}
    shown = other.amounts[next(iter(other.amounts))]
    assert shown.interval.half == Decimal("0.0000005")  # half a 分, in 万元


def test_whole_wan_yuan_are_intervals_of_half_a_wan_yuan(template: WorkbookTemplate, save: Save) -> None:
    """Rounded to whole 万元 the sums differ by more, and nothing is a mistake."""
    path = save(lambda form, text, amount: int(amount.quantize(Decimal(1), "ROUND_HALF_UP")))
    workbook = read_published(path, template)
    assert {shown.decimals for shown in workbook.amounts.values()} == {0}
    report = report_published(workbook)
    assert report.findings == ()
    assert len(report.rounding) > 12


def test_mixed_precision_in_a_column_is_seen_and_explained_by_its_own_intervals(
    template: WorkbookTemplate, save: Save
) -> None:
    """One line of form 3 given to four decimals, one as text with one decimal: neither is a mistake."""
    changes = {(3, "2040202", 4): 1092.0012, (3, "2040203", 4): "597.9", (3, "2040203", 2): "597.9"}
    report = check(save(changes=changes), template, as_published=True)
    assert found(report) == [("mixed_precision", "Sheet3", "D11"), ("mixed_precision", "Sheet3", "F10")]
    assert "（1 位小数 1 个、2 位小数 4 个、4 位小数 1 个）" in report.findings[1].message
    assert "如 2040202 一般行政管理事务 1,092.0012、2040203 机关服务 597.9；" in report.findings[1].message


def test_a_value_read_back_is_the_amount_written(reference: PublishedWorkbook) -> None:
    assert dataclasses.replace(reference, amounts={}).value(next(iter(reference.amounts))) is None
    assert as_number(1, "6.00", Decimal("6.00")) == 6.0
