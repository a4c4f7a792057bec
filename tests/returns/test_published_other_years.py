"""Forms as other units and years print them: totals among headings, labels a word longer, unlisted codes."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from support.word_documents import Table, word_document

from xlbudget.definitions.loading import load_template
from xlbudget.model import WorkbookTemplate
from xlbudget.returns.published.documents import read_document
from xlbudget.returns.published.reading import published_workbook
from xlbudget.returns.published.sections import looks_like_title
from xlbudget.returns.published.workbooks import PublishedWorkbook

FINAL = "shanghai_putuo/2024_final_accounts"
FUND: Table = (
    ("项目", "项目", "年初结转和结余", "本年收入", "本年支出", "本年支出", "本年支出", "年末结转和结余"),
    ("功能分类科目编码", "科目名称", "年初结转和结余", "本年收入", "", "", "", "年末结转和结余"),
    ("合计", "", "0.00", "70.00", "合计", "基本支出", "项目支出", "0.00"),
    ("229", "其他支出", "0.00", "70.00", "70.00", "", "70.00", "0.00"),
    ("22960", "彩票公益金安排的支出", "0.00", "70.00", "70.00", "", "70.00", "0.00"),
    ("2296002", "用于社会福利的彩票公益金支出", "0.00", "70.00", "70.00", "", "70.00", "0.00"),
)


def read(tmp_path: Path, template: str, *parts: str | Table) -> PublishedWorkbook:
    path = word_document(tmp_path / "公开.docx", parts)
    known: WorkbookTemplate = load_template(template)
    return published_workbook(read_document(path), known, None)


def amounts(workbook: PublishedWorkbook, form: str) -> dict[tuple[str, str], Decimal]:
    """Return the amounts of a form by line and column, as printed."""
    return {
        (workbook.line_name(cell), cell.column): shown.value
        for cell, shown in workbook.amounts.items()
        if workbook.place(cell).form == form
    }


def test_a_total_among_the_lowest_headings_is_read_where_it_is_printed(tmp_path: Path) -> None:
    title = "政府性基金预算财政拨款收入支出决算表"
    workbook = read(tmp_path, FINAL, title, "单位：万元", FUND)
    found = amounts(workbook, title)
    total = {column: value for (line, column), value in found.items() if line == "合计"}
    assert total == {
        "年初结转和结余": Decimal("0.00"),
        "本年收入": Decimal("70.00"),
        "年末结转和结余": Decimal("0.00"),
    }
    assert sum(value == 70 for (line, _), value in found.items() if line != "合计") == 9
    assert {cell.column for cell in workbook.absent} == {"合计", "基本支出", "项目支出"}
    assert not workbook.unreadable and not workbook.unrecognised


def test_forms_of_one_heading_under_two_titles_are_two_in_word_too(tmp_path: Path) -> None:
    title = "政府性基金预算财政拨款收入支出决算表"
    other = "国有资本经营预算财政拨款收入支出决算表"
    empty: Table = (*FUND[:2], ("合计", "", "", "", "合计", "基本支出", "项目支出", ""), ("",) * 8)
    workbook = read(tmp_path, FINAL, title, "单位：万元", FUND, other, "单位：万元", empty)
    assert [form.form for form in workbook.forms] == ["F8", "F9"]
    assert amounts(workbook, other) == {}


def test_labels_a_word_shorter_and_classes_that_no_list_has(tmp_path: Path) -> None:
    title = "2026年部门财务收支预算总表"
    rows: Table = (
        ("本年收入", "本年收入", "本年支出", "本年支出"),
        ("项目", "预算数", "项目", "预算数"),
        ("一、财政拨款收入", "900.00", "一、社会保障和就业支出", "300.00"),
        ("1. 一般公共预算", "700.00", "二、自然资源海洋气象等支出", "600.00"),
        ("2. 政府性基金预算", "200.00", "", ""),
        ("收入总计", "900.00", "支出总计", "900.00"),
    )
    spending: Table = (
        ("项目", "项目", "项目", "项目", "支出预算", "支出预算", "支出预算"),
        (
            "功能分类科目编码",
            "功能分类科目编码",
            "功能分类科目编码",
            "功能分类科目名称",
            "合计",
            "基本支出",
            "项目支出",
        ),
        ("类", "款", "项", "功能分类科目名称", "合计", "基本支出", "项目支出"),
        ("208", "", "", "社会保障和就业支出", "300.00", "300.00", "0.00"),
        ("220", "", "", "自然资源海洋气象等支出", "600.00", "0.00", "600.00"),
        ("220", "01", "", "自然资源事务", "600.00", "0.00", "600.00"),
        ("220", "01", "02", "一般行政管理事务", "600.00", "0.00", "600.00"),
        ("", "", "", "合计", "900.00", "300.00", "600.00"),
    )
    parts = (title, "单位：元", rows, "2026年部门支出预算总表", "单位：元", spending)
    workbook = read(tmp_path, "shanghai_putuo/2025", *parts)
    assert [part.text for part in workbook.unrecognised] == []
    printed = sorted(value for (_, column), value in amounts(workbook, "2025年部门财务收支预算总表").items())
    assert printed == sorted(map(Decimal, ("900", "300", "700", "600", "200", "900", "900")))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("公开03表", False),
        ("财决01-1表", False),
        ("附表三表", False),
        ("收入决算表", True),
        ("2024年度部门收支总表", True),
        ("项目支出绩效自评表", True),
    ],
)
def test_what_only_numbers_a_table_is_no_title(text: str, title: bool) -> None:
    assert looks_like_title(text) is title
