"""generate: one workbook a unit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xlbudget.cli.guard import FOLDER, READ
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import (
    BLOCKED,
    CLEAN,
    linked_option,
    progress_bar,
    roster_from,
    roster_option,
    templates_option,
    typed,
    until_option,
)
from xlbudget.cli.printing import say

if TYPE_CHECKING:
    from xlbudget.checking.prior_year.workbooks import LinkedFolder
    from xlbudget.department.issue.existing_workbooks import Issued
    from xlbudget.model import Issue, Roster, WorkbookTemplate

PLACE = 10
_SHOWN = 5


@click.command(
    cls=ChineseCommand,
    example="xlbudget generate 示范省/2000 --roster 单位名册.csv -o 下发",
    help="生成工作簿：空白模板、一个单位的，或名册中每个单位的。TEMPLATE 为模板编号（地区/年度）。",
)
@click.argument("template", metavar="TEMPLATE")
@click.option("--unit", metavar="CODE", help="单位编码（在名册中，或另给 --name 和 --kind）")
@click.option("--name", metavar="NAME", default="", help="单位名称")
@click.option("--kind", metavar="KIND", default="", help="单位性质（模板里 kinds 中的一种）")
@click.option("--superior", metavar="NAME", default="", help="上级单位（与 --unit 同用，可不写）")
@roster_option
@click.option(
    "--rows", "rows", multiple=True, metavar="TABLE=N", help="某张录入表或公开表的行数，写作 表名=行数"
)
@until_option("通知中的报送期限（与 --roster 同用）")
@click.option(
    "--prior",
    type=READ,
    metavar="DIR",
    help="上年工作簿的文件夹或收件文件夹：把上年数带入各单位的工作簿",
)
@linked_option
@click.option("-o", "--output", type=FOLDER, required=True, metavar="DIR", help="输出文件夹")
@click.option("--only-new", is_flag=True, help="只生成还没有的；已有的不动、不看（名册增加单位后补发）")
@click.option(
    "--overwrite",
    is_flag=True,
    help="已有的空白工作簿换成新生成的；已有填报内容的仍不覆盖，逐个列出",
)
@templates_option
def command(
    template: str,
    unit: str | None,
    name: str,
    kind: str,
    superior: str,
    roster: Path | None,
    rows: tuple[str, ...],
    until: date | None,
    prior: Path | None,
    linked: tuple[tuple[str, Path], ...],
    output: Path,
    only_new: bool,
    overwrite: bool,
    templates: Path | None,
) -> int:
    """Write one workbook a unit."""
    from xlbudget.api import linked_folders
    from xlbudget.definitions.loading import load_template
    from xlbudget.department.issue.dispatch_papers import write_manifest, write_notes
    from xlbudget.department.issue.distribution import generate_each, issues_of
    from xlbudget.department.issue.existing_workbooks import Existing
    from xlbudget.workbook.sheets.writing import NOBODY

    if only_new and overwrite:
        raise click.UsageError("--only-new 与 --overwrite 只能用一个")
    existing = Existing.ONLY_NEW if only_new else Existing.OVERWRITE if overwrite else Existing.KEEP
    chosen = load_template(template, templates)
    listed = roster_from(roster, chosen)
    units = _units(chosen, unit, (name, kind, superior), listed) or [NOBODY]
    if typed("until") and listed is None:
        raise click.UsageError("--until 写进给各单位的通知，要与 --roster 同用")
    capacity = dict(_rows(part) for part in rows)
    if units == [NOBODY] and not typed("prior"):
        prior = None
    if prior is not None and units == [NOBODY]:
        raise click.UsageError("--prior 把上年数带入各单位的工作簿，要与 --roster 或 --unit 同用")
    if linked and units == [NOBODY]:
        raise click.UsageError("--linked 把别的工作簿的数带入各单位的工作簿，要与 --roster 或 --unit 同用")
    folders = linked_folders(chosen, prior, dict(linked), templates)
    issues = {}
    with progress_bar("读取带入的数", len(units) if folders else 0) as advance:
        for code, issue in issues_of(chosen, units, listed, folders, capacity=capacity):
            issues[code] = issue
            advance()
    with progress_bar("生成", len(units)) as advance:
        issued = []
        for part in generate_each(chosen, output, units, capacity=capacity, issues=issues, existing=existing):
            issued.append(part)
            advance()
    _tell_issued(issued, output)
    if listed is not None and unit is None:
        sent = {one.code: part for one, part in zip(units, issued, strict=True)}
        manifest = write_manifest(chosen, listed, sent, output, issues if folders else None)
        say(f"下发清单 {manifest}")
        notes = write_notes(chosen, listed, sent, output, until)
        if notes:
            say(f"通知 {len(notes)} 份，在“{notes[0].parent}”中")
    if folders:
        _tell_untaken(units, issues, folders)
    return _tell_kept(issued)


def _tell_issued(issued: Sequence[Issued], folder: Path) -> None:
    """Say which workbooks were written and how many were there already."""
    from xlbudget.department.issue.existing_workbooks import Outcome

    written = [part.path for part in issued if part.outcome is Outcome.WRITTEN]
    for path in written[:_SHOWN]:
        say(f"已生成 {path}")
    if len(written) > _SHOWN:
        say(f"……共 {len(written)} 个工作簿，在“{folder}”中")
    there = {
        Outcome.SAME: "个工作簿已经有了，内容相同",
        Outcome.PASSED: "个工作簿已经有了，没有动",
    }
    for outcome, words in there.items():
        count = sum(part.outcome is outcome for part in issued)
        if count:
            say(f"{count} {words}")


def _tell_kept(issued: Sequence[Issued]) -> int:
    """Name the workbooks that stand in the way and stay; return the exit code."""
    from xlbudget.department.issue.existing_workbooks import Outcome

    kept = [part for part in issued if part.outcome is Outcome.KEPT]
    if not kept:
        return CLEAN
    say(f"{len(kept)} 个工作簿已经有了，没有覆盖：", error=True)
    for part in kept:
        say(f"  {part.path.name}：{part.reason}", error=True)
    say(
        "只补发还没有的，用 --only-new；要换掉空白的，用 --overwrite；已填报的请先收走，再重新生成。",
        error=True,
    )
    return BLOCKED


def _tell_untaken(units: list[Any], issues: dict[str, Issue], folders: Sequence[LinkedFolder]) -> None:
    """Name the units of whom something of last year is missing, and the files that were of no use."""
    for folder in folders:
        for remark in folder.unusable:
            say(f"{folder.link}的 {remark}", error=True)
    untaken = [unit for unit in units if issues[unit.code].remarks]
    if untaken:
        links = "、".join(folder.link for folder in folders)
        say(f"{links}数没有带入、没有带全或要核对的单位 {len(untaken)} 个：", error=True)
    for unit in untaken:
        say(f"  {unit.code} {unit.name}：{'；'.join(issues[unit.code].remarks)}", error=True)


def _units(
    template: WorkbookTemplate, code: str | None, said: tuple[str, str, str], roster: Roster | None
) -> list[Any]:
    """Return the units asked for: one by code, or all of the roster; none for a blank workbook."""
    from xlbudget.definitions.rosters import wrong_code
    from xlbudget.model import Unit
    from xlbudget.model.words import nearest

    name, kind, superior = said
    if code is None:
        if any(said):
            raise click.UsageError("给出了单位名称、性质或上级单位，但没有用 --unit 给出单位编码")
        return list(roster.units) if roster else []
    if roster is not None:
        found = roster.find(code)
        if found is None:
            hint = nearest(code, (unit.code for unit in roster.units))
            raise click.UsageError(f"名册中没有编码为“{code}”的单位{hint}")
        return [found]
    kinds = "、".join(template.kinds)
    lacking = [option for option, text in (("--name", name), ("--kind", kind)) if not text]
    if lacking:
        raise click.UsageError(f"没有名册时，--unit 还要给出 {'、'.join(lacking)}；--kind 为 {kinds} 之一")
    if kind not in template.kinds:
        raise click.UsageError(
            f"没有“{kind}”这种单位性质{nearest(kind, template.kinds)}；--kind 为 {kinds} 之一"
        )
    wrong = wrong_code(code)
    if wrong:
        raise click.UsageError(wrong)
    return [Unit(code, name, kind, superior)]


def _rows(text: str) -> tuple[str, int]:
    table, _, number = text.partition("=")
    if not table or not number.isdigit():
        raise click.UsageError(f"--rows 应写成“表名=行数”，行数为整数，不能是“{text}”")
    return table, int(number)
