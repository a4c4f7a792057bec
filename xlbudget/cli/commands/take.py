"""take: originals, annotated copies and replies out of a collection."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from xlbudget.cli.guard import COLLECTION, FOLDER
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import CLEAN, until_option
from xlbudget.cli.printing import say

PLACE = 62


@click.command(
    cls=ChineseCommand,
    example="xlbudget take 收件 101 -o 取件",
    help="取件：把收件文件夹里的原件（用报送时的文件名）、批注副本、回复和邮件草稿取出来，每个单位一个文件夹。"
    "不写单位时取各单位现在算数的那份；写单位编码、名称，或收件号（如 7号）时只取这些。",
)
@click.argument("folder", type=COLLECTION, metavar="COLLECTION")
@click.argument("units", nargs=-1, metavar="[UNIT|RECEIPT…]")
@click.option("-o", "--output", type=FOLDER, required=True, metavar="DIR", help="输出文件夹")
@until_option("回复中的改正期限")
def command(folder: Path, units: tuple[str, ...], output: Path, until: date | None) -> int:
    """Take returns out of a collection."""
    from xlbudget.department.collection.taking import take

    taken = take(folder, output, units, until)
    for part in taken:
        written = [part.original, *part.annotated, *part.replies, *part.drafts]
        say(f"{part.number} 号收件：{'、'.join(path.relative_to(output).as_posix() for path in written)}")
        if part.not_annotated:
            say(f"  没有批注副本：{part.not_annotated}")
    say(f"已取出 {len(taken)} 份报送，在“{output}”中")
    return CLEAN
