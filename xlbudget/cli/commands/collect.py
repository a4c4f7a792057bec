"""collect: what units return, into a collection."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import COLLECTION, RETURNED
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import (
    BLOCKED,
    CLEAN,
    COULD_NOT_RUN,
    roster_from,
    roster_option,
    template_option,
    templates_option,
    workers_option,
)
from xlbudget.cli.printing import say

PLACE = 60
_SHOWN = 40  # lines; a whole department is seen with xlbudget status


@click.command(
    cls=ChineseCommand,
    example="xlbudget collect 来件 --into 收件 --roster 单位名册.csv",
    help="收件：把单位报送的文件、文件夹、压缩包、邮件收进收件文件夹，登记、审核，原件原样保存。",
)
@click.argument("paths", type=RETURNED, nargs=-1, required=True, metavar="PATH…")
@click.option("--into", "folder", type=COLLECTION, required=True, metavar="COLLECTION", help="收件文件夹")
@roster_option
@template_option
@click.option("--user", default="", metavar="NAME", help="经办人（默认用登录名），记入日志")
@click.option("--again", is_flag=True, help="以前读不出、这次又收到的文件重新审核（例如程序更新以后）")
@workers_option
@templates_option
def command(
    paths: tuple[Path, ...],
    folder: Path,
    roster: Path | None,
    template: str | None,
    user: str,
    again: bool,
    workers: int | None,
    templates: Path | None,
) -> int:
    """Receive files into a collection."""
    from xlbudget.department.collection import receive
    from xlbudget.department.collection.arrivals import PassedOver, workbooks_at_hand
    from xlbudget.department.collection.status_papers import received_line, received_summary
    from xlbudget.department.collection.verbs import opened
    from xlbudget.returns.template_choice import choose_template

    if roster is not None:
        chosen = choose_template(workbooks_at_hand(paths), template, templates)
        collection = opened(folder, paths, chosen, roster_from(roster, chosen), templates, user)
    else:
        collection = opened(folder, paths, template, None, templates, user)
    with collection:
        results = []
        for result in receive(collection, paths, workers=workers, again=again):
            results.append(result)
            if len(results) <= _SHOWN:
                say(received_line(result))
        if len(results) > _SHOWN:
            say(f"……另有 {len(results) - _SHOWN} 个文件，用 xlbudget status 查看")
        say(received_summary(results))
    received = [part for part in results if not isinstance(part, PassedOver)]
    if any(part.failed for part in received):
        return COULD_NOT_RUN
    return CLEAN if received else BLOCKED
