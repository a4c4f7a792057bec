"""The xlsx report's view of the rules: unit × rule at a glance, and each rule once."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
from test_reports import CENTRE, HOSTILE_REPORT, OFFICE, OUTCOMES, WRONG_TOTAL, report, workbook

from xlbudget.model import Report
from xlbudget.reports import render

GIVEN = report(workbook(OFFICE, WRONG_TOTAL, outcomes=OUTCOMES), workbook(CENTRE, outcomes=OUTCOMES[1:2]))


def opened(given: Report) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(render(given, Path("r.xlsx"))))


def test_the_matrix_shows_every_status_by_sign_and_colour() -> None:
    sheet = opened(GIVEN)["规则矩阵"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert rows == [
        ["单位代码", "单位名称", "结论", "wrong_total", "stale_value", "X-15", "N-01"],
        ["101001", "某某厅机关", "不予接收", "✗", "✓", "－", "？"],
        ["101002", "某某事业发展中心", "可接收", None, "✓", None, None],
    ]
    assert sheet["A2"].value == "✓ 通过　✗ 不符　－ 不适用　？ 未运行　　规则内容见“规则一览”"
    assert sheet.auto_filter.ref == "A3:G5"
    assert sheet.freeze_panes == "D4"
    assert (
        len({(sheet[f"{letter}4"].font.color.rgb, sheet[f"{letter}4"].fill.fgColor.rgb) for letter in "DEFG"})
        == 4
    )


def test_each_rule_stands_once_with_its_results() -> None:
    sheet = opened(GIVEN)["规则一览"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == [
        "规则", "规则内容", "级别", "通过（份）", "不符（份）", "不适用（份）", "未运行（份）", "核对处数",
    ]  # fmt: skip
    assert rows[2] == ["stale_value", "所存数值与重新计算一致", "改正或书面说明", 2, 0, 0, 0, 602]
    assert len(rows) == 1 + len(OUTCOMES)


def test_nothing_that_a_unit_wrote_is_a_formula_in_the_matrix() -> None:
    sheet = opened(HOSTILE_REPORT)["规则矩阵"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
