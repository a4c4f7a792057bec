"""used-by: what a cell of the definitions reaches, before somebody removes it."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import CLEAN, template_option, templates_option
from xlbudget.cli.printing import say

PLACE = 81


@click.command(
    cls=ChineseCommand,
    example="xlbudget used-by 1 收入总计 收入",
    help="改动模板之前：FORM 表（表号、名称或录入表）、LINE 行（各行都算写 全部）、COLUMN 栏的一格，"
    "被哪些公式、勾稽关系、公开文件的文字、图用到。",
)
@click.argument("form", metavar="FORM")
@click.argument("line", metavar="LINE")
@click.argument("column", metavar="COLUMN")
@template_option
@templates_option
def command(form: str, line: str, column: str, template: str | None, templates: Path | None) -> int:
    """List what uses a cell."""
    from xlbudget.checking.definitions.used_by import Uses
    from xlbudget.returns.template_choice import choose_template

    chosen = choose_template([], template, templates)
    found = Uses(chosen).of(form, line, column)
    for direct, words in ((True, "直接用到"), (False, "间接用到")):
        parts = [part for part in found if part.direct is direct]
        say(f"{words} {len(parts)} 处{'：' if parts else ''}")
        for part in parts:
            where = f"  {part.source.file}:{part.source.line}" if part.source is not None else ""
            say(f"  {part.what} {part.name}{where}")
    if not found:
        say(f"没有任何地方用到；按模板 {chosen.id}。")
    return CLEAN
