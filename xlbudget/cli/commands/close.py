"""close: freeze a collection."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import COLLECTION
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import CLEAN
from xlbudget.cli.printing import say

PLACE = 64


@click.command(
    cls=ChineseCommand,
    example='xlbudget close 收件 --reason "厅务会已审定"',
    help="关账：写下全部原件的摘要、汇总数、规则和认可的清单，此后不再收件，可随时用 verify 核验。",
)
@click.argument("folder", type=COLLECTION, metavar="COLLECTION")
@click.option("--reason", default="", metavar="TEXT", help="关账的依据，记入日志")
@click.option(
    "--allow",
    multiple=True,
    metavar="explain|explained|missing|refused",
    help="放行待说明（含空表）、已说明、未报送或退回未重报的单位（写进清单）",
)
@click.option("--code", default="", metavar="CODE", help="部门编码")
@click.option("--name", default="", metavar="NAME", help="部门名称")
@click.option("--user", default="", metavar="NAME", help="经办人（默认用登录名），记入日志")
def command(folder: Path, reason: str, allow: tuple[str, ...], code: str, name: str, user: str) -> int:
    """Freeze a collection."""
    from xlbudget.department.collection.verbs import close

    manifest = close(folder, reason, allow=allow, code=code, name=name, user=user)
    say(f"已关账：{manifest}")
    return CLEAN
