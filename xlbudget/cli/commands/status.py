"""status: where a collection stands."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xlbudget.cli.guard import COLLECTION, TEXTS, WRITTEN
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import CLEAN, typed, until_option, workbook_output
from xlbudget.cli.printing import say

if TYPE_CHECKING:
    from xlbudget.department.collection import Collection

PLACE = 61


@click.command(
    cls=ChineseCommand,
    example="xlbudget status 收件 -o 情况.html --replies 回复 --until 2000年2月10日",
    help="收件情况：哪些单位已接收、待说明、退回、没有报送，催报名单，认不出单位的文件。",
)
@click.argument("folder", type=COLLECTION, metavar="COLLECTION")
@click.option(
    "-o", "--output", type=WRITTEN, metavar="FILE", help="写成网页（.html，可打印）或工作簿（.xlsx）"
)
@click.option("--replies", type=TEXTS, metavar="DIR", help="给各单位的回复和催报，每单位一个文本文件")
@until_option("回复中的改正期限（与 --replies 同用）")
@click.option(
    "--summary",
    type=WRITTEN,
    metavar="FILE",
    help="本轮小结（.xlsx）：首次报送就接收的比例，各单位、各类问题的次数",
)
@click.option("--last-year", type=COLLECTION, metavar="COLLECTION", help="上年的收件文件夹：小结与上年比较")
def command(
    folder: Path,
    output: Path | None,
    replies: Path | None,
    until: date | None,
    summary: Path | None,
    last_year: Path | None,
) -> int:
    """Say where a collection stands."""
    from xlbudget.department.collection import Collection
    from xlbudget.department.collection.status import decided_in, report_of_collection, status_of
    from xlbudget.department.collection.status_page import status_page
    from xlbudget.department.collection.status_papers import status_text, status_workbook
    from xlbudget.files.whole_files import write_whole
    from xlbudget.reports.replies import write_replies

    page = output is not None and output.suffix.lower() in {".html", ".htm"}
    if output is not None and not page and output.suffix.lower() != ".xlsx":
        raise click.UsageError(f"输出文件“{output}”应以 .html 或 .xlsx 结尾")
    if typed("until") and replies is None:
        raise click.UsageError("--until 是回复中的期限，要与 --replies 同用")
    if last_year is not None and summary is None:
        raise click.UsageError("--last-year 要与 --summary 同用")
    if summary is not None:
        workbook_output(summary)
    with Collection.open(folder) as collection:
        status = status_of(collection)
        say(status_text(status), end="")
        if output is not None:
            content = (
                status_page(status, collection.moment())
                if page
                else status_workbook(status, collection.receipts())
            )
            write_whole(output, content)
            say(f"已写入 {output}")
        if replies is not None:
            report = report_of_collection(collection)
            decided = decided_in(collection)
            written = write_replies(report, replies, until, decided)
            say(f"回复 {len(written)} 份已写入 {replies}")
        if summary is not None:
            _summarized(collection, last_year, summary)
    return CLEAN


def _summarized(collection: Collection, last_year: Path | None, target: Path) -> None:
    """Say and write what the round was like."""
    from xlbudget.department.collection import Collection
    from xlbudget.department.collection.round_summary import (
        round_summary,
        summary_lines,
        summary_workbook,
    )
    from xlbudget.files.whole_files import write_whole

    now, before = round_summary(collection), None
    if last_year is not None:
        with Collection.open(last_year) as earlier:
            before = round_summary(earlier)
    for line in summary_lines(now, before):
        say(line)
    write_whole(target, summary_workbook(now, before))
    say(f"已写入 {target}")
