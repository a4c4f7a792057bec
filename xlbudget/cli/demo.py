"""The whole chain on real data, in one folder: what to expect, and what to open first.

The data lies beside the definitions (``demo/demo.toml`` of a template): rosters, ledgers and the
cells to spoil. This module knows no form and no figure.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from xlbudget import api
from xlbudget.definitions.folders import find_template, template_folders, templates_folder
from xlbudget.definitions.loading import load_template
from xlbudget.definitions.rosters import read_roster
from xlbudget.department.issue.filling import fill
from xlbudget.files.patched_cells import overwrite_cells
from xlbudget.files.whole_files import make_folder, safe_name, staging_folder, write_whole
from xlbudget.model import Cell, Formula, Source, Unit, WorkbookTemplate
from xlbudget.model.errors import ConsolidationRefused, InputError
from xlbudget.reports.conclusions import recalculation
from xlbudget.returns.reading import open_workbook
from xlbudget.returns.reading import read as read_opened
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.plan import Plan
from xlbudget.workbook.named_cells import named_cells

Say = Callable[[str], None]
_ROSTER = "单位名册.csv"
_REPORT = "审核报告.html"


def run_demo(folder: Path, say: Say, template_name: str | None = None, templates: Path | None = None) -> None:
    """Run generate → fill → check → consolidate on the demonstration data of a template.

    Writes into ``folder`` and says each step; what an earlier run wrote is replaced, anything else refused.
    """
    source = _demo_folder(template_name, templates)
    template = load_template(source.parent)
    data = tomllib.loads((source / "demo.toml").read_text(encoding="utf-8"))
    make_folder(folder)
    say(f"演示数据：{data['title']}（{template.title}）")
    _reference(template, source, data["reference"], folder, say)
    first = folder / data["reference"]["folder"] / _REPORT
    if "department" in data:
        _department(template, source, data["department"], folder, say)
        first = folder / data["department"]["folder"] / _REPORT
    say(
        f"\n先打开“{first}”看审核结果，再打开“{folder / data['reference']['folder']}”里填好的工作簿看公开表。"
    )
    say(
        "接着自己走一轮（下发、收件、催报、重报、汇总、关账）：手册“一轮怎样走”（docs/officers/round.md）用的就是这些文件。"
    )


def _demo_folder(name: str | None, templates: Path | None) -> Path:
    root = templates or templates_folder()
    folders = [find_template(name, templates)] if name else list(template_folders(root).values())
    for folder in reversed(folders):
        if (folder / "demo" / "demo.toml").is_file():
            return folder / "demo"
    raise InputError("这个模板没有演示数据（demo/demo.toml）。")


def _reference(
    template: WorkbookTemplate, source: Path, data: Mapping[str, Any], folder: Path, say: Say
) -> None:
    """One unit, a published budget: blank workbook, filled workbook, clean report."""
    unit = read_roster(source / data["roster"], template).units[0]
    place = make_folder(folder / data["folder"])
    say(f"\n一、{data['title']}")
    blank = api.generate(template, place)
    say(f"  空白模板　　{_shown(blank, folder)}")
    issued = api.generate(template, place, unit)
    say(f"  单位工作簿　{_shown(issued, folder)}")
    filled = issued
    with staging_folder() as room:
        for number, entries in enumerate(data["entries"], 1):
            last = number == len(data["entries"])
            target = (place if last else make_folder(room / str(number))) / _filled_name(unit)
            filled = fill(filled, source / entries, target, template=template)
    say(f"  填报完成　　{_shown(filled, folder)}")
    report = api.judge(api.check(filled, template), template)
    path = api.write_report(report, place / _REPORT)
    verdict = report.workbooks[0].verdict
    say(f"  审核报告　　{_shown(path, folder)}（{verdict}，问题 {len(report.findings)} 个）")


def _department(
    template: WorkbookTemplate, source: Path, data: Mapping[str, Any], folder: Path, say: Say
) -> None:
    """A small department: one round with mistakes, one corrected, the summary."""
    roster = read_roster(source / data["roster"], template)
    place = make_folder(folder / data["folder"])
    write_whole(place / _ROSTER, (source / data["roster"]).read_bytes())
    issued, returned, corrected = (make_folder(place / part) for part in ("1 下发", "2 报送", "3 改正后报送"))
    say(f"\n二、{data['title']}（{len(roster.units)} 个单位）")
    for unit in roster.units:
        workbook = api.generate(template, issued, unit)
        filled = fill(
            workbook, source / data["entries"] / unit.code, corrected / _filled_name(unit), template=template
        )
        spoiled = [part for part in data["spoil"] if part["unit"] == unit.code]
        target = returned / filled.name
        if spoiled:
            write_whole(target, _spoiled(filled, template, spoiled))
            say(f"  {unit.code} {unit.name}：{'；'.join(part['what'] for part in spoiled)}")
        else:
            write_whole(target, filled.read_bytes())
            say(f"  {unit.code} {unit.name}：没有改动")
    report = api.judge(api.check(returned, template, roster=roster), template)
    for suffix in (".html", ".xlsx", ".json"):
        api.write_report(report, (place / _REPORT).with_suffix(suffix))
    shown = _shown(place / _REPORT, folder)
    say(f"  审核报告　　{shown}（问题 {len(report.findings)} 个；另有 .xlsx、.json）")
    say(f"  {recalculation(report)}")
    _summarize(template, returned, corrected, place, folder, say)


def _summarize(
    template: WorkbookTemplate, returned: Path, corrected: Path, place: Path, folder: Path, say: Say
) -> None:
    summary = place / "部门汇总.xlsx"
    try:
        api.consolidate(returned, summary, template=template)
    except ConsolidationRefused as refusal:
        say(f"  汇总第一次　被拒绝：{len(refusal.reasons)} 个单位的工作簿不能接收")
    api.consolidate(corrected, summary, template=template)
    verdict = api.check(summary, template).workbooks[0].verdict
    say(f"  改正后汇总　{_shown(summary, folder)}（汇总表自身审核：{verdict}）")


def _filled_name(unit: Unit) -> str:
    return f"{safe_name(unit.code)}_{safe_name(unit.name)}_填报.xlsx"


def _shown(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _spoiled(workbook: Path, template: WorkbookTemplate, spoils: list[Mapping[str, Any]]) -> bytes:
    """Overwrite cells as a unit might: a typed total, a text for a number."""
    opened = open_workbook(workbook)
    submission = read_opened(opened, template)
    plan = plan_of(template, submission.capacity)
    values = plan.evaluate(submission.entries)
    cells: dict[str, dict[str, float | str | None]] = {}
    for part in spoils:
        cell = _target(plan, part)
        new = part["text"] if "text" in part else float(values.raw(cell) or 0) + part["add"]
        address = plan.layout.address(cell.table, cell.row, cell.column)
        cells.setdefault(plan.layout.tables[cell.table].sheet, {})[address] = new
    return overwrite_cells(workbook.read_bytes(), cells)


def _target(plan: Plan, part: Mapping[str, Any]) -> Cell:
    """Return the cell of a spoil: ``cell`` by name, or ``table``, ``row`` (from 1), ``column``."""
    if "cell" not in part:
        return Cell(part["table"], part["row"] - 1, part["column"])
    cells = named_cells(plan.blueprint, Formula(part["cell"], Source("", 0)))
    if not cells:
        raise InputError(f"演示数据里的“{part['cell']}”不是一个单元格。")
    return cells[0]
