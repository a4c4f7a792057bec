"""fill: CSV ledgers, or what another system exports, into the entry sheets."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from xlbudget.cli.guard import EITHER, READ, RETURNED
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import BLOCKED, CLEAN, progress_bar, templates_option, workbook_output
from xlbudget.cli.printing import say

PLACE = 20


@click.command(
    cls=ChineseCommand,
    example="xlbudget fill 下发/101.xlsx --entries 数据/101 -o 报送/101.xlsx",
    help="把 CSV 数据（--entries）或其他系统导出的工作簿（--from）填入工作簿的录入表，另存为新文件。"
    "给文件夹或收件文件夹时，CSV 在 DIR 下以单位编码命名的子文件夹中，输出也是文件夹。",
)
@click.argument("workbook", type=RETURNED, metavar="WORKBOOK|DIR|COLLECTION")
@click.argument("units", nargs=-1, metavar="[UNIT…]")
@click.option("--entries", type=READ, metavar="DIR", help="CSV 所在文件夹")
@click.option("--from", "export", type=READ, metavar="FILE", help="其他系统导出的工作簿（只有数值）")
@click.option("--mapping", metavar="NAME", help="--from 用哪份对照：模板 mappings 文件夹中的文件名")
@click.option(
    "-o", "--output", type=EITHER, required=True, metavar="FILE|DIR", help="输出文件（.xlsx），或输出文件夹"
)
@templates_option
def command(
    workbook: Path,
    units: tuple[str, ...],
    entries: Path | None,
    export: Path | None,
    mapping: str | None,
    output: Path,
    templates: Path | None,
) -> int:
    """Put CSV ledgers, or the figures of an export, into the entry sheets."""
    from xlbudget.department.collection.at_hand import at_hand
    from xlbudget.department.issue.filling import fill as fill_workbook

    if (entries is None) == (export is None):
        raise click.UsageError("请给出 --entries（CSV 文件夹）或 --from（其他系统的导出）之一")
    if (export is None) != (mapping is None):
        raise click.UsageError("--from 和 --mapping 要一起用")
    if workbook.is_dir():
        with at_hand([workbook, *map(Path, units)]) as given:
            files = [part.path for part in given.returns] or sorted(workbook.glob("*.xlsx"))
            if export is not None:
                return _all_from_export(files, export, str(mapping), output, templates)
            return _folder(files, workbook, entries or Path(), output, templates)
    if units:
        raise click.UsageError("只有收件文件夹后面才写单位或收件号")
    workbook_output(output)
    if export is not None:
        return _from_export(workbook, export, str(mapping), output, templates)
    say(f"已填入 {fill_workbook(workbook, entries or Path(), output, templates=templates)}")
    return CLEAN


def _from_export(workbook: Path, export: Path, mapping: str, output: Path, templates: Path | None) -> int:
    """Fill one workbook from an export and say what became of every amount."""
    from xlbudget.department.issue.from_exports import fill_from_export, told

    filled = fill_from_export(workbook, export, mapping, output, templates=templates)
    for line in told(filled):
        say(line)
    say(f"已填入 {filled.path}" + ("" if filled.whole else "，但有没取的或不符的，见上"))
    return CLEAN if filled.whole else BLOCKED


def _all_from_export(
    files: list[Path], export: Path, mapping: str, output: Path, templates: Path | None
) -> int:
    """Fill the workbook of every unit that an export of a whole department has rows of."""
    from xlbudget.department.issue.from_exports import fill_all_from_export, told
    from xlbudget.files.whole_files import make_folder

    make_folder(output)
    code = CLEAN
    done = fill_all_from_export(files, export, mapping, output, templates=templates)
    for filled in done.filled:
        say(f"{filled.path.name}：" + ("全部取入" if filled.whole else "有没取的或不符的"))
        if not filled.whole:
            code = BLOCKED
            for line in told(filled):
                say(f"  {line}")
    for line in done.problems:
        say(line, error=True)
    say(f"已填入 {len(done.filled)} 个单位的工作簿，在“{output}”中")
    return BLOCKED if done.problems else code


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
