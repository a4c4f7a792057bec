"""generate: one workbook a unit."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xlbudget.cli.options import CLEAN, PATH, progress_bar, roster_from, roster_option, templates_option
from xlbudget.cli.words import ChineseCommand

if TYPE_CHECKING:
    from xlbudget.checking.prior_year.workbooks import PriorYear
    from xlbudget.model import Issue, Roster, WorkbookTemplate

PLACE = 10


@click.command(
    cls=ChineseCommand,
    help="生成工作簿：空白模板、一个单位的，或名册中每个单位的。TEMPLATE 为模板编号（地区/年度）。",
)
@click.argument("template", metavar="TEMPLATE")
@click.option("--unit", metavar="CODE", help="单位编码（在名册中，或另给 --name 和 --kind）")
@click.option("--name", metavar="NAME", default="", help="单位名称")
@click.option("--kind", metavar="KIND", default="", help="单位性质（行政、参公、事业）")
@roster_option
@click.option(
    "--rows", "rows", multiple=True, metavar="TABLE=N", help="某张录入表或公开表的行数，写作 表名=行数"
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="通知中的报送期限，写成 年-月-日（与 --roster 同用）",
)
@click.option(
    "--prior",
    type=PATH,
    metavar="DIR",
    help="上年工作簿的文件夹或收件文件夹：把上年数带入各单位的工作簿",
)
@click.option("-o", "--output", type=PATH, required=True, metavar="DIR", help="输出文件夹")
@templates_option
def command(
    template: str,
    unit: str | None,
    name: str,
    kind: str,
    roster: Path | None,
    rows: tuple[str, ...],
    until: datetime | None,
    prior: Path | None,
    output: Path,
    templates: Path | None,
) -> int:
    """Write one workbook a unit."""
    from xlbudget.api import prior_year
    from xlbudget.definitions.loading import load_template
    from xlbudget.department.issue.dispatch_papers import paths_by_unit, write_manifest, write_notes
    from xlbudget.department.issue.distribution import generate_each, issues_of
    from xlbudget.workbook.sheets.writing import NOBODY

    chosen = load_template(template, templates)
    listed = roster_from(roster, chosen)
    units = _units(chosen, unit, name, kind, listed) or [NOBODY]
    if until is not None and listed is None:
        raise click.UsageError("--until 写进给各单位的通知，要与 --roster 同用")
    capacity = dict(_rows(part) for part in rows)
    if prior is not None and units == [NOBODY]:
        raise click.UsageError("--prior 把上年数带入各单位的工作簿，要与 --roster 或 --unit 同用")
    last_year = prior_year(prior, templates) if prior else None
    issues = {}
    with progress_bar("读取上年数", len(units) if prior else 0) as advance:
        for code, issue in issues_of(chosen, units, listed, last_year, capacity=capacity):
            issues[code] = issue
            advance()
    with progress_bar("生成", len(units)) as advance:
        paths = []
        for path in generate_each(chosen, output, units, capacity=capacity, issues=issues):
            paths.append(path)
            advance()
    for path in paths[:5]:
        click.echo(f"已生成 {path}")
    if len(paths) > 5:
        click.echo(f"……共 {len(paths)} 个工作簿，在“{output}”中")
    if listed is not None and unit is None:
        sent = paths_by_unit(units, paths)
        manifest = write_manifest(chosen, listed, sent, output, issues if prior else None)
        click.echo(f"下发清单 {manifest}")
        notes = write_notes(chosen, listed, sent, output, until.date() if until else None)
        if notes:
            click.echo(f"通知 {len(notes)} 份，在“{notes[0].parent}”中")
    if last_year is not None:
        _tell_untaken(units, issues, last_year)
    return CLEAN


def _tell_untaken(units: list[Any], issues: dict[str, Issue], last_year: PriorYear) -> None:
    """Name the units of whom something of last year is missing, and the files that were of no use."""
    for remark in last_year.unusable:
        click.echo(f"上年的 {remark}", err=True)
    untaken = [unit for unit in units if issues[unit.code].remarks]
    if untaken:
        click.echo(f"上年数没有带入或没有带全的单位 {len(untaken)} 个：", err=True)
    for unit in untaken:
        click.echo(f"  {unit.code} {unit.name}：{'；'.join(issues[unit.code].remarks)}", err=True)


def _units(
    template: WorkbookTemplate, code: str | None, name: str, kind: str, roster: Roster | None
) -> list[Any]:
    """Return the units asked for: one by code, or all of the roster; none for a blank workbook."""
    from xlbudget.model import Unit
    from xlbudget.model.words import nearest

    if code is None:
        if name or kind:
            raise click.UsageError("给出了单位名称或性质，但没有用 --unit 给出单位编码")
        return list(roster.units) if roster else []
    if roster is not None:
        found = roster.find(code)
        if found is None:
            hint = nearest(code, (unit.code for unit in roster.units))
            raise click.UsageError(f"名册中没有编码为“{code}”的单位{hint}")
        return [found]
    if not name or kind not in template.kinds:
        raise click.UsageError(
            f"没有名册时，--unit 要和 --name、--kind 一起用；--kind 为 {'、'.join(template.kinds)} 之一"
        )
    return [Unit(code, name, kind)]


def _rows(text: str) -> tuple[str, int]:
    table, _, number = text.partition("=")
    if not table or not number.isdigit():
        raise click.UsageError(f"--rows 应写成“表名=行数”，行数为整数，不能是“{text}”")
    return table, int(number)
