"""Slips of the hand in definitions: each is told once, at its line, in Chinese, with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import builders

from xlbudget.checking.definitions.lint import lint
from xlbudget.definitions.small_template import new_template

NAME = "某县财政局/2026"
CODES, F1, F2 = (
    "catalogues/functional_classification.csv",
    "forms/f01_summary.toml",
    "forms/f02_expenditure.toml",
)
COMMA = "值的后面多了一个逗号；一行只写一项，行末不加逗号"
UNKNOWN = "没有名为“其他收人”的行；最接近的是“其他收入”"
CYCLE = "公式循环引用：F1收入[收入] → F1收入合计行[收入]"
UNREAD = "第 12 行有认不出的字（文件编码不对，或已损坏）；请改正这一行，并另存为 UTF-8"
OPEN = '  { open = "功能汇总", rank = "序"'
SLIPS = [
    (F1, "width = 18 },", "width = 18, },", 16, "花括号里最后一项后面多了一个逗号"),
    (F1, "columns = [\n", "columns = [,\n", 14, "这里多了一个逗号"),
    ("template.toml", "factor = 1\n", "factor = 1,\n", 22, COMMA),
    (F1, 'id = "F1"\n', "id = “F1”\n", 3, "“““是中文标点"),
    (F2, OPEN, OPEN + ', capacity = 3, listed = "0" },\n' + OPEN, 26, "面板里有两块可变行"),
    (F1, "SUM(财政拨款:其他收入)", "SUM(财政拨款:其他收人)", 21, UNKNOWN),
    (F1, '"收入.财政拨款[金额]"', '"F1.收入总计[收入]"', 19, CYCLE),
    ("cross_form_rules.toml", 'F1支出[级次],"类")', 'F1支出[级次],"")', 18, "SUMIFS 的条件“”不是确切的文字"),
    (F2, '"{科目编码} {科目名称}"', '"{科目编号} {科目名称}"', 10, "line_name 里的“科目编号”不是列"),
]  # fmt: skip


@pytest.fixture
def own(tmp_path: Path) -> Path:
    new_template(NAME, tmp_path / "模板")
    return tmp_path / "模板"


@pytest.mark.parametrize(("file", "old", "new", "line", "said"), SLIPS)
def test_a_slip_is_told_once_at_its_line(
    own: Path, file: str, old: str, new: str, line: int, said: str
) -> None:
    path = own / NAME / file
    builders.edit(path, old, new)
    [problem] = lint(own)
    assert problem.source.file == f"{NAME}/{file}"
    assert said.replace("“““", "““”") in problem.message
    assert problem.source.line == line


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("2299,其他支出\n", "“2299”的“级次”是空的，计算表按它取不到数"),
        ("229,其他支出,类,,（以下空白）\n", "这一行有 5 格，表头只有 4 栏；请核对逗号、引号"),
        ('229,"其他支出,类,\n', "引号没有配对，从这里到文件末尾都算进了一格"),
        ("229,\udcff\udcfe\udcfa,类,\n", UNREAD),
    ],
)  # fmt: skip
def test_a_line_of_a_code_list_is_told_at_that_line(own: Path, added: str, said: str) -> None:
    path = own / NAME / CODES
    path.write_bytes(path.read_bytes() + added.encode("utf-8", "surrogateescape"))
    first = lint(own)[0]
    assert (first.source.file, first.source.line, first.message) == (f"{NAME}/{CODES}", 12, said)


def test_columns_that_reading_back_would_exchange_are_told(own: Path) -> None:
    """The heading of a column is the end of another's path: as published they cannot be told apart."""
    path = own / NAME / F2
    text = path.read_text(encoding="utf-8")
    changed = text.replace(
        'heading = ["{year}年预算数", "项目支出"]', 'heading = ["{year}年预算数", "基本支出"]'
    )
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    assert any("栏目" in problem.message and "“项目支出”" in problem.message for problem in lint(own))


@pytest.mark.parametrize(("file", "line"), [(F1, 11), (F2, 10)])
def test_the_head_of_a_panel_written_twice_is_told_whatever_stands_in_the_form(
    own: Path, file: str, line: int
) -> None:
    """The first head has nothing below it: no column is there to show what stands below open rows."""
    builders.edit(own / NAME / file, "[[panel]]\n", "[[panel]]\n[[panel]]\n")
    told = [(problem.source.line, problem.message) for problem in lint(own)]
    assert (line, "“”没有一栏是看得见的") in told
    assert (line, "“”没有行（body）") in told
