"""fill: CSV ledgers into the entry sheets."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import EITHER, READ, RETURNED
from xlbudget.cli.options import CLEAN, progress_bar, templates_option, workbook_output
from xlbudget.cli.printing import say
from xlbudget.cli.words import ChineseCommand

PLACE = 20


@click.command(
    cls=ChineseCommand,
    help="把 CSV 数据填入工作簿的录入表，另存为新文件。给文件夹时，数据在 DIR 下以单位编码命名的子文件夹中。",
)
@click.argument("workbook", type=RETURNED, metavar="WORKBOOK|DIR")
@click.option("--entries", type=READ, required=True, metavar="DIR", help="CSV 所在文件夹")
@click.option(
    "-o", "--output", type=EITHER, required=True, metavar="FILE|DIR", help="输出文件（.xlsx），或输出文件夹"
)
@templates_option
def command(workbook: Path, entries: Path, output: Path, templates: Path | None) -> int:
    """Put CSV ledgers into the entry sheets."""
    from xlbudget.department.issue.filling import fill as fill_workbook

    if workbook.is_dir():
        return _folder(workbook, entries, output, templates)
    workbook_output(output)
    say(f"已填入 {fill_workbook(workbook, entries, output, templates=templates)}")
    return CLEAN


def _folder(folder: Path, entries: Path, output: Path, templates: Path | None) -> int:
    """Fill the workbook of every unit of which there are entries."""
    from xlbudget.department.issue.filling import fill as fill_workbook
    from xlbudget.department.issue.filling import workbooks_with_entries
    from xlbudget.files.whole_files import make_folder

    pairs = workbooks_with_entries(folder, entries)
    make_folder(output)
    with progress_bar("填入", len(pairs)) as advance:
        for workbook, ledgers in pairs:
            fill_workbook(workbook, ledgers, output / workbook.name, templates=templates)
            advance()
    say(f"已填入 {len(pairs)} 个单位的工作簿，在“{output}”中")
    return CLEAN
