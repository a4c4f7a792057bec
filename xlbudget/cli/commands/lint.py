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
@click.option(
    "--rules",
    is_flag=True,
    help="并证明勾稽关系本身：互相矛盾、由别条推出、其实是等式、没写明的界限（十几秒）",
)
def command(templates: Path | None, cases: bool, rules: bool) -> int:
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
    contradictory = rules and not problems and _proven(folder)
    if contradictory:
        return BLOCKED
    say(f"共 {len(problems)} 处错误" if problems else "模板定义没有错误")
    return BLOCKED if problems else CLEAN


def _proven(folder: Path) -> bool:
    """Say what is proven of the rules of each template; whether they contradict one another."""
    from xlbudget.checking.definitions.rule_proofs import prove_rules
    from xlbudget.definitions.folders import template_folders
    from xlbudget.definitions.loading import load_template

    contradictory = False
    for path in template_folders(folder).values():
        template = load_template(path, folder)
        found = prove_rules(template)
        contradictory = contradictory or found.contradictory
        say(f"{template.id}：按样例的基准证明 {found.instances} 处关系")
        for proof in found.proofs:
            say(f"  {proof}")
        if found.not_linear:
            say(f"  没有证明（不是金额的线性关系，或样例里没有行）：{'、'.join(found.not_linear)}")
    return contradictory
