"""compare: two returns of one unit."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import RETURNED, WRITTEN
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import CLEAN, template_option, templates_option, workbook_output
from xlbudget.cli.printing import say

PLACE = 35


@click.command(
    cls=ChineseCommand,
    example="xlbudget compare 收件 101 -o 变动.xlsx",
    help="对比同一单位的两次报送：录入改了什么，公开表因此变了什么，问题消除、新增了哪些。"
    "给收件文件夹和单位时对比该单位的最近两次，给两个收件号时对比这两份。",
)
@click.argument("old", type=RETURNED, metavar="OLD|COLLECTION")
@click.argument("new", type=RETURNED, nargs=-1, required=True, metavar="NEW|UNIT|RECEIPT…")
@click.option("-o", "--output", type=WRITTEN, metavar="FILE", help="把全部变动写成工作簿（.xlsx）")
@template_option
@templates_option
def command(
    old: Path, new: tuple[Path, ...], output: Path | None, template: str | None, templates: Path | None
) -> int:
    """Say what differs between two returns of one unit."""
    from xlbudget import api
    from xlbudget.department.collection.at_hand import at_hand
    from xlbudget.department.comparison.papers import comparison_text, comparison_workbook
    from xlbudget.files.whole_files import write_whole

    if output is not None:
        workbook_output(output)
    with at_hand([old, *new], last=2) as given:
        comparison = api.compare(given, template=template, templates=templates)
    say(comparison_text(comparison), end="")
    if output is not None:
        write_whole(output, comparison_workbook(comparison))
        say(f"已写入 {output}")
    return CLEAN
