"""values: the recalculated form cells."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import RETURNED, WRITTEN
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import CLEAN, template_option, templates_option
from xlbudget.cli.printing import say

PLACE = 40


@click.command(
    cls=ChineseCommand,
    example="xlbudget values 报送/101.xlsx --rounded -o 金额.csv",
    help="列出公开表会印出的金额（重新计算后的数值，各表的金额单位）：form,line,column,value；"
    "收件文件夹的前面加 unit 一栏，后面可写单位或收件号。",
)
@click.argument("workbook", type=RETURNED, metavar="WORKBOOK|COLLECTION")
@click.argument("units", nargs=-1, metavar="[UNIT…]")
@click.option("-o", "--output", type=WRITTEN, metavar="FILE", help="写入 CSV 文件（默认显示在屏幕上）")
@click.option("--rounded", is_flag=True, help="按公开口径四舍五入到两位小数")
@template_option
@templates_option
def command(
    workbook: Path,
    units: tuple[str, ...],
    output: Path | None,
    rounded: bool,
    template: str | None,
    templates: Path | None,
) -> int:
    """Print the recalculated form cells."""
    from xlbudget import api
    from xlbudget.checking.evidence import Evidence
    from xlbudget.checking.printed_values import form_values, values_csv
    from xlbudget.department.collection.at_hand import at_hand
    from xlbudget.department.collection.folder import is_collection
    from xlbudget.files.whole_files import existing_file, write_whole

    if units and not is_collection(workbook):
        raise click.UsageError(f"多余的参数“{units[0]}”；收件文件夹后面才写单位或收件号")
    with at_hand([workbook, *map(Path, units)]) as given:
        files = [existing_file(path, "工作簿") for path in given.paths]
        chosen = given.template(template, templates)
        read = (api.read(path, chosen) for path in files)
        values = (
            (
                (submission.unit.code,) if given.returns else (),
                form_values(Evidence(chosen, submission), rounded=rounded),
            )
            for submission in read
        )
        text = values_csv(values, ("unit",) if given.returns else ())
    if output is None:
        say(text, end="")
    else:
        write_whole(output, text.encode("utf-8-sig"))
        say(f"已写入 {output}（{text.count(chr(10)) - 1} 个金额）")
    return CLEAN
