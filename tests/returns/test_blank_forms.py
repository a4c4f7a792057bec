"""An official blank workbook → the forms of a new template, as far as they can be seen."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from xlbudget import check, generate, load_template
from xlbudget.checking.definitions.lint import lint
from xlbudget.cli import run
from xlbudget.model import Form

NAME = "某市财政局/2026"


def official(path: Path) -> Path:
    """A workbook as finance offices hand out: merged headings, captions, a trailing blank in a name."""
    book = openpyxl.Workbook()
    one = book.active
    one.title = "收支总表 "
    for row in (
        ["附表1"],
        ["2025年部门收支总表"],
        ["编制单位：", None, None, "单位：千元"],
        ["收　入", None, "支　出", None],
        ["项　　目", "预算数", "项　　目", "预算数"],
        ["一、财政拨款收入", None, "一、一般公共服务支出"],
        ["二、其他收入", None, "二、教育支出"],
        ["收入总计", None, "支出总计"],
    ):
        one.append(row)
    for merge in ("A2:D2", "A4:B4", "C4:D4"):
        one.merge_cells(merge)
    two = book.create_sheet("支出表")
    two["A1"] = "2025年部门支出表"
    two.merge_cells("A1:F1")
    two["A2"], two["F2"] = "编制单位：", "单位：千元"
    for place, text in {
        "A3": "科目",
        "A4": "编码",
        "B4": "名称",
        "C3": "合计",
        "D3": "本年支出",
        "D4": "基本支出",
        "E4": "项目支出",
        "F3": "上年结转",
        "A5": "合计",
        "A8": "注：数字取自部门预算。",
    }.items():
        two[place] = text
    for merge in ("A3:B3", "C3:C4", "D3:E3", "F3:F4", "A8:F8"):
        two.merge_cells(merge)
    three = book.create_sheet("三公")
    three["A1"] = "2025年三公经费表"
    three.merge_cells("A1:E1")
    for at, text in enumerate(("项目", "合计", "因公出国（境）费", "公务接待费", "公务用车费"), 1):
        three.cell(2, at, text)
        three.cell(3, at, at if at > 1 else "栏次")
    three["A4"] = "预算数"
    book.create_sheet("说明")["A1"] = "请于月底前报送。"
    book.save(path)
    return path


def headings(form: Form) -> list[list[tuple[str, ...]]]:
    return [[column.heading for column in panel.columns] for panel in form.panels]


def test_titles_captions_headings_and_rows_are_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them in these three forms; it lints and is issued; what was not seen is listed."""
    words = ["new", NAME, "-o", str(tmp_path / "模板"), "--from", str(official(tmp_path / "空白表.xlsx"))]
    assert run(words) == 0
    told = capsys.readouterr().out
    assert lint(tmp_path / "模板") == []
    template = load_template(NAME, tmp_path / "模板")
    one, two, three = template.forms
    assert [form.title for form in template.forms] == [
        "2026年部门收支总表",
        "2026年部门支出表",
        "2026年三公经费表",
    ]
    assert (one.sheet, one.caption, one.right) == ("收支总表", "附表1", "单位：千元")
    assert headings(one) == [
        [("收 入", "项 目"), ("收 入", "预算数")],
        [("支 出", "项 目"), ("支 出", "预算数")],
    ]
    assert headings(two) == [
        [
            ("科目", "编码"),
            ("科目", "名称"),
            ("合计",),
            ("本年支出", "基本支出"),
            ("本年支出", "项目支出"),
            ("上年结转",),
        ]
    ]
    assert [line.key for line in one.panels[0].body] == ["财政拨款收入", "其他收入", "收入总计"]
    assert [line.key for line in one.panels[1].body] == ["一般公共服务支出", "教育支出", "支出总计"]
    assert [column.money for column in one.panels[0].columns] == ["", "千元"]
    assert [column.key for column in two.panels[0].columns if column.kind == "amount"] == [
        "合计",
        "基本支出",
        "项目支出",
        "上年结转",
    ]
    assert [part.text for part in two.notes] == ['"注：数字取自部门预算。"']
    assert len(headings(three)[0]) == 5
    assert "第 3 行是各栏的编号" in told and "工作表名前后有空格" in told and "没有认出金额单位" in told
    assert "工作表“说明”没有认出栏目" in told
    blank = generate(template, tmp_path / "下发")
    assert {finding.rule for finding in check(blank, template).findings} == {"missing_entry"}


def test_a_workbook_without_forms_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "通知"
    book.save(tmp_path / "通知.xlsx")
    assert run(["new", NAME, "-o", str(tmp_path / "模板"), "--from", str(tmp_path / "通知.xlsx")]) == 2
    assert "没有认出一张表" in capsys.readouterr().err
    assert not (tmp_path / "模板").exists()
