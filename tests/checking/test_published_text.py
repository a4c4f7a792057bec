"""The text of a published document against its own tables: each fault at its words, nothing on the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.spoiled_documents import with_cell, with_words
from support.word_documents import word_document

from xlbudget import WorkbookTemplate, publish
from xlbudget.checking.published.checking import check_published
from xlbudget.model import Severity, WorkbookReport

SPOILS = {
    "a digit of an amount": (
        "占20.59%；项目支出8,462.73",
        "占20.59%；项目支出8,467.73",
        "text_figure",
        "8,467.73万元",
    ),
    "two digits changed places": ("6,066.78万元", "6,606.78万元", "text_figure", "6,606.78万元"),
    "the last digit lost": ("494.33万元，占7.41%", "494.3万元，占7.41%", "text_figure", "494.3万元"),
    "the point moved": ("1,791.35万元", "179.14万元", "text_figure", "179.14万元"),
    "another unit of money": (
        "基本支出2,194.07万元，占",
        "基本支出2,194.07元，占",
        "text_money",
        "2,194.07元",
    ),
    "a share": ("占90.91%", "占90.19%", "text_share", "90.19%"),
    "a rate": ("下降18.43%", "下降14.83%", "text_rate", "14.83%"),
    "a direction against its rate": ("比上年减少1,508.11", "比上年增加1,508.11", "text_direction", "18.43%"),
    "a year": ("2023年度支出预算", "2022年度支出预算", "text_year", "2022"),
    "a year compared with": ("比2022年同口径", "比2021年同口径", "text_year", "2021"),
    "a placeholder": ("402.71万元，主要包括", "XX万元，主要包括", "text_placeholder", "XX"),
    "a doubled mark": ("占79.41%。", "占79.41%。。", "text_marks", "。。"),
    "a reason left out": (
        "主要原因是根据财政预算安排增加公务用车购置费。",
        "主要原因是。",
        "text_sentence",
        "主要原因是",
    ),
    "a name": ("政府性基金预算拨款收入", "政府性基釜预算拨款收入", "text_name", "性基釜预算"),
    "a mark of the office": (
        "2023年度支出预算",
        "仅供内部审核2023年度支出预算",
        "text_internal",
        "仅供内部审核",
    ),
    "a telephone": ("占79.41%。", "占79.41%。联系电话13800000000", "text_private", "13800000000"),
}


@pytest.fixture(scope="module")
def printed(
    reference_workbook: Path, template: WorkbookTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    [done] = publish(reference_workbook, tmp_path_factory.mktemp("published"), template)
    return next(path for path in done.paths if path.suffix == ".docx")


def serious(report: WorkbookReport) -> list[tuple[str, str]]:
    return [(one.rule, one.found) for one in report.findings if one.severity is not Severity.NOTE]


@pytest.mark.parametrize(("old", "new", "rule", "found"), SPOILS.values(), ids=SPOILS)
def test_a_spoiled_text_is_found_at_its_words_and_nothing_else(
    old: str, new: str, rule: str, found: str, printed: Path, template: WorkbookTemplate, tmp_path: Path
) -> None:
    spoiled = with_words(printed, tmp_path / "公开.docx", old, new)
    assert (rule, found) in serious(check_published(spoiled, [template]))


def test_a_text_as_it_was_composed_has_no_fault_and_its_figures_are_held(
    printed: Path, template: WorkbookTemplate
) -> None:
    """Eleven shares, four rates and the amounts that its tables know; a wrong amount names the right one."""
    report = check_published(printed, [template])
    assert serious(report) == []
    looked = {outcome.rule: outcome.instances for outcome in report.outcomes}
    assert looked["text_figure"] >= 30


def test_an_amount_says_the_right_one_and_the_cell(
    printed: Path, template: WorkbookTemplate, tmp_path: Path
) -> None:
    spoiled = with_words(printed, tmp_path / "公开.docx", "6,066.78万元，占", "6,066.87万元，占")
    [finding] = [one for one in check_published(spoiled, [template]).findings if one.rule == "text_figure"]
    assert (finding.found, "6,066.78" in finding.message) == ("6,066.87万元", True)
    assert [operand.text for operand in finding.operands] == ["6,066.78"]
    assert str(finding.stored) == "60668700.00"
    assert str(finding.expected) == "60667800.00"


def own_document(path: Path, text: str, unit: str = "单位：元") -> Path:
    """A document of no template: one table in 元, one sentence in 万元."""
    rows = [
        ("科目名称", "合计", "基本支出", "项目支出"),
        ("农田水利", "1,234,567.00", "1,000,000.00", "234,567.00"),
        ("渔业补助", "765,433.00", "0.00", "765,433.00"),
        ("合计", "2,000,000.00", "1,000,000.00", "1,000,000.00"),
    ]
    return word_document(path, ["2031年部门支出预算表", unit, rows, text])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2031年农田水利支出123.46万元，渔业补助76.54万元。", []),
        ("2031年农田水利支出123.64万元，渔业补助76.54万元。", [("text_figure", "123.64万元")]),
        ("2031年农田水利支出1,234,567.00万元。", [("text_money", "1,234,567.00万元")]),
        ("2031年支出预算200.00万元，其中：农田水利123.46万元，占61.73%。", []),
        ("2031年支出预算200.00万元，其中：农田水利123.46万元，占67.13%。", [("text_share", "67.13%")]),
        ("2031年本单位支出预算200.00万元。", [("text_level", "本单位")]),
        ("农田水利培训安排5.20万元，用于购置渔船3.00万元。", []),
    ],
)
def test_tables_of_no_template_speak_for_themselves(
    text: str, expected: list[tuple[str, str]], template: WorkbookTemplate, tmp_path: Path
) -> None:
    path = own_document(tmp_path / "公开.docx", text)
    report = check_published(path, [template])
    assert report.template == ""
    assert [one for one in serious(report) if one[0].startswith("text_")] == expected


@pytest.mark.parametrize(
    ("words", "rule", "found"),
    [
        ("2031年12月前XX月XX日前", "text_placeholder", "XX"),
        ("满足满足", "text_marks", "满足满足"),
        ("20310810181229", "text_private", "20310810181229"),
    ],
)
def test_words_in_cells_are_looked_at_too(
    words: str, rule: str, found: str, template: WorkbookTemplate, tmp_path: Path
) -> None:
    """Placeholders, doubled units and raw times stand in tables of targets."""
    path = own_document(tmp_path / "公开.docx", "2031年农田水利支出123.46万元。")
    spoiled = with_cell(path, tmp_path / "改.docx", 0, 0, 3, words)
    assert (rule, found) in serious(check_published(spoiled, [template]))
