"""Slips of final accounts as departments make them: each is told once, and what is right is let stand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from support.word_documents import Table, word_document

from xlbudget.checking.published.checking import check_read
from xlbudget.definitions.loading import load_template
from xlbudget.model import Finding, Severity
from xlbudget.returns.published.documents import read_document

TEMPLATES = [load_template("shanxi_provincial/2023")]
CODES: Table = (
    ("204", "公共安全支出", "80.00", "", "80.00"),
    ("20406", "司法", "50.00", "", "50.00"),
    ("2040607", "公共法律服务", "50.00", "", "50.00"),
    ("20499", "其他公共安全支出", "30.00", "", "30.00"),
    ("2049999", "其他公共安全支出", "30.00", "", "30.00"),
    ("205", "教育支出", "920.00", "900.00", "20.00"),
    ("20502", "普通教育", "920.00", "900.00", "20.00"),
    ("2050201", "学前教育", "300.00", "300.00", ""),
    ("2050202", "小学教育", "600.00", "600.00", ""),
    ("2050299", "其他普通教育支出", "20.00", "", "20.00"),
)
HEAD = ("科目编码", "科目名称", "合计", "基本支出", "项目支出")
TOTAL = ("", "合计", "1,000.00", "900.00", "100.00")
SPENDING: Table = (HEAD, *CODES, TOTAL)
PUBLIC: Table = (
    ("合计", "合计", "因公出国（境）费", "因公出国（境）费", "公务接待费", "公务接待费"),
    ("预算数", "决算数", "预算数", "决算数", "预算数", "决算数"),
    ("12.50", "9.40", "8.00", "6.30", "4.50", "3.10"),
)


def findings(tmp_path: Path, tables: Sequence[tuple[str, Table]], *texts: str) -> list[Finding]:
    """Return what is found in final accounts with these tables and texts."""
    printed = [part for title, rows in tables for part in (title, "单位：万元", rows)]
    path = word_document(tmp_path / "公开.docx", ["某区教育局2024年度部门决算", *printed, *texts])
    return list(check_read(read_document(path), TEMPLATES).findings)


def told(tmp_path: Path, tables: Sequence[tuple[str, Table]], *texts: str) -> list[tuple[str, str]]:
    """Return rule and words of what is found above a note."""
    every = findings(tmp_path, tables, *texts)
    return [(one.rule, one.found) for one in every if one.severity is not Severity.NOTE]


def text_told(tmp_path: Path, *texts: str) -> list[tuple[str, str]]:
    """Return rule and words of what is found above a note in texts beside a right table."""
    return told(tmp_path, [("支出决算表", SPENDING)], *texts)


# ------------------------------------------------------------------ figures


def test_a_last_digit_written_otherwise_is_another_amount(tmp_path: Path) -> None:
    right = "教育支出（类）普通教育（款）小学教育（项）600.00万元，主要用于日常教学。"
    assert text_told(tmp_path, right) == []
    wrong = right.replace("600.00", "600.01")
    assert text_told(tmp_path, wrong) == [("text_figure", "600.01万元")]


def test_an_amount_said_wrong_twice_in_a_paragraph_is_told_once(tmp_path: Path) -> None:
    text = (
        "教育支出（类）普通教育（款）学前教育（项）390.00万元。年初预算为400.00万元，支出决算为390.00万元。"
    )
    assert text_told(tmp_path, text) == [("text_figure", "390.00万元")]


def test_an_amount_cut_instead_of_rounded_is_a_note(tmp_path: Path) -> None:
    rows: Table = (
        HEAD,
        ("205", "教育支出", "920.78", "900.78", "20.00"),
        ("", "合计", "920.78", "900.78", "20.00"),
    )
    found = findings(tmp_path, [("支出决算表", rows)], "教育支出920万元，其中基本支出900.78万元。")
    assert [(one.rule, one.severity) for one in found] == [("text_figure", Severity.NOTE)]
    assert "只截去了尾数" in found[0].message


def test_what_was_spent_is_held_to_the_column_of_what_was_spent(tmp_path: Path) -> None:
    right = "公务接待费支出决算为3.10万元。"
    assert told(tmp_path, [("“三公”经费支出决算表", PUBLIC)], right) == []
    wrong = right.replace("3.10", "4.50")  # that is what was budgeted
    assert told(tmp_path, [("“三公”经费支出决算表", PUBLIC)], wrong) == [("text_figure", "4.50万元")]


def test_shares_of_a_whole_that_only_its_parts_say(tmp_path: Path) -> None:
    text = "“三公”经费支出决算中，因公出国（境）费支出6.30万元，占67.02%；公务接待费支出3.10万元，占32.98%。"
    assert told(tmp_path, [("“三公”经费支出决算表", PUBLIC)], text) == []
    slip = text.replace("32.98", "36.98")
    assert told(tmp_path, [("“三公”经费支出决算表", PUBLIC)], slip) == [("text_share", "36.98%")]


def test_nothing_grows_from_nothing_by_a_percentage(tmp_path: Path) -> None:
    text = "公务接待费支出决算为3.10万元。公务接待费支出决算增加3.10万元，增长100%，主要原因是新增接待任务。"
    assert told(tmp_path, [("“三公”经费支出决算表", PUBLIC)], text) == [("text_rate", "100%")]
    fine = text.replace("增加3.10万元，增长100%", "增加1.10万元，增长55%")
    assert told(tmp_path, [("“三公”经费支出决算表", PUBLIC)], fine) == []


def test_a_rate_is_held_to_the_amount_that_the_text_said_before(tmp_path: Path) -> None:
    text = "会议费支出决算为8.00万元，用于年度会议。"
    change = "会议费支出决算减少2.00万元，下降{}，主要原因是会议减少。"
    assert text_told(tmp_path, text, change.format("20.00%")) == []
    assert text_told(tmp_path, text, change.format("22.00%")) == [("text_rate", "22.00%")]


def test_a_degree_of_completion_of_the_amount_said_first_is_no_second_fault(tmp_path: Path) -> None:
    text = (
        "教育支出（类）普通教育（款）学前教育（项）300.00万元，主要用于教学。"
        "年初预算为400.00万元，支出决算为310.00万元，完成年初预算的75.00%。"
    )
    assert text_told(tmp_path, text) == [("text_figure", "310.00万元")]


def test_a_year_s_allotment_of_a_project_is_not_the_whole_budget(tmp_path: Path) -> None:
    assert text_told(tmp_path, "2024年度预算安排120.00万元，用于校舍维修。") == []


def test_amounts_without_decimals_are_amounts_by_their_thousands(tmp_path: Path) -> None:
    rows: Table = (
        HEAD,
        ("205", "教育支出", "9,200,000", "9,000,000", "200,000"),
        ("", "合计", "9,200,000", "9,000,000", "200,000"),
    )
    path = word_document(
        tmp_path / "公开.docx",
        ["2024年度部门决算", "支出决算明细表", "单位：元", rows, "教育支出925.00万元。"],
    )
    found = check_read(read_document(path), TEMPLATES).findings
    assert [one.found for one in found if one.rule == "text_figure"] == ["925.00万元"]


def test_a_rate_between_two_amounts_that_the_text_gives(tmp_path: Path) -> None:
    text = (
        "会议费2023年预算执行数为20.00万元，2024年决算安排{}万元，"
        "比2023年预算执行数增加{}，主要原因是会议增多。"
    )
    assert text_told(tmp_path, text.format("50.00", "150.00%")) == []
    assert text_told(tmp_path, text.format("50.00", "140.00%")) == [("text_rate", "140.00%")]
    assert text_told(tmp_path, text.format("10.00", "50.00%")) == [("text_rate", "50.00%")]


# -------------------------------------------------------------------- words


def test_last_year_beside_the_document_s_own_is_no_slip(tmp_path: Path) -> None:
    right = "培训费2024年度预算3.00万元，2023年度预算2.00万元，主要用于业务培训。"
    assert text_told(tmp_path, right) == []
    wrong = right.replace("2023年度预算", "2022年度预算")
    assert text_told(tmp_path, wrong) == [("text_year", "2022")]


def test_brackets_of_two_widths_are_one_note(tmp_path: Path) -> None:
    texts = ["教育支出(类）900.00万元。", "公共安全支出(类）80.00万元。", "教育支出(类）合计。"]
    found = [
        one for one in findings(tmp_path, [("支出决算表", SPENDING)], *texts) if one.rule == "text_marks"
    ]
    assert [one.found for one in found] == ["(类）"]
    assert "共 3 处" in found[0].message


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("教育支出920.00万元，占92.00；公共安全支出80.00万元，占8.00%。", "text_share", "92.00"),
        ("年初预算为310.00万元，支出决算为300.00。", "text_figure", "300.00"),
        ("决算数小大于预算数的主要原因：年中追加。", "text_direction", "小大于"),
        ("会议费比上年增减少2.00万元。", "text_direction", "增减少"),
        ("培训费比上年增加（减少）2.00万元。", "text_direction", "增加（减少）"),
        ("培训费支出下降到0.00万元，与2023年持平。", "text_direction", "下降到0.00万元，与2023年持平"),
        ("公共法律服务5，120.50万元。", "text_marks", "5，120.50"),
    ],
)
def test_figures_that_are_not_whole_and_words_that_oppose(
    tmp_path: Path, text: str, rule: str, words: str
) -> None:
    assert (rule, words) in text_told(tmp_path, text)


def test_a_unit_of_money_half_written_is_a_note(tmp_path: Path) -> None:
    found = findings(tmp_path, [("支出决算表", SPENDING)], "国内公务接待支出3.10万（含外宾接待0.00万元）。")
    assert [(one.rule, one.found, one.severity) for one in found] == [
        ("text_figure", "3.10万", Severity.NOTE)
    ]


def test_instructions_of_the_office_left_in_brackets_are_a_note(tmp_path: Path) -> None:
    text = "三、机构设置（仅有一个单位的部门，本部分内容为“单位概况”）"
    found = findings(tmp_path, [("支出决算表", SPENDING)], text)
    assert [one.rule for one in found] == ["text_internal"]


# ------------------------------------------------------------- names of codes


def test_a_name_of_another_year_is_told_once_with_every_place(tmp_path: Path) -> None:
    item = "公共安全（类）司法（款）公共法律服务（项）50.00万元，用于普法{}。"
    found = findings(tmp_path, [("支出决算表", SPENDING)], *(item.format(word) for word in "甲乙丙"))
    assert [(one.rule, one.found) for one in found] == [("text_name", "公共安全")]
    assert "共 3 处" in found[0].message
    assert len(found[0].operands) == 2


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("公共安全支出（类）司法（款）其他公共安全支出（项）30.00万元", "其他公共安全支出"),
        ("教育支出（类）普通教育（款）普通教育（项）920.00万元", "普通教育"),
    ],
)
def test_a_path_that_the_codes_do_not_have(tmp_path: Path, path: str, words: str) -> None:
    assert text_told(tmp_path, f"{path}，用于日常工作。") == [("text_name", words)]


def test_a_longer_name_that_ends_as_one_of_the_table_is_another(tmp_path: Path) -> None:
    text = "教育支出（类）普通教育（款）归口管理的学前教育（项）300.00万元，用于教学。"
    assert text_told(tmp_path, text) == [("text_name", "归口管理的学前教育")]


def test_a_class_under_quite_another_name_is_known_by_what_is_below_it(tmp_path: Path) -> None:
    text = "文教卫生事业支出（类）普通教育（款）小学教育（项）600.00万元，用于教学。"
    found = findings(tmp_path, [("支出决算表", SPENDING)], text)
    assert [(one.rule, one.found, one.expected) for one in found] == [
        ("text_name", "文教卫生事业支出", "教育支出")
    ]


def test_lines_without_an_amount_are_told_by_the_list_that_names_them(tmp_path: Path) -> None:
    rows: Table = (
        ("科目编码", "科目名称", "决算数"),
        ("30201", "办公费", "5.00"),
        ("30202", "印刷费", ""),
        ("30205", "水费", "1.00"),
        ("30206", "电费", "2.00"),
        ("30207", "邮电费", ""),
        ("30211", "差旅费", "2.00"),
        ("30216", "培训费", "1.00"),
        ("", "合计", "11.00"),
    )
    text = "公用经费11.00万元，主要包括：办公费、印刷费、水费、电费、邮电费、差旅费、培训费。"
    found = [one for one in findings(tmp_path, [("基本支出决算表", rows)], text) if one.rule == "text_list"]
    assert [one.found for one in found] == ["印刷费"]
    assert "“印刷费”、“邮电费”" in found[0].message


# --------------------------------------------------------------- whole tables


def test_amounts_that_slipped_beside_other_codes_are_one_finding(tmp_path: Path) -> None:
    moved = [list(row) for row in CODES]
    for at in range(3, len(moved) - 1):  # a row of amounts was deleted, the names stayed
        moved[at][2:] = CODES[at + 1][2:]
    moved[-1][2:] = TOTAL[2:]
    wrong: Table = (HEAD, *moved, ("", "合计", "", "", ""))
    tables = [("支出决算表", SPENDING), ("一般公共预算支出决算表", wrong)]
    found = [one for one in findings(tmp_path, tables) if one.severity is not Severity.NOTE]
    assert [(one.rule, one.found) for one in found if one.rule == "shifted_rows"] == [
        ("shifted_rows", "920.00")
    ]
    assert "从“2049999 其他公共安全支出”一行起" in found[0].message
    assert told(tmp_path, [("支出决算表", SPENDING), ("一般公共预算支出决算表", SPENDING)]) == []


def test_the_name_of_a_code_is_told_once_for_all_tables(tmp_path: Path) -> None:
    odd: Table = tuple((*row[:1], "普通教肓", *row[2:]) if row[0] == "20502" else row for row in SPENDING)
    tables = [
        ("收入决算表", SPENDING),
        ("支出决算表", SPENDING),
        ("财政拨款表", SPENDING),
        ("专表一", odd),
        ("专表二", odd),
    ]
    found = [one for one in findings(tmp_path, tables) if one.rule == "code_name"]
    assert [one.found for one in found] == ["普通教肓"]
    assert "另有 1 处相同" in found[0].message


# ---------------------------------------------------------------- structure


def test_a_part_whose_title_stands_without_its_number_breaks_no_numbering(tmp_path: Path) -> None:
    texts = [
        "目录",
        "第一部分 概况",
        "第二部分 2024年度决算表",
        "第三部分 情况说明",
        "第一部分 概况",
        "本局负责全区教育工作。",
        "2024年度决算表",
        "第三部分 情况说明",
        "本年支出合计1,000.00万元。",
    ]
    assert text_told(tmp_path, *texts) == []
    assert text_told(tmp_path, *(text for text in texts if text != "2024年度决算表")) == [
        ("text_numbering", "第三部分")
    ]


def test_contents_that_differ_by_empty_words_are_a_note(tmp_path: Path) -> None:
    texts = ["目录", "一、主要职能", "二、其他重要事项说明", "三、名词解释"]
    body = ["一、主要职能", "负责教育。", "二、其他重要事项的情况说明", "无。", "三、名词解释", "略。"]
    found = findings(tmp_path, [("支出决算表", SPENDING)], *texts, *body)
    assert [(one.rule, one.severity) for one in found] == [("text_contents", Severity.NOTE)]
    wrong = [text.replace("其他重要事项的情况", "其他重大事项") for text in body]
    assert ("text_contents", "二、其他重要事项说明") in text_told(tmp_path, *texts, *wrong)
