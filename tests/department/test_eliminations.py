"""Transfers between units: both sides must agree, and the department shows neither."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from support import builders

from xlbudget import (
    ConsolidationRefused,
    DepartmentSummary,
    Report,
    Submission,
    Unit,
    WorkbookTemplate,
    check,
    read,
)
from xlbudget.checking.evidence import Evidence
from xlbudget.department.summary import joining
from xlbudget.department.tracing import find_cell, trace
from xlbudget.model import EntryRow


@pytest.fixture(scope="module")
def submissions(transfer_workbooks: list[Path], template: WorkbookTemplate) -> list[Submission]:
    return [read(path, template) for path in transfer_workbooks]


def joined(
    template: WorkbookTemplate,
    parts: Sequence[Submission],
    allow: Sequence[str] = (),
    roster: Sequence[str] = (),
) -> DepartmentSummary:
    """The summary of returns, whatever checking says of them."""
    report = Report(template.title, template.id, template.digest, ())
    head = Unit("HZ", "示范厅", "部门汇总")
    return joining.consolidate(parts, report, template, head, allow, roster=roster)


def changed(part: Submission, row: int, **values: object) -> Submission:
    """A return in which one row of the transfers says something else; no values: it is not there."""
    rows = [each for each in part.entries["内部往来"] if values or each.row != row]
    rows = [EntryRow(each.row, {**each.values, **(values if each.row == row else {})}) for each in rows]  # type: ignore[dict-item]
    return replace(part, entries={**part.entries, "内部往来": tuple(rows)})


def opened(path: Path) -> openpyxl.Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(path, read_only=True)


def taken_from_revenue(summary: DepartmentSummary) -> object:
    return next(row.values["内部抵销"] for row in summary.entries["收入"] if row.row == 4)


# ── What is taken out ────────────────────────────────────────────────────────────────────────────


def test_the_forms_show_neither_revenue_nor_expenditure_of_a_transfer(
    template: WorkbookTemplate, transfer_summary: Path
) -> None:
    """By hand, 万元: 单位资金 120 + 30 + 10.000005, less 40.000005 taken out; 103's XM003 had 30."""
    evidence = Evidence(template, read(transfer_summary, template))

    def value(form: str, line: str, column: str) -> object:
        return evidence.recalculated(find_cell(evidence, form, line, column))

    assert value("1", "单位资金", "收入") == 120
    assert value("2", "合计", "单位资金") == 120
    assert value("12", "103/XM003", "单位资金") == 0
    assert value("12", "103/XM003", "合计") == 250
    assert value("12", "101/XM009", "合计") == Decimal("19.999995")
    assert value("12", "102/XM009", "合计") == Decimal("10.000005")
    assert value("1", "收入总计", "收入") == value("1", "支出总计", "合计")


def test_the_parts_of_a_figure_still_add_up(template: WorkbookTemplate, transfer_summary: Path) -> None:
    evidence = Evidence(template, read(transfer_summary, template))
    for words in (("1", "单位资金", "收入"), ("2", "合计", "单位资金"), ("12", "103/XM003", "合计")):
        found = trace(evidence, find_cell(evidence, *words))
        assert found.rest == 0
        taken = [part for part in found.parts if part.amount < 0]
        assert sum(part.amount for part in taken) == Decimal(-300000 if words[0] == "12" else "-400000.05")
        assert all(part.row.endswith("抵销") or part.place.column == "内部抵销" for part in taken)


def test_the_summary_passes_its_own_check_and_a_changed_elimination_is_found(
    template: WorkbookTemplate, transfer_summary: Path, tmp_path: Path
) -> None:
    assert builders.rows_of(check(transfer_summary, template)) == []
    book = opened(transfer_summary)
    column = [row[0].value for row in book["录入2 项目支出"]["L6:L25"]]
    at = 6 + column.index(-300000)
    book.close()
    spoilt = builders.typed(transfer_summary.read_bytes(), "录入2 项目支出", {f"L{at}": -200000.0})
    report = check(builders.returned(tmp_path, "汇总.xlsx", spoilt), template)
    assert {finding.rule for finding in report.findings} >= {"E-01", "T-05"}


def test_the_list_names_both_sides_and_their_cells(transfer_summary: Path) -> None:
    book = opened(transfer_summary)
    sheet = book["内部往来抵销"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4, max_row=6)]
    first, second, total = rows
    assert first[1:5] == ["上级补助", "101 示范厅机关", 100000.05, "101.xlsx 录入13 内部往来!F7"]
    assert first[5:7] == ["102 示范厅执法监督局", 100000.05]
    assert second[7:] == ["101.xlsx 录入13 内部往来!F6", 0, 300000, "已抵销"]
    assert total[3] == "=SUM(D4:D5)"
    assert total[9] == "=SUM(J4:J5)"
    ledger = [[cell.value for cell in row] for row in book["录入13 内部往来"].iter_rows(min_row=6, max_row=9)]
    assert [row[10] for row in ledger] == [300000, 100000.05, 100000.05, 300000]
    book.close()


def test_a_summary_of_summaries_takes_out_what_its_parts_could_not(
    template: WorkbookTemplate, submissions: list[Submission]
) -> None:
    branch = joined(template, submissions[:2])
    assert branch.gaps == (
        "内部往来未抵销：103 拨给 101 示范厅机关（附属上缴） 300,000.00 元，对方不在本次汇总范围",
    )
    part = replace(
        submissions[0],
        path=Path("分.xlsx"),
        unit=branch.department,
        department=True,
        entries=branch.entries,
        capacity=branch.capacity,
    )
    nested, whole = joined(template, [part, submissions[2]]), joined(template, submissions)
    assert nested.entries == whole.entries
    assert nested.gaps == whole.gaps == ()


# ── What does not agree ──────────────────────────────────────────────────────────────────────────


def test_two_sides_that_differ_are_refused_with_both_cells(
    template: WorkbookTemplate, submissions: list[Submission]
) -> None:
    parts = [submissions[0], changed(submissions[1], 0, 金额=Decimal(90000)), submissions[2]]
    with pytest.raises(ConsolidationRefused) as refusal:
        joined(template, parts)
    assert list(refusal.value.reasons) == [
        "内部往来不一致（上级补助）：101 示范厅机关 拨出 100,000.05 元（101.xlsx 录入13 内部往来!F7），"
        "102 示范厅执法监督局 收到 90,000.00 元（102.xlsx 录入13 内部往来!F6），相差 10,000.05 元。"
        "请双方核对，改正后重报。可用 --allow transfers 先行汇总，按双方都认的数抵销。"
    ]


def test_what_is_allowed_is_taken_out_as_far_as_both_state_it_and_said_on_the_cover(
    template: WorkbookTemplate, submissions: list[Submission]
) -> None:
    parts = [submissions[0], changed(submissions[1], 0, 金额=Decimal(90000)), submissions[2]]
    summary = joined(template, parts, ["transfers"])
    assert summary.gaps == (
        "内部往来不一致：101 示范厅机关 拨给 102 示范厅执法监督局（上级补助），拨出方 100,000.05 元，"
        "收到方 90,000.00 元，已抵销 90,000.00 元",
    )
    assert taken_from_revenue(summary) == -390000
    assert [part.rule for part in summary.findings] == ["transfers"]
    assert summary.findings[0].difference == Decimal("10000.05")


def test_a_transfer_that_only_one_side_states_stays_in_the_figures(
    template: WorkbookTemplate, submissions: list[Submission]
) -> None:
    parts = [submissions[0], changed(submissions[1], 0), submissions[2]]
    with pytest.raises(ConsolidationRefused, match=r"102 示范厅执法监督局没有填这一笔，相差 100,000\.05 元"):
        joined(template, parts)
    summary = joined(template, parts, ["transfers"])
    assert taken_from_revenue(summary) == -300000


def test_a_counterparty_outside_the_department_is_refused(
    template: WorkbookTemplate, submissions: list[Submission]
) -> None:
    parts = [submissions[0], changed(submissions[1], 0, 对方单位="110")]
    with pytest.raises(ConsolidationRefused) as refusal:
        joined(template, parts, ["transfers"], ["101", "102", "103"])
    assert list(refusal.value.reasons) == [
        "102 填的内部往来，对方单位“110”不在名册中（102.xlsx 录入13 内部往来!F6）；"
        "请单位改正对方单位编码后重报。"
    ]


def test_a_payment_that_stands_in_no_ledger_is_refused(
    template: WorkbookTemplate, submissions: list[Submission]
) -> None:
    parts = [changed(submissions[0], 1, 项目编码="XM777"), *submissions[1:]]
    with pytest.raises(ConsolidationRefused, match=r"101 拨出的内部往来（101.xlsx .*F7）没有对应的支出行"):
        joined(template, parts)


def test_a_negative_amount_of_a_unit_is_no_elimination(
    template: WorkbookTemplate, transfer_workbooks: list[Path], tmp_path: Path
) -> None:
    spoilt = builders.typed(transfer_workbooks[2].read_bytes(), "录入2 项目支出", {"L9": -5.0, "S9": "抵销"})
    report = check(builders.returned(tmp_path, "103.xlsx", spoilt), template)
    assert "implausible_amount" in {finding.rule for finding in report.findings}
