"""What disclosures of any authority print, sentences and tables that no template knows: right and wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from support.word_documents import Table, word_document

from xlbudget.checking.published.checking import check_read
from xlbudget.definitions.loading import load_template
from xlbudget.model import Severity
from xlbudget.returns.published.documents import read_document

TEMPLATES = [load_template("shanghai_putuo/2024_final_accounts"), load_template("shanxi_provincial/2023")]
PUBLIC = (
    "2024年“三公”经费预算38.32万元，与上年持平。其中：因公出国（境）费0万元；公务用车购置及运行费16.25万元"
    "（公务用车购置费0万元，公务用车运行费16.25万元）；公务接待费22.07万元。"
)
SPLIT = (
    ("205", "", "", "教育支出", "900.50"),
    ("205", "02", "", "普通教育", "900.50"),
    ("205", "02", "01", "学前教育", "100.10"),
    ("205", "02", "02", "小学教育", "500.20"),
    ("205", "02", "03", "初中教育", "300.20"),
    ("221", "", "", "住房保障支出", "99.50"),
    ("221", "02", "", "住房改革支出", "99.50"),
    ("221", "02", "01", "住房公积金", "60.00"),
    ("221", "02", "03", "购房补贴", "39.50"),
)


def found(tmp_path: Path, tables: Sequence[tuple[str, Table]], *texts: str) -> list[tuple[str, str]]:
    """Return rule and words of what is found above a note in a document with these tables and texts."""
    printed = [part for title, rows in tables for part in (title, "单位：万元", rows)]
    path = word_document(tmp_path / "公开.docx", ["某区教育局2024年部门预算", *printed, *texts])
    report = check_read(read_document(path), TEMPLATES)
    return [(one.rule, one.found) for one in report.findings if one.severity is not Severity.NOTE]


def split(rows: Table) -> Table:
    return [["类", "款", "项", "科目名称", "预算数"], *rows, ["", "", "", "合计", "1,000.00"]]


def inherited(rows: Table) -> Table:
    """Print of each code only what is not printed above it."""
    own = {3: (0,), 5: (1,), 7: (2,)}
    return [
        [part if at in own[len("".join(row[:3]))] else "" for at, part in enumerate(row[:3])] + [*row[3:]]
        for row in rows
    ]


def test_parts_in_brackets_are_no_parts_of_the_whole(tmp_path: Path) -> None:
    assert found(tmp_path, (), PUBLIC) == []
    slip = PUBLIC.replace("22.07", "72.07")
    assert found(tmp_path, (), slip) == [("text_contradiction", "38.32万元")]


@pytest.mark.parametrize("printed", [tuple, inherited], ids=["whole codes", "parts below each other"])
def test_codes_over_three_columns_are_a_tree(tmp_path: Path, printed: type) -> None:
    assert found(tmp_path, [("支出预算表", split(printed(SPLIT)))]) == []
    slip = [(*row[:4], "510.20" if row[3] == "小学教育" else row[4]) for row in SPLIT]
    assert ("total_of_codes", "900.50") in found(tmp_path, [("支出预算表", split(printed(slip)))])


def test_a_row_printed_twice_is_named_once(tmp_path: Path) -> None:
    rows = split([*SPLIT, SPLIT[-1]])
    assert found(tmp_path, [("支出预算表", rows)]) == [("row_twice", "39.50")]


def test_both_sides_come_to_the_same(tmp_path: Path) -> None:
    rows = [
        ["收入", "预算数", "支出", "预算数"],
        ["一、财政拨款收入", "995.00", "一、教育支出", "900.50"],
        ["二、事业收入", "5.00", "二、住房保障支出", "99.50"],
        ["收入总计", "1,000.00", "支出总计", "1,000.00"],
    ]
    assert found(tmp_path, [("收支总表", rows)]) == []
    rows[-1][-1] = "1,010.00"
    assert found(tmp_path, [("收支总表", rows)]) == [("both_sides", "1,010.00")]


def test_a_last_digit_that_is_not_printed_is_seen_where_zeros_are(tmp_path: Path) -> None:
    rows = [(*row[:4], row[4], row[4]) for row in SPLIT]
    table = [
        ["类", "款", "项", "科目名称", "合计", "基本支出"],
        *rows,
        ["", "", "", "合计", "1,000.00", "1,000.00"],
    ]
    assert found(tmp_path, [("支出预算表", table)]) == []
    table[3] = [*table[3][:5], "100.1"]
    assert found(tmp_path, [("支出预算表", table)]) == [("clipped_digit", "100.1")]


def test_income_is_not_held_to_a_table_of_spending(tmp_path: Path) -> None:
    rows = [
        ["科目编码", "科目名称", "合计"],
        *(("".join(row[:3]), *row[3:]) for row in SPLIT),
        ["", "合计", "1,000.00"],
    ]
    text = "2024年收入预算1,000.00万元，其中：一般公共预算财政拨款收入995.00万元；上年结转5.00万元。"
    assert found(tmp_path, [("一般公共预算支出表", rows)], text) == []


def test_an_item_under_another_name_is_known_by_its_amount(tmp_path: Path) -> None:
    rows = [
        ["科目编码", "科目名称", "合计"],
        *(("".join(row[:3]), *row[3:]) for row in SPLIT),
        ["", "合计", "1,000.00"],
    ]
    right = "1．教育支出（类）普通教育（款）初中教育（项）2024年预算300.20万元。"
    assert found(tmp_path, [("支出预算表", rows)], right) == []
    wrong = right.replace("初中教育", "高等职业")
    assert ("text_name", "高等职业") in found(tmp_path, [("支出预算表", rows)], wrong)


def test_names_with_their_level_between_are_names_of_the_table(tmp_path: Path) -> None:
    rows = [
        ["科目编码", "科目名称", "合计"],
        *(("".join(row[:3]), *row[3:]) for row in SPLIT),
        ["", "合计", "1,000.00"],
    ]
    text = "支出主要用于以下方面：教育（类）支出900.50万元，住房保障（类）支出99.50万元。"
    assert found(tmp_path, [("支出预算表", rows)], text) == []


def test_a_table_of_part_of_the_money_says_so_at_every_level(tmp_path: Path) -> None:
    whole = [
        ["科目编码", "科目名称", "合计"],
        *(("".join(row[:3]), *row[3:]) for row in SPLIT),
        ["", "合计", "1,000.00"],
    ]
    less = {"教育支出": "897.25", "普通教育": "897.25", "初中教育": "296.95", "合计": "996.75"}
    part = [[row[0], row[1], less.get(row[1], row[2])] for row in whole]
    assert found(tmp_path, [("支出预算表", whole), ("财政拨款支出表", part)]) == []
