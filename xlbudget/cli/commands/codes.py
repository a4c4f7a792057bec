"""codes import: the finance office's list of codes in place of a template's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from xlbudget.cli.guard import READ
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import CLEAN, templates_option
from xlbudget.cli.printing import say

if TYPE_CHECKING:
    from xlbudget.definitions.code_lists import Change

PLACE = 82
_SHOWN = 20


@click.command(
    cls=ChineseCommand,
    example="xlbudget codes import 功能科目.xlsx --template 示范省/2000",
    help="用财政部门的目录换下代码表：列出新增、取消、改名、改了上级的编码；加 --write 才写入，旧表另存。",
)
@click.argument("action", type=click.Choice(["import"]), metavar="import")
@click.argument("source", type=READ, metavar="LIST")
@click.option("--template", required=True, metavar="TEMPLATE", help="模板编号")
@click.option("--catalogue", default="", metavar="NAME", help="哪张代码表（默认第一张）")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=HEADING",
    help="目录里的栏名，例如 编码=新编码；可多次给出",
)
@click.option("--all", "every", is_flag=True, help=f"全部列出（默认每类 {_SHOWN} 个）")
@click.option("--write", is_flag=True, help="写入模板；旧表存到模板的 old_code_lists 文件夹")
@templates_option
def command(
    action: str,
    source: Path,
    template: str,
    catalogue: str,
    columns: tuple[str, ...],
    every: bool,
    write: bool,
    templates: Path | None,
) -> int:
    """Say what a list changes, and put it in place of the template's when asked to."""
    from xlbudget.definitions.code_lists import catalogue_named, compare_codes, replace_codes
    from xlbudget.definitions.loading import load_template

    if any("=" not in part for part in columns):
        raise click.UsageError("--column 应写作 代码表的栏=目录的栏，例如 编码=新编码")
    loaded = load_template(template, templates)
    chosen = catalogue_named(loaded, catalogue)
    given = {name.strip(): heading.strip() for name, _, heading in (part.partition("=") for part in columns)}
    changes = compare_codes(source, loaded, chosen, given)
    say(f"{loaded.year} 年有效的编码 {len(changes.rows)} 个；“{chosen.id}”原有 {len(chosen.rows)} 个。")
    if changes.other_years:
        say(f"其他年度的 {changes.other_years} 行没有采用。")
    limit = None if every else _SHOWN
    _list("新增", changes.added, limit)
    _list("取消", changes.gone, limit)
    _list("改名", changes.renamed, limit)
    _list("改了上级", changes.moved, limit)
    for code in changes.twice:
        say(f"编码 {code} 写了几次，采用最后一次。")
    if changes.unread:
        say(f"没有编码的 {len(changes.unread)} 行没有采用（第 {changes.unread[0]} 行起）。")
    for key, count in changes.lacking.items():
        say(f"目录没有“{key}”，新增的编码有 {count} 个空着，请在代码表中补填。")
    if not changes.rows:
        say("目录中没有一个有效的编码，没有写入。")
    elif write:
        target, kept = replace_codes(loaded.folder, chosen, changes)
        say(f"已写入“{target}”；旧表在“{kept}”。请运行 xlbudget lint，再在 CHANGES.md 记一笔。")
    else:
        say("没有写入；核对无误后加 --write。")
    return CLEAN


def _list(what: str, changes: tuple[Change, ...], limit: int | None) -> None:
    say(f"{what} {len(changes)} 个")
    for change in changes[:limit]:
        told = f"：“{change.old}”→“{change.new}”" if change.old != change.new else ""
        say(f"  {change.code} {change.name}{told}")
    if limit is not None and len(changes) > limit:
        say(f"  其余 {len(changes) - limit} 个略（--all 全部列出）")
