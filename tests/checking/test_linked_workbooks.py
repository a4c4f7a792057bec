"""Linked workbooks of another kind: final accounts take figures of the same year's budget, and hold to it."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from support import builders

from xlbudget import InputError, Unit, WorkbookTemplate, check, load_template
from xlbudget.api import generate, generate_each
from xlbudget.checking.definitions.lint import lint
from xlbudget.checking.evidence import Evidence
from xlbudget.cli import CLEAN, run
from xlbudget.definitions.folders import templates_folder
from xlbudget.department.issue.filling import fill
from xlbudget.model import Finding, RuleStatus
from xlbudget.publication.narrative import compose
from xlbudget.returns.reading import open_workbook, read

UNIT = Unit("101", "某单位", "行政", "某部门")
_LEFT_OUT = shutil.ignore_patterns("blank", "demo")


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district's templates: the final accounts as shipped, and the budget of their year."""
    root, shipped = tmp_path_factory.mktemp("模板"), templates_folder() / "shanghai_putuo"
    for name, copy in (("2025", "2024"), ("2024_final_accounts", "2024_final_accounts")):
        shutil.copytree(shipped / name, root / "shanghai_putuo" / copy, ignore=_LEFT_OUT)
    main = root / "shanghai_putuo" / "2024" / "template.toml"
    main.write_text(main.read_text(encoding="utf-8").replace("\nyear = 2025\n", "\nyear = 2024\n"), "utf-8")
    return root


@pytest.fixture(scope="module")
def accounts(definitions: Path) -> WorkbookTemplate:
    return load_template("shanghai_putuo/2024_final_accounts", definitions)


@pytest.fixture(scope="module")
def budgets(definitions: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the unit's budget of the year: 30,000 元 for receptions, 10,000 + 20,000."""
    template, work = load_template("shanghai_putuo/2024", definitions), tmp_path_factory.mktemp("预算")
    issued = generate(template, work / "下发", UNIT)
    folder = work / "本年预算"
    folder.mkdir()
    fill(issued, template.folder / "cases" / "示例单位", folder / "101.xlsx", template=template)
    return folder


@pytest.fixture(scope="module")
def issued(accounts: WorkbookTemplate, budgets: Path, definitions: Path, tmp_path_factory: object) -> Path:
    folder = budgets.parent / "决算下发"
    linked = {"本年预算": budgets}
    [path] = generate_each(accounts, folder, [UNIT], linked=linked, templates=definitions)
    return path


def _found(path: Path, accounts: WorkbookTemplate, budgets: Path, definitions: Path) -> dict[str, Finding]:
    report = check(path, accounts, linked={"本年预算": budgets}, templates=definitions)
    outcomes = {one.rule: one for one in report.workbooks[0].outcomes}
    assert "Y-03" not in outcomes  # speaks of last year's accounts, which nobody gave
    assert outcomes["Y-02"].status in {RuleStatus.PASSED, RuleStatus.FAILED}
    return {one.rule: one for one in report.findings if one.rule.startswith("Y-")}


def test_a_new_workbook_has_the_budgets_figures(accounts: WorkbookTemplate, issued: Path) -> None:
    entries = read(open_workbook(issued), accounts).entries["三公经费"]
    budgeted = {row.row: row.values.get("预算数") for row in entries if row.values.get("预算数")}
    lines = [line.key for line in accounts.entry("三公经费").lines]
    assert budgeted == {lines.index("公务接待费"): Decimal(30_000)}


def test_rules_and_text_speak_of_the_budget(
    accounts: WorkbookTemplate, issued: Path, budgets: Path, definitions: Path, tmp_path: Path
) -> None:
    # the case's final accounts say 20,000 元 were budgeted for receptions: the budget says 30,000
    entries = tmp_path / "录入"
    shutil.copytree(accounts.folder / "cases" / "示例部门", entries)
    wrong = fill(issued, entries, tmp_path / "错.xlsx", template=accounts)
    found = _found(wrong, accounts, budgets, definitions)
    assert (found["Y-01"].stored, found["Y-01"].expected) == (Decimal(2), None)
    assert "本表 2.00 万元，本年预算 3.00 万元，减少 1.00 万元" in found["Y-01"].message
    text = (entries / "three_public.csv").read_text(encoding="utf-8").replace(",20000,", ",30000,")
    (entries / "three_public.csv").write_text(text, encoding="utf-8")
    right = fill(issued, entries, tmp_path / "对.xlsx", template=accounts)
    assert "Y-01" not in _found(right, accounts, budgets, definitions)
    words = compose(Evidence(accounts, read(open_workbook(right), accounts))).text
    assert "“三公”经费财政拨款支出预算为3.00万元" in words


def test_lines_are_compared_by_code_in_the_units_of_both(
    accounts: WorkbookTemplate, issued: Path, budgets: Path, definitions: Path, tmp_path: Path
) -> None:
    # 201: 170 万元 spent, 173 budgeted (1,730,000 元); 1.1 million more is beyond by 173 × 0.3 + 50 = 101.9
    entries = tmp_path / "录入"
    shutil.copytree(accounts.folder / "cases" / "示例部门", entries)
    ledger = (entries / "ledger_basic.csv").read_text(encoding="utf-8")
    within = fill(issued, entries, tmp_path / "内.xlsx", template=accounts)
    assert "Y-02" not in _found(within, accounts, budgets, definitions)
    beyond = ledger.replace("2013901,30101,1000000,", "2013901,30101,2100000,")
    (entries / "ledger_basic.csv").write_text(beyond, encoding="utf-8")
    moved = fill(issued, entries, tmp_path / "外.xlsx", template=accounts)
    found = _found(moved, accounts, budgets, definitions)["Y-02"]
    assert "本表 280.00 万元，本年预算 173.00 万元，增加 107.00 万元（61.8%）" in found.message


def test_a_workbook_of_another_kind_or_year_is_not_taken(
    accounts: WorkbookTemplate, issued: Path, budgets: Path, definitions: Path, tmp_path: Path
) -> None:
    other = tmp_path / "别的"
    other.mkdir()
    shutil.copy(issued, other)
    report = check(issued, accounts, linked={"本年预算": other}, templates=definitions)
    reasons = {one.rule: one.reason for one in report.workbooks[0].outcomes if one.rule.startswith("Y-")}
    assert reasons == dict.fromkeys(("Y-01", "Y-02"), f"“{issued.name}”是决算，不是预算，不能当作本年预算")
    report = check(issued, accounts, prior=budgets, templates=definitions)
    [why] = {one.reason for one in report.workbooks[0].outcomes if one.rule == "Y-03"}
    assert why == "“101.xlsx”是 2024 年度的工作簿，不是 2023 年度的"
    with pytest.raises(InputError, match="没有名为“本年预算案”的链接工作簿；最接近的是“本年预算”"):
        check(issued, accounts, linked={"本年预算案": budgets}, templates=definitions)


def test_the_command_line_takes_linked_folders(
    issued: Path, budgets: Path, definitions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    linked = ["--linked", "本年预算", str(budgets), "--templates", str(definitions)]
    unit = ["--unit", UNIT.code, "--name", UNIT.name, "--kind", UNIT.kind, "--superior", UNIT.superior]
    arguments = ["generate", "shanghai_putuo/2024_final_accounts", *unit, *linked, "-o", str(tmp_path)]
    assert run(arguments) == CLEAN
    [path] = tmp_path.glob("*.xlsx")
    assert path.read_bytes() == issued.read_bytes()
    assert run([*arguments[:2], *linked, "-o", str(tmp_path)]) != CLEAN
    assert "要与 --roster 或 --unit 同用" in capsys.readouterr().err
    run(["check", str(path), *linked, "-o", str(tmp_path / "报告.json")])
    assert '"Y-01"' in (tmp_path / "报告.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("template.toml", 'template = "shanghai_putuo/2025"', 'template = "x/1"', "没有名为“x/1”的模板"),
        (
            "template.toml",
            'kind = "预算"\n',
            'kind = "月报"\n',
            "“本年预算”写的是月报，模板“shanghai_putuo/2025”是预算",
        ),
        ("template.toml", 'name = "本年预算"', 'name = "上年"', "“上年”重复，或与“上年”同名"),
        ("template.toml", 'name = "本年预算"', 'name = "本年·预算"', "只能用汉字、字母、数字和下划线"),
        ("template.toml", "years_before = 0", "years_before = -1", "years_before 是早几年，不小于 0"),
        (
            "entries/three_public.toml",
            "本年预算.F9.预算数[购置费]",
            "本年预算.F9.预算[购置费]",
            "“本年预算.F9”没有名为",
        ),
        (
            "entries/three_public.toml",
            "本年预算.F9.预算数[购置费]",
            "上年.F7.金额[购置预算数]+本年预算.F9.预算数[购置费]",
            "这里只能用上年、本年预算的数，写作“上年.…”、“本年预算.…”，一个公式只用其中一种",
        ),
        (
            "prior_year_rules.toml",
            "本年预算.F9.预算数[合计]",
            "本年预算.F9.预算数[总计]",
            "“本年预算.F9”没有“总计”列",
        ),
    ],
)
def test_lint_says_where_a_link_is_wrong(
    definitions: Path, tmp_path: Path, file: str, old: str, new: str, message: str
) -> None:
    root = tmp_path / "shanghai_putuo" / "2024_final_accounts"
    shutil.copytree(definitions / "shanghai_putuo" / "2024_final_accounts", root)
    path = root / file
    builders.edit(path, old, new)
    problems = lint(tmp_path)
    assert any(message in str(problem) for problem in problems), [str(one) for one in problems]
    assert all(problem.source.line > 1 for problem in problems if message in str(problem))
