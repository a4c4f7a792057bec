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


def of_a_city(path: Path) -> Path:
    """Another style: a cover and contents, headings over three rows, codes in three columns, notes below."""
    book = openpyxl.Workbook()
    cover = book.active
    cover.title = "封面"
    cover["B5"], cover["B10"] = "××市2026年度部门预算", "填报单位（盖章）："
    contents = book.create_sheet("目录")
    for row in (["目    录"], [1, "部门收支总体情况表", "第1页"], [2, "部门支出总体情况表", "第2页"]):
        contents.append(row)
    one = book.create_sheet("表一 ")
    for row in (
        ["表一"],
        ["部门收支总体情况表"],
        ["部门名称：××局", None, None, None, None, "金额单位：万元"],
        ["收入", None, None, "支出"],
        ["项目", "2025年预算数", "2026年预算数", "项目", "2025年预算数", "2026年预算数"],
        ["一、一般公共预算拨款收入", None, None, "201 一般公共服务支出"],
        ["二、单位资金收入", None, None, "205 教育支出"],
        ["  （一）事业收入"],
        ["总  计", None, None, "总  计"],
        [],
        ["注：1.本表反映部门全部收支情况。"],
        ["    2.预算数保留两位小数。"],
    ):
        one.append(row)
    two = book.create_sheet("表二")
    two["A1"], two["A2"], two["K2"] = "部门支出总体情况表", "部门名称：", "金额单位：万元"
    for place, text in {
        "A3": "科目编码",
        **dict(zip(("A5", "B5", "C5"), "类款项", strict=True)),
        "D3": "单位编码",
        "E3": "单位（科目名称）",
        "F3": "总计",
        "G3": "本年支出",
        "G4": "基本支出",
        "G5": "人员经费",
        "H5": "公用经费",
        "I4": "项目支出",
        "J4": "经营支出",
        "K3": "结转下年",
        **{f"{column}6": "**" for column in "ABCDE"},
        **{f"{column}6": number for number, column in enumerate("FGHIJK", 1)},
        "E7": "合计",
    }.items():
        two[place] = text
    two.column_dimensions["D"].hidden = True
    three = book.create_sheet("表三")
    three["A1"], three["F2"] = "“三公”经费支出表", "单位：元"
    for at, text in enumerate(
        ("“三公”经费合计", "因公出国（境）费用", "公务用车购置及运行费", None, "公务接待费"), 1
    ):
        three.cell(3, at, text)
    three["C4"], three["D4"] = "购置费", "运行费"
    merged = {one: ("A2:F2", "A4:C4", "D4:F4"), two: ("A1:K1", "A3:C4", "G3:J3", "G4:H4")}
    merged[two] += (*(f"{column}3:{column}5" for column in "DEFK"), "I4:I5", "J4:J5")
    merged[three] = ("A1:F1", "C3:D3", "A3:A4", "B3:B4", "E3:E4")
    for sheet, places in merged.items():
        for place in places:
            sheet.merge_cells(place)
    book.save(path)
    return path


def of_final_accounts(path: Path) -> Path:
    """A third: the table's code right of the title, rows and columns numbered, a hidden sheet."""
    book = openpyxl.Workbook()
    one = book.active
    one.title = "GK01"
    for row in (
        ["收入支出决算总表"],
        [None, None, None, None, None, "公开01表"],
        ["部门：某大学", None, None, None, None, "单位：万元"],
        ["收入", None, None, "支出"],
        ["项目", "行次", "决算数", "项目", "行次", "决算数"],
        ["栏次", None, 1, "栏次", None, 2],
        ["一、财政拨款收入", 1, None, "一、教育支出", 4],
        ["二、事业收入", 2, None, "二、科学技术支出", 5],
        ["总计", 3, None, "总计", 6],
        ["注：1.本表反映部门本年度的总收支。\n　　2.可能存在尾数误差。"],
    ):
        one.append(row)
    two = book.create_sheet("GK02")
    two["A1"], two["F2"], two["A3"], two["F3"] = "收入决算表", "公开02表", "部门：某大学", "单位：万元"
    for place, text in {
        "A4": "项目",
        "A5": "功能分类\n科目编码",
        "D5": "科目名称",
        "E4": "本年收入合计",
        "F4": "财政拨款收入",
        "A7": "栏次",
        "E7": 1,
        "F7": 2,
        "A8": "合计",
        "A12": "注：本表反映部门本年度取得的各项收入情况。",
    }.items():
        two[place] = text
    hidden = book.create_sheet("内部")
    hidden["A1"], hidden["B1"], hidden.sheet_state = "甲", "乙", "hidden"
    merged = {one: ("A1:F1", "A4:C4", "D4:F4", "A10:F10")}
    merged[two] = ("A1:F1", "A4:D4", "A5:C6", "D5:D6", "E4:E6", "F4:F6", "A7:D7", "A8:D8", "A12:F12")
    for sheet, places in merged.items():
        for place in places:
            sheet.merge_cells(place)
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


def test_a_style_with_a_cover_three_rows_of_headings_and_parted_codes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["new", NAME, "-o", str(tmp_path / "模板"), "--from", str(of_a_city(tmp_path / "空白表.xlsx"))]
    assert run(words) == 0
    told = capsys.readouterr().out
    assert lint(tmp_path / "模板") == []
    one, two, three = load_template(NAME, tmp_path / "模板").forms
    assert (one.sheet, one.caption) == ("表一", "表一")
    assert one.left is not None and one.left.text.startswith('"部门名称："&')
    assert [[line.key for line in panel.body] for panel in one.panels] == [
        ["一般公共预算拨款收入", "单位资金收入", "事业收入", "总计"],
        ["一般公共服务支出", "教育支出", "支出总计"],
    ]
    assert [part.text for part in one.notes] == [
        '"注：1.本表反映部门全部收支情况。"',
        '"2.预算数保留两位小数。"',
    ]
    kinds = [(column.key, str(column.kind), column.hidden) for column in two.panels[0].columns]
    texts = ("类", "款", "项", "单位编码", "单位科目名称")
    amounts = ("总计", "人员经费", "公用经费", "项目支出", "经营支出", "结转下年")
    assert kinds == [
        *((key, "text", key == "单位编码") for key in texts),
        *((key, "amount", False) for key in amounts),
    ]
    assert two.panels[0].line_name == "{单位科目名称}"
    assert two.landscape
    assert {str(column.kind) for column in three.panels[0].columns} == {"amount"}
    assert "栏目“2025年预算数”写的是别的年份" in told
    assert "“部门名称：××局”写作填报单位的名称" in told
    assert "工作表“封面”没有认出栏目" in told and "工作表“目录”没有认出栏目" in told


def test_a_style_with_numbered_rows_and_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = of_final_accounts(tmp_path / "空白表.xlsx")
    assert run(["new", NAME, "-o", str(tmp_path / "模板"), "--from", str(source)]) == 0
    told = capsys.readouterr().out
    assert lint(tmp_path / "模板") == []
    one, two = load_template(NAME, tmp_path / "模板").forms
    assert [form.caption for form in (one, two)] == ["公开01表", "公开02表"]
    for panel, last in zip(one.panels, ("总计", "支出总计"), strict=True):
        assert [str(column.kind) for column in panel.columns] == ["text", "text", "amount"]
        assert panel.body[-1].key == last
    assert headings(two)[0][:2] == [("项目", "功能分类 科目编码"), ("项目", "科目名称")]
    assert [str(column.kind) for column in two.panels[0].columns] == ["text", "text", "amount", "amount"]
    assert [line.key for line in two.panels[0].body] == ["合计"]
    assert len(one.notes) == len(two.notes) == 1
    assert "工作表“内部”是隐藏的，没有写成公开表" in told
