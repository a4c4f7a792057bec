"""fill: CSV ledgers into the entry sheets."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.options import CLEAN, PATH, templates_option, workbook_output
from xlbudget.cli.words import ChineseCommand

PLACE = 20


@click.command(cls=ChineseCommand, help="把 CSV 数据填入工作簿的录入表，另存为新文件。")
@click.argument("workbook", type=PATH, metavar="WORKBOOK")
@click.option("--entries", type=PATH, required=True, metavar="DIR", help="CSV 所在文件夹")
@click.option("-o", "--output", type=PATH, required=True, metavar="FILE", help="输出文件（.xlsx）")
@templates_option
def command(workbook: Path, entries: Path, output: Path, templates: Path | None) -> int:
    """Put CSV ledgers into the entry sheets."""
    from xlbudget.filling import fill as fill_workbook

    workbook_output(output, workbook)
    click.echo(f"已填入 {fill_workbook(workbook, entries, output, templates=templates)}")
    return CLEAN
