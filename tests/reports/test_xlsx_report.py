"""The xlsx report's view of the rules: unit × rule at a glance, and each rule once."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import openpyxl
from test_reports import CENTRE, HOSTILE_REPORT, OFFICE, OUTCOMES, WRONG_TOTAL, report, workbook

from xlbudget.model import Report, RuleOutcome, RuleStatus, Severity
from xlbudget.reports import render

GIVEN = report(workbook(OFFICE, WRONG_TOTAL, outcomes=OUTCOMES), workbook(CENTRE, outcomes=OUTCOMES[1:2]))


def opened(given: Report) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(render(given, Path("r.xlsx"))))


def test_the_matrix_shows_every_status_by_sign_and_colour() -> None:
    sheet = opened(GIVEN)["规则矩阵"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert rows == [
        ["单位代码", "单位名称", "结论", "wrong_total", "N-01"],
        ["101001", "某某厅机关", "不予接收", "✗", "？"],
        ["101002", "某某事业发展中心", "可接收", None, None],
    ]
    assert (
        sheet["A2"].value
        == "✓ 通过　✗ 不符　－ 不适用　？ 未运行　　规则内容见“规则一览”；其余 2 条处处成立或不适用，没有列出"
    )
    assert sheet.auto_filter.ref == "A3:E5"
    assert sheet.freeze_panes == "D4"
    assert (
        len({(sheet[f"{letter}4"].font.color.rgb, sheet[f"{letter}4"].fill.fgColor.rgb) for letter in "DE"})
        == 2
    )


def test_a_finding_is_what_and_what_to_do_and_the_rest_is_folded() -> None:
    """Two lines that one acts on; the details in a row of their own, hidden until one opens it."""
    message = (
        "公式被数值覆盖，现为 1.00 万元，按录入数计算应为 2.00 万元"
        "（保存值 ≠ 重新计算值 ＝ 勾稽关系应得值）。"
        "同时使 X-01 不成立。请恢复原公式。"
    )
    [workbook] = [part for part in GIVEN.workbooks if part.findings][:1]
    first = replace(workbook.findings[0], message=message)
    given = replace(GIVEN, workbooks=(replace(workbook, findings=(first, *workbook.findings)),))
    sheet = opened(given)["问题清单"]
    texts = {row: str(sheet.cell(row, 11).value) for row in range(2, sheet.max_row + 1)}
    at = next(row for row, text in texts.items() if text.startswith("公式被数值覆盖"))
    assert texts[at].splitlines() == [
        "公式被数值覆盖，现为 1.00 万元，按录入数计算应为 2.00 万元。",
        "→ 请恢复原公式。",
    ]
    assert texts[at + 1].splitlines() == [
        "同时使 X-01 不成立。",
        "保存值 ≠ 重新计算值 ＝ 勾稽关系应得值。",
    ]
    folded = sheet.row_dimensions[at + 1]
    assert (folded.outlineLevel, folded.hidden) == (1, True)
    assert not sheet.row_dimensions[at].hidden
    assert not sheet.sheet_properties.outlinePr.summaryBelow


def test_each_rule_stands_once_with_its_results() -> None:
    sheet = opened(GIVEN)["规则一览"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == [
        "规则", "规则内容", "级别", "通过（份）", "不符（份）", "不适用（份）", "未运行（份）", "核对处数",
    ]  # fmt: skip
    assert rows[2] == ["保存的计算结果过期", "所存数值与重新计算一致", "改正或书面说明", 2, 0, 0, 0, 602]
    assert len(rows) == 1 + len(OUTCOMES)


def test_a_check_says_beside_its_title_what_it_looks_for() -> None:
    """Its title is what it is called; the same words again in the next column said nothing."""
    outcome = RuleOutcome("text_amount", "金额是文本，不是数字", Severity.EXPLAIN, RuleStatus.PASSED, 1)
    sheet = opened(report(workbook(OFFICE, outcomes=(outcome,))))["规则一览"]
    name, content = (cell.value for cell in sheet[2][:2])
    assert name == "金额是文本，不是数字"
    assert content == "金额以文本形式填写：Excel 合计时不计入，或按各自的方式理解。"


def test_nothing_that_a_unit_wrote_is_a_formula_in_the_matrix() -> None:
    sheet = opened(HOSTILE_REPORT)["规则矩阵"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
