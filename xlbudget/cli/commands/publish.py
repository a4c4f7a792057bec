"""publish: the document and the public workbook of checked workbooks."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import FOLDER, RETURNED
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import (
    BLOCKED,
    CLEAN,
    COULD_NOT_RUN,
    progress_bar,
    template_option,
    templates_option,
    workers_option,
)
from xlbudget.cli.printing import say

PLACE = 47


@click.command(
    cls=ChineseCommand,
    example="xlbudget publish 收件 101 -o 公开",
    help="生成公开文件：Word 文档、PDF 和只有数值的公开表工作簿。"
    "先审核，有不予接收或没有说明的问题、缺文字的不生成。",
)
@click.argument("paths", nargs=-1, required=True, type=RETURNED, metavar="WORKBOOK…|COLLECTION [UNIT…]")
@click.option("-o", "--output", type=FOLDER, required=True, metavar="DIR", help="输出文件夹")
@click.option(
    "--draft",
    is_flag=True,
    help="没有就绪的也生成，每页印上模板写明的字样（如“仅供内部审核”），不附公开表工作簿",
)
@workers_option
@template_option
@templates_option
def command(
    paths: tuple[Path, ...],
    output: Path,
    draft: bool,
    workers: int | None,
    template: str | None,
    templates: Path | None,
) -> int:
    """Publish workbooks; exit with 1 when one of them was not ready."""
    from xlbudget import api
    from xlbudget.checking.runs.many_files import suitable_workers
    from xlbudget.department.collection.at_hand import at_hand

    with at_hand(paths) as given:
        chosen = given.template(template, templates)
        count = len(given.files())
        with progress_bar("生成公开文件", count) as advance:
            shared = workers or suitable_workers(count)
            done = api.publish(given, output, chosen, draft=draft, workers=shared, progress=advance)
    for published in done:
        for path in published.paths:
            say(f"已写入 {path}")
        for finding in published.findings:
            say(f"  草稿中缺：{finding.message}")
    refused = [published.refused for published in done if published.refused]
    for words in refused:
        say(words, error=True)
    if refused:
        say(f"共 {len(done)} 个工作簿，{len(refused)} 个没有生成。", error=True)
    if any(published.failed for published in done):
        return COULD_NOT_RUN
    return BLOCKED if refused else CLEAN
