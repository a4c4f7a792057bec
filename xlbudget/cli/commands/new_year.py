"""new-year: a template copied to the next year, and what is to be looked at in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from xlbudget.cli.guard import READ, TEXTS
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import CLEAN, templates_option
from xlbudget.cli.printing import say

if TYPE_CHECKING:
    from xlbudget.definitions.new_year import ToReview

PLACE = 83
_OWN = Path("我的模板")


@click.command(
    cls=ChineseCommand,
    example="xlbudget new-year 示范省/2000 --templates 我的模板",
    help="把模板复制为下一年度，列出要核对的地方：写明年份的文字、限额、代码表。",
)
@click.argument("name", metavar="AUTHORITY/YEAR")
@click.option("--codes", type=READ, metavar="FILE", help="编码对照（CSV：旧编码,新编码；取消的右边空着）")
@click.option("--units", type=READ, metavar="FILE", help="单位编码对照（CSV：旧编码,新编码）")
@click.option(
    "-o", "--output", type=TEXTS, metavar="DIR", help=f"放新模板的文件夹（默认 --templates，没有就是 {_OWN}）"
)
@templates_option
def command(
    name: str, codes: Path | None, units: Path | None, output: Path | None, templates: Path | None
) -> int:
    """Copy a template to the next year."""
    from xlbudget.definitions.last_year_codes import CODES, UNITS
    from xlbudget.definitions.loading import load_template
    from xlbudget.definitions.new_year import new_year

    given = {key: path for key, path in ((CODES, codes), (UNITS, units)) if path is not None}
    root = output or templates or _OWN
    done = new_year(load_template(name, templates), root, given)
    say(f"已建立“{done.folder}”；旧年度的文件夹不动，上年的工作簿仍按它核对。请核对：")
    _list("写明年份的文字", done.years)
    _list("限额和幅度", done.limits)
    _list("代码表（xlbudget codes import 可换成新目录）", done.lists)
    say(f"改完运行 xlbudget lint {root}，并在 CHANGES.md 记一笔。")
    return CLEAN


def _list(what: str, places: tuple[ToReview, ...]) -> None:
    say(f"{what} {len(places)} 处")
    for place in places:
        say(f"  {place.file}:{place.line}: {place.text}")
