"""The document composed from the reference workbook prints the figures that were published."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from support import builders

from xlbudget import WorkbookTemplate, load_template
from xlbudget.checking.definitions.lint import lint_template
from xlbudget.checking.evidence import Evidence
from xlbudget.cli import run
from xlbudget.definitions.document import parse_document
from xlbudget.definitions.loading import load_with_problems
from xlbudget.definitions.toml_items import Problems
from xlbudget.model import Cell, EntryRow, Heading, Insert, Paragraph, Submission, Tag
from xlbudget.publication.narrative import FigureKind, compose
from xlbudget.publication.narrative.figures import amount_text, number_text, percent_text
from xlbudget.publication.narrative.written import ComposedText, Title
from xlbudget.returns.reading import open_workbook, read

PUBLISHED = Path(__file__).parents[1] / "fixtures" / "narrative_2023.txt"
FIGURE = re.compile(r"(\d[\d,]*(?:\.\d+)?) ?(万元|%|个|辆|平方米|大类|小项)")
SECTION = re.compile(r"^[一二三四五六七八九十]+、")

DEPARTURES = {
    "七": Counter({(Decimal(183), "万元"): 2}),  # reasons repeat the amount that stands before them
}
"""Figures of the published text that ours does not print again, by section."""


@pytest.fixture(scope="module")
def submission(template: WorkbookTemplate, reference_workbook: Path) -> Submission:
    return read(open_workbook(reference_workbook), template)


@pytest.fixture(scope="module")
def text(template: WorkbookTemplate, submission: Submission) -> str:
    composed = compose(Evidence(template, submission))
    assert composed.findings == ()
    return composed.text


def sections(text: str) -> dict[str, list[str]]:
    """The lines of each of the twelve sections, by number."""
    found: dict[str, list[str]] = {}
    for line in text[text.index("第三部分") :].partition("第四部分")[0].splitlines():
        if SECTION.match(line):
            found[line.partition("、")[0]] = []
        elif found:
            found[[*found][-1]].append(line)
    return found


def figures(lines: list[str]) -> Counter[tuple[Decimal, str]]:
    text = "".join(lines)  # one amount is broken over two lines
    return Counter((Decimal(number.replace(",", "")), unit) for number, unit in FIGURE.findall(text))


def test_every_amount_and_share_of_the_published_text_comes_out_equal(text: str) -> None:
    ours, published = sections(text), sections(PUBLISHED.read_text(encoding="utf-8"))
    assert [*ours] == [*published] == [*"一二三四五六七八九十", "十一", "十二"]
    for name, lines in published.items():
        assert figures(ours[name]) == figures(lines) - DEPARTURES.get(name, Counter()), name
    assert sum(sum(figures(lines).values()) for lines in published.values()) == 72


def test_the_sentences_are_those_of_the_published_text_but_for_its_slips(text: str) -> None:
    """Apart from punctuation, blanks, separators, and: numbering in a reason (一), an amount repeated in
    reasons (七), the order of names (六), who has the assets (九–十一)."""

    def bare(line: str) -> str:
        amounts = FIGURE.sub(
            lambda found: f"{Decimal(found[1].replace(',', '')).normalize():f}{found[2]}", line
        )
        return re.sub(r"[\s，,；;。、]", "", amounts).replace("主要原因是1应", "主要原因是应")

    ours = {bare(line) for line in text.splitlines()}
    published = PUBLISHED.read_text(encoding="utf-8").replace("112.32万\n元", "112.32万元")
    missing = [line[:14] for line in published.splitlines() if bare(line) not in ours]
    assert missing == [
        "2、结转资金较2022年度增",  # numbering of a list that has no first item
        "一般公共预算当年拨款结构图",  # the picture's title
        "人员经费 1,791.35万",
        "公用经费402.71万元，主",
        "2023年财政拨款安排的“三",
        "其中：因公出国（境）费0万元",
        "2023年山西省公安厅交通管",
        "2023年山西省公安厅交通管",
        "截止2022年底局机关共有车",
        "截止2022年底，山西省公安",
        "截止2022年底，我单位除车",  # “需要办公家具” lacks 的
    ]


def test_the_names_listed_are_those_published_in_the_order_of_the_codes(text: str) -> None:
    published = PUBLISHED.read_text(encoding="utf-8")
    for begin in ("人员经费", "公用经费"):
        [ours] = re.findall(rf"^{begin}[\d,. ]+万元，主要包括：(.*?)(?:等)?[；。]$", text, re.M)
        [theirs] = re.findall(rf"^{begin}[\d,. ]+万元，主要包括：(.*?)(?:等)?[；。]$", published, re.M)
        assert sorted(ours.split("、")) == sorted(theirs.split("、"))


def test_figures_know_the_cells_that_they_are_made_of(
    template: WorkbookTemplate, submission: Submission
) -> None:
    evidence = Evidence(template, submission)
    written = [block for block in compose(evidence).blocks if isinstance(block, ComposedText)]
    first = next(part for part in written if part.text.startswith("2023年度预算收入总计"))
    line = evidence.layout.tables["F1收入"].lines
    assert [(figure.kind, figure.text) for figure in first.figures] == [
        (FigureKind.AMOUNT, "10,656.80"),
        (FigureKind.AMOUNT, "6,673.43"),
        (FigureKind.AMOUNT, "3,983.37"),
        (FigureKind.CHANGE, "增加944.25"),
        (FigureKind.RATE, "增长9.72%"),
    ]
    assert first.figures[0].cells == (Cell("F1收入", line["收入总计"], "收入"),)
    assert first.figures[3].cells == (*first.figures[0].cells, Cell("上年数", 0, "金额"))
    every = [(part.text, figure) for part in written for figure in part.figures]
    assert all(text[figure.start :].startswith(figure.text) for text, figure in every)
    uncelled = [figure.text for _, figure in every if not figure.cells and figure.kind is not FigureKind.NAME]
    assert uncelled == ["3", "27"]  # rows of the service purchase catalogue


def without(submission: Submission, item: str) -> Submission:
    rows = [row for row in submission.entries["文字说明"] if row.values.get("事项") != item]
    return replace(submission, entries={**submission.entries, "文字说明": rows})


@pytest.mark.parametrize(
    ("item", "finding"),
    [
        (
            "三公经费变动原因",
            "2023年预算公开文字录入表（录入7 文字说明）：“三公经费变动原因”变动较大（154.50 → 337.50 万元），"
            "没有写明原因。请在该表选择事项“三公经费变动原因”，写一行内容。",
        ),
        (
            "单位职责",
            "2023年预算公开文字录入表（录入7 文字说明）：“单位职责”没有写。"
            "请在该表选择事项“单位职责”，写一行内容。",
        ),
        ("机关运行经费变动原因", None),  # 10.83 万元, 2.62 %: no reason is wanted
    ],
)
def test_a_text_that_is_wanted_and_not_there_is_a_finding(
    template: WorkbookTemplate, submission: Submission, item: str, finding: str | None
) -> None:
    composed = compose(Evidence(template, without(submission, item)))
    assert [found.message for found in composed.findings] == ([finding] if finding else [])
    assert ("〔缺：" in composed.text) == (finding is not None)
    assert "主要原因是。" not in composed.text


def amounts(submission: Submission, line: int, value: Decimal | None) -> Submission:
    rows = [row for row in submission.entries["上年数"] if row.row != line]
    rows += [EntryRow(line, {"金额": value})] if value is not None else []
    return replace(submission, entries={**submission.entries, "上年数": rows})


@pytest.mark.parametrize(
    ("prior", "words"),
    [
        ("4027100", "与2022年同口径预算相同"),  # 402.71 万元 is not quite this year's 402.7129
        ("0", "与2022年同口径预算相比增加402.71万元，上年没有此项预算，不计算幅度，主要原因是退休3人"),
        ("2013550", "与2022年同口径预算相比增加201.36万元，增长100.00%，主要原因是退休3人"),
    ],
)
def test_changes_have_the_right_word(
    template: WorkbookTemplate, submission: Submission, prior: str, words: str
) -> None:
    evidence = Evidence(template, submission)
    exact = evidence.recalculated(Cell("F11", evidence.layout.tables["F11"].lines["部门合计"], "合计"))
    assert isinstance(exact, Decimal)
    given = exact * 10_000 if prior == "4027100" else Decimal(prior)
    text = compose(Evidence(template, amounts(submission, 9, given))).text
    assert words in text


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (amount_text(Decimal("10656.795"), 2), "10,656.80"),
        (amount_text(Decimal("0.004"), 2), "0"),
        (amount_text(Decimal("-1508.114"), 2), "-1,508.11"),
        (percent_text(Decimal("0.626149")), "62.61%"),
        (percent_text(Decimal("0.00005")), "0.01%"),
        (percent_text(Decimal(0)), "0%"),
        (number_text(Decimal("52880.68")), "52880.68"),
        (number_text(Decimal("30.00")), "30"),
    ],
)
def test_figures_are_rounded_once_half_up(written: str, expected: str) -> None:
    assert written == expected


def test_the_grammar_of_the_document() -> None:
    problems = Problems()
    document = parse_document(
        "甲{year}\n// 注\n# 部分\n{F1.总计[收入]}万元{如果|1=1|是{上年}|}。\n{公开表}", "d", problems
    )
    assert list(map(str, problems.found)) == []
    heading, paragraph, insert = document.blocks
    assert isinstance(heading, Heading)
    assert isinstance(insert, Insert)
    assert (heading.level, heading.passage, insert.what) == (1, ("部分",), "公开表")
    assert isinstance(paragraph, Paragraph)
    amount, unit, either, end = paragraph.passage
    assert isinstance(amount, Tag)
    assert isinstance(either, Tag)
    assert (amount.keyword, amount.arguments, unit, end) == ("", ("F1.总计[收入]",), "万元", "。")
    assert (either.keyword, either.arguments[0], either.arguments[2]) == ("如果", "1=1", ())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{占比|甲}", "“占比”后面应有 2 项，这里有 1 项；写作 {占比|公式|公式}"),
        ("{占笔|甲|乙}", "没有写法“占笔”；最接近的是“占比”"),
        ("收入{F1.甲[收入]万元", "“{F1.甲[收入]万元”的括号没有配对的“}”"),
        ("收入}万元", "“}”没有配对的左边括号“{”"),
        ("见{公开表}", "“{公开表…}”要单独占一行"),
        ("{数量|{上年}}", "这里应写公式，不能为空，也不能再套括号"),
    ],
)
def test_mistakes_of_grammar_have_a_line(line: str, message: str) -> None:
    problems = Problems()
    parse_document(f"题目\n\n{line}\n", "document/document.txt", problems)
    assert list(map(str, problems.found)) == [f"document/document.txt:3: {message}"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "{F3.合计[合计]}万元",
            "{F3.合记[合计]}万元",
            "“F3.合记[合计]”：“F3”没有名为“合记”的行；最接近的是“合计”",
        ),
        ("{F3.合计[合计]}万元", "{F3.合计[合计]}元", "“{F3.合计[合计]}”印出的是金额，后面要紧跟“万元”"),
        ("{文字|机构设置}", "{文字|机构设施}", "没有名为“机构设施”的事项；最接近的是“机构设置”"),
        ("{条目|名词解释|", "{条目|名词|", "没有名为“名词”的资料页；最接近的是“名词解释”"),
        ("{逐项|F5|", "{逐项|F55|", "没有名为“F55”的表；最接近的是“F5”"),
        ("录|一级目录}", "录|一级目}", "没有名为“一级目”的栏目；最接近的是“一级目录”"),
    ],
)
def test_lint_names_what_the_document_misspells(
    template: WorkbookTemplate, tmp_path: Path, old: str, new: str, message: str
) -> None:
    folder = own_copy(template, tmp_path)
    path = folder / "document" / "document.txt"
    line = builders.edit(path, old, new)
    problems, _ = lint_template(folder)
    assert f"own/2023/document/document.txt:{line}: {message}" in list(map(str, problems))


def own_copy(template: WorkbookTemplate, tmp_path: Path) -> Path:
    folder = tmp_path / "own" / "2023"
    shutil.copytree(template.folder, folder, ignore=shutil.ignore_patterns("blank", "demo", "cases"))
    return folder


def test_another_wording_in_an_own_folder_changes_the_document_and_no_workbook(
    template: WorkbookTemplate,
    reference_workbook: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = tmp_path / "templates"
    shutil.copytree(template.folder, root / template.id, ignore=shutil.ignore_patterns("blank", "demo"))
    path = root / template.id / "document" / "document.txt"
    section = "## 三、支出预算情况说明\n"
    text = path.read_text(encoding="utf-8")
    head, _, rest = text.partition(section)
    wording = "全年支出{F3.合计[合计]}万元，基本支出占{占比|F3.合计[基本支出]|F3.合计[合计]}。\n"
    path.write_text(head + section + wording + rest.partition("\n")[2], encoding="utf-8")
    assert load_template(template.id, root).digest == template.digest
    command = ["narrative", str(reference_workbook), "--templates", str(root)]
    assert run(command) == 0
    assert "\n全年支出10,656.80万元，基本支出占20.59%。\n" in capsys.readouterr().out


def test_the_command_writes_the_text_and_says_what_is_missing(
    department_workbooks: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "说明.txt"
    assert run(["narrative", str(department_workbooks[0]), "-o", str(output)]) == 1
    printed = capsys.readouterr()
    assert "“单位职责”没有写" in printed.err
    assert "上年预算数录入表（录入10 上年数）：没有填写，不能说明增减变动。请填写这张表。" in printed.err
    assert "〔缺：单位职责〕" in output.read_text(encoding="utf-8")


def test_a_template_without_a_document_says_so(template: WorkbookTemplate, submission: Submission) -> None:
    bare = replace(template, document=None)
    with pytest.raises(Exception, match="没有公开文件的文字"):
        compose(Evidence(bare, submission))
    loaded, problems = load_with_problems(template.folder)
    assert not problems
    assert loaded is not None
    assert loaded.document is not None


def test_headings_stand_in_the_order_of_the_publication(
    template: WorkbookTemplate, submission: Submission
) -> None:
    composed = compose(Evidence(template, submission))
    titles = [
        block.written.text for block in composed.blocks if isinstance(block, Title) and block.level == 1
    ]
    assert titles == [
        "第一部分 概况",
        "第二部分 2023年单位预算报表",
        "第三部分 2023年度单位预算情况说明",
        "第四部分 名词解释",
    ]
    inserts = [block.what for block in composed.blocks if isinstance(block, Insert)]
    assert inserts == ["公开表", "结构图", "绩效目标申报表", "资料"]


@pytest.mark.parametrize(
    ("less", "says"),
    [
        ("0", "与上年相同；"),
        ("49.99", "与上年基本持平；"),
        ("-49.99", "与上年基本持平；"),
        ("50", "比上年增加0.01万元，增长不足0.01%"),
    ],
)
def test_a_change_that_rounds_to_nothing_is_none(
    template: WorkbookTemplate, submission: Submission, less: str, says: str
) -> None:
    """Last year's whole so many 元 below this year's (its figures print in 万元)."""
    evidence = Evidence(template, submission)
    line = evidence.layout.tables["上年数"].lines["收入总计"]
    amounts = [value for row in submission.entries["收入"] for value in row.values.values()]
    before = sum((value for value in amounts if isinstance(value, Decimal)), -Decimal(less))
    others = [row for row in submission.entries["上年数"] if row.row != line]
    last_year = (*others, EntryRow(line, {"金额": before}))
    entries = {**submission.entries, "上年数": last_year}
    text = compose(Evidence(template, replace(submission, entries=entries))).text
    assert says in text
    assert "增加0万元" not in text
