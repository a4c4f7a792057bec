"""What the program says of its own in a document: the usual words, a template's own where it has some."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest

from xlbudget import check, generate, load_template, write_report
from xlbudget.checking.definitions.lint import lint
from xlbudget.checking.evidence import Evidence
from xlbudget.definitions.rosters import read_roster
from xlbudget.definitions.small_template import new_template
from xlbudget.department.issue.filling import fill
from xlbudget.publication.narrative import composing
from xlbudget.returns.reading import open_workbook, read

NAME = "某县财政局/2026"
TEXT = """公开文件
收入{增减|F1.收入总计[收入]|F1.其他收入[收入]}元，{幅度|F1.收入总计[收入]|F1.其他收入[收入]}{原因|单位职责|F1.收入总计[收入]|F1.其他收入[收入]}。
支出与预算{方向|F1.支出总计[支出]|F1.支出总计[支出]}。
"""
OWN = """more = "提高"
same = "一致"
nothing_before = "上年无此项"
reason = "（原因：{reasons}）"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = new_template(NAME, tmp_path / "模板")
    (folder / "document" / "document.txt").write_text(TEXT, encoding="utf-8")
    return tmp_path / "模板"


def composed(root: Path, work: Path) -> list[str]:
    template = load_template(NAME, root)
    unit = read_roster(template.folder / "demo" / "units.csv", template).units[0]
    ledgers = template.folder / "demo" / unit.code
    filled = fill(generate(template, work, unit), ledgers, work / "填报.xlsx", template=template)
    found = composing.compose(Evidence(template, read(open_workbook(filled), template)))
    return found.text.splitlines()[1:]


def test_the_usual_words_and_those_of_a_template(own: Path, tmp_path: Path) -> None:
    """Revenue is 1,500,000 against 0: no rate; the reason is the unit's own text."""
    assert lint(own) == []
    assert composed(own, tmp_path / "一") == [
        "收入增加1,500,000.00元，上年没有此项预算，不计算幅度，主要原因是组织编制全县规划并监督执行。",
        "支出与预算持平。",
    ]
    (own / NAME / "document" / "phrases.toml").write_text(
        'more = "提高"\nsame = "一致"\nnothing_before = "上年无此项"\nreason = "（原因：{reasons}）"\n',
        encoding="utf-8",
    )
    assert lint(own) == []
    assert composed(own, tmp_path / "二") == [
        "收入提高1,500,000.00元，上年无此项（原因：组织编制全县规划并监督执行）。",
        "支出与预算一致。",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('reason = "，原因是"\n', "“reason”里花括号应各写一次：{reasons}"),
        ('same = "{word}"\n', "“same”里花括号应各写一次：没有"),
        ('less = 1\n', "属性“less”应为文字（加引号）"),
        ('lest = "少"\n', "不认识的属性“lest”；最接近的是“less”"),
    ],
)  # fmt: skip
def test_lint_tells_what_is_wrong_with_phrases(own: Path, text: str, said: str) -> None:
    (own / NAME / "document" / "phrases.toml").write_text(text, encoding="utf-8")
    assert [problem.message for problem in lint(own)] == [said]


def test_papers_are_called_as_the_template_says(own: Path, tmp_path: Path) -> None:
    """A report of accounts is not called one of budgets; what the template leaves is called as usual."""
    (own / NAME / "document" / "phrases.toml").write_text('report_title = "决算审核报告"\n', encoding="utf-8")
    template = load_template(NAME, own)
    report = check(generate(template, tmp_path), template)
    page = write_report(report, tmp_path / "报告.html").read_text(encoding="utf-8")
    assert "<h1>决算审核报告</h1>" in page
    assert "预算报表审核报告" not in page
    paper = docx.Document(str(write_report(report, tmp_path / "检查表.docx")))
    assert paper.paragraphs[0].text == "部门预算审核检查表"
