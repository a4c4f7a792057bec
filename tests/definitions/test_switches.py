"""Rules switched off, of other years, over empty forms: what runs, and what the report says of the rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support import builders

from xlbudget import Report, Severity, WorkbookTemplate, check, load_template, read
from xlbudget.checking.definitions.lint import lint
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.rule_findings import run_rules
from xlbudget.cli import run
from xlbudget.definitions.switches import COMMAND, switch_off
from xlbudget.model import RuleOutcome, RuleStatus
from xlbudget.model.errors import DefinitionError, InputError
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.layout import Layout

ID = "shanxi_provincial/2023"
RULES = "cross_form_rules.toml"
OFF = """[[off]]
rule = "X-24"
date = "2023-03-01"
by = "预算处"
reason = "奖励金改列其他科目"
"""


@pytest.fixture
def own(template: WorkbookTemplate, tmp_path: Path) -> Path:
    """A department's own folder of templates: the same definitions."""
    builders.copy_template(template, tmp_path / "own" / ID)
    return tmp_path / "own"


@pytest.fixture(scope="module")
def misplaced(
    template: WorkbookTemplate, reference_workbook: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The reference unit with its awards (30309) under another functional code: X-24 does not hold."""
    rows = read(reference_workbook, template).entries["基本支出"]
    row = next(row.row for row in rows if row.values["经济科目"] == "30309")
    address = plan_of(template).layout.address("基本支出", row, "功能科目")
    workbook = builders.typed(reference_workbook.read_bytes(), builders.BASIC, {address: "2040201"})
    folder = tmp_path_factory.mktemp("misplaced")
    return builders.returned(folder, "243001_报送.xlsx", builders.recalculated(workbook, template))


def outcome(report: Report, rule: str) -> RuleOutcome:
    return next(outcome for outcome in report.workbooks[0].outcomes if outcome.rule == rule)


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / ID / file
    builders.edit(path, old, new)


def test_a_rule_that_is_switched_off_is_not_run_and_the_report_says_why(
    template: WorkbookTemplate, misplaced: Path
) -> None:
    before = check(misplaced, template)
    assert [finding.rule for finding in before.findings] == ["X-24"]
    assert before.findings[0].severity is Severity.NOTE
    after = check(misplaced, switch_off(template, ["X-24"], "省厅通知"))
    assert after.findings == ()
    off = outcome(after, "X-24")
    assert (off.status, off.instances) == (RuleStatus.NOT_RUN, 0)
    assert off.reason.startswith("已停用：省厅通知（")
    assert off.reason.endswith(f"，{COMMAND}）")
    others = [one for one in after.workbooks[0].outcomes if one.rule != "X-24"]
    assert others == [one for one in before.workbooks[0].outcomes if one.rule != "X-24"]


def test_a_list_beside_the_definitions_switches_off_and_workbooks_issued_are_still_recognised(
    template: WorkbookTemplate, misplaced: Path, own: Path
) -> None:
    (own / ID / "rules_off.toml").write_text(OFF, encoding="utf-8")
    chosen = load_template(ID, own)
    assert chosen.digest == template.digest
    assert Layout(chosen).check_rows == tuple(
        replace(row, rule=rule)
        for row in Layout(template).check_rows
        for rule in (*chosen.rules, *chosen.controls)
        if rule.id == row.rule.id
    )
    assert lint(own) == []
    report = check(misplaced, chosen)
    assert report.findings == ()
    assert (
        outcome(report, "X-24").reason
        == f"已停用：奖励金改列其他科目（预算处，2023-03-01，{ID}/rules_off.toml:1）"
    )


def test_a_list_elsewhere_is_named_on_the_command_line(
    misplaced: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = tmp_path / "停用.toml"
    listed.write_text(OFF, encoding="utf-8")
    assert run(["check", str(misplaced), "--rules-off", str(listed)]) == 0
    shown = capsys.readouterr().out
    assert "规则 X-24 已停用：奖励金改列其他科目（预算处，2023-03-01，停用.toml:1）\n" in shown


def test_the_command_line_switches_off_for_one_run(
    misplaced: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "findings.json"
    words = ["check", str(misplaced), "--disable", "X-24", "--disable", "X-25", "-o", str(report)]
    assert run([*words, "--reason", "省厅通知"]) == 0
    shown = capsys.readouterr().out
    assert "规则 X-24 已停用：省厅通知（" in shown
    assert "规则 X-25 已停用：省厅通知（" in shown
    assert report.read_text(encoding="utf-8").count("已停用：省厅通知（") == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--disable", "X-2"], "没有规则“X-2”；最接近的是“X-"),
        (["--reason", "因为"], "给出了 --reason，但没有用 --disable 给出规则"),
        (["--rules-off", "没有.toml"], "找不到停用清单“没有.toml”"),
    ],
)
def test_what_cannot_be_switched_off_is_one_sentence(
    misplaced: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert run(["check", str(misplaced), *words]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('rule = "X-24"', 'rule = "X-240"', 2, "没有规则“X-240”；最接近的是“X-24”"),
        ('date = "2023-03-01"\n', "", 1, "缺少属性“date”"),
        ('"2023-03-01"', '"2023-02-30"', 3, "日期“2023-02-30”应写成 年-月-日"),
        ('"2023-03-01"', '"3月1日"', 3, "日期“3月1日”应写成 年-月-日"),
        ('reason = "奖励金改列其他科目"\n', "", 1, "缺少属性“reason”"),
        ("by =", "who =", 4, "不认识的属性“who”"),
        (OFF, OFF + OFF, 7, "规则“X-24”写了两次"),
    ],
)
def test_a_mistake_in_the_list_has_its_line(
    template: WorkbookTemplate, own: Path, old: str, new: str, line: int, words: str
) -> None:
    path = own / ID / "rules_off.toml"
    path.write_text(OFF.replace(old, new, 1), encoding="utf-8")
    [problem] = lint(own)
    assert words in problem.message
    assert str(problem.source) == f"{ID}/rules_off.toml:{line}"
    with pytest.raises(DefinitionError, match=r"rules_off\.toml"):
        load_template(ID, own)
    with pytest.raises(DefinitionError, match=r"rules_off\.toml"):
        switch_off(template, listed=path)


def test_names_are_asked_of_the_template(template: WorkbookTemplate) -> None:
    with pytest.raises(InputError, match="没有规则“text_amount”"):
        switch_off(template, ["text_amount"])


def test_a_rule_off_in_its_own_definition_leaves_the_check_sheet_and_changes_the_digest(
    template: WorkbookTemplate, own: Path, misplaced: Path
) -> None:
    off = 'off = { date = "2023-03-01", reason = "不再适用" }\n'
    change(own, RULES, 'id = "X-24"\n', f'id = "X-24"\n{off}')
    chosen = load_template(ID, own)
    assert chosen.digest != template.digest
    shown = {row.rule.id for row in Layout(chosen).check_rows}
    assert shown == {row.rule.id for row in Layout(template).check_rows} - {"X-24"}
    assert lint(own) == []
    findings, outcomes = run_rules(Evidence(chosen, read(misplaced, template)))[:2]
    assert findings == ()
    [one] = [one for one in outcomes if one.rule == "X-24"]
    assert one.status is RuleStatus.NOT_RUN
    assert one.reason.startswith("已停用：不再适用（2023-03-01，")


@pytest.mark.parametrize(
    ("years", "concerned", "words"),
    [
        ("since = 2024\n", False, "只适用于2024 年度起"),
        ("until = 2022\n", False, "只适用于至 2022 年度止"),
        ("since = 2020\nuntil = 2022\n", False, "只适用于2020 至 2022 年度"),
        ("since = 2023\nuntil = 2023\n", True, ""),
    ],
)
def test_a_rule_of_other_years_does_not_apply_and_has_no_row(
    own: Path, years: str, concerned: bool, words: str
) -> None:
    change(own, RULES, 'id = "X-24"\n', f'id = "X-24"\n{years}')
    chosen = load_template(ID, own)
    rule = next(rule for rule in chosen.rules if rule.id == "X-24")
    assert rule.concerns(chosen.year) is concerned
    assert (rule in {row.rule for row in Layout(chosen).check_rows}) is concerned
    assert (f"只适用于{rule.years}" == words) is not concerned


def test_a_form_without_data_is_said_to_be_the_reason(
    template: WorkbookTemplate, reference_workbook: Path
) -> None:
    report = check(reference_workbook, template)
    for rule, sheet in (("F7-01", "公开表7"), ("F8-H", "公开表8"), ("F9-02", "公开表9")):
        assert outcome(report, rule).status is RuleStatus.NOT_APPLICABLE
        assert outcome(report, rule).reason == f"{sheet}没有数据"
    assert outcome(report, "F7-02").status is RuleStatus.PASSED


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('unless_empty = ["F7"]', 'unless_empty = ["F17"]', "unless_empty 里的“F17”不是公开表；最接近的是“F"),
        ('id = "X-24"\n', 'id = "X-24"\nsince = 2024\nuntil = 2023\n', "since（2024）晚于 until（2023）"),
        (
            'id = "X-24"\n',
            'id = "X-24"\nversions = [{ number = 2, date = "2023-01-01", reason = "改" }, '
            '{ number = 1, date = "2023-02-01", reason = "改" }]\n',
            "versions 应按编号和日期从早到晚排列",
        ),
        ('id = "X-24"\n', 'id = "X-24"\noff = { date = "2023-03-01" }\n', "缺少属性“reason”"),
    ],
)
def test_a_mistake_in_a_rules_life_is_found(own: Path, old: str, new: str, words: str) -> None:
    change(own, RULES, old, new)
    assert any(words in problem.message for problem in lint(own)), list(map(str, lint(own)))


def test_a_run_resumed_with_other_rules_off_begins_anew(
    template: WorkbookTemplate, misplaced: Path, tmp_path: Path
) -> None:
    record = tmp_path / "record"
    assert len(check(misplaced, template, resume=record).findings) == 1
    assert check(misplaced, switch_off(template, ["X-24"]), resume=record).findings == ()


def test_consolidation_takes_the_same_options(
    misplaced: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[WorkbookTemplate] = []

    def refuse(*_: object, template: WorkbookTemplate, **__: object) -> None:
        taken.append(template)
        raise InputError("不汇总。")

    monkeypatch.setattr("xlbudget.api.consolidate", refuse)
    words = ["consolidate", str(misplaced), "-o", str(tmp_path / "汇总.xlsx"), "--disable", "E-02"]
    assert run([*words, "--reason", "另行说明"]) == 2
    assert {rule.id: rule.off.reason for rule in taken[0].rules if rule.off} == {"E-02": "另行说明"}
