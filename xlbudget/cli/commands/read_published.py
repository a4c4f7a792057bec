"""read-published: the forms of published documents as values."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import RETURNED, WRITTEN
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import CLEAN, UNCHECKED, template_option, templates_option
from xlbudget.cli.printing import say

PLACE = 32


@click.command(
    cls=ChineseCommand,
    example="xlbudget read-published 公开.pdf -o 公开数.xlsx",
    help="把公开文件（PDF、Word、只有数值的工作簿）中的报表读成数值，每个数注明页码和位置。",
)
@click.argument("paths", type=RETURNED, nargs=-1, required=True, metavar="FILE…")
@click.option("-o", "--output", type=WRITTEN, required=True, metavar="FILE", help="写入的文件：.xlsx 或 .csv")
@template_option
@templates_option
def command(paths: tuple[Path, ...], output: Path, template: str | None, templates: Path | None) -> int:
    """Write the forms of published documents as values."""
    from xlbudget import api

    if output.suffix.lower() not in {".xlsx", ".csv"}:
        raise click.UsageError(f"输出文件“{output.name}”的扩展名不能识别；请用 .xlsx 或 .csv 结尾")
    read = api.read_published(paths, output, template, templates=templates)
    for path, workbook in read:
        if isinstance(workbook, str):
            say(f"{path.name}：{workbook}")
        else:
            total = len(workbook.blueprint.template.forms)
            say(f"{path.name}：{len(workbook.forms)}/{total} 张表，{len(workbook.amounts)} 个金额")
    say(f"已写入 {output}")
    return UNCHECKED if any(isinstance(workbook, str) for _, workbook in read) else CLEAN
