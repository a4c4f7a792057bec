"""This year against last year: what moved beyond the limit wants a word, projects come and go by code."""

from __future__ import annotations

import csv
import hashlib
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from support import builders
from support.builders import BASIC, PROJECTS, REVENUE

from xlbudget import (
    InputError,
    Report,
    Roster,
    Submission,
    Unit,
    WorkbookTemplate,
    check,
    load_template,
    read_roster,
)
from xlbudget.api import linked_folder
from xlbudget.checking.definitions.lint import lint
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.prior_year.entries import linked_entries
from xlbudget.checking.prior_year.workbooks import find_linked
from xlbudget.checking.problems import doubled_word, placeholder_text
from xlbudget.checking.runs.basis import basis_of
from xlbudget.checking.runs.batch import Batch
from xlbudget.cli import CLEAN, run
from xlbudget.definitions.switches import switch_off
from xlbudget.department.collection import Collection, receive
from xlbudget.department.exporting.tables import tables_of
from xlbudget.department.issue.distribution import issues_of
from xlbudget.model import EntryRow, Formula, Issue, RuleStatus, WorkbookReport
from xlbudget.returns.reading import open_workbook, read
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.sheets.writing import workbook_bytes

CARRYOVER = [f"Y-01{part}" for part in ("", "-2", "-3", "-4", "-5")]
COMPARED = [*CARRYOVER, "Y-02", "Y-03", "Y-04", "Y-05", "Y-06", "Y-07", "Y-08", "Y-09"]
Compare = Callable[..., Report]


@pytest.fixture(scope="module")
def definitions(template: WorkbookTemplate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A department's folder of definitions: this year's, and last year's made from them."""
    folder = tmp_path_factory.mktemp("definitions")
    for year in (template.year, template.year - 1):
        builders.template_of_year(template, folder, year)
    return folder


@pytest.fixture(scope="module")
def last_year(template: WorkbookTemplate, definitions: Path, demo_data: Path, roster: Roster) -> bytes:
    """The information centre's workbook of the year before, with the figures of this year."""
    old = load_template(f"shanxi_provincial/{template.year - 1}", definitions)
    unit = roster.find("103")
    assert unit is not None
    return builders.filled(old, unit, demo_data / "department" / "103")


@pytest.fixture(scope="module")
def this_year(department_workbooks: list[Path]) -> bytes:
    return department_workbooks[2].read_bytes()


@pytest.fixture
def compare(template: WorkbookTemplate, definitions: Path, tmp_path: Path) -> Compare:
    def judge(this: bytes, *prior: bytes) -> Report:
        folder = tmp_path / "上年"
        folder.mkdir()
        for number, workbook in enumerate(prior):
            builders.returned(folder, f"{number}.xlsx", workbook)
        builders.returned(folder, "别的.xlsx", b"no workbook")
        path = builders.returned(tmp_path, "103.xlsx", this)
        return check(path, template, prior=folder, templates=definitions)

    return judge


def outcomes(report: Report) -> dict[str, tuple[RuleStatus, str]]:
    return {
        outcome.rule: (outcome.status, outcome.reason)
        for outcome in report.workbooks[0].outcomes
        if outcome.rule in COMPARED
    }


def test_the_same_figures_as_last_year_break_no_rule_and_are_asked_about_once(
    compare: Compare, this_year: bytes, last_year: bytes
) -> None:
    report = compare(this_year, last_year)
    assert builders.rows_of(report) == [("copied_amounts", "explain", BASIC, "H6", None, None, None)]
    assert "H6:H15 这 10 个金额与上年 录入1 基本支出!H6:H15 逐个相同，一分不差" in report.findings[0].message
    passed = {rule for rule, (status, _) in outcomes(report).items() if status is RuleStatus.PASSED}
    assert passed == {*COMPARED} - {"Y-07"}  # no operating expenses: nothing to compare with
    assert outcomes(report)["Y-07"][0] is RuleStatus.NOT_APPLICABLE
    assert report.skipped == (
        "上年的 别的.xlsx：文件“别的.xlsx”是纯文本（如 CSV），不是工作簿；请报送 .xlsx 格式的工作簿。",
    )


def test_projects_come_and_go_and_what_moved_wants_a_word(
    template: WorkbookTemplate, compare: Compare, this_year: bytes, last_year: bytes
) -> None:
    # XM002 gone, XM009 new with ten million 元 more than XM002's 520,000 from the special account
    cells: dict[str, float | str | None] = {"C7": "XM009", "D7": "新建平台", "K7": 10_520_000.0}
    workbook = builders.typed(this_year, PROJECTS, cells)
    workbook = builders.typed(workbook, REVENUE, {"B8": 10_520_000.0})
    report = compare(builders.recalculated(workbook, template), last_year)
    [changed, copied, new, gone] = report.findings
    assert builders.row_of(copied)[:4] == ("copied_amounts", "explain", BASIC, "H6")
    assert builders.row_of(changed)[:4] == ("Y-04", "explain", "公开表3", "E6")
    # 7,875,000 元 of projects last year: 4,375,000 + 520,000 + 2,330,000 + 650,000
    assert changed.stored == Decimal("1787.5")
    assert "本年 1,787.50 万元，上年 787.50 万元，增加 1,000.00 万元（127.0%）" in changed.message
    assert builders.row_of(new) == ("Y-08", "note", PROJECTS, "C7", Decimal(1), None, None)
    assert "新增项目共 1 项：XM009 新建平台 10,520,000.00 元。" in new.message
    assert builders.row_of(gone) == ("Y-09", "note", PROJECTS, "", Decimal(1), None, None)
    assert "未延续项目共 1 项：XM002 业务培训与考务 520,000.00 元。" in gone.message
    assert outcomes(report)["Y-02"] == (RuleStatus.FAILED, "由 Y-04、Y-05 不符引起")
    assert outcomes(report)["Y-05"] == (RuleStatus.FAILED, "由 Y-04 不符引起")


def test_carry_over_beyond_last_years_total_is_found_at_its_source(
    template: WorkbookTemplate, compare: Compare, this_year: bytes, last_year: bytes
) -> None:
    # own funds: 1,200,000 + 180,000 元 last year; 1,380,000.01 元 carried over now, 715,000 general as before
    workbook = builders.typed(this_year, REVENUE, {"C9": 1_380_000.01})
    workbook = builders.typed(workbook, PROJECTS, {"Q8": 1_380_000.01})
    report = compare(builders.recalculated(workbook, template), last_year)
    left, right = Decimal("138.000001"), Decimal(138)
    assert ("Y-01-5", "explain", REVENUE, "C9", left, right, Decimal("0.000001")) in builders.rows_of(report)
    assert [row[0] for row in builders.rows_of(report) if row[0] in CARRYOVER] == ["Y-01-5"]


@pytest.mark.parametrize("kind", ["none", "two", "this year's"])
def test_without_last_years_workbook_nothing_is_compared_and_the_reason_is_given(
    compare: Compare, this_year: bytes, last_year: bytes, kind: str
) -> None:
    prior, reason = {
        "none": ((), "上年文件夹“上年”里没有单位 103 的工作簿"),
        "two": (
            (last_year, last_year),
            "上年文件夹里单位 103 有 2 个工作簿（0.xlsx、1.xlsx），不知以哪个为准",
        ),
        "this year's": ((this_year,), "“0.xlsx”是 2023 年度的工作簿，不是 2022 年度的"),
    }[kind]
    report = compare(this_year, *prior)
    assert outcomes(report) == dict.fromkeys(COMPARED, (RuleStatus.NOT_RUN, reason))
    assert builders.rows_of(report) == []


def test_what_cannot_be_read_in_last_years_workbook_is_not_compared(
    compare: Compare, this_year: bytes, last_year: bytes
) -> None:
    report = compare(this_year, builders.typed(last_year, REVENUE, {"C9": "待定"}))
    reason = "上年工作簿中依赖的录入内容无法读取"
    not_run = {rule for rule, outcome in outcomes(report).items() if outcome == (RuleStatus.NOT_RUN, reason)}
    assert not_run == {*CARRYOVER, "Y-02"}


def test_without_the_definitions_of_last_year_the_report_says_so(
    template: WorkbookTemplate, this_year: bytes, last_year: bytes, tmp_path: Path
) -> None:
    builders.returned(tmp_path / "上年", "103.xlsx", last_year)
    path = builders.returned(tmp_path, "103.xlsx", this_year)
    report = check(path, template, prior=tmp_path / "上年")
    [(status, reason)] = set(outcomes(report).values())
    assert status is RuleStatus.NOT_RUN
    assert reason == (
        "没有上年工作簿“103.xlsx”所用模板“shanxi_provincial/2022”的定义"
        "（请放进模板文件夹，或用 --templates 指明）"
    )


def test_without_a_folder_of_last_year_nothing_is_said_about_it(
    template: WorkbookTemplate, department_workbooks: list[Path]
) -> None:
    assert outcomes(check(department_workbooks[2], template)) == {}
    with pytest.raises(InputError, match="找不到上年工作簿的文件夹"):
        check(department_workbooks[2], template, prior="没有")


def test_last_year_goes_to_worker_processes_as_it_is(last_year: bytes, tmp_path: Path) -> None:
    path = builders.returned(tmp_path, "103.xlsx", last_year)
    prior = find_linked(tmp_path, [path])
    assert pickle.loads(pickle.dumps(prior)) == prior
    assert prior.files == {"103": ((path, hashlib.sha256(last_year).hexdigest()),)}


def test_last_year_on_the_command_line(
    definitions: Path,
    department_workbooks: list[Path],
    last_year: bytes,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    builders.returned(tmp_path / "上年", "103.xlsx", last_year)
    for path in department_workbooks[1:]:
        shutil.copy(path, tmp_path)
    folder = ["check", *map(str, tmp_path.glob("*.xlsx")), "--prior", str(tmp_path / "上年")]
    code = run([*folder, "--templates", str(definitions), "-o", str(tmp_path / "r.json")])
    assert code == CLEAN, capsys.readouterr().err
    text = (tmp_path / "r.json").read_text(encoding="utf-8")
    assert "上年文件夹“上年”里没有单位 102 的工作簿" in text


def test_a_rule_between_years_can_be_switched_off_for_one_run(template: WorkbookTemplate) -> None:
    off = switch_off(template, ["Y-05"], "口径有变")
    assert [rule.id for rule in off.prior_rules if rule.off] == ["Y-05"]
    assert not any(rule.off for rule in off.rules)
    assert str(off.prior_rules[[rule.id for rule in off.prior_rules].index("Y-05")].off).startswith(
        "已停用：口径有变（"
    )


def test_what_is_kept_knows_a_rule_between_years_that_is_off(template: WorkbookTemplate) -> None:
    off = switch_off(template, ["Y-05"], "口径有变")
    assert basis_of(Batch(off)) != basis_of(Batch(template))  # nothing judged under the other is taken over
    assert [rule.id for rule in plan_of(off).blueprint.template.prior_rules if rule.off] == ["Y-05"]
    assert not any(rule.off for rule in plan_of(template).blueprint.template.prior_rules)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("上年.F3.合计[基本支出] > 0", "上年.F33.合计[基本支出] > 0", "没有名为“上年.F33”的表；最接近的是"),
        ('scope = "lines"', 'scope = "tree"', "规则 Y-05：与上年比较的规则不能用 tree"),
        ('key = "项目编码"', 'key = "项目号"', "“项目支出”没有“项目号”列"),
        ('only_in = "this"', 'only_in = "今年"', "only_in 应为 this、prior 之一"),
        ('id = "Y-07"', 'id = "X-01"', "规则编号“X-01”重复"),
    ],
)
def test_mistakes_in_the_rules_between_years_are_named(
    template: WorkbookTemplate, tmp_path: Path, old: str, new: str, message: str
) -> None:
    folder = builders.copy_template(template, tmp_path / "a" / "b")
    file = folder / "prior_year_rules.toml"
    builders.edit(file, old, new)
    problems = [str(problem) for problem in lint(tmp_path)]
    assert any(message in problem and "prior_year_rules.toml:" in problem for problem in problems), problems


# --------------------------------------------- last year's figures in this year's workbook

SMALL = {"基本支出": 8, "项目支出": 8, "年终结转": 1, "收入科目": 1, "上年项目": 4}
SMALL |= {"F2": 9, "F3": 9, "F5": 9, "F6": 9, "F7": 2, "F8": 2, "F9收入": 2, "F9支出": 2}
FIGURES, PROJECTS_BEFORE = "录入10 上年数", "上年项目"


@pytest.fixture(scope="module")
def evidence(
    last_year: bytes, definitions: Path, template: WorkbookTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Evidence:
    """The information centre's last workbook, as read."""
    path = builders.returned(tmp_path_factory.mktemp("上年"), "103.xlsx", last_year)
    old = load_template(f"shanxi_provincial/{template.year - 1}", definitions)
    return Evidence(old, read(open_workbook(path), old))


def ledger(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def total(row: dict[str, str], beginning: str) -> Decimal:
    return sum((Decimal(text) for key, text in row.items() if key.startswith(beginning) and text), Decimal(0))


def test_last_years_figures_are_those_of_its_ledgers(
    template: WorkbookTemplate, evidence: Evidence, demo_data: Path
) -> None:
    taken = linked_entries(template, {"上年": evidence})
    assert taken.remarks == ()
    folder = demo_data / "department" / "103"
    lines = [line.key for line in template.entry("上年数").lines]
    figures = {lines[row.row]: row.values["金额"] for row in taken.rows["上年数"]}
    revenue = ledger(folder / "revenue.csv")
    assert list(figures) == lines
    assert figures["收入总计"] == sum(total(row, "c") for row in revenue) == figures["支出总计"]
    assert figures["上年结转"] == sum(total(row, "carryover") for row in revenue)
    assert figures["一般公共预算当年拨款"] == total(revenue[0], "current_year")
    assert [
        (
            row.row,
            row.values["项目编码"],
            row.values["项目名称"],
            row.values["功能科目"],
            row.values["本年合计"],
        )
        for row in taken.rows["上年项目"]
    ] == [
        (at, row["project_code"], row["project_name"], row["functional_code"], total(row, "current_year"))
        for at, row in enumerate(ledger(folder / "ledger_projects.csv"))
    ]


def test_the_workbook_shows_last_year_beside_this_year(
    template: WorkbookTemplate, evidence: Evidence, tmp_path: Path
) -> None:
    """XM003 had 2,150,000 元 under 2010399 and 650,000 under 2060503; nobody knows XM009."""
    rows = [("XM003", "2060503", 10), ("XM009", "2060503", 20), ("XM003", "2010399", 30)]
    projects = tuple(
        EntryRow(
            at,
            {"项目编码": code, "项目名称": code, "功能科目": item, "本年一般公共预算": Decimal(amount)},
        )
        for at, (code, item, amount) in enumerate(rows)
    )
    unit, issue = (
        Unit("103", "示范厅信息中心", "事业"),
        Issue(entries=linked_entries(template, {"上年": evidence}).rows),
    )
    filled = workbook_bytes(template, unit, {"项目支出": projects}, capacity=SMALL, issue=issue)
    assert [builders.result_of(filled, PROJECTS, f"U{row}") for row in (6, 7, 8, 9)] == [
        "650000", "0", "2150000", "0"
    ]  # fmt: skip
    issued, plain = (workbook_bytes(template, unit, capacity=SMALL, issue=part) for part in (issue, Issue()))
    states = [builders.sheet_state(workbook, PROJECTS_BEFORE) for workbook in (issued, plain)]
    assert states == ["visible", "hidden"]
    submission = read(open_workbook(builders.returned(tmp_path, "103.xlsx", issued)), template)
    assert len(submission.entries["上年项目"]) == 4
    [report] = check(tmp_path / "103.xlsx", template).workbooks
    assert report.findings == () and report.empty  # nobody has filled in anything


def test_what_last_year_cannot_say_stays_empty_and_is_told(
    template: WorkbookTemplate, evidence: Evidence, last_year: bytes, tmp_path: Path
) -> None:
    spoiled = builders.typed(last_year, REVENUE, {"C9": "待定"})
    path = builders.returned(tmp_path, "103.xlsx", spoiled)
    before = Evidence(evidence.template, read(open_workbook(path), evidence.template))
    taken = linked_entries(template, {"上年": before})
    lines = [line.key for line in template.entry("上年数").lines]
    empty = {*lines} - {lines[row.row] for row in taken.rows["上年数"]}
    assert empty == {"收入总计", "上年结转", "一般公共预算当年拨款"}  # one column of form 1
    assert taken.remarks == ("上年工作簿中有读不出的录入数，依赖它的上年数没有带入",)
    figures = template.entry("上年数")
    line = replace(figures.lines[0], prior={"金额": Formula("上年.F1.总收入[收入]", figures.source)})
    others = tuple(entry for entry in template.entries if entry is not figures)
    own = replace(template, entries=(*others, replace(figures, lines=(line, *figures.lines[1:]))))
    [remark] = linked_entries(own, {"上年": evidence}).remarks
    assert remark.startswith("上年的模板不同：“上年.F1”没有名为“总收入”的行")
    with pytest.raises(InputError, match="单位 103 上年有 4 行，“上年项目”只有 3 行；请用 --rows 上年项目=4"):
        linked_entries(template, {"上年": evidence}, {"上年项目": 3})
    assert linked_entries(template, {"上年": "没有"}).remarks == ("没有",)


def test_what_is_taken_over_is_neither_the_units_mistake_nor_this_years_amount(
    template: WorkbookTemplate,
) -> None:
    """A name written twice and a placeholder in last year's ledger; 70 元 of last year, 5 of this."""
    before = {"项目编码": "X1", "项目名称": "信息信息XX", "功能科目": "2040299", "本年合计": Decimal(70)}
    this = {"项目编码": "X1", "项目名称": "甲", "功能科目": "2040299", "本年一般公共预算": Decimal(5)}
    entries = {"上年项目": (EntryRow(0, before), EntryRow(1, before | {"项目名称": "信息信息"}))}
    entries["项目支出"] = (EntryRow(0, this),)
    unit = Unit("101", "甲", "行政")
    submission = Submission(
        Path("甲.xlsx"), "", unit, template.id, template.digest, False, SMALL, entries, {}
    )  # fmt: skip
    own = Evidence(template, submission)
    assert [*doubled_word.find(own), *placeholder_text.find(own)] == []
    report = WorkbookReport(Path("甲.xlsx"), "", unit, (), ())
    _, amounts, *_ = tables_of(template, [(report, submission)])
    assert [row[-1] for row in amounts.rows] == [Decimal(5)]


def test_units_without_a_workbook_of_last_year_are_listed(
    template: WorkbookTemplate,
    definitions: Path,
    last_year: bytes,
    demo_data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    builders.returned(tmp_path / "上年", "103.xlsx", last_year)
    (tmp_path / "上年" / "别的.xlsx").write_bytes(b"no workbook")
    command = ["generate", "shanxi_provincial/2023", "--roster", str(demo_data / "units.csv")]
    command += [
        "--prior",
        str(tmp_path / "上年"),
        "--templates",
        str(definitions),
        "-o",
        str(tmp_path / "下发"),
    ]
    command += [word for table, rows in SMALL.items() for word in ("--rows", f"{table}={rows}")]
    assert run(command) == CLEAN
    told = capsys.readouterr().err
    assert "上年的 别的.xlsx：" in told
    assert "上年数没有带入、没有带全或要核对的单位 2 个：" in told
    assert "  102 示范厅执法监督局：上年文件夹“上年”里没有单位 102 的工作簿" in told
    with (tmp_path / "下发" / "下发清单.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["上年数"] for row in csv.DictReader(file)] == [
            "上年文件夹“上年”里没有单位 101 的工作簿", "上年文件夹“上年”里没有单位 102 的工作簿", "已带入"
        ]  # fmt: skip
    made = (tmp_path / "下发" / "103_示范厅信息中心_2023年度单位预算.xlsx").read_bytes()
    assert builders.sheet_state(made, PROJECTS_BEFORE) == "visible"
    assert run(["generate", "shanxi_provincial/2023", "--prior", "上年", "-o", str(tmp_path)]) != CLEAN
    assert "--prior 把上年数带入各单位的工作簿，要与 --roster 或 --unit 同用" in capsys.readouterr().err


def test_of_a_collection_of_last_year_what_was_accepted_counts(
    template: WorkbookTemplate, definitions: Path, last_year: bytes, demo_data: Path, tmp_path: Path
) -> None:
    old = load_template(f"shanxi_provincial/{template.year - 1}", definitions)
    wrong = builders.typed(last_year, REVENUE, {"B5": 1.0})
    for name, workbook in (("好", last_year), ("坏", wrong)):
        path = builders.returned(tmp_path / name, "103.xlsx", workbook)
        roster = read_roster(demo_data / "units.csv", old)
        with Collection.create(tmp_path / f"收件{name}", old, roster, definitions, user="经办") as made:
            list(receive(made, [path], workers=1))
    good, bad = (linked_folder(tmp_path / f"收件{name}", definitions) for name in ("好", "坏"))
    [[code, issue]] = issues_of(template, [Unit("103", "示范厅信息中心", "事业")], None, [good])
    assert (code, issue.remarks, len(issue.entries["上年项目"])) == ("103", (), 4)
    assert bad.files == {}
    assert bad.unusable == ("1 号收件（示范厅信息中心）是“退回”，没有接收",)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("last_year.toml", "上年.F10.合计[合计]", "上年.F10.总计[合计]", "没有名为“总计”的行"),
        ("last_year.toml", "上年.F10.合计[合计]", "F10.合计[合计]", "这里只能用上年的数，写作“上年.…”"),
        ("last_year.toml", 'prior = { "金额"', 'prior = { "项目"', "“项目”不能取上年数：不是录入的栏"),
        (
            "last_year_projects.toml",
            'prior_rows = "项目支出"',
            'prior_rows = "项目"',
            "prior_rows“项目”和本表都应是",
        ),
        (
            "last_year_projects.toml",
            'prior_rows = "项目支出"\n',
            "",
            "“项目编码”不能取上年数：不是录入的栏，或没有写 prior_rows",
        ),
        ("last_year_projects.toml", "上年.项目支出[@项目名称]", "上年.项目支出[@名称]", "没有“名称”列"),
    ],
)
def test_mistakes_in_what_is_taken_over_are_named(
    template: WorkbookTemplate, tmp_path: Path, file: str, old: str, new: str, message: str
) -> None:
    folder = builders.copy_template(template, tmp_path / "a" / "b")
    path = folder / "entries" / file
    builders.edit(path, old, new)
    problems = [str(problem) for problem in lint(tmp_path)]
    assert any(message in problem and f"{file}:" in problem for problem in problems), problems
