"""``xlbudget rule``: one rule in full, all of them in a table, the page of documentation kept current."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import builders

from xlbudget import WorkbookTemplate
from xlbudget.checking.definitions.cases import cases_by_rule, read_cases
from xlbudget.checking.known_outside import ABOUT
from xlbudget.checking.problems import all_checks
from xlbudget.checking.published.titles import TITLES as PUBLISHED
from xlbudget.cli import run
from xlbudget.definitions.switches import switch_off
from xlbudget.reports.rule_book import TITLES, RuleBook
from xlbudget.reports.rule_names import rule_content, rule_name

PAGE = Path(__file__).parents[2] / "docs" / "officers" / "rules.md"


@pytest.fixture(scope="module")
def book(template: WorkbookTemplate) -> RuleBook:
    return RuleBook(template, cases_by_rule(read_cases(template)[0]))


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A report of three workbooks, as ``check -o findings.json`` writes it, cut down to what is counted."""
    ran = [("X-24", "fail"), ("X-24", "pass"), ("X-24", "not_run"), ("text_amount", "pass")]
    data = {
        "format": "xlbudget.report",
        "made_at": "2023-03-02T09:30:00+08:00",
        "rules": [{"rule": rule, "status": status} for rule, status in ran],
        "findings": [{"rule": "X-24"}, {"rule": "unreadable_workbook"}],
        "workbooks": [{}, {}, {}],
    }
    path = tmp_path / "findings.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_of_several_templates_with_a_rule_the_latest_is_shown_and_the_others_are_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, template: WorkbookTemplate
) -> None:
    for year in (2023, 2024):
        folder = builders.copy_template(template, tmp_path / "own" / str(year))
        main = folder / "template.toml"
        main.write_text(main.read_text("utf-8").replace("\nyear = 2023\n", f"\nyear = {year}\n"), "utf-8")
    assert run(["rule", "x-15", "--templates", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("X-15　")
    assert lines[-1].startswith("以上按模板 own/2024（")
    assert lines[-1].endswith("；own/2023 也有这一条，用 --template 查看。")
    assert run(["rule", "x-15", "--templates", str(tmp_path), "--template", "own/2023"]) == 0
    assert "也有这一条" not in capsys.readouterr().out


def test_a_rule_is_told_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rule", "x-15", "--template", "shanxi_provincial/2023"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "X-15　分经济科目表公用经费等于机关运行经费"
    told = dict(line.strip("　").split("　", 1) for line in lines[1:] if not line.startswith("　　　"))
    told = {label: text.strip("　") for label, text in told.items()}
    source = told.pop("出处")
    assert source.startswith("shanxi_provincial/2023/cross_form_rules.toml:")
    assert told.pop("样例").startswith(
        "通过　F6.合计[公用经费] 左边 37，右边 37（shanxi_provincial/2023/cases/x."
    )
    assert told == {
        "级别": "不予接收",
        "关系": "F6.合计[公用经费] = F11.部门合计[一般公共预算]",
        "适用": "行政、参公单位",
        "不符时": "核对录入1 基本支出的公用经费与封面的单位性质，恢复公开表6、公开表11被改动的公式。",
        "依据": "基本支出分经济科目表与机关运行经费统计表",
    }
    assert (
        "不符　公用经费合计多 1 万元：F6.合计[公用经费] 左边 38，右边 37，F6-01、F6-03 也不符（" in lines[-2]
    )
    assert "不适用　事业单位没有机关运行经费（" in lines[-1]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("F2-H", "关系　　　合计 = 各类之和，类 = 各款之和，款 = 各项之和"),
        ("F1-06", "核对　　　公开表1的每一类行"),
        ("F1-03", "包含　　　F1-03、F1-04、F1-05"),
        ("F7-01", "适用　　　公开表7有数据时"),
        ("Y-04", "适用　　　上年.F3.合计[项目支出] > 0 时"),
        ("X-17", "根源　　　E-02 不符时只作旁证"),
        ("text_amount", "出处　　　xlbudget/checking/problems/text_amount.py"),
        ("duplicate_return", "duplicate_return　同一单位报送了多个文件"),
    ],
)
def test_each_fact_has_its_label(book: RuleBook, rule: str, words: str) -> None:
    assert words in book.page(rule)


def test_a_rule_switched_off_says_so(book: RuleBook, template: WorkbookTemplate) -> None:
    off = RuleBook(switch_off(template, ["X-24"], "省厅通知"), book.cases)
    assert "停用　　　省厅通知（" in off.page("X-24")
    line = next(line for line in off.table().splitlines() if line.startswith("X-24 "))
    assert line.endswith("已停用")
    assert "停用 1 条" in off.table()


def test_all_rules_stand_in_one_table(book: RuleBook, template: WorkbookTemplate) -> None:
    heading, *lines, total = book.table().splitlines()
    assert heading.split() == ["编号", "级别", "关系", "状态"]
    rules = [rule.id for rule in (*template.rules, *template.prior_rules)]
    names = rules + [check.name for check in all_checks()] + [*TITLES]
    assert [line.split()[0] for line in lines] == names
    checks = len(all_checks()) + len(TITLES)
    assert total == f"共 {len(rules)} 条关系（停用 0 条），{checks} 项检查"


def test_how_a_rule_did_comes_from_the_report(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rule", "X-24", "--report", str(report)]) == 0
    shown = capsys.readouterr().out
    assert "findings.json，2023-03-02 09:30，3 个工作簿\n" in shown
    assert shown.rstrip().endswith("通过 1，不符 1，未运行 1")
    assert run(["rule", "X-25", "--report", str(report)]) == 0
    assert capsys.readouterr().out.rstrip().endswith("没有运行过")
    assert run(["rule", "--report", str(report)]) == 0
    table = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert table["text_amount"].endswith("通过 1")
    assert table["unreadable_workbook"].endswith("不符 1")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["X-100"], "没有规则“X-100”；最接近的是“X-10”"),
        (["text_amuont"], "没有规则“text_amuont”；最接近的是“text_amount”"),
        (["X-24", "-o", "rules.md"], "-o 写出全部关系的说明页"),
        (["-o", "rules.html"], "文件名以 .md 结尾"),
        (["--report", "没有.json"], "找不到报告“没有.json”"),
        (["--report", str(PAGE)], "不是 xlbudget check 写出的 JSON 报告"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert run(["rule", *words]) == 2
    assert message in capsys.readouterr().err


def test_the_page_of_documentation_is_what_the_definitions_say(book: RuleBook, tmp_path: Path) -> None:
    words = ["rule", "--template", "shanxi_provincial/2023", "-o", str(tmp_path / "rules.md")]
    assert run(words) == 0
    assert PAGE.read_text(encoding="utf-8") == (tmp_path / "rules.md").read_text(encoding="utf-8")


def test_checks_of_published_documents_are_called_by_titles_of_their_own() -> None:
    assert [name for name, title in PUBLISHED.items() if rule_name(name) != title] == []


def test_what_stands_beside_a_title_never_repeats_it() -> None:
    beside = [(title, rule_content(name, title)) for name, title in (PUBLISHED | TITLES).items()]
    assert [title for title, content in beside if content == title] == []
    assert rule_content("wrong_money", TITLES["wrong_money"]) == ABOUT["wrong_money"]
