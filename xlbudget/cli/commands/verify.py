"""verify: prove that nothing of a collection has been changed."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.options import BLOCKED, CLEAN, PATH
from xlbudget.cli.words import ChineseCommand

PLACE = 66


@click.command(cls=ChineseCommand, help="核验：原件、登记簿、日志、关账清单有没有被改动，改动的是哪一处。")
@click.argument("folder", type=PATH, metavar="COLLECTION")
def command(folder: Path) -> int:
    """Say whether anything of a collection has been changed."""
    from xlbudget.department.collection import Collection
    from xlbudget.department.collection.verification import verify
    from xlbudget.model.words import inert

    with Collection.open(folder) as collection:
        verified = verify(collection)
        closed = bool(collection.closed)
    for change in verified.changes:
        click.echo(inert(change))
    for remark in verified.remarks:
        click.echo(f"提示：{inert(remark)}")
    state = "已关账" if closed else "未关账"
    looked = f"收件 {verified.receipts} 件，日志 {verified.entries} 条（{state}）"
    if verified.changes:
        click.echo(f"核验不通过：{looked}，改动 {len(verified.changes)} 处。请从备份恢复，并查明原因。")
        return BLOCKED
    click.echo(f"核验通过：{looked}，没有改动。")
    return CLEAN
