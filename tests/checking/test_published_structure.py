"""How a published text is built and spelt: each fault at its words, nothing on texts that are right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import docx
import pytest
from support.word_documents import word_document

from xlbudget import WorkbookTemplate
from xlbudget.checking.published.checking import check_published
from xlbudget.checking.published.structure import number_of
from xlbudget.model import Severity

UNIT = "青石县农业农村局"
ROWS = (
    ("科目编码", "科目名称", "合计", "基本支出", "项目支出"),
    ("213", "农林水支出", "2,000.00", "1,000.00", "1,000.00"),
    ("21301", "农业农村", "1,500.00", "1,000.00", "500.00"),
    ("2130101", "行政运行", "1,000.00", "1,000.00", ""),
    ("2130119", "防灾救灾", "500.00", "", "500.00"),
    ("21303", "水利", "500.00", "", "500.00"),
    ("2130305", "水利工程建设", "500.00", "", "500.00"),
    ("2130399", "其他水利支出", "", "", ""),
    ("", "合计", "2,000.00", "1,000.00", "1,000.00"),
)


def found(
    path: Path, template: WorkbookTemplate, texts: Sequence[str], rows: Sequence[Sequence[str]] = ROWS
) -> list[tuple[str, str, str]]:
    """Return rule, words and right words of what is found above note in a document of no template."""
    word_document(path, ["2031年部门支出预算表", f"编制部门：{UNIT} 单位：万元", rows, *texts])
    report = check_published(path, [template])
    serious = [one for one in report.findings if one.severity is not Severity.NOTE]
    return [(one.rule, one.found, str(one.expected or "")) for one in serious]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["一、收入情况", "二、支出情况", "三、其他情况"], []),
        (["一、收入情况", "二、支出情况", "四、其他情况"], [("text_numbering", "四、", "三、")]),
        (["一、收入情况", "二、支出情况", "二、其他情况"], [("text_numbering", "二、", "三、")]),
        (["一、收入情况", "（一）总体", "（二）结构", "二、支出情况", "（一）总体", "三、其他"], []),
        (["内设3个科室，分别为办公室、计财科、水利科。"], []),
        (
            ["内设4个科室，分别为办公室、计财科、水利科。"],
            [("text_count", "4", "3")],
        ),
        (["内设4个科室，分别为办公室、计财科、水利科等。"], []),
        (
            ["设2个科室，包括：", "（一）办公室。", "（二）计财科。", "（三）水利科。"],
            [("text_count", "2", "3")],
        ),
        (["单位（含下属单位开展了工作。"], [("text_marks", "（", "）")]),
        (["安排“三公经费3.00万元。"], [("text_marks", "“", "”")]),
        (["工作包括：1）调研；2）论证。"], []),
        (
            ["购置费XX.XX万元，会议费待定。"],
            [("text_placeholder", "XX.XX", ""), ("text_placeholder", "待定", "")],
        ),
        (["会议费万元，占%。"], [("text_placeholder", "万元", ""), ("text_placeholder", "%", "")]),
        (["制度有待完善，流程有待补充。"], []),
        (["支出增加（此处需与财务科核实）。"], [("text_internal", "（此处需与财务科核实）", "")]),
        (
            [f"{UNIT}负责农业农村工作。", "青石县农业农林局负责水利工作。"],
            [("text_name", "青石县农业农林局", UNIT)],
        ),
        (["其中：水利工程建500.00万元。"], [("text_name", "水利工程建", "水利工程建设")]),
        (
            ["项目主要包括：农业农村、防灾救灾、水利工程建设、其他水利支出。"],
            [("text_list", "其他水利支出", "")],
        ),
    ],
)
def test_texts(
    texts: list[str], expected: list[tuple[str, str, str]], template: WorkbookTemplate, tmp_path: Path
) -> None:
    got = found(tmp_path / "公开.docx", template, texts)
    assert [(rule, words, right) for rule, words, right in got if rule.startswith("text_")] == expected


def test_contents_are_held_to_the_titles(template: WorkbookTemplate, tmp_path: Path) -> None:
    contents = ["目 录", "一、部门预算收支说明……3", "二、国有资产占用情况……5"]
    body = ["一、部门预算收支说明", "本年收支平衡。", "二、国有资产占有情况", "无车辆。"]
    got = found(tmp_path / "公开.docx", template, [*contents, *body])
    assert got == [("text_contents", "二、国有资产占用情况", "二、国有资产占有情况")]


def test_a_part_put_in_twice_is_one_finding(template: WorkbookTemplate, tmp_path: Path) -> None:
    part = [
        f"负责第{name}片区农田水利设施的规划、建设、管护和监督检查，并组织开展防汛抗旱工作，定期通报。"
        for name in "甲乙丙"
    ]
    got = found(tmp_path / "公开.docx", template, [*part, "本年工作如下。", *part])
    assert [rule for rule, _, _ in got] == ["text_repeated"]


@pytest.mark.parametrize(
    ("row", "column", "text", "expected"),
    [
        (3, 1, "行户运行", ("code_name", "行户运行", "行政运行")),
        (4, 1, "高等教育", ("code_name", "高等教育", "专项服务")),
    ],
)
def test_names_are_held_to_the_code_list(
    row: int,
    column: int,
    text: str,
    expected: tuple[str, str, str],
    template: WorkbookTemplate,
    tmp_path: Path,
) -> None:
    """The code list of the template has these four names and 高等教育 (2050205)."""
    names = ("一般公共服务支出", "政府办公厅（室）及相关机构事务", "行政运行", "专项服务")
    codes = ("201", "20103", "2010301", "2010304")
    coded = [(code, name, "1.00") for code, name in zip(codes, names, strict=True)]
    rows = [["科目编码", "科目名称", "合计"], *map(list, coded)]
    assert found(tmp_path / "公开.docx", template, [], rows) == []
    rows[row][column] = text
    assert expected in found(tmp_path / "公开.docx", template, [], rows)


@pytest.mark.parametrize("amounts", [("4138.80", "508", "233"), ("508", "233", "20103"), ("508", "", "")])
def test_whole_amounts_between_two_sides_of_a_table_are_no_codes(
    amounts: Sequence[str], template: WorkbookTemplate, tmp_path: Path
) -> None:
    """Revenue on the left, whole amounts as three digits, names of expenditure on the right of them."""
    left = ("一、一般公共预算", "二、政府性基金预算", "三、单位资金")
    right = ("十二、城乡社区支出", "十六、商业服务业等支出", "二十九、债务发行费用支出")
    rows = [["收入", "2023年", "支出", "2023年"]]
    rows += [[*row, "1.00"] for row in zip(left, amounts, right, strict=True)]
    got = found(tmp_path / "公开.docx", template, [], rows)
    assert [one for one in got if one[0] == "code_name"] == []


def test_codes_behind_a_name_are_codes_where_a_heading_says_so(
    template: WorkbookTemplate, tmp_path: Path
) -> None:
    rows = [["项目", "科目编码", "科目名称", "合计"]]
    rows += [[f"甲项目{at}", "2010301", "行政运行", "1.00"] for at in range(3)]
    rows[2][2] = "行户运行"
    got = found(tmp_path / "公开.docx", template, [], rows)
    assert ("code_name", "行户运行", "行政运行") in got


def test_leading_zeros_and_notes_of_empty_tables(template: WorkbookTemplate, tmp_path: Path) -> None:
    """Codes in three columns, one part without its zero; a note that the table is empty."""
    head = ("类", "款", "项", "科目名称", "合计")
    body = [("213", "01", f"{at:02d}", f"甲乙丙丁{at}", f"{at}.00") for at in range(1, 7)]
    body[3] = ("213", "1", "04", "甲乙丙丁4", "4.00")
    got = found(tmp_path / "公开.docx", template, ["注：本表为空表。"], [head, *body])
    assert [(rule, words) for rule, words, _ in got] == [
        ("leading_zero", "1"),
        ("empty_note", "注：本表为空表。"),
    ]


def test_lines_of_two_tables_that_differ_are_one_finding(template: WorkbookTemplate, tmp_path: Path) -> None:
    """Two tables alike but for one amount: its total fails too, and both are one finding."""

    def document(amounts: Sequence[str], total: str) -> list[tuple[str, str, str]]:
        path = tmp_path / "公开.docx"
        book = docx.Document()
        for title, own in (("2031年支出总表", first), ("2031年一般公共预算支出表", amounts)):
            book.add_paragraph(title)
            book.add_paragraph("单位：万元")
            rows = [("科目编码", "科目名称", "合计"), ("", "合计", total)]
            rows += [(f"{201 + at}", f"甲乙{at}支出", text) for at, text in enumerate(own)]
            table = book.add_table(len(rows), 3)
            for at, row in enumerate(rows):
                for column, words in enumerate(row):
                    table.cell(at, column).text = words
        book.save(str(path))
        found = check_published(path, [template]).findings
        return [(one.rule, one.found, str(one.expected or "")) for one in found if one.rule != "title_year"]

    first = [f"{at}.25" for at in range(1, 41)]
    whole = "830.00"
    assert document(first, whole) == []
    assert document([*first[:6], "9.25", *first[7:]], whole) == [("same_line", "9.25", "72500.00")]


def test_the_only_negative_amount_of_many_is_told(template: WorkbookTemplate, tmp_path: Path) -> None:
    rows = [("科目名称", "金额"), *((f"甲乙{at}费", f"{at}.25") for at in range(1, 70))]
    assert found(tmp_path / "公开.docx", template, [], rows) == []
    rows[7] = ("甲乙7费", "-7.25")
    assert found(tmp_path / "公开.docx", template, [], rows) == [("lone_negative", "-7.25", "")]


@pytest.mark.parametrize(("text", "number"), [("十", 10), ("二十三", 23), ("两", 2), ("12", 12), ("百", 0)])
def test_numbers_are_read(text: str, number: int) -> None:
    assert number_of(text) == number
