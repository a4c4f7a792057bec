"""new: a template of one's own, small and whole, to go on from."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import TEXTS
from xlbudget.cli.options import CLEAN
from xlbudget.cli.printing import say
from xlbudget.cli.words import ChineseCommand

PLACE = 81
OWN = Path("我的模板")


@click.command(cls=ChineseCommand, help="建立自己的模板：两张公开表，马上能走完全程，再照提示改。")
@click.argument("name", metavar="AUTHORITY/YEAR")
@click.option("-o", "--output", type=TEXTS, default=OWN, metavar="DIR", help=f"放模板的文件夹（默认 {OWN}）")
def command(name: str, output: Path) -> int:
    """Write the small template under the name given."""
    from xlbudget.definitions.small_template import new_template

    folder = new_template(name, output)
    say(f"已建立“{folder}”。接着：")
    say(f"  xlbudget lint {output}")
    say(f"  xlbudget demo --templates {output} --template {name}")
    say("再打开 template.toml，照“→”的提示逐处改成自己的；每改一处运行一次 lint。")
    return CLEAN
