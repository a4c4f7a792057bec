"""Stored, recalculated, expected by rule: four ways to disagree are four findings that say which two do."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from support import builders
from support.builders import PROJECTS

from xlbudget import Finding, WorkbookTemplate, check

SHEET, CELL = "公开表5", "D6"
"""基本支出 of form 5: 2,194.0698 万元 in the reference."""

Only = Callable[[bytes], Finding]


@pytest.fixture
def only(template: WorkbookTemplate, tmp_path: Path) -> Only:
    """Check a workbook and return its one finding."""

    def checked(workbook: bytes) -> Finding:
        [finding] = check(builders.returned(tmp_path, "报送.xlsx", workbook), template).findings
        return finding

    return checked


@pytest.fixture(scope="module")
def reference(reference_workbook: Path) -> bytes:
    return reference_workbook.read_bytes()


def test_a_formula_overwritten_with_the_right_value(reference: bytes, only: Only) -> None:
    finding = only(builders.typed(reference, SHEET, {CELL: 2194.0698}))
    assert (finding.rule, finding.severity, finding.place.address) == ("changed_formula", "explain", CELL)
    assert "公式被数值覆盖" in finding.message
    assert "（保存值 ＝ 重新计算值 ＝ 勾稽关系应得值）" in finding.message


def test_a_formula_overwritten_with_a_wrong_value(reference: bytes, only: Only) -> None:
    finding = only(builders.typed(reference, SHEET, {CELL: 2149.0698}))
    assert (finding.rule, finding.severity, finding.place.address) == ("changed_formula", "blocking", CELL)
    assert "公式被数值覆盖" in finding.message
    assert "疑相邻两位数字写颠倒（保存值 ≠ 重新计算值 ＝ 勾稽关系应得值）" in finding.message


def test_a_stale_result(reference: bytes, only: Only) -> None:
    finding = only(builders.other_result(reference, SHEET, CELL, 2149.0698))
    assert (finding.rule, finding.severity, finding.place.address) == ("stale_value", "explain", CELL)
    assert "保存的结果为" in finding.message
    assert "（保存值 ≠ 重新计算值 ＝ 勾稽关系应得值）" in finding.message


def test_a_number_as_text_inside_a_sum(template: WorkbookTemplate, reference: bytes, only: Only) -> None:
    without = builders.recalculated(builders.typed(reference, PROJECTS, {"H6": None}), template)
    finding = only(builders.typed(without, PROJECTS, {"H6": "3000000"}))
    assert (finding.rule, finding.severity, finding.place.address) == ("text_amount", "blocking", "H6")
    assert "公开表因此少计，如2023年预算收支总表" in finding.message
    assert "（保存值 ≠ 重新计算值 ＝ 勾稽关系应得值）" in finding.message
    assert finding.expected == Decimal(3_000_000)


def test_two_stale_results_apart_are_two_findings(
    template: WorkbookTemplate, reference: bytes, tmp_path: Path
) -> None:
    workbook = builders.other_result(reference, SHEET, CELL, 2149.0698)
    workbook = builders.other_result(workbook, "公开表11", "C6", 1.0)
    report = check(builders.returned(tmp_path, "报送.xlsx", workbook), template)
    assert [(one.rule, one.place.sheet, one.place.address) for one in report.findings] == [
        ("stale_value", SHEET, CELL),
        ("stale_value", "公开表11", "C6"),
    ]
