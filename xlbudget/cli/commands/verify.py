"""verify: prove that nothing of a collection has been changed."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import COLLECTION
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import BLOCKED, CLEAN
from xlbudget.cli.printing import say

PLACE = 66
_WHAT_TO_DO = "请先把整个文件夹另外复制一份，再从备份恢复，并查明原因。"


@click.command(
    cls=ChineseCommand,
    example="xlbudget verify 收件",
    help="核验：原件、登记簿、日志、关账清单有没有被改动，改动的是哪一处。",
)
@click.argument("folder", type=COLLECTION, metavar="COLLECTION")
def command(folder: Path) -> int:
    """Say whether anything of a collection has been changed."""
    from xlbudget.department.collection.verification import verify

    verified = verify(folder)
    for change in verified.changes:
        say(change)
    for words in verified.standing:
        say(f"完好：{words}")
    for remark in verified.remarks:
        say(f"提示：{remark}")
    state = "已关账" if verified.closed else "未关账"
    looked = f"收件 {verified.receipts} 件，日志 {verified.entries} 条（{state}）"
    if verified.changes:
        say(f"核验不通过：{looked}，改动 {len(verified.changes)} 处。{_WHAT_TO_DO}")
        return BLOCKED
    say(f"核验通过：{looked}，没有改动。")
    return CLEAN
