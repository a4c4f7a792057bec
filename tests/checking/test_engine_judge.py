"""The engine as judge: the cells it is asked for, its values beside ours, and what the reports say of it."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support import builders, random_workbooks

from xlbudget import Report, WorkbookTemplate, check, judge, read, write_report
from xlbudget.checking import engine_judge
from xlbudget.cli import run
from xlbudget.model import Cell, Judgement
from xlbudget.reports.conclusions import recalculation
from xlbudget.reports.json_findings import report_json
from xlbudget.workbook.calculation.engine_cells import EngineCells
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.plan import Plan


@pytest.fixture
def folder(department_workbooks: list[Path], tmp_path: Path) -> Path:
    """Three clean returns, and one of them again with a result and a formula that are wrong."""
    target = tmp_path / "returned"
    target.mkdir()
    for path in department_workbooks:
        shutil.copy(path, target)
    wrong = builders.other_result(department_workbooks[0].read_bytes(), "公开表1", "D6", 1.0)
    builders.returned(target, "wrong.xlsx", builders.other_formula(wrong, "公开表3", "C6", "1+1", 2.0))
    return target


def same(plan: Plan, ours: Any, theirs: Any) -> bool:
    if type(ours) is float and type(theirs) is float:
        return abs(ours - theirs) <= max(1e-9, 1e-15 * abs(ours))
    return ours == theirs or (ours in ("", None, 0.0) and theirs in ("", None, 0.0))


def test_the_engine_makes_of_every_filled_form_cell_what_we_make_of_it(
    template: WorkbookTemplate, department_workbooks: list[Path]
) -> None:
    """By its own compiled functions, from the entries: all cells of three units that have something."""
    forms = {panel.id for _, panel in template.panels}
    judged = 0
    for path in department_workbooks:
        submission = read(path, template)
        plan = plan_of(template, submission.capacity)
        values = plan.evaluate(submission.entries)
        formulas = plan.blueprint.formulas
        cells = [cell for cell in values.changed_cells if cell.table in forms and cell in formulas]
        found = EngineCells(plan).values(submission.entries, cells)
        for cell, value in zip(cells, found, strict=True):
            assert same(plan, values.raw(cell), value), (cell, values.raw(cell), value)
        judged += len(cells)
    assert judged > 1000


@pytest.mark.parametrize("kind", random_workbooks.KINDS)
def test_every_formula_over_random_entries_is_the_same(
    template: WorkbookTemplate, tmp_path: Path, kind: str
) -> None:
    """Workbooks of every kind: empty, full, with texts, errors, huge amounts, codes of no list."""
    short = random_workbooks.short_template(template, tmp_path)
    plan = plan_of(short, random_workbooks.short_capacity(short, 6))
    entries = random_workbooks.random_entries(plan.layout, kind, 19)
    values, cells = plan.evaluate(entries), list(plan.blueprint.formulas)
    for cell, value in zip(cells, EngineCells(plan).values(entries, cells), strict=True):
        assert same(plan, values.raw(cell), value), (cell, values.raw(cell), value)
    assert len(cells) > 3000


def test_wrong_values_and_drawn_cells_are_judged_and_none_differs(
    template: WorkbookTemplate, folder: Path
) -> None:
    report = judge(check(folder, template), template)
    assert report.judgement == Judgement("formulas", engine_judge.engine_version(), 1, 20, 0, "")
    assert recalculation(report) == (
        f"重新计算：本工具按模板的公式。formulas {engine_judge.engine_version()} 引擎从录入数起另算 21 格"
        "（判为错误的 1 格、随机抽取的 20 格），与本工具不同的 0 格。"
    )
    assert report.collective == check(folder, template).collective


def test_the_same_files_have_the_same_cells_judged_wherever_they_are(
    template: WorkbookTemplate, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[Cell]] = []
    real = EngineCells.values

    def noted(self: EngineCells, entries: Any, cells: Any) -> list[Any]:
        asked.append(list(cells))
        return real(self, entries, cells)

    monkeypatch.setattr(EngineCells, "values", noted)
    judge(check(folder, template), template)
    first = asked.copy()
    asked.clear()
    elsewhere = folder.with_name("elsewhere")
    folder.rename(elsewhere)
    judge(check(elsewhere, template), template)
    assert asked == first
    assert sum(map(len, first)) == 21


def test_a_difference_is_a_finding_against_us_and_no_verdict_changes(
    template: WorkbookTemplate, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = check(folder, template)
    real = EngineCells.values

    def shifted(self: EngineCells, entries: Any, cells: Any) -> list[Any]:
        values = real(self, entries, cells)
        return [12.5 if len(cells) == 1 else value for value in values]

    monkeypatch.setattr(EngineCells, "values", shifted)
    report = judge(before, template)
    [finding] = [part for part in report.collective if part.rule == engine_judge.RULE]
    assert (finding.severity, finding.file, finding.unit) == ("note", "wrong.xlsx", "101")
    assert finding.message == (
        "2023年预算支出总表 · 合计 · 合计（公开表3!C6）：本工具按录入数算得 2,142.821075 万元，"
        "formulas 引擎算得 12.5。这是本工具的问题，不是单位的；这一格请人工核对，"
        "并把这份工作簿和本报告发给本工具的维护者。"
    )
    assert report.judgement.differences == 1
    assert [part.verdict for part in report.workbooks] == [part.verdict for part in before.workbooks]


def test_where_the_engine_breaks_down_that_is_told_and_the_check_goes_on(
    template: WorkbookTemplate, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> list[Any]:
        raise RecursionError

    monkeypatch.setattr(EngineCells, "values", broken)
    report = judge(check(folder, template), template)
    assert report.judgement.differences == 21
    assert "formulas 引擎算不出（RecursionError）。" in report.collective[-1].message


def test_workbooks_that_are_too_large_for_the_engine_are_left_out(
    template: WorkbookTemplate, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_judge, "_MOST_WORK", 1000)
    assert judge(check(folder, template), template).judgement.reason == "工作簿过大，另算太慢"


def test_a_file_that_has_changed_or_gone_since_is_left_out(template: WorkbookTemplate, folder: Path) -> None:
    report = check(folder, template)
    for path in folder.iterdir():
        path.write_bytes(b"something else") if path.name.startswith("101") else path.unlink()
    assert judge(report, template).judgement.reason == "没有可以另算的格子"


def test_without_the_engine_the_report_says_so(
    template: WorkbookTemplate, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "formulas", None)
    report = judge(check(folder, template), template)
    assert recalculation(report) == (
        "重新计算：本工具按模板的公式。没有用 formulas 引擎另算：这里没有安装该引擎。"
    )


def test_where_the_engine_computed_everything_it_judges_nothing(
    template: WorkbookTemplate, folder: Path
) -> None:
    report = judge(check(folder, template), replace(template, engine="formulas"))
    version = engine_judge.engine_version()
    assert recalculation(report) == f"重新计算：formulas {version} 引擎。已由该引擎逐本计算全部公式。"


def said(path: Path, report: Report) -> bytes:
    content = write_report(report, path).read_bytes()
    return content if path.suffix in {".html", ".json"} else b"".join(builders.unpacked(content).values())


@pytest.mark.parametrize("kind", ["html", "xlsx", "docx", "json"])
def test_every_report_says_what_the_engine_judged(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path: Path, kind: str
) -> None:
    report = replace(
        check(department_workbooks, template), judgement=Judgement("formulas", "1.2.3", 3, 20, 1, "")
    )
    content = said(tmp_path / f"report.{kind}", report).decode("utf-8", "ignore")
    if kind == "json":
        assert json.loads(report_json(report))["recalculation"] == {
            **{"engine": "formulas", "version": "1.2.3", "judged": 23, "wrong": 3, "drawn": 20},
            **{"differences": 1, "reason": ""},
        }
    else:
        assert recalculation(report) in content


def test_the_command_judges_after_the_verdict_unless_told_not_to(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    run(["check", str(folder)])
    out = capsys.readouterr().out
    conclusion, line = out.index("结论："), out.index("引擎从录入数起另算 21 格")
    assert conclusion < line
    run(["check", str(folder), "--no-judge"])
    assert "没有用 formulas 引擎另算：没有要求另算。" in capsys.readouterr().out
