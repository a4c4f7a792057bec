"""rule: what a rule says, where it comes from and how it did; or all of them."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import READ, WRITTEN
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import CLEAN, template_option, templates_option
from xlbudget.cli.printing import say

PLACE = 70


@click.command(
    cls=ChineseCommand,
    example="xlbudget rule X-07",
    help="查看一条勾稽关系：原文、公式、适用范围、样例、停用情况；不写编号则列出全部。",
)
@click.argument("rule", required=False, metavar="[RULE]")
@click.option("--report", type=READ, metavar="FILE", help="审核报告（.json）：列出每条关系运行和不符的次数")
@click.option("-o", "--output", type=WRITTEN, metavar="FILE", help="把全部关系写成说明页（.md）")
@template_option
@templates_option
def command(
    rule: str | None,
    report: Path | None,
    output: Path | None,
    template: str | None,
    templates: Path | None,
) -> int:
    """Show one rule, or all of them."""
    from xlbudget.checking.definitions.cases import cases_by_rule, read_cases
    from xlbudget.files.whole_files import write_whole
    from xlbudget.reports.rule_book import RuleBook
    from xlbudget.reports.run_counts import read_counts
    from xlbudget.returns.template_choice import choose_template, having_rule

    if output is not None and (rule is not None or output.suffix != ".md"):
        raise click.UsageError("-o 写出全部关系的说明页，文件名以 .md 结尾，不与编号同用")
    having = having_rule(rule, templates) if rule is not None and template is None else ()
    chosen = having[0] if having else choose_template([], template, templates)
    cases, _ = read_cases(chosen)
    book = RuleBook(chosen, cases_by_rule(cases), read_counts(report) if report else None)
    if output is not None:
        write_whole(output, book.markdown().encode())
        say(f"说明页已写入 {output}")
    else:
        say(book.page(rule) if rule else book.table())
    if len(having) > 1:
        others = "、".join(other.id for other in having[1:])
        say(f"以上按模板 {chosen.id}（{chosen.title}）；{others} 也有这一条，用 --template 查看。")
    return CLEAN
