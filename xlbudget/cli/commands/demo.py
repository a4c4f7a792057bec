"""demo: the whole chain on the demonstration data."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import FOLDER
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import CLEAN, template_option, templates_option
from xlbudget.cli.printing import say

PLACE = 90
_DEMO = Path("xlbudget-demo")


@click.command(
    cls=ChineseCommand, example="xlbudget demo", help="演示：用一份真实的公开预算和一个小部门走完全程。"
)
@click.option(
    "-o",
    "--output",
    type=FOLDER,
    default=_DEMO,
    metavar="DIR",
    help=f"输出文件夹（默认 {_DEMO}）",
)
@template_option
@templates_option
def command(output: Path, template: str | None, templates: Path | None) -> int:
    """Run the whole chain on the demonstration data."""
    from xlbudget.cli.demo import run_demo

    run_demo(output, say, template, templates)
    return CLEAN
