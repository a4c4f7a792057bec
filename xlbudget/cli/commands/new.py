"""new: a template of one's own, small and whole, to go on from."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import READ, TEXTS
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import CLEAN
from xlbudget.cli.printing import say

PLACE = 81
OWN = Path("我的模板")


@click.command(
    cls=ChineseCommand,
    example="xlbudget new 示范省/2000 --from 空白表.xlsx",
    help="建立自己的模板：两张公开表，马上能走完全程，再照提示改。",
)
@click.argument("name", metavar="AUTHORITY/YEAR")
@click.option("-o", "--output", type=TEXTS, default=OWN, metavar="DIR", help=f"放模板的文件夹（默认 {OWN}）")
@click.option(
    "--from", "source", type=READ, metavar="WORKBOOK", help="财政部门的空白表：照着认出公开表的标题、栏目和行"
)
def command(name: str, output: Path, source: Path | None) -> int:
    """Write the small template, or one with the forms of a blank workbook, under the name given."""
    from xlbudget.definitions.small_template import form_words, new_template
    from xlbudget.model.errors import InputError
    from xlbudget.returns.blank_forms import seen_forms

    forms, without = seen_forms(source, form_words()) if source else ([], [])
    if source and not forms:
        raise InputError(f"“{source}”中没有认出一张表；栏目应在表中第一行有几格文字的地方。")
    folder = new_template(name, output, forms)
    say(f"已建立“{folder}”。")
    for number, form in enumerate(forms, 1):
        say(f"  forms/f{number:02}.toml　{form.title}")
        for text in form.unseen:
            say(f"    没有认出：{text}")
    for text in without:
        say(f"  {text}")
    say("接着：")
    say(f"  xlbudget lint {output}")
    if not forms:
        say(f"  xlbudget demo --templates {output} --template {name}")
    say("再打开 template.toml，照“→”的提示逐处改成自己的；每改一处运行一次 lint。")
    return CLEAN
