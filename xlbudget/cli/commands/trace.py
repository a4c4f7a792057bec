"""trace: from a figure to the entries behind it, and from an entry to the figures it is part of."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import READ, RETURNED, WRITTEN
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import BLOCKED, CLEAN, template_option, templates_option
from xlbudget.cli.printing import say

PLACE = 55
_LINES = 60  # entries on the screen; a file has them all


@click.command(
    cls=ChineseCommand,
    example="xlbudget trace 报送/101.xlsx 1 支出总计 合计",
    help="溯源：公开表上的一个数（FORM 表号，LINE 行，COLUMN 栏次，或只给 公开表!单元格）由哪些录入、"
    "哪些单位组成；或用 --entry 看一笔录入计入哪些数。给收件文件夹时先写单位或收件号。",
)
@click.argument("workbook", type=RETURNED, metavar="FILE|COLLECTION")
@click.argument("words", nargs=-1, metavar="[UNIT] [FORM LINE COLUMN]")
@click.option("--entry", default="", metavar="SHEET!CELL", help="录入单元格，写作 工作表!单元格")
@click.option(
    "--units", type=READ, multiple=True, metavar="PATH|COLLECTION", help="各单位的工作簿，或收件文件夹"
)
@click.option("-o", "--output", type=WRITTEN, metavar="FILE", help="全部写入一个文本文件（.txt）")
@template_option
@templates_option
def command(
    workbook: Path,
    words: tuple[str, ...],
    entry: str,
    units: tuple[Path, ...],
    output: Path | None,
    template: str | None,
    templates: Path | None,
) -> int:
    """Trace a figure to its entries, or an entry to its figures."""
    from xlbudget import api
    from xlbudget.checking.evidence import Evidence
    from xlbudget.department import tracing
    from xlbudget.department.collection.at_hand import at_hand
    from xlbudget.department.collection.folder import is_collection
    from xlbudget.department.trace_text import open_between, reached_text, trace_text
    from xlbudget.department.unit_parts import unit_parts
    from xlbudget.files.whole_files import existing_file

    unit, words = (words[:1], words[1:]) if is_collection(workbook) else ((), words)
    if (not unit and is_collection(workbook)) or (len(words) not in ({0} if entry else {1, 3})):
        raise click.UsageError(
            "给出表号、行、栏次（或公开表的单元格），或用 --entry 给出录入单元格；收件文件夹后面先写单位"
        )
    if len(words) == 1 and "!" not in words[0]:
        raise click.UsageError("给出表号、行、栏次，或写作 公开表!单元格")
    with at_hand([workbook, *map(Path, unit)]) as given:
        [path] = given.paths
        existing_file(path, "工作簿")
        chosen = given.template(template, templates)
        evidence = Evidence(chosen, api.read(path, chosen))
    if entry:
        reached = tracing.reached_by(evidence, tracing.find_entry(evidence, entry))
        _told(reached_text(entry, reached), output)
        return CLEAN
    find = tracing.find_form_cell if len(words) == 1 else tracing.find_cell
    cell = find(evidence, *words)
    trace = tracing.trace(evidence, cell)
    parts = unit_parts(evidence, cell, units) if units else []
    _told(trace_text(trace, parts, limit=_LINES), output, trace_text(trace, parts))
    return BLOCKED if trace.rest or open_between(trace, parts) else CLEAN


def _told(text: str, output: Path | None, whole: str = "") -> None:
    """Print the text, or write the whole of it."""
    from xlbudget.files.whole_files import write_whole

    if output is None:
        say(text, end="")
        return
    write_whole(output, (whole or text).replace("\n", "\r\n").encode("utf-8-sig"))
    say(f"已写入 {output}")
