"""lint: every mistake in the definitions."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.options import BLOCKED, CLEAN, PATH
from xlbudget.cli.words import ChineseCommand

PLACE = 80


@click.command(cls=ChineseCommand, help="检查模板定义（TOML、CSV）中的错误，逐条列出文件和行号。")
@click.argument("folder", type=PATH, required=False, metavar="[DIR]")
def command(folder: Path | None) -> int:
    """Report every mistake in the definitions."""
    from xlbudget.definitions import templates_folder
    from xlbudget.lint import lint as lint_all

    problems = lint_all(folder or templates_folder())
    for problem in problems:
        click.echo(str(problem))
    click.echo(f"共 {len(problems)} 处错误" if problems else "模板定义没有错误")
    return BLOCKED if problems else CLEAN
