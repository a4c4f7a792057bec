"""decide: what the officer decides about a return."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import COLLECTION, READ
from xlbudget.cli.options import CLEAN, waivers_from
from xlbudget.cli.printing import say
from xlbudget.cli.words import ChineseCommand

PLACE = 63
_ACTIONS = "，".join(
    (
        "accept 接收（认可单位的说明）",
        "return 退回",
        "waive 按认可文件认可（--waivers）",
        "replace 改由这份代表该单位",
        "zero 确认为零报告",
    )
)


@click.command(
    cls=ChineseCommand,
    help="决定一份报送（写单位编码、名称，或收件号如 7号）：" + _ACTIONS + "。",
)
@click.argument("folder", type=COLLECTION, metavar="COLLECTION")
@click.argument("word", metavar="UNIT|RECEIPT")
@click.argument("action", metavar="accept|return|waive|replace|zero")
@click.option("--reason", default="", metavar="TEXT", help="原因，记入日志")
@click.option("--waivers", type=READ, metavar="FILE", help="认可文件（.toml），与 waive 同用")
@click.option("--user", default="", metavar="NAME", help="经办人（默认用登录名），记入日志")
def command(folder: Path, word: str, action: str, reason: str, waivers: Path | None, user: str) -> int:
    """Decide about a return."""
    from xlbudget.department.collection.status import state_of
    from xlbudget.department.collection.verbs import ACTIONS, decide
    from xlbudget.model.words import nearest

    if action not in ACTIONS:
        known = "、".join(ACTIONS)
        raise click.UsageError(f"没有“{action}”这个决定{nearest(action, ACTIONS)}；可用 {known}")
    if (waivers is None) == (action == "waive"):
        raise click.UsageError("--waivers 与 waive 要一起用")
    decided = decide(folder, word, action, reason, waivers=waivers_from(waivers), user=user)
    say(f"{decided.number} 号收件（{decided.unit_code} {decided.unit_name}）：{state_of(decided)}")
    return CLEAN
