"""reopen: open a closed collection again."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import COLLECTION
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import CLEAN
from xlbudget.cli.printing import say

PLACE = 65


@click.command(
    cls=ChineseCommand,
    example='xlbudget reopen 收件 --reason "102 单位补报"',
    help="重新开账：关账以后确要更正时用，原因记入日志，原清单保留。",
)
@click.argument("folder", type=COLLECTION, metavar="COLLECTION")
@click.option("--reason", default="", metavar="TEXT", help="原因，记入日志")
@click.option("--user", default="", metavar="NAME", help="经办人（默认用登录名），记入日志")
def command(folder: Path, reason: str, user: str) -> int:
    """Open a closed collection again."""
    from xlbudget.department.collection import Collection
    from xlbudget.department.collection.closing import reopen

    with Collection.open(folder, user=user) as collection:
        reopen(collection, reason)
    say(f"已重新开账：{folder}")
    return CLEAN
