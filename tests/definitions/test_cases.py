# ruff: noqa: E501  one mistake a line reads better than one in six
"""The worked examples of the rules: all of them hold, every rule has both, and each can only fail rightly."""

from __future__ import annotations

import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from support import builders

from xlbudget import WorkbookTemplate, load_template
from xlbudget.checking.definitions.case_runs import CaseRunner, run_cases
from xlbudget.checking.definitions.cases import Case, cases_by_rule, lint_cases, read_cases
from xlbudget.cli import run
from xlbudget.model import Formula, RuleStatus

RULE = "F1-02"


@pytest.fixture(scope="module")
def cases(template: WorkbookTemplate) -> tuple[Case, ...]:
    found, problems = read_cases(template)
    assert list(problems) == []
    return found


@pytest.fixture(scope="module")
def runner(template: WorkbookTemplate) -> CaseRunner:
    return CaseRunner(template)


@pytest.fixture
def copy(template: WorkbookTemplate, tmp_path: Path) -> Path:
    folder = tmp_path / "own" / "2023"
    shutil.copytree(template.folder, folder, ignore=shutil.ignore_patterns("blank", "demo"))
    return folder


def passing(cases: tuple[Case, ...], rule: str = RULE) -> Case:
    return next(case for case in cases if (case.rule, case.outcome) == (rule, RuleStatus.PASSED))


def failing(cases: tuple[Case, ...], rule: str = RULE) -> Case:
    return next(case for case in cases if (case.rule, case.outcome) == (rule, RuleStatus.FAILED))


def test_every_case_is_as_it_says(runner: CaseRunner, cases: tuple[Case, ...]) -> None:
    assert len(cases) >= 2 * len(runner.template.rules)
    assert list(map(str, runner.problems(cases))) == []


def test_every_rule_has_a_passing_and_a_failing_case(
    template: WorkbookTemplate, cases: tuple[Case, ...]
) -> None:
    by_rule = cases_by_rule(cases)
    for rule in template.rules:
        outcomes = {case.outcome for case in by_rule[rule.id]}
        assert {RuleStatus.PASSED, RuleStatus.FAILED} <= outcomes, rule.id


def test_rules_with_a_premise_have_a_case_in_which_they_do_not_apply(
    template: WorkbookTemplate, cases: tuple[Case, ...]
) -> None:
    by_rule = cases_by_rule(cases)
    missing = {
        rule.id
        for rule in template.rules
        if (rule.when or rule.kinds or rule.unless_empty)
        and not any(case.outcome is RuleStatus.NOT_APPLICABLE for case in by_rule[rule.id])
    }
    assert missing == set()


def test_a_passing_case_compares_amounts_wherever_there_are_any(cases: tuple[Case, ...]) -> None:
    zero = {case.rule for case in cases if any(stated.left == stated.right == 0 for stated in case.sides)}
    # these say that something must not be there at all
    assert zero == {"F6-03-2", "F6-03-3", "F6-04", "F11-03", "N-19", "N-19-2", "N-19-3"}


def test_a_failing_case_without_its_change_does_not_fail(runner: CaseRunner, cases: tuple[Case, ...]) -> None:
    unchanged = [
        replace(case, cells=(), capacity={}, constants={})
        for case in cases
        if case.outcome is RuleStatus.FAILED
    ]
    problems = list(runner.problems(unchanged))
    assert len(problems) == len(unchanged)
    unmet = {case.source: case.rule for case in unchanged}
    by_words: dict[str, set[str]] = {}
    for problem in problems:
        by_words.setdefault(problem.message.partition("：")[2], set()).add(unmet[problem.source])
    # rules over rows of an entry sheet that the change alone fills do not apply without it, nor do those that
    # finance has not asked for
    no_rows = {"N-18", "P-01", "P-02", "P-02-2", "P-03", "P-04", "P-04-2", "P-06", "T-01", "T-02", "T-03"}
    no_rows |= {"N-19", "N-19-2", "N-19-3"}
    assert by_words.pop("应为不符，实际为不适用") == no_rows
    assert set(by_words) == {"应为不符，实际为通过"}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"outcome": RuleStatus.PASSED}, "应为通过，实际为不符（F1收入.收入总计[收入] 左边 338，右边 337）"),
        ({"outcome": RuleStatus.NOT_APPLICABLE}, "应为不适用，实际为不符"),
        ({"sides": ()}, "findings 没有写明：F1收入.收入总计[收入] 左边 338，右边 337"),
        ({"also": ("F1-09",)}, "X-13 也不符，also 没有写明"),
        ({"also": ("F1-01", "F1-09", "X-13")}, "also 写明的 F1-01 没有不符"),
        ({"base": ""}, "写的是 338 和 337，实际为F1收入.收入总计[收入] 左边 338，右边 0"),
    ],
)
def test_a_case_that_misstates_what_happens_is_named(
    runner: CaseRunner, cases: tuple[Case, ...], changed: dict[str, object], words: str
) -> None:
    case = replace(failing(cases), **changed)  # type: ignore[arg-type]
    problems = list(runner.problems([case]))
    assert any(words in problem.message for problem in problems), list(map(str, problems))
    assert all(problem.source.file.endswith("cases/f01.toml") for problem in problems)


@pytest.mark.parametrize(("left", "right"), [("338.0001", "337"), ("338", "336.9999"), ("337", "338")])
def test_both_sides_of_a_finding_are_exact(
    runner: CaseRunner, cases: tuple[Case, ...], left: str, right: str
) -> None:
    case = failing(cases)
    wrong = replace(case.sides[0], left=Decimal(left), right=Decimal(right))
    [problem] = runner.problems([replace(case, sides=(wrong,))])
    assert problem.message.endswith("实际为F1收入.收入总计[收入] 左边 338，右边 337")
    assert problem.source == wrong.source


def test_the_place_of_a_finding_is_exact(runner: CaseRunner, cases: tuple[Case, ...]) -> None:
    case = failing(cases)
    spot = replace(case.sides[0].spot, line="上年结转")  # type: ignore[type-var]
    messages = [
        problem.message
        for problem in runner.problems([replace(case, sides=(replace(case.sides[0], spot=spot),))])
    ]
    assert messages == [
        "样例（规则 F1-02）：F1.上年结转[收入] 没有不符，或不是这条规则核对的地方",
        "样例（规则 F1-02）：findings 没有写明：F1收入.收入总计[收入] 左边 338，右边 337",
    ]


def test_a_passing_case_without_its_place_is_told_the_places(
    runner: CaseRunner, cases: tuple[Case, ...]
) -> None:
    case = passing(cases)
    nowhere = tuple(replace(part, spot=None) for part in case.sides)
    [problem] = runner.problems([replace(case, sides=nowhere)])
    assert problem.message == (
        "样例（规则 F1-02）：没有单元格的一处 没有通过，或不是这条规则核对的地方；"
        "通过的是：F1收入.收入总计[收入] 左边 337，右边 337"
    )


def test_kinds_that_the_template_has_no_longer_are_told_once_at_the_head(copy: Path) -> None:
    """Every case of the file is of that kind: the line is that of the head, and no rule lacks its cases."""
    path = copy / F1
    text = path.read_text(encoding="utf-8")
    base = 'base = "行政单位"\n'
    path.write_text(text.replace(base, f'{base}kind = "医院"\n', 1), encoding="utf-8")
    [problem] = lint_cases(load_template(copy))
    assert problem.source.line == text[: text.index(base)].count("\n") + 2
    assert problem.message == "没有“医院”这种单位性质；template.toml 的 kinds 有 行政、参公、事业"


def test_a_rule_that_is_wrong_is_caught_by_its_cases(
    template: WorkbookTemplate, cases: tuple[Case, ...]
) -> None:
    text = "F1.收入总计[收入] = F1.本年收入合计[收入] - F1.上年结转[收入]"
    rules = tuple(
        replace(rule, statement=Formula(text, rule.source)) if rule.id == RULE else rule
        for rule in template.rules
    )
    wrong = replace(template, rules=rules, digest="wrong rule")
    [problem] = CaseRunner(wrong).problems([passing(cases)])
    assert "应为通过，实际为不符（F1收入.收入总计[收入] 左边 337，右边 253）" in problem.message


F1 = "cases/f01.toml"
X = "cases/x.toml"
MISTAKES = [
    (F1, 'rule = "F1-02"', 'rule = "F1-2"', "没有规则“F1-2”；最接近的是“F1-"),
    (F1, 'also = ["F1-09", "X-13"]', 'also = ["F1-99", "X-13"]', "没有规则“F1-99”；最接近的是“F1-09”"),
    (F1, "F1.收入总计[收入]", "F1.收人总计[收入]", "“F1”没有“收人总计”行；最接近的是“收入总计”"),
    (F1, "F1.收入总计[收入]", "F1.收入总计[收人]", "“F1”没有“收人”列；最接近的是“收入”"),
    (F1, "F1.收入总计[收入]", "F21.收入总计[收入]", "没有名为“F21”的表；最接近的是“F2”"),
    (F1, "F1.收入总计[收入]", "收入总计", "“收入总计”应写成“表.行[栏]”"),
    (F1, 'outcome = "fail"', 'outcome = "fial"', "outcome 应为 pass、fail、not_applicable 之一；最接近的是“fail”"),
    (F1, 'base = "行政单位"', 'base = "行政单伟"', "没有名为“行政单伟”的基准文件夹；最接近的是“行政单位”"),
    (F1, 'kind = "事业"', 'kind = "事业单位"', "没有“事业单位”这种单位性质；最接近的是“事业”"),
    (F1, "left = 338", 'left = "338"', "缺少 left，或不是数字"),
    (F1, "left = 338", "lfet = 338", "不认识的属性“lfet”；最接近的是“left”"),
    (F1, '"F1.收入总计[收入]" = 338', '"F1.收入总计[收入]" = true', "的值应为数字，或加引号的文字"),
    (F1, 'title = "总计数被改大 1 万元"', 'ttile = "总计数被改大 1 万元"', "不认识的属性“ttile”；最接近的是“title”"),
    (X, '"基本支出.5[功能科目]" = "2080599"', '"基本支出.5[功能科目]" = "2080598"', "代码表里没有“2080598”；最接近的是“208059"),
    (X, '"基本支出.5[功能科目]" = "2080599"', '"基本支出.五[功能科目]" = "2080599"', "“基本支出”的行写第几行"),
    ("cases/rows.toml", '"F2" = 15', '"F2" = 0', "“F2”的行数应为正整数"),
    ("cases/rows.toml", '"F2" = 15', '"F1" = 15', "没有名为“F1”的可变行表；最接近的是“F"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "words"), MISTAKES, ids=[part[3] for part in MISTAKES])
def test_a_mistake_in_a_case_has_its_line_and_the_nearest_name(
    copy: Path, file: str, old: str, new: str, words: str
) -> None:
    path = copy / file
    line = builders.edit(path, old, new)
    problems = [problem for problem in lint_cases(load_template(copy)) if words in problem.message]
    assert problems
    assert problems[0].source.file.endswith(file)
    assert problems[0].source.line in (line, line - 1)


def test_a_rule_without_cases_is_a_mistake_at_the_rule(copy: Path) -> None:
    path = copy / F1
    text = path.read_text(encoding="utf-8").replace(f'rule = "{RULE}"', 'rule = "F1-01"')
    path.write_text(text, encoding="utf-8")
    template = load_template(copy)
    [problem] = lint_cases(template)
    assert problem.message == "规则 F1-02 缺少应通过和应报出的样例；请在 cases 文件夹中补上"
    assert problem.source == next(rule.source for rule in template.rules if rule.id == RULE)


def test_a_template_without_cases_is_not_asked_for_any(copy: Path) -> None:
    shutil.rmtree(copy / "cases")
    assert lint_cases(load_template(copy)) == []
    assert run_cases(copy) == (0, [])


def test_cases_do_not_change_the_digest(template: WorkbookTemplate, copy: Path) -> None:
    before = load_template(copy).digest
    (copy / F1).write_text("", encoding="utf-8")
    (copy / "cases" / "行政单位" / "revenue.csv").unlink()
    assert load_template(copy).digest == before == template.digest


def test_a_row_that_the_base_does_not_have_is_named_with_the_nearest(
    runner: CaseRunner, cases: tuple[Case, ...]
) -> None:
    case = failing(cases, "F2-R")
    (spot, value), *_ = case.cells
    [problem] = runner.problems([replace(case, cells=((replace(spot, line="2080508"), value),))])
    assert problem.message == "样例（规则 F2-R）：F2 中“2080508”没有这一行；最接近的是“2080506”"


def test_the_command_runs_the_cases(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (copy / "cases").glob("*.toml"):
        if path.name != "f11.toml":
            path.unlink()
    rules = (copy / "cross_form_rules.toml").read_text(encoding="utf-8")
    start, end = (
        rules.index("# ======================================================================== F11"),
        rules.index("# ======================================================================== F12"),
    )
    (copy / "cross_form_rules.toml").write_text(rules[start:end], encoding="utf-8")
    path = copy / "cases" / "f11.toml"
    text = path.read_text(encoding="utf-8")
    assert run(["lint", "--cases", str(copy)]) == 0
    assert capsys.readouterr().out == "核算样例 7 个\n模板定义没有错误\n"
    path.write_text(text.replace("left = 11, right = 10", "left = 11, right = 9"), encoding="utf-8")
    assert run(["lint", "--cases", str(copy)]) == 1
    assert "写的是 11 和 9，实际为F11.101[合计] 左边 11，右边 10" in capsys.readouterr().out
