"""export: what units returned, for other tools."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import FOLDER, RETURNED
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import CLEAN, COULD_NOT_RUN, template_option, templates_option
from xlbudget.cli.printing import say

PLACE = 55


@click.command(
    cls=ChineseCommand,
    example="xlbudget export 收件 -o 导出 --format csv",
    help="导出：把录入数、公开表金额、审核问题写成 CSV、Parquet 或财政数据包，供别的工具使用。",
)
@click.argument("paths", type=RETURNED, nargs=-1, required=True, metavar="PATH…|COLLECTION [UNIT…]")
@click.option("-o", "--output", type=FOLDER, required=True, metavar="DIR", help="输出文件夹")
@click.option(
    "--format",
    "kind",
    default="csv",
    metavar="csv|parquet|datapackage",
    help="格式（默认 csv，Excel 可直接打开）",
)
@template_option
@templates_option
def command(
    paths: tuple[Path, ...], output: Path, kind: str, template: str | None, templates: Path | None
) -> int:
    """Write what units returned for other tools."""
    from xlbudget import api

    tables, chosen, failed = api.exported(paths, template, templates=templates)
    from xlbudget.department.exporting import export

    for path, table in zip(export(tables, chosen, output, kind), tables, strict=False):
        say(f"{table.title}　{len(table.rows)} 行：{path}")
    if failed:
        say(f"有 {len(failed)} 个文件因审核程序出错没有导出：{'、'.join(failed)}。", error=True)
        return COULD_NOT_RUN
    return CLEAN
