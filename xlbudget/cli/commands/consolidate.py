"""consolidate: checked workbooks joined into the department workbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from xlbudget.cli.guard import RETURNED, WRITTEN
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import (
    CLEAN,
    either,
    progress_bar,
    roster_from,
    roster_option,
    scheduler_option,
    switch_options,
    template_option,
    templates_option,
    waivers_from,
    waivers_option,
    with_switches,
    workbook_output,
    workers_option,
)
from xlbudget.cli.printing import say

if TYPE_CHECKING:
    from xlbudget.department.summary.joining import DepartmentSummary

PLACE = 50


@click.command(
    cls=ChineseCommand,
    example="xlbudget consolidate 收件 -o 部门汇总.xlsx",
    help="汇总：把审核通过的各单位工作簿，或收件文件夹中已接收的，合并为部门工作簿。",
)
@click.argument("paths", type=RETURNED, nargs=-1, required=True, metavar="PATH…|COLLECTION")
@click.option("-o", "--output", type=WRITTEN, required=True, metavar="FILE", help="部门工作簿（.xlsx）")
@click.option(
    "--allow",
    multiple=True,
    metavar="explain|explained|missing|refused|transfers",
    help="放行待说明的问题和空表、单位已说明的问题，未报送或退回未重报的单位，双方不一致的内部往来",
)
@waivers_option
@click.option("--code", default="", metavar="CODE", help="部门编码")
@click.option("--name", default="", metavar="NAME", help="部门名称（默认取各单位的上级单位）")
@click.option(
    "--level",
    default="",
    metavar="CODE",
    help="只汇总该单位和它下面的单位（用于收件文件夹）",
)
@click.option(
    "--balance-rounding",
    is_flag=True,
    help="舍位平衡：列出公布数中哪几处要调整末位，各表相加才相符（公开表仍保留准确数）",
)
@roster_option
@template_option
@workers_option
@scheduler_option
@switch_options
@templates_option
def command(
    paths: tuple[Path, ...],
    output: Path,
    allow: tuple[str, ...],
    code: str,
    name: str,
    level: str,
    balance_rounding: bool,
    waivers: Path | None,
    roster: Path | None,
    template: str | None,
    workers: int | None,
    scheduler: str | None,
    disable: tuple[str, ...],
    reason: str,
    rules_off: Path | None,
    templates: Path | None,
) -> int:
    """Join checked workbooks into the department workbook."""
    from xlbudget import api
    from xlbudget.checking.runs.many_files import suitable_workers
    from xlbudget.department.collection.folder import is_collection
    from xlbudget.department.summary.naming import SUMMARY_CODE, SUMMARY_KIND
    from xlbudget.model import Unit
    from xlbudget.returns.incoming_files import find_files
    from xlbudget.returns.template_choice import choose_template

    either(workers, scheduler)
    workbook_output(output)
    if len(paths) == 1 and is_collection(paths[0]):
        return _collection(paths[0], output, allow, (code, name), level, balance_rounding)
    if level:
        raise click.UsageError("--level 只在汇总收件文件夹时用")
    accepted = waivers_from(waivers)
    files, _ = find_files(paths)
    chosen = choose_template(files, template, templates)
    chosen = with_switches(chosen, disable, reason, rules_off)
    department = Unit(code or SUMMARY_CODE, name, SUMMARY_KIND) if name else None
    with progress_bar("汇总", len(files)) as advance:
        summary = api.consolidate(
            files,
            output,
            department=department,
            template=chosen,
            roster=roster_from(roster, chosen),
            allow=allow,
            waivers=accepted,
            workers=workers or suitable_workers(len(files)),
            scheduler=scheduler,
            balance_rounding=balance_rounding,
            progress=advance,
        )
    return _done(summary, output)


def _collection(
    folder: Path,
    output: Path,
    allow: tuple[str, ...],
    called: tuple[str, str],
    level: str,
    balance_rounding: bool,
) -> int:
    """Join what has been accepted in a collection."""
    from xlbudget.department.collection import Collection
    from xlbudget.department.collection.summary import summary_of
    from xlbudget.department.summary.naming import SUMMARY_CODE, department_of
    from xlbudget.files.whole_files import write_whole

    with Collection.open(folder) as collection:
        units = collection.counted_units()
        head = collection.roster.find(level)
        code, name = called
        if head is not None:
            code, name = code or f"{level}{SUMMARY_CODE}", name or head.name
        summary = summary_of(collection, department_of(units, code, name), allow, level)
    if balance_rounding:
        summary = summary.with_balanced_rounding()
    write_whole(output, summary.workbook())
    return _done(summary, output)


def _done(summary: DepartmentSummary, output: Path) -> int:
    say(f"已汇总 {len(summary.units)} 个单位：{output}")
    for gap in summary.gaps:
        say(f"  {gap}")
    return CLEAN
