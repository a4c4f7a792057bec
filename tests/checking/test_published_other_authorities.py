"""Documents of authorities whose forms bear known titles and are others: no claim that is not so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from support.word_documents import word_document

from xlbudget.checking.published.checking import check_read
from xlbudget.definitions.loading import load_template
from xlbudget.model import Severity, WorkbookReport
from xlbudget.returns.published.documents import read_document

TEMPLATES = [load_template("shanghai_putuo/2024_final_accounts"), load_template("shanxi_provincial/2023")]
CODES = (
    ("201", "一般公共服务支出", 810_00, 490_00),
    ("20126", "档案事务", 810_00, 490_00),
    ("2012604", "档案馆", 810_00, 260_00),
    ("2012699", "其他档案事务支出", 0, 230_00),
    ("205", "教育支出", 0, 68_76),
    ("20508", "进修及培训", 0, 68_76),
    ("2050803", "培训支出", 0, 68_76),
    ("221", "住房保障支出", 160_26, 0),
    ("22102", "住房改革支出", 160_26, 0),
    ("2210201", "住房公积金", 102_90, 0),
    ("2210203", "购房补贴", 57_36, 0),
)
OTHER = 12_34
"""Income from elsewhere, spent on the archive's projects."""
TEXT = (
    "2023年度收、支总计均为1541.36万元。",
    "本年支出合计1541.36万元，其中：基本支出970.26万元，占62.95%；项目支出571.10万元，占37.05%。",
    "2023年度财政拨款“三公”经费支出预算为20.00万元，支出决算为18.00万元，完成预算的90.00%。其中：公务用车运行维护费"
    "支出决算为12.00万元，完成预算的80.00%；公务接待费支出决算为6.00万元，完成预算的120.00%。",
)


def shown(cents: int) -> str:
    return f"{cents / 100:,.2f}" if cents else ""


def tables(
    codes: Sequence[tuple[str, str, int, int]] = CODES,
) -> dict[str, list[list[str]]]:
    """Return the tables of final accounts (万元) in the layout of the whole country: 栏次, totals, 小计."""
    basic = sum(one[2] for one in codes if len(one[0]) == 3)
    project = sum(one[3] for one in codes if len(one[0]) == 3)

    def budget(code: str, amount: int) -> int:
        return amount - (OTHER if "2012604".startswith(code) else 0)

    return {
        "收入支出决算总表": [
            ["收入", "", "", "支出", "", ""],
            ["项目", "行次", "金额", "项目", "行次", "金额"],
            ["栏次", "", "1", "栏次", "", "2"],
            [
                "一、一般公共预算财政拨款收入",
                "1",
                shown(basic + project - OTHER),
                *("一、一般公共服务支出", "5", "1,300.00"),
            ],
            ["二、其他收入", "2", shown(OTHER), "二、教育支出", "6", "68.76"],
            ["", "3", "", "三、住房保障支出", "7", "160.26"],
            ["本年收入合计", "4", shown(basic + project), "本年支出合计", "8", "1,529.02"],
        ],
        "支出决算表": [
            ["功能分类科目编码", "科目名称", "本年支出合计", "基本支出", "项目支出", "经营支出"],
            ["栏次", "", "1", "2", "3", "4"],
            ["合计", "", shown(basic + project), shown(basic), shown(project), ""],
            *([code, name, shown(b + p), shown(b), shown(p), ""] for code, name, b, p in codes),
        ],
        "一般公共预算财政拨款支出决算表": [
            ["功能分类科目编码", "科目名称", "小计", "基本支出", "项目支出"],
            ["栏次", "", "1", "2", "3"],
            ["合计", "", shown(basic + project - OTHER), shown(basic), shown(project - OTHER)],
            *(
                [code, name, shown(b + budget(code, p)), shown(b), shown(budget(code, p))]
                for code, name, b, p in codes
            ),
        ],
        "财政拨款“三公”经费支出决算表": [
            ["预算数", "", "", "决算数", "", ""],
            ["合计", "公务用车运行维护费", "公务接待费"] * 2,
            ["1", "2", "3", "4", "5", "6"],
            ["20.00", "15.00", "5.00", "18.00", "12.00", "6.00"],
        ],
    }


def checked(
    folder: Path, content: Mapping[str, Sequence[Sequence[str]]], text: Sequence[str]
) -> WorkbookReport:
    caption = "部门：临江市档案馆    金额单位：万元"
    printed = [part for title, rows in content.items() for part in (title, caption, rows)]
    path = word_document(folder / "决算.docx", ["临江市档案馆2023年度部门决算", *printed, *text])
    return check_read(read_document(path), TEMPLATES)


def told(report: WorkbookReport) -> list[str]:
    return [f"{one.rule}: {one.message}" for one in report.findings if one.severity is not Severity.NOTE]


def test_forms_of_others_are_not_said_to_lack_what_ours_have(tmp_path: Path) -> None:
    report = checked(tmp_path, tables(), TEXT[2:])
    assert told(report) == []
    assert report.unchecked
    assert report.covered is not None
    assert report.covered.checked > 60


@pytest.mark.parametrize(
    ("row", "column", "words", "right"),
    [
        (5, 3, "819.00", "810.00"),
        (13, 2, "57.63", "57.36"),
        (12, 3, "", "102.90"),
        (2, 4, "558.67", "558.76"),
    ],
)
def test_one_wrong_amount_is_one_finding_at_its_place(
    tmp_path: Path, row: int, column: int, words: str, right: str
) -> None:
    content = tables()
    content["支出决算表"][row][column] = words
    found = [one for one in checked(tmp_path, content, ()).findings if one.severity is not Severity.NOTE]
    assert len(found) == 1
    assert found[0].found == words
    assert right in found[0].message


def test_a_row_with_another_code_is_one_finding(tmp_path: Path) -> None:
    content = tables()
    content["支出决算表"][5][0] = "9012604"
    found = told(checked(tmp_path, content, ()))
    assert len(found) <= 2


def test_a_degree_of_a_part_is_not_measured_by_the_whole(tmp_path: Path) -> None:
    assert told(checked(tmp_path, tables(), TEXT[2:])) == []
    wrong = TEXT[2].replace("90.00%", "91.00%")
    assert any("90.00%" in one for one in told(checked(tmp_path, tables(), [wrong])))
