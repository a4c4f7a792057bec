"""fill: CSV ledgers into the entry sheets."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from xlbudget.cli.guard import EITHER, READ, RETURNED
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import CLEAN, progress_bar, templates_option, workbook_output
from xlbudget.cli.printing import say

PLACE = 20


@click.command(
    cls=ChineseCommand,
    example="xlbudget fill 下发/101.xlsx --entries 数据/101 -o 报送/101.xlsx",
    help="把 CSV 数据填入工作簿的录入表，另存为新文件。给文件夹或收件文件夹时，数据在 DIR 下以单位编码命名的"
    "子文件夹中，输出也是文件夹。",
)
@click.argument("workbook", type=RETURNED, metavar="WORKBOOK|DIR|COLLECTION")
@click.argument("units", nargs=-1, metavar="[UNIT…]")
@click.option("--entries", type=READ, required=True, metavar="DIR", help="CSV 所在文件夹")
@click.option(
    "-o", "--output", type=EITHER, required=True, metavar="FILE|DIR", help="输出文件（.xlsx），或输出文件夹"
)
@templates_option
def command(
    workbook: Path, units: tuple[str, ...], entries: Path, output: Path, templates: Path | None
) -> int:
    """Put CSV ledgers into the entry sheets."""
    from xlbudget.department.collection.at_hand import at_hand
    from xlbudget.department.issue.filling import fill as fill_workbook

    if workbook.is_dir():
        with at_hand([workbook, *map(Path, units)]) as given:
            files = [part.path for part in given.returns] or sorted(workbook.glob("*.xlsx"))
            return _folder(files, workbook, entries, output, templates)
    if units:
        raise click.UsageError("只有收件文件夹后面才写单位或收件号")
    workbook_output(output)
    say(f"已填入 {fill_workbook(workbook, entries, output, templates=templates)}")
    return CLEAN


def _folder(files: list[Path], where: Path, entries: Path, output: Path, templates: Path | None) -> int:
    """Fill the workbook of every unit of which there are entries."""
    from xlbudget.department.issue.filling import fill as fill_workbook
    from xlbudget.department.issue.filling import workbooks_with_entries
    from xlbudget.files.whole_files import make_folder

    pairs = workbooks_with_entries(files, where, entries)
    names = Counter(workbook.name for workbook, _ in pairs)
    make_folder(output)
    with progress_bar("填入", len(pairs)) as advance:
        for workbook, ledgers in pairs:
            name = workbook.name if names[workbook.name] == 1 else f"{ledgers.name}_{workbook.name}"
            fill_workbook(workbook, ledgers, output / name, templates=templates)
            advance()
    say(f"已填入 {len(pairs)} 个单位的工作簿，在“{output}”中")
    return CLEAN
