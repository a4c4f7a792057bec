"""narrative: the text of the published document, composed from a workbook."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import RETURNED, WRITTEN
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import BLOCKED, CLEAN, template_option, templates_option
from xlbudget.cli.printing import say

PLACE = 45


@click.command(
    cls=ChineseCommand,
    example="xlbudget narrative 报送/101.xlsx -o 说明.txt",
    help="写出公开文件的文字（概况、预算情况说明）：金额、比例、增减由工作簿取数，文字取自单位的录入表。",
)
@click.argument("workbook", type=RETURNED, metavar="WORKBOOK")
@click.option("-o", "--output", type=WRITTEN, metavar="FILE", help="写入文本文件（默认显示在屏幕上）")
@template_option
@templates_option
def command(workbook: Path, output: Path | None, template: str | None, templates: Path | None) -> int:
    """Print the composed text; exit with 1 when something that it needs is missing."""
    from xlbudget import api
    from xlbudget.checking.evidence import Evidence
    from xlbudget.files.whole_files import existing_file, write_whole
    from xlbudget.model.letters import writable
    from xlbudget.publication.narrative import compose
    from xlbudget.returns.template_choice import choose_template

    existing_file(workbook, "工作簿")
    chosen = choose_template([workbook], template, templates)
    composed = compose(Evidence(chosen, api.read(workbook, chosen)))
    if output is None:
        say(composed.text, end="")
    else:
        write_whole(output, writable(composed.text).encode())
        say(f"已写入 {output}")
    for finding in composed.findings:
        say(finding.message, error=True)
    return BLOCKED if composed.findings else CLEAN
