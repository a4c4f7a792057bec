"""Reports for programs name the cells that may be wrong as a list, in the order of likelihood."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from support.generated_budgets import Budget, reference

from xlbudget import Report, WorkbookTemplate
from xlbudget.checking.one_file import check_submission
from xlbudget.checking.runs.report_data import data_of, report_from
from xlbudget.model import EntryRow
from xlbudget.reports.json_findings import report_json


@pytest.fixture(scope="module")
def budget(template: WorkbookTemplate) -> Budget:
    return reference(template)


def spoiled(budget: Budget, column: str, value: Decimal | str, *, table: str, row: int) -> Report:
    entries = dict(budget.entries)
    entries[table] = tuple(
        EntryRow(one.row, {**one.values, column: value}) if one.row == row else one for one in entries[table]
    )
    report = check_submission(budget.submission(entries, stored={}), budget.template)
    assert report_from(data_of(report)) == report  # a run that goes on where it stopped knows them again
    return Report("模板", budget.template.id, "", (report,))


def test_suspects_stand_in_the_json_with_cell_value_slip_and_rank(budget: Budget) -> None:
    """General revenue of 66,734,298 元 typed with two digits swapped: 66,734,928."""
    report = spoiled(budget, "本年收入", Decimal(66_734_928), table="收入", row=0)
    [finding] = [one for one in json.loads(report_json(report))["findings"] if one["candidates"]]
    first, *others = finding["candidates"]
    assert first == {
        "rank": 1,
        "form": "2023年收入录入表",
        "line": "一般公共预算",
        "column": "本年收入",
        "sheet": "录入3 收入",
        "address": "B5",
        "stored": "66734928",
        "expected": "66734298",
        "money": "元",
        "slip": "swapped_digits",
    }
    ranks = [one["rank"] for one in others]
    assert ranks == sorted(ranks) and all(rank > 1 for rank in ranks)


def test_codes_that_may_be_wrong_are_candidates_too(budget: Budget) -> None:
    report = spoiled(budget, "功能科目", "2040201", table="基本支出", row=3)
    [finding] = [one for one in json.loads(report_json(report))["findings"] if one["candidates"]]
    [one] = finding["candidates"]
    assert (one["rank"], one["address"], one["stored"], one["expected"]) == (1, "C9", "2040201", "2080505")
    assert (one["money"], one["slip"]) == ("", "")


def test_repairs_that_nothing_tells_apart_are_named_together(budget: Budget) -> None:
    """9,000 元 too much: two digits swapped explain it in four entries alike (looked up in the ledgers)."""
    report = spoiled(budget, "本年收入", Decimal(66_743_298), table="收入", row=0)
    [finding] = [one for one in report.workbooks[0].findings if one.candidates]
    alike = {(one.stored, one.expected) for one in finding.candidates if one.rank == 1}
    assert alike == {
        (Decimal(66_743_298), Decimal(66_734_298)),
        (Decimal(801_100), Decimal(810_100)),
        (Decimal(212_898), Decimal(221_898)),
        (Decimal(1_389_400), Decimal(1_398_400)),
    }
    assert [one.rank for one in finding.candidates][4] == 5
    assert "下列 4 处改哪一处都同样说得通：" in finding.message
    assert "最可能" not in finding.message
    assert all(f"应为 {value:,}.00 元" in finding.message for _, value in alike)
