"""lint: every mistake in the definitions, and every case that the rules do not bear out."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import READ
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import BLOCKED, CLEAN, TEMPLATES
from xlbudget.cli.printing import say

PLACE = 80


@click.command(
    cls=ChineseCommand,
    example="xlbudget lint 我的模板 --cases",
    help="检查模板定义（TOML、CSV）中的错误，逐条列出文件和行号。",
)
@click.argument("templates", type=READ, required=False, metavar="[DIR]", envvar=TEMPLATES)
@click.option("--cases", is_flag=True, help="并逐个核算勾稽关系的样例（几秒钟）")
def command(templates: Path | None, cases: bool) -> int:
    """Report every mistake in the definitions."""
    from xlbudget.checking.definitions.lint import lint as lint_all
    from xlbudget.definitions.folders import templates_folder

    folder = templates or templates_folder()
    problems = lint_all(folder)
    if problems and cases:
        say("先改正下列错误，再核算样例。")
    elif cases:
        from xlbudget.checking.definitions.case_runs import run_cases

        count, problems = run_cases(folder)
        say(f"核算样例 {count} 个")
    for problem in problems:
        say(str(problem))
    say(f"共 {len(problems)} 处错误" if problems else "模板定义没有错误")
    return BLOCKED if problems else CLEAN
